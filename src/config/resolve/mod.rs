//! From what a person typed to what it means: names become ids, short forms normal forms.
//!
//! Goes on after every mistake, so that all of them are told at once.

mod cases;
mod conditions;
mod dispatching;
mod likely;
mod names;
mod nearest;
mod offline;
mod people;

use std::collections::BTreeMap;

use likely::Likely;

use super::shared::Shared;
use super::types::{self, Api, InteractionRule, PersonRef, Settings, States, UserFile};
use super::{Finding, check};
use crate::diagnostic::Code;
use crate::model::{
    Catalogue, DesiredRule, DesiredState, DesiredUser, Directory, Extension, ExtensionId, NameList,
    NamePattern, Ownership, Prune, Rule, State, StateId,
};
use crate::yaml::Path;

pub use cases::cases;
pub(super) use conditions::{calendar_end, conditions, state_schedule};
pub use names::name_lists;
pub use offline::{Offline, offline};
pub use people::{identify, names, nearest};

/// What a user file means on an account, or everything that it says and the account does not know.
pub type Resolved = Result<DesiredUser, Vec<Finding>>;

/// Looks up every name of a checked user file. The settings are those of its repository: what it says
/// about undeclared rules the file may say otherwise, what it ignores the file may add to. So are the
/// calendars and contacts, whose dates and numbers come in the place of their names. `catalogue` holds
/// the [`name_lists`] of the file.
pub fn resolve(
    file: &UserFile,
    settings: &Settings,
    shared: &Shared,
    directory: &Directory,
    catalogue: &Catalogue,
) -> Resolved {
    resolve_one(
        file,
        settings,
        shared,
        directory,
        catalogue,
        Some(&mut Likely::default()),
    )
}

/// The same for many files, one after the other: what a name was probably meant to be is looked up once.
pub fn resolve_all<'a>(
    files: impl IntoIterator<Item = &'a UserFile>,
    settings: &Settings,
    shared: &Shared,
    directory: &Directory,
    catalogue: &Catalogue,
) -> impl Iterator<Item = Resolved> {
    let mut likely = Likely::default();
    let files = files.into_iter();
    files.map(move |file| {
        let likely = Some(&mut likely);
        resolve_one(file, settings, shared, directory, catalogue, likely)
    })
}

/// What a user file means where all of it is clear; nobody is told what is not.
pub fn meaning(
    file: &UserFile,
    settings: &Settings,
    shared: &Shared,
    directory: &Directory,
    catalogue: &Catalogue,
) -> Option<DesiredUser> {
    resolve_one(file, settings, shared, directory, catalogue, None).ok()
}

fn resolve_one(
    file: &UserFile,
    settings: &Settings,
    shared: &Shared,
    directory: &Directory,
    catalogue: &Catalogue,
    likely: Option<&mut Likely>,
) -> Resolved {
    let mut resolver = Resolver::new(shared, directory, catalogue, likely);
    // Without these names a rule for a few callers would be one for all.
    resolver.found = check::names(file, shared);
    let (rules, states) = resolver.file(file);
    match resolver.owner {
        Some(id) if resolver.found.is_empty() => Ok(DesiredUser {
            id,
            rules,
            ownership: ownership(file, settings),
            states,
        }),
        _ => Err(resolver.found),
    }
}

fn ownership(file: &UserFile, settings: &Settings) -> Ownership {
    let ignore = settings.ignore.iter().chain(&file.ignore).flatten();
    Ownership {
        prune: match file.prune.unwrap_or(settings.prune) {
            types::Prune::All => Prune::All,
            types::Prune::None => Prune::None,
        },
        ignore: ignore.map(|pattern| NamePattern::new(pattern)).collect(),
    }
}

struct Resolver<'a> {
    shared: &'a Shared,
    directory: &'a Directory,
    catalogue: &'a Catalogue,
    /// What unknown names were probably meant to be; none where nobody is told.
    likely: Option<&'a mut Likely>,
    /// Whose file this is, once that is known.
    owner: Option<ExtensionId>,
    found: Vec<Finding>,
    /// The lists that the catalogue lacks, each with the names that were looked for in it.
    unread: BTreeMap<NameList, Vec<String>>,
    /// Who was looked for in the directory, and is nobody there.
    strangers: Vec<String>,
}

impl<'a> Resolver<'a> {
    fn new(
        shared: &'a Shared,
        directory: &'a Directory,
        catalogue: &'a Catalogue,
        likely: Option<&'a mut Likely>,
    ) -> Self {
        Resolver {
            shared,
            directory,
            catalogue,
            likely,
            owner: None,
            found: Vec::new(),
            unread: BTreeMap::new(),
            strangers: Vec::new(),
        }
    }
}

impl Resolver<'_> {
    fn file(&mut self, file: &UserFile) -> (Option<Vec<DesiredRule>>, Vec<DesiredState>) {
        let top = Path::top();
        self.owner = self.user(file, &top);
        let rules = file.interaction_rules.as_ref().map(|rules| {
            let at = top.key("interactionRules");
            let rules = rules.iter().map(|(name, rule)| match rule {
                Some(rule) => self.rule(name, rule, &at.key(name)),
                None => DesiredRule::Absent { name: name.clone() },
            });
            rules.collect()
        });
        let states = match &file.states {
            Some(states) => self.states(states, &top.key("states")),
            None => Vec::new(),
        };
        (rules, states)
    }

    /// The dispatchings alone: nothing else names what is in a list.
    fn dispatchings(&mut self, file: &UserFile) {
        let rules = file.interaction_rules.iter().flatten();
        let rules = rules.filter_map(|(_, rule)| rule.as_ref()?.dispatching.as_ref());
        let states = file.states.iter().flat_map(declared);
        let states = states.filter_map(|(_, state)| state.dispatching.as_ref());
        for dispatching in rules.chain(states) {
            self.dispatching(dispatching, &Path::top());
        }
    }

    fn user(&mut self, file: &UserFile, top: &Path) -> Option<ExtensionId> {
        let (key, name) = people::owner(file)?;
        let at = top.key(key);
        let extension = match people::find(&name, self.directory, Extension::has_rules) {
            Ok(extension) => extension,
            Err(found) => {
                let finding = self.not_one(&name, &found, &at);
                self.found.push(people::of_a_file(finding, &found));
                return None;
            }
        };
        if extension.has_rules() {
            return Some(extension.id.clone());
        }
        let message = format!(
            "{} is a {}, which has no call handling rules",
            extension.label(),
            extension.kind
        );
        let finding = Finding::new(Code::NoRules, at.value(), message);
        self.found.push(finding.help("only users have them"));
        None
    }

    fn person(&mut self, person: &PersonRef, at: &Path) -> ExtensionId {
        match people::find(&person.0, self.directory, |_| true) {
            Ok(extension) => extension.id.clone(),
            Err(found) => {
                if found.is_empty() {
                    self.strangers.push(person.0.clone());
                }
                let finding = self.not_one(&person.0, &found, at);
                self.found.push(finding);
                // The value is never used.
                ExtensionId(String::new())
            }
        }
    }

    fn rule(&mut self, key: &str, rule: &InteractionRule, at: &Path) -> DesiredRule {
        let InteractionRule {
            enabled,
            conditions: declared,
            queue_calls_included,
            dispatching,
            renamed_from,
            id,
            name,
        } = rule;
        DesiredRule::Present {
            key: key.to_owned(),
            rule: Box::new(Rule {
                name: name.clone().unwrap_or_else(|| key.to_owned()),
                enabled: *enabled,
                conditions: declared
                    .as_ref()
                    .map(|declared| conditions(declared, self.shared)),
                queue_calls_included: *queue_calls_included,
                dispatching: dispatching
                    .as_ref()
                    .map(|d| self.dispatching(d, &at.key("dispatching"))),
            }),
            id: id.as_ref().map(|id| id.0.clone()),
            renamed_from: renamed_from.clone(),
        }
    }

    fn states(&mut self, states: &States, at: &Path) -> Vec<DesiredState> {
        let mut desired = Vec::new();
        for (id, state) in declared(states) {
            let at = at.key(id).key("dispatching");
            desired.push(DesiredState {
                id: id.into(),
                state: State {
                    enabled: state.enabled,
                    schedule: { state.schedule.as_ref() }
                        .map(|spec| state_schedule(spec, self.shared)),
                },
                dispatching: state.dispatching.as_ref().map(|d| self.dispatching(d, &at)),
            });
        }
        desired
    }
}

/// The states that are declared, by their ids.
pub(super) fn declared(states: &States) -> impl Iterator<Item = (&'static str, &types::State)> {
    let States {
        forward_all_calls,
        dnd,
        agent,
        work_hours,
        after_hours,
    } = states;
    let all = [
        (StateId::FORWARD_ALL_CALLS, forward_all_calls),
        (StateId::DND, dnd),
        (StateId::AGENT, agent),
        (StateId::WORK_HOURS, work_hours),
        (StateId::AFTER_HOURS, after_hours),
    ];
    let said = all.into_iter();
    said.filter_map(|(id, state)| Some((id, state.as_deref()?)))
}

/// What is said in the API's own form stays as it is.
fn raw(Api(map): &Api) -> serde_json::Value {
    serde_json::Value::Object(map.clone())
}

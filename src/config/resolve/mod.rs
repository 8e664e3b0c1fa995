//! From what a person typed to what it means: names become ids, short forms normal forms.
//!
//! Goes on after every mistake, so that all of them are told at once.

mod conditions;
mod dispatching;
mod names;
mod nearest;
mod people;

use std::collections::BTreeSet;

use super::shared::Shared;
use super::types::{self, Api, InteractionRule, PersonRef, Settings, Shape, States, UserFile};
use super::{Finding, check};
use crate::diagnostic::Code;
use crate::model::{
    Catalogue, DesiredRule, DesiredState, DesiredUser, Directory, Extension, ExtensionId, NameList,
    NamePattern, Ownership, Prune, Rule, State, StateId, StateSchedule,
};
use crate::yaml::Path;

pub use names::name_lists;
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
    let mut resolver = Resolver::new(shared, directory, catalogue);
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
    /// Whose file this is, once that is known.
    owner: Option<ExtensionId>,
    found: Vec<Finding>,
    /// What the catalogue lacks.
    unread: BTreeSet<NameList>,
}

impl<'a> Resolver<'a> {
    fn new(shared: &'a Shared, directory: &'a Directory, catalogue: &'a Catalogue) -> Self {
        Resolver {
            shared,
            directory,
            catalogue,
            owner: None,
            found: Vec::new(),
            unread: BTreeSet::new(),
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

    fn user(&mut self, file: &UserFile, top: &Path) -> Option<ExtensionId> {
        let (key, name) = match file {
            UserFile {
                extension: Some(number),
                ..
            } => ("extension", number.0.clone()),
            UserFile {
                email: Some(email), ..
            } => ("email", email.0.clone()),
            UserFile { id: Some(id), .. } => ("id", format!("id:{}", id.0)),
            _ => return None,
        };
        let at = top.key(key);
        let extension = self.lookup(&name, &at, Extension::has_rules)?;
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
        match self.lookup(&person.0, at, |_| true) {
            Some(extension) => extension.id.clone(),
            // Noted as a finding: the value is never used.
            None => ExtensionId(String::new()),
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
                    .map(|declared| conditions::conditions(declared, self.shared)),
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
        let States {
            forward_all_calls,
            dnd,
            agent,
            work_hours,
            after_hours,
        } = states;
        let declared = [
            (StateId::FORWARD_ALL_CALLS, forward_all_calls),
            (StateId::DND, dnd),
            (StateId::AGENT, agent),
            (StateId::WORK_HOURS, work_hours),
            (StateId::AFTER_HOURS, after_hours),
        ];
        let mut desired = Vec::new();
        for (id, state) in declared {
            let Some(state) = state else { continue };
            let schedule_of = |spec: &types::StateScheduleSpec| match spec {
                Shape::Word(types::StateScheduleWord::WorkHours) => {
                    StateSchedule::Inherited(StateId::WORK_HOURS.into())
                }
                Shape::Form(declared) => {
                    StateSchedule::Own(Box::new(conditions::schedule(declared, self.shared)))
                }
                Shape::Api(never) => match *never {},
            };
            let at = at.key(id).key("dispatching");
            desired.push(DesiredState {
                id: id.into(),
                state: State {
                    enabled: state.enabled,
                    schedule: state.schedule.as_ref().map(schedule_of),
                },
                dispatching: state.dispatching.as_ref().map(|d| self.dispatching(d, &at)),
            });
        }
        desired
    }
}

/// What is said in the API's own form stays as it is.
fn raw(Api(map): &Api) -> serde_json::Value {
    serde_json::Value::Object(map.clone())
}

//! Warnings of what the files mean: the rooms that find them know no files, and this one no calls.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::clock;
use crate::config::types::UserFile;
use crate::config::{self, Finding, Once, Repository, User};
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::{self, Kind, Subject, Warning};
use crate::model::{CallHandling, DesiredRule, DesiredUser, Directory, HeldRule, StateId};
use crate::yaml::Path;

/// Where in the files the parts of a user's call handling are declared.
struct Places {
    /// For each interaction rule, which of those declared it is.
    rules: Vec<Option<usize>>,
    states: Vec<StateId>,
}

impl Places {
    fn of(desired: &DesiredUser, handling: &CallHandling) -> Places {
        let declared = desired.rules.as_deref().unwrap_or_default();
        let rules = handling.rules().iter();
        let at = |held| declared.iter().position(|declared| is_of(declared, held));
        let states = desired.states.iter();
        Places {
            rules: rules.map(at).collect(),
            states: states.map(|state| state.id.clone()).collect(),
        }
    }

    /// All that is declared of it.
    fn declared(&self) -> HashSet<Subject> {
        let rules = self.rules.iter().enumerate();
        let rules = rules.filter_map(|(at, declared)| declared.map(|_| Subject::Rule(at)));
        let states = self.states.iter().cloned().map(Subject::State);
        rules.chain(states).collect()
    }

    /// The key of a part in its file, and what the part is called; nothing of what no file declares.
    fn locate(&self, file: &UserFile, subject: &Subject) -> Option<(Path, String)> {
        match subject {
            Subject::Rule(at) => {
                let declared = (*self.rules.get(*at)?)?;
                let rules = file.interaction_rules.as_ref()?;
                let (key, rule) = rules.get_index(declared)?;
                let name = rule.as_ref()?.name.as_ref().unwrap_or(key);
                let place = Path::top().key("interactionRules").key(key);
                Some((place, name.clone()))
            }
            Subject::State(id) => {
                self.states.iter().find(|declared| *declared == id)?;
                let place = Path::top().key("states").key(id.as_str());
                Some((place, id.to_string()))
            }
        }
    }
}

/// What was seen of one user.
pub(super) struct Looked {
    places: Places,
    looked: lint::Looked,
}

/// Looks at one user alone: at the user's call handling, as far as that is known.
pub(super) fn look(
    desired: &DesiredUser,
    handling: &CallHandling,
    directory: &Directory,
) -> Looked {
    let known = directory.by_id(&desired.id);
    let places = Places::of(desired, handling);
    let user = lint::User {
        id: &desired.id,
        handling,
        today: clock::today(known.and_then(|known| known.time_zone.as_deref())),
        declared: places.declared(),
    };
    let looked = lint::look(&user, directory);
    Looked { places, looked }
}

/// What the files alone are warned of. Where one names somebody who is not clear without an account,
/// nothing is said of it.
pub(super) fn of_files(repository: &Repository) -> Vec<Diagnostic> {
    let config::Offline {
        directory,
        catalogue,
    } = config::offline(repository);
    let (settings, shared) = (&repository.settings, &repository.shared);
    let seen = repository.users.par_iter().map(|user| {
        let desired = config::meaning(&user.file, settings, shared, &directory, &catalogue)?;
        Some(look(&desired, &desired.handling(), &directory))
    });
    let seen: Vec<Option<Looked>> = seen.collect();
    let mut lints = Lints::new(repository);
    for (file, seen) in repository.users.iter().zip(seen) {
        if let Some(seen) = seen {
            lints.add(file, seen);
        }
    }
    let mut all = of_calendars(repository);
    let told = lints.told(&directory).into_iter();
    all.extend(told.map(|told| told.diagnostic));
    all.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    all
}

/// What a user is warned of.
pub(super) struct Told {
    /// The place of the user among those added.
    pub(super) at: usize,
    /// The rule or state that it is about.
    pub(super) rule: String,
    pub(super) diagnostic: Diagnostic,
}

/// What users are warned of, each of whom is looked at and let go.
pub(super) struct Lints<'a> {
    repository: &'a Repository,
    users: Vec<(&'a User, Places)>,
    together: lint::Together,
    found: BTreeMap<usize, Vec<Warning>>,
}

impl<'a> Lints<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        Lints {
            repository,
            users: Vec::new(),
            together: lint::Together::default(),
            found: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, file: &'a User, seen: Looked) {
        let Looked { places, looked } = seen;
        let at = self.users.len();
        let warnings = self.together.add(at, looked);
        if !warnings.is_empty() {
            self.found.insert(at, warnings);
        }
        self.users.push((file, places));
    }

    /// All that is worth telling. What a profile is to blame for is told once.
    pub(super) fn told(self, directory: &Directory) -> Vec<Told> {
        let Lints {
            repository,
            users,
            together,
            mut found,
        } = self;
        for (at, warning) in together.judge(directory) {
            found.entry(at).or_default().push(warning);
        }
        let mut once = Once::default();
        let mut told = Vec::new();
        for (at, warnings) in found {
            let (file, places) = &users[at];
            let warnings = warnings.into_iter();
            let findings = warnings.filter_map(|warning| finding(&file.file, places, warning));
            let findings = findings.filter(|(_, found)| !is_meant(repository, file, found.code));
            let (rules, findings): (Vec<_>, Vec<_>) = findings.unzip();
            let diagnostics = repository.diagnose_all(&file.path, findings);
            let due = { rules.into_iter().zip(diagnostics) }
                .filter(|(_, diagnostic)| once.is_due(diagnostic, &file.path));
            told.extend(due.map(|(rule, diagnostic)| Told {
                at,
                rule,
                diagnostic,
            }));
        }
        told
    }
}

/// The calendars that run out.
pub(super) fn of_calendars(repository: &Repository) -> Vec<Diagnostic> {
    if repository.settings.allows(Code::CalendarEnds) {
        return Vec::new();
    }
    let today = clock::today(None);
    let ending = repository.last_days().into_iter().filter_map(|last| {
        let (message, help) = lint::ending_calendar(last.end, today)?;
        let at = Path::top().key(&last.day);
        let finding = Finding::new(Code::CalendarEnds, at, message).help(help);
        Some(repository.diagnose(&last.path, finding))
    });
    ending.collect()
}

/// Whether a warning is allowed, by the repository or by the user's file.
pub(super) fn is_meant(repository: &Repository, user: &User, code: Code) -> bool {
    repository.settings.allows(code) || user.file.allows(code)
}

/// With what it is about. None of what no file declares: it is nobody's to mend here.
fn finding(file: &UserFile, places: &Places, warning: Warning) -> Option<(String, Finding)> {
    let Warning {
        kind,
        subject,
        keys,
        other,
        message,
        help,
    } = warning;
    let (place, name) = places.locate(file, &subject)?;
    let path = keys.iter().fold(place, |path, key| path.key(key));
    let finding = Finding::new(code(kind), path, message).help(help);
    let other = other.and_then(|other| places.locate(file, &other));
    Some(match other {
        Some((other, _)) => (name, finding.against(other)),
        None => (name, finding),
    })
}

fn is_of(declared: &DesiredRule, held: &HeldRule) -> bool {
    match declared {
        DesiredRule::Present {
            id: Some(id), rule, ..
        } => match &held.id {
            Some(held) => held == id,
            None => rule.name == held.rule.name,
        },
        DesiredRule::Present { id: None, rule, .. } => rule.name == held.rule.name,
        DesiredRule::Absent { .. } => false,
    }
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::NeverMatches => Code::NeverMatches,
        Kind::Shadowed => Code::Shadowed,
        Kind::Over => Code::Over,
        Kind::Ambiguous => Code::AmbiguousRules,
        Kind::ForwardingLoop => Code::ForwardingLoop,
        Kind::OutOfService => Code::OutOfService,
        Kind::Silence => Code::Silence,
        Kind::ForwardingLeftOn => Code::ForwardingLeftOn,
        Kind::LongRing => Code::LongRing,
        Kind::Abroad => Code::Abroad,
        Kind::PremiumRate => Code::PremiumRate,
    }
}

//! Warnings of what the files mean: the rooms that find them know no files, and this one no calls.

use std::collections::{BTreeMap, HashSet};

use super::clock;
use crate::config::{self, Finding, Once, Repository, User};
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::{self, Kind, Subject, Warning};
use crate::model::{CallHandling, DesiredRule, DesiredUser, Directory, HeldRule};
use crate::yaml::Path;

/// A user of the repository, and what happens to the user's calls as far as that is known.
pub(super) struct Described<'a> {
    pub(super) file: &'a User,
    pub(super) desired: &'a DesiredUser,
    pub(super) handling: CallHandling,
}

impl Described<'_> {
    fn declared(&self) -> HashSet<Subject> {
        let rules = (0..self.handling.rules().len()).map(Subject::Rule);
        let states = self.desired.states.iter();
        let states = states.map(|state| Subject::State(state.id.clone()));
        let all = rules.chain(states);
        all.filter(|subject| place(self, subject).is_some())
            .collect()
    }
}

/// What the files alone are warned of. Where one names somebody who is not clear without an account,
/// nothing is said of it.
pub(super) fn of_files(repository: &Repository) -> Vec<Diagnostic> {
    let config::Offline {
        directory,
        catalogue,
    } = config::offline(repository);
    let files = repository.users.iter().map(|user| &user.file);
    let (settings, shared) = (&repository.settings, &repository.shared);
    let resolved = config::resolve_all(files, settings, shared, &directory, &catalogue);
    let described = { repository.users.iter().zip(&resolved) }
        .filter_map(|(file, resolved)| {
            let desired = resolved.as_ref().ok()?;
            let handling = desired.handling();
            Some(Described {
                file,
                desired,
                handling,
            })
        })
        .collect::<Vec<_>>();
    let of_users = of_users(repository, &described, &directory).into_iter();
    let mut all = of_calendars(repository);
    all.extend(of_users.map(|told| told.diagnostic));
    all.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    all
}

/// What a user is warned of.
pub(super) struct Told {
    /// The place of the user among those given.
    pub(super) at: usize,
    /// The rule that it is about.
    pub(super) rule: Option<String>,
    pub(super) diagnostic: Diagnostic,
}

/// What users are warned of. What a profile is to blame for is told once.
pub(super) fn of_users(
    repository: &Repository,
    described: &[Described<'_>],
    directory: &Directory,
) -> Vec<Told> {
    let users: Vec<lint::User<'_>> = described
        .iter()
        .map(|user| {
            let known = directory.by_id(&user.desired.id);
            lint::User {
                id: &user.desired.id,
                handling: &user.handling,
                today: clock::today(known.and_then(|known| known.time_zone.as_deref())),
                declared: user.declared(),
            }
        })
        .collect();
    let mut found: BTreeMap<usize, Vec<(Option<String>, Finding)>> = BTreeMap::new();
    for (at, warning) in lint::lint(&users, directory) {
        let user = &described[at];
        let rule = rule(user, &warning.subject);
        let finding = finding(user, warning);
        let finding = finding.filter(|finding| !is_meant(repository, user.file, finding.code));
        let finding = finding.map(|finding| (rule, finding));
        found.entry(at).or_default().extend(finding);
    }
    let mut once = Once::default();
    let mut told = Vec::new();
    for (at, findings) in found {
        let path = &described[at].file.path;
        let (rules, findings): (Vec<_>, Vec<_>) = findings.into_iter().unzip();
        let of_user = rules.into_iter();
        let of_user = of_user.zip(repository.diagnose_all(path, findings));
        let due = of_user.filter(|(_, diagnostic)| once.is_due(diagnostic, path));
        told.extend(due.map(|(rule, diagnostic)| Told {
            at,
            rule,
            diagnostic,
        }));
    }
    told
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

/// None of what no file declares: it is nobody's to mend here.
fn finding(user: &Described<'_>, warning: Warning) -> Option<Finding> {
    let Warning {
        kind,
        subject,
        keys,
        other,
        message,
        help,
    } = warning;
    let path = keys
        .iter()
        .fold(place(user, &subject)?, |path, key| path.key(key));
    let finding = Finding::new(code(kind), path, message).help(help);
    Some(match other.and_then(|other| place(user, &other)) {
        Some(other) => finding.against(other),
        None => finding,
    })
}

/// What the rule is called that a warning is about.
fn rule(user: &Described<'_>, subject: &Subject) -> Option<String> {
    match subject {
        Subject::Rule(at) => { user.handling.rules().get(*at) }.map(|held| held.rule.name.clone()),
        Subject::State(id) => Some(id.to_string()),
    }
}

fn place(user: &Described<'_>, subject: &Subject) -> Option<Path> {
    let top = Path::top();
    match subject {
        Subject::Rule(at) => {
            let held = user.handling.rules().get(*at)?;
            let mut rules = user.desired.rules.iter().flatten();
            let declared = rules.find(|declared| is_of(declared, held))?;
            Some(top.key("interactionRules").key(declared.key()))
        }
        Subject::State(id) => {
            let mut states = user.desired.states.iter();
            let is_declared = states.any(|declared| declared.id == *id);
            is_declared.then(|| top.key("states").key(id.as_str()))
        }
    }
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

//! Locates lint warnings in the files. The `lint` module finds them and knows no files.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::run_time::RunTime;
use crate::config::types::UserFile;
use crate::config::{self, ConfigFinding, DiagnosticDedup, LoadedUser, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::lint::{self as lint_rules, LintKind, LintSubject, LintWarning};
use crate::model::{CallHandling, DesiredRule, DesiredUser, ExtensionDirectory, StateId, UserRule};
use crate::yaml::YamlPath;

/// The rules and states of a user's call handling that the user's file declares.
struct DeclarationIndex {
    /// For each interaction rule, its index among the declared rules.
    rules: Vec<Option<usize>>,
    states: Vec<StateId>,
}

impl DeclarationIndex {
    /// Matches the rules of the call handling with the declared rules.
    fn new(desired: &DesiredUser, handling: &CallHandling) -> DeclarationIndex {
        let declared = desired.rules.as_deref().unwrap_or_default();
        let find_declared = |rule| {
            declared
                .iter()
                .position(|declared| is_same_rule(declared, rule))
        };
        DeclarationIndex {
            rules: handling.rules().iter().map(find_declared).collect(),
            states: desired
                .states
                .iter()
                .map(|state| state.id.clone())
                .collect(),
        }
    }

    /// Returns all rules and states that the file declares.
    fn declared_subjects(&self) -> HashSet<LintSubject> {
        self.rules
            .iter()
            .enumerate()
            .filter(|(_, declared)| declared.is_some())
            .map(|(index, _)| LintSubject::Rule(index))
            .chain(self.states.iter().cloned().map(LintSubject::State))
            .collect()
    }

    /// Returns the path of a rule or state in the file, and its name. `None` if the file doesn't
    /// declare it.
    fn locate(&self, file: &UserFile, subject: &LintSubject) -> Option<(YamlPath, String)> {
        match subject {
            LintSubject::Rule(index) => {
                let declared = (*self.rules.get(*index)?)?;
                let rules = file.interaction_rules.as_ref()?;
                let (key, rule) = rules.get_index(declared)?;
                let name = rule.as_ref()?.name.as_ref().unwrap_or(key);
                let path = YamlPath::root().key("interactionRules").key(key);
                Some((path, name.clone()))
            }
            LintSubject::State(id) => {
                self.states.iter().find(|declared| *declared == id)?;
                let path = YamlPath::root().key("states").key(id.as_str());
                Some((path, id.to_string()))
            }
        }
    }
}

/// The lints of one user, and where to locate them.
pub(super) struct LocatedUserLints {
    declarations: DeclarationIndex,
    lints: lint_rules::UserLints,
}

/// Lints the call handling of one user, as far as it is known.
pub(super) fn lint_user(
    desired: &DesiredUser,
    handling: &CallHandling,
    directory: &ExtensionDirectory,
    time: RunTime,
) -> LocatedUserLints {
    let time_zone = directory
        .by_id(&desired.id)
        .and_then(|extension| extension.time_zone.as_deref());
    let declarations = DeclarationIndex::new(desired, handling);
    let user = lint_rules::LintUser {
        id: &desired.id,
        handling,
        today: time.start_of_day(time_zone),
        declared: declarations.declared_subjects(),
    };
    LocatedUserLints {
        declarations,
        lints: lint_rules::lint_user(&user, directory),
    }
}

/// Lints the files without an account, in order of files and positions.
///
/// A file with references that need the account is not linted.
pub fn lint(repository: &Repository, time: RunTime) -> Vec<Diagnostic> {
    let config::OfflineDirectory {
        directory,
        name_index,
    } = config::offline_directory(repository);
    let (settings, shared) = (&repository.settings, &repository.referenced_files);
    let user_lints: Vec<Option<LocatedUserLints>> = repository
        .users
        .par_iter()
        .map(|user| {
            let desired =
                config::resolve_silently(&user.file, settings, shared, &directory, &name_index)?;
            Some(lint_user(&desired, &desired.handling(), &directory, time))
        })
        .collect();
    let mut collector = LintCollector::new(repository);
    for (user, lints) in repository.users.iter().zip(user_lints) {
        if let Some(lints) = lints {
            collector.add(user, lints);
        }
    }
    let mut diagnostics = lint_calendars(repository, time);
    let located_lints = collector.finish(&directory).into_iter();
    diagnostics.extend(located_lints.map(|lint| lint.diagnostic));
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics
}

/// A lint warning about one user.
pub(super) struct LocatedLint {
    /// The index of the user in the order of [`LintCollector::add`].
    pub(super) user_index: usize,
    /// The name of the rule or state that the warning is about.
    pub(super) subject: String,
    pub(super) diagnostic: Diagnostic,
}

/// Collects the lints of users one by one, without keeping their call handling.
pub(super) struct LintCollector<'a> {
    repository: &'a Repository,
    users: Vec<(&'a LoadedUser, DeclarationIndex)>,
    cross_user: lint_rules::CrossUserLints,
    warnings: BTreeMap<usize, Vec<LintWarning>>,
}

impl<'a> LintCollector<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        LintCollector {
            repository,
            users: Vec::new(),
            cross_user: lint_rules::CrossUserLints::default(),
            warnings: BTreeMap::new(),
        }
    }

    /// Adds the lints of the next user.
    pub(super) fn add(&mut self, user: &'a LoadedUser, user_lints: LocatedUserLints) {
        let LocatedUserLints {
            declarations,
            lints,
        } = user_lints;
        let index = self.users.len();
        let warnings = self.cross_user.add(index, lints);
        if !warnings.is_empty() {
            self.warnings.insert(index, warnings);
        }
        self.users.push((user, declarations));
    }

    /// Returns all warnings that are not allowed. A warning about a profile is reported only once.
    pub(super) fn finish(self, directory: &ExtensionDirectory) -> Vec<LocatedLint> {
        let LintCollector {
            repository,
            users,
            cross_user,
            mut warnings,
        } = self;
        for (index, warning) in cross_user.finish(directory) {
            warnings.entry(index).or_default().push(warning);
        }
        let mut dedup = DiagnosticDedup::default();
        let mut located_lints = Vec::new();
        for (index, user_warnings) in warnings {
            let (user, declarations) = &users[index];
            let (subjects, findings): (Vec<_>, Vec<_>) = user_warnings
                .into_iter()
                .filter_map(|warning| to_finding(&user.file, declarations, warning))
                .filter(|(_, finding)| !is_allowed(repository, user, finding.code))
                .unzip();
            let diagnostics = repository.locate_findings(&user.path, findings);
            for (subject, diagnostic) in subjects.into_iter().zip(diagnostics) {
                if dedup.insert(&diagnostic, &user.path) {
                    located_lints.push(LocatedLint {
                        user_index: index,
                        subject,
                        diagnostic,
                    });
                }
            }
        }
        located_lints
    }
}

/// Warns about calendars that end soon or have ended.
pub(super) fn lint_calendars(repository: &Repository, time: RunTime) -> Vec<Diagnostic> {
    if repository.settings.allows(DiagnosticCode::CalendarEnds) {
        return Vec::new();
    }
    let today = time.start_of_day(None);
    repository
        .calendar_ends()
        .into_iter()
        .filter_map(|last_day| {
            let (message, help) = lint_rules::ending_calendar(last_day.end, today)?;
            let path = YamlPath::root().key(&last_day.day);
            let finding =
                ConfigFinding::new(DiagnosticCode::CalendarEnds, path, message).with_help(help);
            Some(repository.locate_finding(&last_day.path, finding))
        })
        .collect()
}

/// Returns whether the repository or the user's file allows a warning.
pub(super) fn is_allowed(repository: &Repository, user: &LoadedUser, code: DiagnosticCode) -> bool {
    repository.settings.allows(code) || user.file.allows(code)
}

/// Locates a warning in the file, and returns it with the name of its rule or state. `None` if the
/// file doesn't declare them, because then the warning can't be fixed there.
fn to_finding(
    file: &UserFile,
    declarations: &DeclarationIndex,
    warning: LintWarning,
) -> Option<(String, ConfigFinding)> {
    let LintWarning {
        kind,
        subject,
        keys,
        other,
        message,
        help,
    } = warning;
    let (subject_path, name) = declarations.locate(file, &subject)?;
    let path = keys.iter().fold(subject_path, |path, key| path.key(key));
    let finding = ConfigFinding::new(code_for(kind), path, message).with_help(help);
    let conflicting = other.and_then(|subject| declarations.locate(file, &subject));
    Some(match conflicting {
        Some((conflicting_path, _)) => (name, finding.with_related(conflicting_path)),
        None => (name, finding),
    })
}

/// Returns whether a declared rule is this live rule, by id if both have one, otherwise by name.
fn is_same_rule(declared: &DesiredRule, live: &UserRule) -> bool {
    match declared {
        DesiredRule::Present {
            id: Some(id), rule, ..
        } => match &live.id {
            Some(live_id) => live_id == id,
            None => rule.name == live.rule.name,
        },
        DesiredRule::Present { id: None, rule, .. } => rule.name == live.rule.name,
        DesiredRule::Absent { .. } => false,
    }
}

/// Returns the diagnostic code of a kind of lint.
fn code_for(kind: LintKind) -> DiagnosticCode {
    match kind {
        LintKind::NeverMatches => DiagnosticCode::NeverMatches,
        LintKind::Shadowed => DiagnosticCode::Shadowed,
        LintKind::Expired => DiagnosticCode::Expired,
        LintKind::Ambiguous => DiagnosticCode::AmbiguousRules,
        LintKind::ForwardingLoop => DiagnosticCode::ForwardingLoop,
        LintKind::OutOfService => DiagnosticCode::OutOfService,
        LintKind::UnreachableCaller => DiagnosticCode::UnreachableCaller,
        LintKind::ForwardingLeftOn => DiagnosticCode::ForwardingLeftOn,
        LintKind::LongRing => DiagnosticCode::LongRing,
        LintKind::International => DiagnosticCode::International,
        LintKind::PremiumRate => DiagnosticCode::PremiumRate,
    }
}

//! Compares users with their live state, one by one. Only what is reported stays in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use tokio::sync::oneshot;

use super::lints::{self, LintCollector, LocatedUserLints};
use super::plan_outcome::{UnreadableUser, UserDiagnostic};
use super::progress::RunProgress;
use super::resolve::{ResolvedUser, unreadable_label};
use super::run_time::RunTime;
use crate::client::ClientError;
use crate::config::{ConfigFinding, LoadedUser, Repository};
use crate::diagnostic::DiagnosticCode;
use crate::model::{CallHandling, DateRange, DesiredUser, ExtensionDirectory, numeric_order};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{
    self, ComparedFile, DiffDiagnostic, DiffProblemKind, DiffSubject, FetchRequest, FetchResult,
    LiveUser, UserPlan,
};
use crate::yaml::YamlPath;

/// The number of users that wait for a thread to compare them. Reading waits for them.
const MAX_CONCURRENT_DIFFS: usize = 8;

/// The maximum number of JSON values in all changes of a plan. They take about a gigabyte.
const MAX_VALUES: usize = 5_000_000;

/// The data that all comparisons need, known before any user is read.
pub(super) struct DiffContext<'a> {
    pub(super) repository: &'a Repository,
    pub(super) directory: &'a Arc<ExtensionDirectory>,
    pub(super) time: RunTime,
    /// The dates of the calendars.
    pub(super) closures: Arc<[DateRange]>,
    /// The number of JSON values in the plans so far.
    pub(super) value_count: AtomicUsize,
}

/// The result of comparing one user.
pub(super) struct UserDiff {
    plan: UserPlan,
    problems: Vec<DiffDiagnostic>,
    lints: LocatedUserLints,
}

/// The results of comparing all users.
pub(super) struct PlanParts {
    /// The plans in order of extension numbers, those without a number last.
    pub(super) plans: Vec<UserPlan>,
    pub(super) diagnostics: Vec<UserDiagnostic>,
    pub(super) unreadable: Vec<UnreadableUser>,
}

impl UserDiff {
    /// Compares one user, and lints the user's call handling as it would be after an apply.
    fn compute(
        desired: &DesiredUser,
        compared: Option<&ComparedFile>,
        live: &LiveUser,
        directory: &ExtensionDirectory,
        time: RunTime,
        closures: &[DateRange],
    ) -> UserDiff {
        let user = directory.by_id(&desired.id);
        let now = time.in_zone(user.and_then(|user| user.time_zone.as_deref()));
        let (mut plan, problems) = reconcile::diff_user(desired, live, directory, Some(now));
        let after = add_impact(&mut plan, live, directory, time, closures);
        if let Some(compared) = compared {
            let today = time.start_of_day(user.and_then(|user| user.time_zone.as_deref()));
            reconcile::add_origins(&mut plan, compared, live, directory, [now, today]);
        }
        UserDiff {
            lints: lints::lint_user(desired, &after, directory, time),
            plan,
            problems,
        }
    }
}

impl DiffContext<'_> {
    /// Reads users and compares them with their files. Returns the results in the order of `users`.
    pub(super) async fn diff_users<R: AccountReader<Error = ClientError>>(
        &self,
        reader: &R,
        users: &[ResolvedUser<'_>],
        progress: &RunProgress,
    ) -> Vec<Result<UserDiff, ClientError>> {
        let requests: Vec<FetchRequest> = users
            .iter()
            .map(|user| FetchRequest::from(&*user.desired))
            .collect();
        progress.start_phase("Reading users", requests.len());
        let diff_with_phones = async |index: usize, live: FetchResult<ClientError>| {
            let user = &users[index];
            // Provisional if the user's phones turn out to be needed.
            let (diff, mut live) = self.compute_in_pool(user, live?).await;
            let needs_phones =
                |desired: &DesiredUser| reconcile::needs_phones(desired, &live, &diff.plan);
            let compared_needs_phones = match user.compared.as_deref() {
                Some(ComparedFile::Declared(compared)) => needs_phones(compared),
                Some(ComparedFile::Missing | ComparedFile::Unresolved) | None => false,
            };
            if !needs_phones(&user.desired) && !compared_needs_phones {
                return Ok::<_, ClientError>(diff);
            }
            // The device list of the account is read only if a rule must list the user's phones.
            let devices = reader.devices().await?;
            let own = devices.get(&user.desired.id);
            live.set_phones(own.map(Vec::as_slice).unwrap_or_default());
            Ok(self.compute_in_pool(user, live).await.0)
        };
        let bounded_diff = async |index: usize, live: FetchResult<ClientError>| {
            let mut diff = diff_with_phones(index, live).await?;
            let values = diff.plan.value_count();
            self.value_count.fetch_add(values, Ordering::Relaxed);
            if self.is_too_large() {
                // The run fails, so its memory must not grow any more.
                diff.plan.changes = Vec::new();
                diff.plan.impact = Vec::new();
            }
            Ok::<_, ClientError>(diff)
        };
        let diffs = reconcile::fetch_users(reader, &requests)
            .inspect(|_| progress.step())
            .map(async |(index, live)| (index, bounded_diff(index, live).await))
            .buffer_unordered(MAX_CONCURRENT_DIFFS);
        reconcile::in_order(diffs).await
    }

    /// Returns whether the plans take too much memory, for example because a large list of contacts
    /// is in a rule of every user.
    pub(super) fn is_too_large(&self) -> bool {
        self.value_count.load(Ordering::Relaxed) > MAX_VALUES
    }

    /// Compares a user with the live state in the thread pool, while other users are being read.
    /// Returns the live state too.
    async fn compute_in_pool(
        &self,
        user: &ResolvedUser<'_>,
        live: LiveUser,
    ) -> (UserDiff, LiveUser) {
        let desired = Arc::clone(&user.desired);
        let compared = user.compared.clone();
        let directory = Arc::clone(self.directory);
        let time = self.time;
        let closures = Arc::clone(&self.closures);
        let (sender, receiver) = oneshot::channel();
        rayon::spawn(move || {
            // The receiver is dropped if the run was canceled.
            let compared = compared.as_deref();
            let diff = UserDiff::compute(&desired, compared, &live, &directory, time, &closures);
            let _ = sender.send((diff, live));
        });
        // rayon aborts the process if the closure panics, so the sender is never dropped unsent.
        receiver.await.expect("the closure always sends")
    }

    /// Combines the results of all users. `diffs` are in the order of `users`.
    pub(super) fn collect(
        &self,
        users: &[ResolvedUser<'_>],
        diffs: Vec<Result<UserDiff, ClientError>>,
    ) -> PlanParts {
        let mut lints = LintCollector::new(self.repository);
        let mut linted_ids = Vec::new();
        let mut parts = PlanParts {
            plans: Vec::new(),
            diagnostics: Vec::new(),
            unreadable: Vec::new(),
        };
        for (resolved, diff) in users.iter().zip(diffs) {
            let UserDiff {
                plan,
                problems,
                lints: user_lints,
            } = match diff {
                Ok(diff) => diff,
                Err(error) => {
                    let label = unreadable_label(resolved, self.directory);
                    parts.unreadable.push(UnreadableUser { label, error });
                    continue;
                }
            };
            let fits_account = problems.iter().all(DiffDiagnostic::is_warning);
            parts
                .diagnostics
                .extend(self.user_diagnostics(resolved.file, &plan, problems));
            // Otherwise the handling after an apply is unknown: there is nothing to lint.
            if fits_account {
                lints.add(resolved.file, user_lints);
                linted_ids.push(&resolved.desired.id);
                parts.plans.push(plan);
            }
        }
        parts.plans.sort_by_cached_key(|plan| {
            let number = plan.extension_number.as_deref();
            (numeric_order(number), plan.id.clone())
        });
        let located_lints = lints.finish(self.directory).into_iter();
        parts.diagnostics.extend(located_lints.map(|lint| {
            let extension = self.directory.by_id(linted_ids[lint.user_index]);
            UserDiagnostic {
                user: extension.and_then(|extension| extension.number.clone()),
                subject: Some(lint.subject),
                diagnostic: lint.diagnostic,
            }
        }));
        parts
    }

    /// Returns diagnostics for declarations that don't fit the account, unless they are allowed.
    fn user_diagnostics(
        &self,
        file: &LoadedUser,
        plan: &UserPlan,
        problems: Vec<DiffDiagnostic>,
    ) -> Vec<UserDiagnostic> {
        // `null` also removes rules of profiles, which need not be on the account.
        let is_inherited = |problem: &DiffDiagnostic| match (&problem.subject, problem.key) {
            (DiffSubject::Rule(name), None) if problem.kind == DiffProblemKind::NoEffect => {
                self.repository.inherits_rule(&file.file, name)
            }
            _ => false,
        };
        let findings = problems
            .into_iter()
            .filter(|problem| !is_inherited(problem))
            .map(finding_for_problem)
            .filter(|finding| !lints::is_allowed(self.repository, file, finding.code))
            .collect();
        let diagnostics = self.repository.locate_findings(&file.path, findings);
        diagnostics
            .into_iter()
            .map(|diagnostic| UserDiagnostic {
                user: plan.extension_number.clone(),
                subject: None,
                diagnostic,
            })
            .collect()
    }
}

/// Adds to a plan what callers will notice, from today in the user's time zone. Returns the call
/// handling after the changes.
pub(super) fn add_impact(
    plan: &mut UserPlan,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    time: RunTime,
    closures: &[DateRange],
) -> CallHandling {
    let user = directory.by_id(&plan.id);
    let today = time.start_of_day(user.and_then(|user| user.time_zone.as_deref()));
    reconcile::add_impact(plan, live, directory, today, closures)
}

/// Locates a problem in the user's file.
fn finding_for_problem(problem: DiffDiagnostic) -> ConfigFinding {
    let (warning_code, subject_path) = match &problem.subject {
        DiffSubject::Rule(name) => (
            DiagnosticCode::NoSuchRule,
            YamlPath::root().key("interactionRules").key(name),
        ),
        DiffSubject::State(id) => (
            DiagnosticCode::NoSuchState,
            YamlPath::root().key("states").key(id.as_str()),
        ),
    };
    let code = match problem.kind {
        DiffProblemKind::Error => DiagnosticCode::LiveMismatch,
        DiffProblemKind::NoEffect => warning_code,
        DiffProblemKind::PossibleRename => DiagnosticCode::PossibleRename,
    };
    let path = match problem.key {
        Some(key) => subject_path.key(key),
        None => subject_path,
    };
    let finding = ConfigFinding::new(code, path, problem.message);
    match problem.help {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}

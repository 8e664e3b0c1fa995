//! Compares users with their live state, one by one. Only what is reported stays in memory.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::clock;
use super::lints::{self, LintCollector, LocatedUserLints};
use super::planning::{UnreadableUser, UserDiagnostic};
use super::problem_diagnostics::finding_for_problem;
use crate::client;
use crate::config::{self, LoadedUser, Repository};
use crate::model::{DesiredUser, ExtensionDirectory, NameIndex};
use crate::reconcile::{self, DiffDiagnostic, FetchRequest, LiveUser, UserPlan};
use crate::render::sanitize;

/// The data that all comparisons need, known before any user is read.
pub(super) struct DiffContext<'a> {
    pub(super) repository: &'a Repository,
    pub(super) directory: &'a Arc<ExtensionDirectory>,
    pub(super) name_index: &'a NameIndex,
}

/// The result of comparing one user.
pub(super) struct UserDiff {
    plan: UserPlan,
    problems: Vec<DiffDiagnostic>,
    lints: LocatedUserLints,
}

/// The results of comparing all users.
pub(super) struct PlanParts {
    /// The plans in order of extension numbers.
    pub(super) plans: Vec<UserPlan>,
    pub(super) diagnostics: Vec<UserDiagnostic>,
    pub(super) unreadable: Vec<UnreadableUser>,
}

impl UserDiff {
    /// Compares one user, and lints the user's call handling as it would be after an apply.
    fn compute(desired: &DesiredUser, live: &LiveUser, directory: &ExtensionDirectory) -> UserDiff {
        let (mut plan, problems) = reconcile::diff_user(desired, live, directory);
        add_impact(&mut plan, live, directory);
        let after = reconcile::handling_after(live.handling().clone(), &plan.id, &plan.changes);
        UserDiff {
            lints: lints::lint_user(desired, &after, directory),
            plan,
            problems,
        }
    }
}

impl<'a> DiffContext<'a> {
    /// Compares a user with the live state in the thread pool, while other users are being read.
    ///
    /// Resolves the file again: keeping the resolved files of all waiting users would need too much
    /// memory, because each may contain a list of thousands of numbers.
    pub(super) async fn diff_user(&self, file: &LoadedUser, live: LiveUser) -> UserDiff {
        let Repository {
            settings,
            referenced_files: shared,
            ..
        } = self.repository;
        let desired = config::resolve_silently(
            &file.file,
            settings,
            shared,
            self.directory,
            self.name_index,
        )
        .expect("a run with errors in files ends before users are read");
        let directory = Arc::clone(self.directory);
        let (sender, receiver) = oneshot::channel();
        rayon::spawn(move || {
            // The receiver is dropped if the run was canceled.
            let _ = sender.send(UserDiff::compute(&desired, &live, &directory));
        });
        // rayon aborts the process if the closure panics, so the sender is never dropped unsent.
        receiver.await.expect("the closure always sends")
    }

    /// Combines the results of all users. `diffs` are in the order of `files` and `requests`.
    pub(super) fn collect(
        &self,
        files: Vec<&'a LoadedUser>,
        requests: &[FetchRequest],
        diffs: Vec<Result<UserDiff, client::ClientError>>,
    ) -> PlanParts {
        let mut lints = LintCollector::new(self.repository);
        let mut linted_ids = Vec::new();
        let mut parts = PlanParts {
            plans: Vec::new(),
            diagnostics: Vec::new(),
            unreadable: Vec::new(),
        };
        for ((file, request), diff) in files.into_iter().zip(requests).zip(diffs) {
            let UserDiff {
                plan,
                problems,
                lints: user_lints,
            } = match diff {
                Ok(diff) => diff,
                Err(error) => {
                    let name = match self.directory.by_id(&request.user) {
                        Some(user) => sanitize::sanitize_inline(user.label()).into_owned(),
                        None => request.user.to_string(),
                    };
                    let label = format!("{name} ({})", file.path);
                    parts.unreadable.push((label, error));
                    continue;
                }
            };
            lints.add(file, user_lints);
            linted_ids.push(&request.user);
            let has_plan = problems.iter().all(|problem| problem.is_warning);
            parts
                .diagnostics
                .extend(self.user_diagnostics(file, &plan, problems));
            if has_plan {
                parts.plans.push(plan);
            }
        }
        parts.plans.sort_by_cached_key(|user| {
            let number = user.extension_number.clone().unwrap_or_default();
            (number.len(), number, user.id.clone())
        });
        let located_lints = lints.finish(self.directory).into_iter();
        parts.diagnostics.extend(located_lints.map(|lint| {
            let user = self.directory.by_id(linted_ids[lint.user_index]);
            UserDiagnostic {
                user: user.and_then(|user| user.number.clone()),
                rule: Some(lint.rule),
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
        problems
            .into_iter()
            .map(finding_for_problem)
            .filter(|finding| !lints::is_allowed(self.repository, file, finding.code))
            .map(|finding| UserDiagnostic {
                user: plan.extension_number.clone(),
                rule: None,
                diagnostic: self.repository.locate_finding(&file.path, finding),
            })
            .collect()
    }
}

/// Adds to a plan what callers will notice, from today in the user's time zone.
pub(super) fn add_impact(plan: &mut UserPlan, live: &LiveUser, directory: &ExtensionDirectory) {
    let user = directory.by_id(&plan.id);
    let today = clock::start_of_today(user.and_then(|user| user.time_zone.as_deref()));
    plan.impact =
        reconcile::compute_impact(live.handling(), &plan.id, &plan.changes, directory, today);
}

//! Writes a plan to the account: safety limits, permission, cache, journal, then the writes.

use std::io;

use super::account::Account;
use super::error::RunError;
use super::incremental;
use super::journal_file::{JournalFile, JournalObserver, JournalTarget};
use super::plan_outcome::PlanOutcome;
use super::progress::RunProgress;
use super::selection::no_match_hint;
use crate::client::ClientError;
use crate::model::{AccountExtension, ExtensionDirectory, UserSelector};
use crate::reconcile::{
    self, AccountPlan, ApplyReport, SafetyLimits, SafetyViolation, UserPlan, WriteVerification,
};

/// An apply of one plan that records each write in a journal.
pub struct JournaledApply<'a> {
    account: &'a Account,
    directory: &'a ExtensionDirectory,
    verification: WriteVerification,
    journal: JournalFile,
}

impl<'a> JournaledApply<'a> {
    /// Prepares to write a plan: removes its users from the cache and creates the journal.
    ///
    /// # Errors
    ///
    /// If the plan exceeds the safety limits, or if the journal can't be created. Nothing has been
    /// sent then.
    pub fn start(
        account: &'a Account,
        outcome: &'a PlanOutcome,
        limits: SafetyLimits,
        journal: JournalTarget<'_>,
    ) -> Result<Self, RunError> {
        ensure_safe(outcome, limits)?;
        // The next plan must read these users again, even if the audit trail is slower than the
        // writes.
        incremental::evict_changed_users(journal.root, &outcome.plan, &outcome.server)?;
        Ok(JournaledApply {
            account,
            directory: &outcome.directory,
            verification: WriteVerification::default(),
            journal: JournalFile::create(journal, &outcome.plan.account, &outcome.server)?,
        })
    }

    /// Sets whether writes are read back.
    #[must_use]
    pub fn with_verification(self, verification: WriteVerification) -> Self {
        JournaledApply {
            verification,
            ..self
        }
    }

    /// Writes a plan, or the part of it for some users, and records each write in the journal.
    ///
    /// Users are written concurrently, and the changes of a user in sequence. Errors are in the
    /// report. If the run is canceled, requests in progress are finished, and the report is marked.
    pub async fn write<'p>(
        &self,
        plan: &'p AccountPlan,
        label: &'static str,
        progress: &RunProgress,
    ) -> ApplyReport<'p, ClientError> {
        let changes = plan.users.iter().map(|user| user.changes.len()).sum();
        progress.start_phase(label, changes);
        let observer = JournalObserver {
            journal: &self.journal,
            progress,
        };
        let client = self.account.client();
        let (directory, verification) = (self.directory, self.verification);
        let mut report =
            reconcile::apply_plan(client, plan, directory, verification, &observer).await;
        // Also set if the cancellation came too late to stop anything: the user asked for it.
        report.canceled |= client.cancellation_token().is_cancelled();
        report
    }

    /// Records the end of the run in the journal.
    ///
    /// # Errors
    ///
    /// If the line can't be written. The account is not affected.
    pub fn finish(&self) -> io::Result<()> {
        self.journal.finish()
    }

    /// Returns the journal of the run.
    pub fn journal(&self) -> &JournalFile {
        &self.journal
    }
}

/// Writes a whole plan to the account, and records each write in a journal.
///
/// Users are written concurrently, and the changes of a user in sequence. Each user is read again
/// before its first write, and refused if it differs from the plan. After its writes it is read
/// once more, and writes that were not stored count as failed. Errors of single writes are in the
/// report.
///
/// # Errors
///
/// If the plan exceeds the safety limits, if the API app may not write, or if the journal can't be
/// created. Nothing has been sent then.
pub async fn apply<'p>(
    account: &Account,
    outcome: &'p PlanOutcome,
    limits: SafetyLimits,
    journal: JournalTarget<'_>,
    progress: &RunProgress,
) -> Result<ApplyReport<'p, ClientError>, RunError> {
    ensure_safe(outcome, limits)?;
    account.check_write_permission().await?;
    let run = JournaledApply::start(account, outcome, limits, journal)?;
    let mut report = run.write(&outcome.plan, "Applying changes", progress).await;
    if let Err(error) = run.finish() {
        report.observer_error.get_or_insert(error);
    }
    Ok(report)
}

/// Checks a plan against the safety limits: those of its repository, unless `limits` replaces them.
///
/// # Errors
///
/// If the plan exceeds a limit, with the flags that allow it.
pub fn ensure_safe(outcome: &PlanOutcome, limits: SafetyLimits) -> Result<(), RunError> {
    let violations = reconcile::check_safety(&outcome.plan, limits.or(outcome.limits));
    if violations.is_empty() {
        return Ok(());
    }
    let join = |describe: fn(&SafetyViolation) -> String, separator: &str| {
        let texts: Vec<String> = violations.iter().map(describe).collect();
        texts.join(separator)
    };
    let reasons = join(SafetyViolation::to_string, "; ");
    let flags = join(SafetyViolation::override_flag, " ");
    Err(
        RunError::new(format!("refusing this plan: {reasons}")).hinted(format!(
            "check the plan; if it is right, allow it with `{flags}`"
        )),
    )
}

/// Splits a plan into the part of the canary and the rest.
///
/// # Errors
///
/// If the canary has no changes, because then it tests nothing, or if it is everyone.
pub fn split_canary(
    outcome: &PlanOutcome,
    canary: &UserSelector,
) -> Result<(AccountPlan, AccountPlan), RunError> {
    let PlanOutcome {
        plan, directory, ..
    } = outcome;
    let (canary_users, other_users): (Vec<UserPlan>, Vec<UserPlan>) =
        plan.users.iter().cloned().partition(|user| {
            directory
                .by_id(&user.id)
                .is_some_and(|extension| canary.matches(extension))
        });
    let has_changes = |users: &[UserPlan]| users.iter().any(|user| !user.changes.is_empty());
    if canary.is_everyone() || (canary_users.len() > 1 && !has_changes(&other_users)) {
        let message =
            format!("the canary `{canary}` is everyone: nothing would be left to protect");
        return Err(RunError::new(message).hinted("use `--canary` with a single user"));
    }
    let to_plan = |users| AccountPlan {
        account: plan.account.clone(),
        users,
    };
    let canary_plan = to_plan(canary_users);
    if canary_plan.is_empty() {
        let users_with_changes: Vec<&AccountExtension> = plan
            .users
            .iter()
            .filter(|user| !user.changes.is_empty())
            .filter_map(|user| directory.by_id(&user.id))
            .collect();
        let message = format!("the plan changes nothing for the canary `{canary}`");
        return Err(RunError::new(message).hinted(no_match_hint(canary, users_with_changes)));
    }
    Ok((canary_plan, to_plan(other_users)))
}

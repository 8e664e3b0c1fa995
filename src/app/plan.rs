//! Plans: compares the files of a repository with an open account.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jiff::SignedDuration;

use super::account::Account;
use super::compared::ComparedCommit;
use super::coverage::{UserCoverage, out_of_service_diagnostics};
use super::drift_edits::add_account_edits;
use super::error::RunError;
use super::incremental::IncrementalReader;
use super::lints;
use super::names::fetch_name_index;
use super::new_call_handling::explain_refusals;
use super::plan_outcome::{PlanOutcome, UserDiagnostic};
use super::progress::RunProgress;
use super::repository::verify_account;
use super::resolve::{PartialResolution, resolve_possible};
use super::run_time::RunTime;
use super::selection::{ChangedUsers, changed_users, read_commit, select_users};
use super::user_diff::{DiffContext, PlanParts};
use crate::config::Repository;
use crate::model::UserSelector;
use crate::reconcile::AccountPlan;
use crate::reconcile::account::AccountReader;

/// Which users to plan, and how.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Plans only these users. Empty: all users of the repository.
    pub users: Vec<UserSelector>,
    /// Plans only users whose configuration differs from this git commit.
    pub changed_since: Option<String>,
    /// Compares the files with this git commit, to show where changes come from, without limiting
    /// the users.
    pub compared_with: Option<String>,
    /// Reads users without changes in the audit trail from the cache, unless they were last read
    /// longer ago than this.
    pub incremental: Option<SignedDuration>,
    /// The time from which callers would notice a change.
    pub time: RunTime,
}

impl PlanOptions {
    /// Returns the options of a plan of all users.
    pub fn new(time: RunTime) -> Self {
        PlanOptions {
            users: Vec::new(),
            changed_since: None,
            compared_with: None,
            incremental: None,
            time,
        }
    }
}

/// Reads the users in scope from the account and compares them with their files.
///
/// Users that can't be read, or whose file doesn't fit the account, are left out of the plan; the
/// outcome lists them.
///
/// # Errors
///
/// If no file can be resolved, if several files are for one user, if a selector matches no user, if
/// the account is not the one that the repository describes, or if the list of users can't be read.
pub async fn plan(
    repository: &Repository,
    account: &Account,
    options: &PlanOptions,
    progress: &RunProgress,
) -> Result<PlanOutcome, RunError> {
    repository.require_users()?;
    let ChangedUsers {
        changed,
        warnings: removal_warnings,
        compared,
    } = match (&options.changed_since, &options.compared_with) {
        (Some(revision), _) => changed_users(repository, revision, progress)?,
        (None, Some(revision)) => ChangedUsers {
            compared: Some(read_commit(repository, revision)?),
            ..ChangedUsers::default()
        },
        (None, None) => ChangedUsers::default(),
    };
    let client = account.client();
    let account_id = client.account_id().await?;
    verify_account(&repository.settings, &account_id)?;
    let directory = Arc::new(client.directory().await?);
    let mut selected = select_users(repository, &directory, &options.users, changed.as_ref())?;
    let mut diagnostics = removal_warnings;
    if options.users.is_empty() {
        let coverage = UserCoverage::new(repository, &directory);
        diagnostics.extend(coverage.diagnostic(repository));
    }
    diagnostics.extend(out_of_service_diagnostics(
        repository,
        &selected.files,
        &directory,
    ));
    let compared = compared
        .as_ref()
        .map(|repository| ComparedCommit::new(repository, &selected.files, &directory));
    let optional_lists = compared.as_ref().map(ComparedCommit::name_lists);
    let (name_index, mut unreadable) = fetch_name_index(
        client,
        repository,
        &mut selected.files,
        &directory,
        optional_lists.unwrap_or_default(),
    )
    .await?;
    let expected_users = selected.files.len() + unreadable.len();
    let PartialResolution {
        mut users,
        errors: unresolved,
    } = resolve_possible(repository, selected, &directory, &name_index)?;

    if let Some(compared) = compared {
        compared.add_to(&mut users, &name_index);
    }
    let context = DiffContext {
        repository,
        directory: &directory,
        time: options.time,
        closures: repository.calendar_dates().into(),
        value_count: AtomicUsize::default(),
    };
    let (diffs, read_stats) = match options.incremental {
        None => (context.diff_users(client, &users, progress).await, None),
        Some(max_age) => {
            let identity = (&*account_id, &*directory);
            let reader =
                IncrementalReader::open(repository.root(), max_age, account, identity).await?;
            reader.note_bypass(progress);
            let diffs = match reader.cached() {
                Some(cached) => context.diff_users(cached, &users, progress).await,
                None => context.diff_users(client, &users, progress).await,
            };
            (diffs, Some(reader.finish(users.len(), progress)))
        }
    };
    if context.is_too_large() {
        let message = "the changes are too large for one plan: probably a large list of contacts \
                       is in a rule of many users";
        return Err(RunError::new(message).hinted(
            "plan fewer users at once with `--user`, or match the callers by a partial number",
        ));
    }
    let PlanParts {
        mut plans,
        diagnostics: user_diagnostics,
        unreadable: unread_users,
    } = context.collect(&users, diffs);
    let errors = unread_users.iter().map(|user| &user.error);
    if let Some(error) = explain_refusals(client, plans.len(), errors).await {
        return Err(error);
    }
    unreadable.extend(unread_users);
    let audit_note = add_account_edits(client, &mut plans).await;
    let diagnostics = diagnostics
        .into_iter()
        .chain(lints::lint_calendars(repository, options.time))
        .map(UserDiagnostic::from)
        .chain(unresolved)
        .chain(user_diagnostics)
        .collect();
    Ok(PlanOutcome {
        plan: AccountPlan {
            account: account_id,
            users: plans,
        },
        directory,
        name_index,
        diagnostics,
        unreadable,
        audit_note,
        read_stats,
        limits: repository.settings.safety_limits(),
        server: account.server().to_owned(),
        file_count: repository.file_count(),
        expected_users,
    })
}

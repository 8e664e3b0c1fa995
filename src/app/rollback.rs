//! Plans the rollback of an apply, from its journal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;

use super::account::Account;
use super::error::RunError;
use super::plan_outcome::{PlanOutcome, UnreadableUser};
use super::progress::RunProgress;
use super::repository::verify_account;
use super::run_time::RunTime;
use super::user_diff::add_impact;
use crate::config::types::RepositorySettings;
use crate::files;
use crate::journal::{self, ApplyJournal, JournalEnd, JournalError, UserRef};
use crate::model::{ExtensionDirectory, ExtensionId, NameIndex};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, AccountPlan, FetchRequest, JournaledWrite, SafetyLimits, UserPlan};
use crate::render::rollback_conflicts::ConflictedUser;
use crate::render::sanitize;

/// The maximum size of a journal in bytes.
const MAX_JOURNAL_BYTES: u64 = 1024 * 1024 * 1024;

/// The plan of a rollback.
#[derive(Debug)]
pub struct RollbackOutcome {
    /// The writes that restore the state before the apply.
    pub outcome: PlanOutcome,
    /// The users that are left out, because they changed since the apply.
    pub conflicts: Vec<ConflictedUser>,
}

/// Reads a journal. Also returns a warning if it is incomplete.
///
/// # Errors
///
/// If the file can't be read, is not a journal, or was edited.
pub fn read_journal(path: &Path) -> Result<(ApplyJournal, Option<String>), RunError> {
    let bytes = files::read_limited(path, MAX_JOURNAL_BYTES)
        .map_err(|error| RunError::file(path, &error))?;
    // The parser reports the number of a line that is not valid UTF-8 text.
    let text = String::from_utf8_lossy(&bytes);
    let journal = journal::parse_journal(&text).map_err(|error| {
        let hint = match error {
            JournalError::NoHeader => "use the path that `apply` printed",
            JournalError::UnsupportedFormat(_) => "use the version of callrules that wrote it",
            JournalError::InvalidLine { .. } => {
                "callrules doesn't use an edited journal: restore the original file, or correct the \
                 rules in the files and apply"
            }
        };
        RunError::new(format!("{}: {error}", path.display())).hinted(hint)
    })?;
    let warning = match journal.end {
        JournalEnd::Clean(_) => None,
        JournalEnd::Missing => Some(
            "is incomplete: its run was killed, or lines at the end were removed; only the writes \
             that it contains are undone"
                .to_owned(),
        ),
        JournalEnd::Truncated(line) => Some(format!(
            "is truncated in line {line}: its run was killed while writing that line; the account \
             shows whether the last write was made"
        )),
    };
    let located = warning.map(|warning| format!("{} {warning}", path.display()));
    Ok((journal, located))
}

/// Reads the users in a journal from the account, and plans the rollback.
///
/// A user that changed since the apply is left out, because later changes are never overwritten.
/// `settings` are those of the repository, if there is one.
///
/// # Errors
///
/// If the journal or the settings are for another account, or if the list of users can't be read.
pub async fn plan_rollback(
    settings: Option<&RepositorySettings>,
    account: &Account,
    journal: &ApplyJournal,
    time: RunTime,
    progress: &RunProgress,
) -> Result<RollbackOutcome, RunError> {
    let account_id = verify_journal_account(journal, account).await?;
    if let Some(settings) = settings {
        verify_account(settings, &account_id)?;
    }
    let directory = account.client().directory().await?;
    let mut by_user: BTreeMap<&ExtensionId, (&UserRef, Vec<JournaledWrite<'_>>)> = BTreeMap::new();
    for write in journal
        .writes
        .iter()
        .filter(|write| write.may_have_been_applied())
    {
        let user = &write.started.user;
        let (_, writes) = by_user.entry(&user.id).or_insert((user, Vec::new()));
        writes.push(write.to_journaled_write());
    }
    let requests: Vec<FetchRequest> = by_user
        .iter()
        .map(|(id, (_, writes))| FetchRequest::for_rollback(id, writes))
        .collect();
    progress.start_phase("Reading users", requests.len());
    let reads = reconcile::fetch_users(account.client(), &requests);
    let results = reconcile::in_order(reads.inspect(|_| progress.step())).await;
    let mut users = Vec::new();
    let mut unreadable = Vec::new();
    let mut conflicts = Vec::new();
    for ((id, (user, writes)), result) in by_user.iter().zip(results) {
        let number = user.extension_number.as_deref().unwrap_or(&id.0);
        let label = format!("{} · {number}", sanitize::sanitize_inline(&user.name));
        match result {
            Ok(live) => match reconcile::plan_rollback(id, writes, &live, &directory) {
                Ok(mut plan) => {
                    add_impact(&mut plan, &live, &directory, time, &[]);
                    // What was so before the apply needs no permission.
                    plan.extent.silenced = false;
                    users.push(plan);
                }
                Err(user_conflicts) => conflicts.push(ConflictedUser {
                    user: label,
                    conflicts: user_conflicts,
                }),
            },
            Err(error) => unreadable.push(UnreadableUser { label, error }),
        }
    }
    let name_index = fetch_plan_names(account, &users, &directory, progress).await;
    let outcome = PlanOutcome {
        expected_users: users.len() + unreadable.len(),
        plan: AccountPlan {
            account: journal.header.account.clone(),
            users,
        },
        directory: Arc::new(directory),
        name_index,
        diagnostics: Vec::new(),
        audit_note: None,
        read_stats: None,
        unreadable,
        limits: settings.map_or_else(SafetyLimits::default, RepositorySettings::safety_limits),
        server: account.server().to_owned(),
        file_count: 0,
    };
    Ok(RollbackOutcome { outcome, conflicts })
}

/// Returns the id of the open account, or an error if the journal is for another one.
async fn verify_journal_account(
    journal: &ApplyJournal,
    account: &Account,
) -> Result<String, RunError> {
    let mismatch = |written: &str, actual: &str| {
        RunError::new(format!(
            "the journal is for {written}, but this is {actual}"
        ))
        .hinted(
            "use the credentials of the account that the journal is for, or a journal of this \
             account",
        )
    };
    if journal.header.server != account.server() {
        return Err(mismatch(&journal.header.server, account.server()));
    }
    let account_id = account.client().account_id().await?;
    if journal.header.account != account_id {
        return Err(mismatch(
            &format!("account {}", journal.header.account),
            &format!("account {account_id}"),
        ));
    }
    Ok(account_id)
}

/// Reads the names of greetings and devices in the plan. They are only for display, so a list that
/// can't be read causes a warning, and ids are shown instead.
async fn fetch_plan_names(
    account: &Account,
    users: &[UserPlan],
    directory: &ExtensionDirectory,
    progress: &RunProgress,
) -> NameIndex {
    let lists = users
        .iter()
        .flat_map(|user| reconcile::collect_name_lists(user, directory))
        .collect();
    let mut loaded = Vec::new();
    for (list, result) in reconcile::fetch_name_lists(account.client(), lists).await {
        match result {
            Ok(resources) => loaded.push((list, resources)),
            Err(error) => {
                progress.note(format!("warning: ids are shown instead of names: {error}"));
            }
        }
    }
    NameIndex::from_iter(loaded)
}

//! `callrules rollback`: undoes an apply, using its journal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::account::AccountSession;
use super::diff_users::add_impact;
use super::error::CommandError;
use super::execute::{ExecuteArgs, ExecuteRequest, execute_plan};
use super::lock::RepositoryLock;
use super::planning::{PlanOutcome, verify_account};
use super::{GlobalArgs, signals, ui};
use crate::config;
use crate::journal::{self, ApplyJournal, JournalEnd, UserRef};
use crate::model::{ExtensionDirectory, ExtensionId, NameIndex};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, AccountPlan, FetchRequest, JournaledWrite, UserPlan};
use crate::render::rollback_conflicts::ConflictedUser;
use crate::render::{WriteOperation, sanitize};

#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    /// The journal of the apply to undo
    ///
    /// `apply` prints its path at the end. By default, journals are in .callrules/journal.
    #[arg(value_name = "JOURNAL")]
    file: PathBuf,

    #[command(flatten)]
    options: ExecuteArgs,
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &RollbackArgs,
) -> Result<ExitCode, CommandError> {
    let journal = read_journal(&arguments.file)?;
    let settings = config::read_settings(&global.directory).map_err(|diagnostics| {
        CommandError::Configuration {
            diagnostics,
            files: 1,
        }
    })?;
    let _lock = RepositoryLock::acquire(&global.directory, WriteOperation::Rollback)?;
    let account = AccountSession::open(global).await?;
    signals::install_handlers(&account.client.cancellation_token())?;
    let result = async {
        let account_id = verify_journal_account(&journal, &account).await?;
        if let Some(settings) = &settings {
            verify_account(global, settings, &account_id)?;
        }
        execute_rollback(global, arguments, &account, &journal).await
    }
    .await;
    account.close().await;
    result
}

/// Reads a journal, and prints a warning if it is incomplete.
fn read_journal(path: &Path) -> Result<ApplyJournal, CommandError> {
    let path_text = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| CommandError::File {
        path: path_text.clone(),
        error,
    })?;
    // The parser reports the number of a line that is not valid UTF-8 text.
    let text = String::from_utf8_lossy(&bytes);
    let journal = journal::parse_journal(&text).map_err(|error| CommandError::InvalidJournal {
        path: path_text.clone(),
        error,
    })?;
    let warning = match journal.end {
        JournalEnd::Clean(_) => return Ok(journal),
        JournalEnd::Missing => {
            "is incomplete: its run was killed, or lines at the end were removed; only the writes that \
             it contains are undone"
                .to_owned()
        }
        JournalEnd::Truncated(line) => format!(
            "is truncated in line {line}: its run was killed while writing that line; the account shows \
             whether the last write was made"
        ),
    };
    ui::status(&format!("warning: {path_text} {warning}\n"))?;
    Ok(journal)
}

/// Returns the id of the open account, or an error if the journal is for another account.
async fn verify_journal_account(
    journal: &ApplyJournal,
    account: &AccountSession,
) -> Result<String, CommandError> {
    let mismatch =
        |written: String, actual: String| CommandError::JournalForOtherAccount { written, actual };
    if journal.header.server != account.server {
        return Err(mismatch(
            journal.header.server.clone(),
            account.server.clone(),
        ));
    }
    let account_id = account.client.account_id().await?;
    if journal.header.account != account_id {
        return Err(mismatch(
            format!("account {}", journal.header.account),
            format!("account {account_id}"),
        ));
    }
    Ok(account_id)
}

/// Plans the rollback and executes it.
async fn execute_rollback(
    global: &GlobalArgs,
    arguments: &RollbackArgs,
    account: &AccountSession,
    journal: &ApplyJournal,
) -> Result<ExitCode, CommandError> {
    let make_plan = async {
        let directory = account.client.directory().await?;
        plan_rollback(account, journal, directory).await
    };
    let (outcome, conflicts) =
        signals::or_cancelled(&account.client.cancellation_token(), make_plan).await?;
    let resume_command = global.format_command(&["rollback", &arguments.file.to_string_lossy()]);
    let request = ExecuteRequest {
        operation: WriteOperation::Rollback,
        options: &arguments.options,
        canary: None,
        plan_file: None,
        conflicts: &conflicts,
        resume_command: &resume_command,
    };
    execute_plan(global, request, account, &outcome).await
}

/// Reads the names of greetings and devices in the plan. They are only for display, so a list that
/// can't be read causes a warning, and ids are shown instead.
async fn fetch_plan_names(
    account: &AccountSession,
    users: &[UserPlan],
    directory: &ExtensionDirectory,
) -> Result<NameIndex, CommandError> {
    let lists = users
        .iter()
        .flat_map(|user| reconcile::collect_name_lists(user, directory))
        .collect();
    let mut loaded = Vec::new();
    for (list, result) in reconcile::fetch_name_lists(&account.client, lists).await {
        match result {
            Ok(resources) => loaded.push((list, resources)),
            Err(error) => ui::status(&format!(
                "warning: ids are shown instead of names: {error}\n"
            ))?,
        }
    }
    Ok(NameIndex::from_iter(loaded))
}

/// Reads the users in the journal and plans the rollback. Also returns the users that are left out,
/// because they changed since the apply.
async fn plan_rollback(
    account: &AccountSession,
    journal: &ApplyJournal,
    directory: ExtensionDirectory,
) -> Result<(PlanOutcome, Vec<ConflictedUser>), CommandError> {
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
    let progress = account.start_progress("Reading users", requests.len());
    let work = reconcile::fetch_users(&account.client, &requests, async |_, live| {
        progress.step();
        live
    });
    let results = progress.watch(work).await;
    let mut users = Vec::new();
    let mut unreadable = Vec::new();
    let mut conflicted_users = Vec::new();
    for ((id, (user, writes)), result) in by_user.iter().zip(results) {
        let number = user.extension_number.as_deref().unwrap_or(&id.0);
        let label = format!("{} · {number}", sanitize::sanitize_inline(&user.name));
        match result {
            Ok(live) => match reconcile::plan_rollback(id, writes, &live, &directory) {
                Ok(mut plan) => {
                    add_impact(&mut plan, &live, &directory);
                    users.push(plan);
                }
                Err(conflicts) => conflicted_users.push(ConflictedUser {
                    user: label,
                    conflicts,
                }),
            },
            Err(error) => unreadable.push((label, error)),
        }
    }
    let name_index = fetch_plan_names(account, &users, &directory).await?;
    let outcome = PlanOutcome {
        expected_users: users.len() + unreadable.len(),
        plan: AccountPlan {
            account: journal.header.account.clone(),
            users,
        },
        directory: Arc::new(directory),
        name_index,
        diagnostics: Vec::new(),
        read_stats: None,
        unreadable,
        server: account.server.clone(),
        file_count: 0,
    };
    Ok((outcome, conflicted_users))
}

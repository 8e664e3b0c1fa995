//! `callrules rollback`: undoes an apply, using its journal.

use std::path::PathBuf;
use std::process::ExitCode;

use callrules::config::types::RepositorySettings;
use callrules::journal::ApplyJournal;
use callrules::render::WriteOperation;
use callrules::{Account, RepositoryLock, RollbackOutcome, RunError};
use clap::Args;
use jiff::Timestamp;

use super::write::{WriteRun, run_writes};
use crate::cli::args::write::WriteArgs;
use crate::cli::context::CommandContext;
use crate::cli::help::{self, CommandHelp};
use crate::cli::ui::signals;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Apply, then undo
callrules -C examples/acme --sandbox apply --auto-approve --journal run.jsonl
callrules -C examples/acme --sandbox rollback run.jsonl --auto-approve",
    exit_codes: help::WRITE_EXIT_CODES,
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct RollbackArgs {
    /// The journal of the apply to undo
    ///
    /// `apply` prints its path at the end. By default, journals are in .callrules/journal.
    #[arg(value_name = "JOURNAL")]
    file: PathBuf,

    #[command(flatten)]
    write: WriteArgs,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &RollbackArgs,
) -> Result<ExitCode, RunError> {
    let (journal, warning) = callrules::read_journal(&arguments.file)?;
    if let Some(warning) = warning {
        context.ui.warning(&warning)?;
    }
    let settings = callrules::read_settings(context.directory())?;
    let operation = WriteOperation::Rollback;
    let _lock = RepositoryLock::acquire(context.directory(), operation, Timestamp::now())?;
    let account = context.open_account().await?;
    signals::install_handlers(&account.cancellation_token())?;
    let result = plan_and_write(context, arguments, &account, &journal, settings.as_ref()).await;
    account.close().await;
    result
}

/// Plans the rollback and writes it.
async fn plan_and_write(
    context: &CommandContext,
    arguments: &RollbackArgs,
    account: &Account,
    journal: &ApplyJournal,
    settings: Option<&RepositorySettings>,
) -> Result<ExitCode, RunError> {
    let make_plan = context.watch(account, async |progress| {
        let time = context.time;
        callrules::plan_rollback(settings, account, journal, time, progress).await
    });
    let RollbackOutcome { outcome, conflicts } =
        signals::or_canceled(&account.cancellation_token(), make_plan).await?;
    let resume_command = context.format_command(&["rollback", &arguments.file.to_string_lossy()]);
    let run = WriteRun {
        operation: WriteOperation::Rollback,
        arguments: &arguments.write,
        canary: None,
        plan_file: None,
        conflicts: &conflicts,
        resume_command: &resume_command,
    };
    run_writes(context, run, account, &outcome).await
}

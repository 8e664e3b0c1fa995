//! `callrules import`: creates files from the users on the account.

use std::process::ExitCode;

use callrules::{Account, ImportOptions, ImportProblem, Repository, RunError};
use clap::Args;

use crate::cli::args::users::UserFilterArgs;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Create files for all users who have none yet
callrules -C examples/acme --sandbox import

# Overwrite one user's file with the rules on the account
callrules -C examples/acme --sandbox import --user 104 --force",
    exit_codes: &[
        ("0", "every user has a file"),
        ("1", "error, or some users were not imported"),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    users: UserFilterArgs,

    /// Overwrite the existing files of these users
    ///
    /// Keeps the line that identifies the user, `prune`, `ignore`, `allow` and ignored rules.
    /// Removes comments and expands calendars and contacts. A file that uses profiles is not
    /// overwritten. Forwarding of all calls and do-not-disturb are written only if the file has
    /// them, or if the user set them up.
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &ImportArgs,
) -> Result<ExitCode, RunError> {
    let repository = callrules::open_import_target(context.directory())?;
    let account = context.open_account().await?;
    let result = import(context, arguments, repository.as_ref(), &account).await;
    account.close().await;
    result
}

/// Imports the users and prints the result. Returns exit code 1 if a user was not imported.
async fn import(
    context: &CommandContext,
    arguments: &ImportArgs,
    repository: Option<&Repository>,
    account: &Account,
) -> Result<ExitCode, RunError> {
    let options = ImportOptions {
        users: arguments.users.selectors.clone(),
        force: arguments.force,
    };
    let report = context
        .watch(account, async |progress| {
            callrules::import(context.directory(), repository, account, &options, progress).await
        })
        .await?;
    for line in &report.files {
        context.ui.print_raw(line)?;
    }
    context.ui.status(&report.summary.to_string())?;
    for problem in &report.problems {
        match problem {
            ImportProblem::Warning(message) => context.ui.warning(message)?,
            ImportProblem::NotImported(message) => context.ui.error(message)?,
        }
    }
    Ok(ExitCode::from(u8::from(!report.is_complete())))
}

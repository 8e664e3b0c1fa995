//! `callrules apply`: updates the account to match the files.

use std::path::PathBuf;
use std::process::ExitCode;

use callrules::config::types::RepositorySettings;
use callrules::diagnostic::Diagnostic;
use callrules::model::UserSelector;
use callrules::reconcile::SavedPlan;
use callrules::render::WriteOperation;
use callrules::{Account, PlanOptions, PlanOutcome, Repository, RepositoryLock, RunError};
use clap::Args;
use jiff::Timestamp;

use super::test_gate::TestGate;
use super::write::{WriteRun, run_writes};
use crate::cli::args::users::PlanScope;
use crate::cli::args::write::WriteArgs;
use crate::cli::clock;
use crate::cli::context::CommandContext;
use crate::cli::help::{self, CommandHelp};
use crate::cli::ui::signals;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Plan and apply without asking for confirmation, as in CI
callrules -C examples/acme --sandbox apply --auto-approve

# Apply to only one user: a good start on a live account
callrules -C examples/acme --sandbox apply --user 104 --auto-approve",
    exit_codes: help::WRITE_EXIT_CODES,
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ApplyArgs {
    /// Apply this plan, saved by `callrules plan --out`, instead of making a new one
    #[arg(value_name = "FILE", conflicts_with_all = ["selectors", "changed_since"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    scope: PlanScope,

    #[command(flatten)]
    tests: TestGate,

    /// Apply to this user first, then ask before continuing
    ///
    /// Accepts the same values as `--user`. Without a terminal, or with `--auto-approve`, the run
    /// stops after this user and reports what is left. If a change of this user fails, no other
    /// user is changed.
    #[arg(long, value_name = "USER")]
    canary: Option<UserSelector>,

    #[command(flatten)]
    write: WriteArgs,
}

/// The source of the plan to apply.
enum PlanSource {
    Repository(Box<Repository>, Vec<Diagnostic>),
    Saved(
        Box<SavedPlan>,
        Box<Option<RepositorySettings>>,
        Option<Diagnostic>,
    ),
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &ApplyArgs,
) -> Result<ExitCode, RunError> {
    let source = load_source(context, arguments).await?;
    let operation = WriteOperation::Apply;
    let _lock = RepositoryLock::acquire(context.directory(), operation, Timestamp::now())?;
    let account = context.open_account().await?;
    let result = Box::pin(plan_and_write(context, arguments, source, &account)).await;
    account.close().await;
    result
}

/// Loads the repository or the saved plan, and runs the tests.
async fn load_source(
    context: &CommandContext,
    arguments: &ApplyArgs,
) -> Result<PlanSource, RunError> {
    let ApplyArgs { scope, tests, .. } = arguments;
    let Some(file) = &arguments.file else {
        let (repository, mut warnings) = context.open_repository()?;
        warnings.extend(tests.check(context, &repository, &scope.users).await?);
        return Ok(PlanSource::Repository(Box::new(repository), warnings));
    };
    let saved = callrules::read_saved_plan(file)?;
    let settings = callrules::read_settings(context.directory())?;
    let warning = tests.check_saved_plan(context, &scope.users).await?;
    Ok(PlanSource::Saved(
        Box::new(saved),
        Box::new(settings),
        warning,
    ))
}

/// Makes or opens the plan, then writes it.
async fn plan_and_write(
    context: &CommandContext,
    arguments: &ApplyArgs,
    source: PlanSource,
    account: &Account,
) -> Result<ExitCode, RunError> {
    let cancellation = account.cancellation_token();
    signals::install_handlers(&cancellation)?;
    let open_plan = Box::pin(open_plan(context, arguments, source, account));
    let outcome = signals::or_canceled(&cancellation, open_plan).await?;
    let scope = arguments.scope.to_args();
    let words: Vec<&str> = ["apply"]
        .into_iter()
        .chain(scope.iter().map(String::as_str))
        .collect();
    let run = WriteRun {
        operation: WriteOperation::Apply,
        arguments: &arguments.write,
        canary: arguments.canary.as_ref(),
        plan_file: arguments.file.as_deref(),
        conflicts: &[],
        resume_command: &context.format_command(&words),
    };
    run_writes(context, run, account, &outcome).await
}

/// Makes the plan of the files, or opens the saved plan.
async fn open_plan(
    context: &CommandContext,
    arguments: &ApplyArgs,
    source: PlanSource,
    account: &Account,
) -> Result<PlanOutcome, RunError> {
    let (mut outcome, warnings) = match source {
        PlanSource::Repository(repository, warnings) => {
            let options = PlanOptions {
                users: arguments.scope.users.selectors.clone(),
                changed_since: arguments.scope.changed_since.clone(),
                ..PlanOptions::new(context.time)
            };
            let outcome = context
                .watch(account, async |progress| {
                    callrules::plan(&repository, account, &options, progress).await
                })
                .await?;
            (outcome, warnings)
        }
        PlanSource::Saved(saved, settings, warning) => {
            let created_at = clock::format_utc(&saved.created_at);
            context.ui.status(&format!("Plan saved {created_at}\n"))?;
            let settings = (*settings).as_ref();
            let outcome = callrules::open_saved_plan(*saved, settings, account).await?;
            (outcome, Vec::from_iter(warning))
        }
    };
    outcome.prepend_warnings(warnings);
    Ok(outcome)
}

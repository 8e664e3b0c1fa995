//! `callrules apply`: updates the account to match the files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::account::AccountSession;
use super::error::CommandError;
use super::execute::{ExecuteArgs, ExecuteRequest, execute_plan};
use super::lock::RepositoryLock;
use super::planning::{self, PlanOptions, PlanScope, UserDiagnostic};
use super::pre_plan_tests::TestGate;
use super::{GlobalArgs, clock, plan_file, signals, ui};
use crate::config::types::RepositorySettings;
use crate::config::{self, Repository};
use crate::diagnostic::Diagnostic;
use crate::model::UserSelector;
use crate::reconcile::SavedPlan;
use crate::render::WriteOperation;

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
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
    options: ExecuteArgs,
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

impl PlanSource {
    /// Loads the repository or the saved plan, and runs the tests.
    fn load(global: &GlobalArgs, arguments: &ApplyArgs) -> Result<Self, CommandError> {
        let Some(file) = &arguments.file else {
            let (repository, mut warnings) = planning::load_repository(global)?;
            warnings.extend(arguments.tests.check(&repository, &arguments.scope.users)?);
            return Ok(PlanSource::Repository(Box::new(repository), warnings));
        };
        let saved = plan_file::read(file)?;
        let settings = config::read_settings(&global.directory).map_err(|diagnostics| {
            CommandError::Configuration {
                diagnostics,
                files: 1,
            }
        })?;
        let warning = arguments
            .tests
            .check_saved_plan(global, &arguments.scope.users)?;
        Ok(PlanSource::Saved(
            Box::new(saved),
            Box::new(settings),
            warning,
        ))
    }
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &ApplyArgs,
) -> Result<ExitCode, CommandError> {
    let source = PlanSource::load(global, arguments)?;
    let _lock = RepositoryLock::acquire(&global.directory, WriteOperation::Apply)?;
    let account = AccountSession::open(global).await?;
    let result = plan_and_execute(global, arguments, source, &account).await;
    account.close().await;
    result
}

async fn plan_and_execute(
    global: &GlobalArgs,
    arguments: &ApplyArgs,
    source: PlanSource,
    account: &AccountSession,
) -> Result<ExitCode, CommandError> {
    let cancellation = account.client.cancellation_token();
    signals::install_handlers(&cancellation)?;
    let make_plan = async {
        match source {
            PlanSource::Repository(repository, warnings) => {
                planning::plan(
                    global,
                    &repository,
                    warnings,
                    account,
                    &arguments.scope,
                    PlanOptions::default(),
                )
                .await
            }
            PlanSource::Saved(saved, settings, warning) => {
                ui::status(&format!(
                    "Plan saved {}\n",
                    clock::format_utc(&saved.created_at)
                ))?;
                let settings = (*settings).as_ref();
                let mut outcome = plan_file::open_saved(global, *saved, settings, account).await?;
                outcome
                    .diagnostics
                    .extend(warning.map(|diagnostic| UserDiagnostic {
                        user: None,
                        rule: None,
                        diagnostic,
                    }));
                Ok(outcome)
            }
        }
    };
    let outcome = signals::or_cancelled(&cancellation, make_plan).await?;
    let scope = arguments.scope.to_args();
    let words: Vec<&str> = ["apply"]
        .into_iter()
        .chain(scope.iter().map(String::as_str))
        .collect();
    let request = ExecuteRequest {
        operation: WriteOperation::Apply,
        options: &arguments.options,
        canary: arguments.canary.as_ref(),
        plan_file: arguments.file.as_deref(),
        conflicts: &[],
        resume_command: &global.format_command(&words),
    };
    execute_plan(global, request, account, &outcome).await
}

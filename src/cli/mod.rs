//! The command line: `commands` has one file per command, `args` the options that commands share,
//! `help` the texts besides the options, and `ui` the terminal.

mod args;
mod clock;
mod commands;
mod context;
mod help;
mod ui;

use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use callrules::RunError;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use commands::{
    adopt, apply, completions, doctor, explain, import, init, man, plan, report, rollback, sandbox,
    schema, show, simulate, test, validate,
};
use context::{CommandContext, GlobalArgs, LogFormat};
use ui::Ui;

/// Keeps RingCentral user call handling rules in git.
///
/// Each user's call handling is a YAML file. `validate` checks the files, `plan` shows how the
/// account differs from them, and `apply` updates the account to match.
#[derive(Debug, Parser)]
#[command(version, max_term_width = help::MAX_WIDTH.into())]
struct CliArgs {
    #[command(flatten)]
    global: GlobalArgs,

    #[command(subcommand)]
    command: CliCommand,
}

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Create a repository with an example, editor settings and GitHub workflows
    Init(init::InitArgs),
    /// Check every file of the repository (offline)
    Validate(validate::ValidateArgs),
    /// Explain a warning or error and how to fix it
    Explain(explain::ExplainArgs),
    /// Show a user's complete configuration, including profiles
    Show(show::ShowArgs),
    /// Show which rule handles a call, why, and where the call ends up
    Simulate(simulate::SimulateArgs),
    /// Run the call tests in `tests/` (offline)
    Test(test::TestArgs),
    /// Show what differs between the files and the account, without changing anything
    Plan(plan::PlanArgs),
    /// Update the account to match the files
    Apply(apply::ApplyArgs),
    /// Undo an apply, using its journal
    Rollback(rollback::RollbackArgs),
    /// Create files from the users on the account
    Import(import::ImportArgs),
    /// Change the files to match the account: the other way to end drift
    Adopt(adopt::AdoptArgs),
    /// Create web pages that show who answers whose calls, and when
    Report(report::ReportArgs),
    /// Check the connection to the account and suggest fixes
    Doctor(doctor::DoctorArgs),
    /// Write the JSON schemas that editors use to check the files
    Schema(schema::SchemaArgs),
    /// Serve a local imitation of the API for rehearsals
    Sandbox(sandbox::SandboxArgs),
    /// Print a shell completion script
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one page per command
    Man(man::ManArgs),
}

/// Runs the command line and returns the exit code: 0 for success, 1 for an error, 2 for changes
/// found by `--detailed-exitcode`, 3 for an apply or rollback that was only partly completed.
pub(crate) fn run() -> ExitCode {
    let CliArgs { global, command } = match build_command()
        .try_get_matches()
        .and_then(|matches| CliArgs::from_arg_matches(&matches))
    {
        Ok(arguments) => arguments,
        Err(error) => return report_usage_error(&error),
    };
    if matches!(global.log_format, LogFormat::Json) {
        ui::use_json_lines();
    }
    let ui = Ui {
        use_pager: !global.no_pager,
        ..Ui::default()
    };
    init_logging(&global, &ui);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return ui.report_error(error.into()),
    };
    let time = match clock::run_time() {
        Ok(time) => time,
        Err(error) => return ui.report_error(error),
    };
    let context = CommandContext { global, ui, time };
    match runtime.block_on(dispatch(&context, &command)) {
        Ok(code) => code,
        Err(error) => context.ui.report_error(error),
    }
}

/// Builds the command line with all its help texts.
fn build_command() -> clap::Command {
    help::with_help(CliArgs::command())
}

/// Prints a usage error, the help or the version, and returns the exit code.
///
/// A usage error exits with 1 rather than clap's 2, because 2 means that a plan has changes.
fn report_usage_error(error: &clap::Error) -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let wants_json = arguments
        .join("\n")
        .replace('=', "\n")
        .contains("--log-format\njson");
    if wants_json && error.use_stderr() {
        ui::use_json_lines();
        Ui::default().try_status(&error.to_string());
    } else {
        // If printing fails, the exit code is still correct.
        let _ = error.print();
    }
    ExitCode::from(u8::from(error.use_stderr()))
}

async fn dispatch(context: &CommandContext, command: &CliCommand) -> Result<ExitCode, RunError> {
    match command {
        CliCommand::Init(arguments) => init::run(context, arguments),
        CliCommand::Validate(arguments) => validate::run(context, arguments),
        CliCommand::Explain(arguments) => explain::run(context, arguments),
        CliCommand::Show(arguments) => show::run(context, arguments),
        CliCommand::Simulate(arguments) => simulate::run(context, arguments).await,
        CliCommand::Test(arguments) => test::run(context, arguments),
        CliCommand::Plan(arguments) => plan::run(context, arguments).await,
        CliCommand::Apply(arguments) => Box::pin(apply::run(context, arguments)).await,
        CliCommand::Rollback(arguments) => rollback::run(context, arguments).await,
        CliCommand::Import(arguments) => import::run(context, arguments).await,
        CliCommand::Adopt(arguments) => adopt::run(context, arguments).await,
        CliCommand::Report(arguments) => report::run(context, arguments).await,
        CliCommand::Doctor(arguments) => doctor::run(context, arguments).await,
        CliCommand::Schema(arguments) => schema::run(context, arguments),
        CliCommand::Sandbox(arguments) => sandbox::run(context, arguments).await,
        CliCommand::Completions(arguments) => completions::run(context, arguments),
        CliCommand::Man(arguments) => man::run(context, arguments),
    }
}

/// Sends log messages to standard error.
fn init_logging(global: &GlobalArgs, ui: &Ui) {
    let level = match global.verbose {
        0 => "warn",
        1 => "callrules=info,warn",
        _ => "callrules=trace,info",
    };
    let filter = EnvFilter::new(level);
    let progress_area = ui.progress_area.clone();
    let use_color = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(use_color)
        .with_writer(move || progress_area.clone());
    match global.log_format {
        LogFormat::Text => subscriber.without_time().with_target(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn command_line_definition_is_consistent() {
        super::build_command().debug_assert();
    }
}

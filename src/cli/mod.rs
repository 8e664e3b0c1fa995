//! The command line: one file per command, and the steps that commands share.

mod account;
mod apply;
mod canary;
mod clock;
mod completions;
mod diff_users;
mod doctor;
mod error;
mod execute;
mod explain;
mod files;
mod git;
mod help;
mod help_examples;
mod import;
mod incremental;
mod init;
mod journal_observer;
mod lints;
mod lock;
mod man;
mod offline_users;
mod pager;
mod phone_number;
mod plan;
mod plan_file;
mod plan_output;
mod planning;
mod pre_plan_tests;
mod problem_diagnostics;
mod progress;
mod report;
mod report_folder;
mod rollback;
mod sandbox;
mod schema;
mod selection;
mod show;
mod signals;
mod simulate;
mod state_dir;
mod summarize;
mod test;
mod ui;
mod validate;
mod value_parser;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use error::CommandError;
use progress::ProgressRoot;

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

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// The configuration repository: the folder with `callrules.yaml`
    #[arg(short = 'C', global = true, value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Run against an embedded sandbox instead of the live account
    ///
    /// The sandbox starts with the account in the repository's `sandbox` folder, and keeps its
    /// state between runs under `.callrules`. It needs no credentials, and nothing leaves this
    /// machine.
    #[arg(long, global = true)]
    sandbox: bool,

    /// Show more detail; repeat for everything (-vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Log format on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// Don't use a pager
    #[arg(long, global = true)]
    no_pager: bool,

    /// The terminal area that progress bars are drawn in
    #[arg(skip)]
    progress_root: ProgressRoot,
}

impl GlobalArgs {
    /// Writes human-readable text to standard output, through a pager if it exceeds the screen.
    fn print_paged(&self, text: &str) -> io::Result<()> {
        pager::print_paged(text, !self.no_pager)
    }

    /// Formats a command for the same repository and account, quoted for a shell.
    fn format_command(&self, words: &[&str]) -> String {
        let directory = self.directory.to_string_lossy();
        let mut words_with_globals = vec!["callrules"];
        if directory != "." {
            words_with_globals.extend(["-C", &*directory]);
        }
        words_with_globals.extend(self.sandbox.then_some("--sandbox"));
        words_with_globals.extend(words);
        // Only a NUL cannot be quoted, and no path contains one.
        shlex::try_join(words_with_globals.iter().copied())
            .unwrap_or_else(|_| words_with_globals.join(" "))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Human-readable lines of text
    Text,
    /// One JSON object per line
    Json,
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
    /// Combine several plans into one summary
    Summarize(summarize::SummarizeArgs),
    /// Update the account to match the files
    Apply(apply::ApplyArgs),
    /// Undo an apply, using its journal
    Rollback(rollback::RollbackArgs),
    /// Create files from the users on the account
    Import(import::ImportArgs),
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
pub fn run() -> ExitCode {
    let arguments = match build_command()
        .try_get_matches()
        .and_then(|matches| CliArgs::from_arg_matches(&matches))
    {
        Ok(arguments) => arguments,
        Err(error) => return report_usage_error(&error),
    };
    init_logging(&arguments.global);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return CommandError::from(error).report(),
    };
    if let Err(error) = clock::check_now_env() {
        return error.report();
    }
    match runtime.block_on(dispatch(arguments)) {
        Ok(code) => code,
        Err(error) => error.report(),
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
    // If printing fails, the exit code is still correct.
    let _ = error.print();
    ExitCode::from(u8::from(error.use_stderr()))
}

async fn dispatch(arguments: CliArgs) -> Result<ExitCode, CommandError> {
    let CliArgs { global, command } = arguments;
    match command {
        CliCommand::Init(arguments) => init::run(&global, &arguments),
        CliCommand::Validate(arguments) => validate::run(&global, &arguments),
        CliCommand::Explain(arguments) => explain::run(&global, &arguments),
        CliCommand::Show(arguments) => show::run(&global, &arguments),
        CliCommand::Simulate(arguments) => simulate::run(&global, &arguments).await,
        CliCommand::Test(arguments) => test::run(&global, &arguments),
        CliCommand::Plan(arguments) => plan::run(&global, &arguments).await,
        CliCommand::Summarize(arguments) => summarize::run(&arguments),
        CliCommand::Apply(arguments) => apply::run(&global, &arguments).await,
        CliCommand::Rollback(arguments) => rollback::run(&global, &arguments).await,
        CliCommand::Import(arguments) => import::run(&global, &arguments).await,
        CliCommand::Report(arguments) => report::run(&global, &arguments).await,
        CliCommand::Doctor(arguments) => doctor::run(&global, &arguments).await,
        CliCommand::Schema(arguments) => schema::run(&global, &arguments),
        CliCommand::Sandbox(arguments) => sandbox::run(&arguments).await,
        CliCommand::Completions(arguments) => completions::run(&arguments),
        CliCommand::Man(arguments) => man::run(&arguments),
    }
}

/// Sends log messages to standard error.
fn init_logging(global: &GlobalArgs) {
    let level = match global.verbose {
        0 => "warn",
        1 => "callrules=info,warn",
        _ => "callrules=trace,info",
    };
    let filter = EnvFilter::new(level);
    let progress_root = global.progress_root.clone();
    let use_color = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(use_color)
        .with_writer(move || progress_root.clone());
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

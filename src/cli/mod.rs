//! The command line: one file a command, none with logic of its own.

mod account;
mod apply;
mod canary;
mod carry_out;
mod clock;
mod comparing;
mod completions;
mod declared;
mod doctor;
mod error;
mod explain;
mod files;
mod follow;
mod git;
mod help;
mod import;
mod init;
mod lessons;
mod lints;
mod lock;
mod man;
mod memory;
mod number;
mod offered;
mod output;
mod pager;
mod plan;
mod plan_file;
mod plan_forms;
mod planning;
mod problem;
mod progress;
mod remember;
mod report;
mod report_folder;
mod rollback;
mod sandbox;
mod schema;
mod selection;
mod show;
mod simulate;
mod stop;
mod summarize;
mod test;
mod tests_first;
mod validate;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use error::Error;
use progress::Screen;

/// Keeps RingCentral user call handling rules in git.
///
/// The rules of each user are YAML files. `validate` checks them, `plan` shows what differs from the
/// account, `apply` makes the account so.
#[derive(Debug, Parser)]
#[command(version, max_term_width = help::WIDEST.into())]
struct Arguments {
    #[command(flatten)]
    global: Global,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct Global {
    /// The configuration repository: the folder with `callrules.yaml`
    #[arg(short = 'C', global = true, value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Run against an embedded sandbox instead of the live account
    ///
    /// It is seeded from the repository's `sandbox` folder, and remembered between runs under
    /// `.callrules`. No credentials are needed, and nothing leaves this machine.
    #[arg(long, global = true)]
    sandbox: bool,

    /// Tell more about the run; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// How the run is told, on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// Print long texts at once, also on a terminal
    #[arg(long, global = true)]
    no_pager: bool,

    /// Where progress is drawn
    #[arg(skip)]
    screen: Screen,
}

impl Global {
    /// Writes text for people to standard output, through a pager where it is longer than the screen.
    fn page(&self, text: &str) -> io::Result<()> {
        pager::page(text, !self.no_pager)
    }

    /// A command that is for the same repository and the same account, to be run as it is printed.
    fn command(&self, words: &[&str]) -> String {
        let directory = self.directory.to_string_lossy();
        let mut all = vec!["callrules"];
        if directory != "." {
            all.extend(["-C", &*directory]);
        }
        all.extend(self.sandbox.then_some("--sandbox"));
        all.extend(words);
        // No path has a NUL in it, which is all that cannot be quoted.
        shlex::try_join(all.iter().copied()).unwrap_or_else(|_| all.join(" "))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for eyes
    Text,
    /// A JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a repository: an example, editor settings, workflows for GitHub
    Init(init::Arguments),
    /// Check every file of the repository, offline
    Validate(validate::Arguments),
    /// Say more of a warning or error, and how to mend it
    Explain(explain::Arguments),
    /// Show what the files say of a user, profiles included
    Show(show::Arguments),
    /// Tell which rule takes a call, why, and where the call ends
    Simulate(simulate::Arguments),
    /// Try the calls in `tests/`, offline, and tell which end elsewhere than expected
    Test(test::Arguments),
    /// Show what differs between the files and the account, without changing anything
    Plan(plan::Arguments),
    /// Tell several plans together, of several accounts or of the parts of one
    Summarize(summarize::Arguments),
    /// Make the account as the files say
    Apply(apply::Arguments),
    /// Put back what an apply changed, out of its journal
    Rollback(rollback::Arguments),
    /// Write the files that describe live users, so that the next plan is empty
    Import(import::Arguments),
    /// Write pages that show who takes whose calls, and when
    Report(report::Arguments),
    /// Say what stands between this machine and the account, and how to mend it
    Doctor(doctor::Arguments),
    /// Write the JSON schemas that editors check the files with
    Schema(schema::Arguments),
    /// Serve a local copy of the API to rehearse against
    Sandbox(sandbox::Arguments),
    /// Print what a shell needs to complete commands and options
    Completions(completions::Arguments),
    /// Print the manual page, or write one for each command
    Man(man::Arguments),
}

/// Runs the command line and gives the exit code: 0 done, 1 an error, 2 changes found by
/// `--detailed-exitcode`, 3 an apply or a rollback that did not carry out all that it began.
pub fn run() -> ExitCode {
    let parsed = command().try_get_matches();
    let parsed = parsed.and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    tell(&arguments.global);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Error::from(error).report(),
    };
    if let Err(error) = clock::check() {
        return error.report();
    }
    match runtime.block_on(dispatch(arguments)) {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

/// The command line, with all that its help says.
fn command() -> clap::Command {
    help::complete(Arguments::command())
}

/// Help and version are no errors; a mistake on the command line is one like any other: 2 means that
/// a plan has changes.
fn usage(error: &clap::Error) -> ExitCode {
    // Where nothing can be printed the exit code still tells.
    let _ = error.print();
    ExitCode::from(u8::from(error.use_stderr()))
}

async fn dispatch(arguments: Arguments) -> Result<ExitCode, Error> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Validate(arguments) => validate::run(&global, &arguments),
        Command::Explain(arguments) => explain::run(&global, &arguments),
        Command::Show(arguments) => show::run(&global, &arguments),
        Command::Simulate(arguments) => simulate::run(&global, &arguments).await,
        Command::Test(arguments) => test::run(&global, &arguments),
        Command::Plan(arguments) => plan::run(&global, &arguments).await,
        Command::Summarize(arguments) => summarize::run(&arguments),
        Command::Apply(arguments) => apply::run(&global, &arguments).await,
        Command::Rollback(arguments) => rollback::run(&global, &arguments).await,
        Command::Import(arguments) => import::run(&global, &arguments).await,
        Command::Report(arguments) => report::run(&global, &arguments).await,
        Command::Doctor(arguments) => doctor::run(&global, &arguments).await,
        Command::Schema(arguments) => schema::run(&global, &arguments),
        Command::Sandbox(arguments) => sandbox::run(&arguments).await,
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

/// Sends the program's own messages to standard error.
fn tell(global: &Global) {
    let level = match global.verbose {
        0 => "warn",
        1 => "callrules=info,warn",
        _ => "callrules=trace,info",
    };
    let filter = EnvFilter::new(level);
    let screen = global.screen.clone();
    let in_colour = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(in_colour)
        .with_writer(move || screen.clone());
    match global.log_format {
        LogFormat::Text => subscriber.without_time().with_target(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_of_a_piece() {
        super::command().debug_assert();
    }
}

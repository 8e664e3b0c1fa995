//! `callrules test`: runs the call tests of the repository.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::cli::args::users::UserFilterArgs;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::render::test_results::{self, TestedCase};
use callrules::render::trace::TraceView;
use callrules::{OfflineUsers, RunError, TestedCall, resolve_tests, run_tests};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Run all tests in tests/
callrules -C examples/acme test

# Run one user's tests and write JUnit XML for a CI system
callrules -C examples/acme test --user 101 --format junit > report.xml",
    exit_codes: &[("0", "all tests passed"), ("1", "error, or a test failed")],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct TestArgs {
    #[command(flatten)]
    users: UserFilterArgs,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TestFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TestFormat {
    /// Human-readable: the failed tests with reasons
    Human,
    /// One JSON document, for scripts
    Json,
    /// `JUnit` XML, for CI systems
    Junit,
}

pub(crate) fn run(context: &CommandContext, arguments: &TestArgs) -> Result<ExitCode, RunError> {
    let (repository, _) = context.open_repository()?;
    let offline = OfflineUsers::from_repository(&repository)?;
    let selected_ids = offline.select_ids(&arguments.users.selectors)?;
    let tests = resolve_tests(&repository, &offline, selected_ids.as_deref())?;
    let tested = run_tests(&tests, &offline, context.time.in_zone(None));
    let cases = to_cases(&tested, &offline);
    match arguments.format {
        TestFormat::Human if cases.is_empty() && selected_ids.is_some() => {
            context.ui.print("No tests found for these users.\n")?;
        }
        TestFormat::Human if cases.is_empty() => {
            context
                .ui
                .print("No tests found in tests/. A test defines where a call should end up.\n")?;
        }
        TestFormat::Human => {
            let text = test_results::failures(&cases) + &test_results::summary(&cases);
            context.ui.print(&text)?;
        }
        TestFormat::Json => context.ui.print_json(&test_results::document(&cases))?,
        TestFormat::Junit => context.ui.print_raw(&test_results::junit(&cases)?)?,
    }
    let all_pass = cases.iter().all(|case| case.mismatches.is_empty());
    Ok(ExitCode::from(u8::from(!all_pass)))
}

/// Returns the results of tests with the names that their output needs.
pub(crate) fn to_cases<'a>(
    tested: &'a [TestedCall<'a>],
    offline: &'a OfflineUsers<'_>,
) -> Vec<TestedCase<'a>> {
    let to_case = |TestedCall { test, outcome }: &'a TestedCall<'a>| TestedCase {
        case: &test.case,
        file: test.file,
        line: test.line,
        trace: TraceView {
            trace: &outcome.trace,
            forwards: &[],
            directory: &offline.directory,
            name_index: &offline.name_index,
            time_zone: None,
            extra_notes: &[],
        },
        mismatches: &outcome.mismatches,
    };
    tested.iter().map(to_case).collect()
}

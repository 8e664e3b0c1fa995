//! `callrules test`: runs the call tests of the repository.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::error::CommandError;
use super::offline_users::OfflineUsers;
use super::planning::{self, UserFilterArgs};
use super::{GlobalArgs, clock, ui};
use crate::config::{self, CallTest, Repository};
use crate::model::{ExtensionId, LocalDateTime};
use crate::render::test_results::{self, TestedCase};
use crate::render::trace::TraceView;
use crate::routing::IncomingCall;
use crate::simulate::{CallSimulator, TestOutcome};

#[derive(Debug, Args)]
pub(super) struct TestArgs {
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

pub(super) fn run(global: &GlobalArgs, arguments: &TestArgs) -> Result<ExitCode, CommandError> {
    let (repository, _) = planning::load_repository(global)?;
    let offline = OfflineUsers::from_repository(&repository)?;
    let selected_ids = selected_users(&offline, &arguments.users)?;
    let (text, all_pass) = run_tests(&repository, &offline, selected_ids.as_deref(), |tested| {
        let all_pass = tested.iter().all(|tested| tested.mismatches.is_empty());
        let text = match arguments.format {
            TestFormat::Human if tested.is_empty() && selected_ids.is_some() => {
                "No tests found for these users.\n".to_owned()
            }
            TestFormat::Human if tested.is_empty() => {
                "No tests found in tests/. A test defines where a call should end up.\n".to_owned()
            }
            TestFormat::Human => test_results::failures(tested) + &test_results::summary(tested),
            TestFormat::Json => format!(
                "{}\n",
                serde_json::to_string_pretty(&test_results::document(tested))?
            ),
            TestFormat::Junit => test_results::junit(tested)?,
        };
        Ok::<_, CommandError>((text, all_pass))
    })??;
    match arguments.format {
        TestFormat::Human => ui::print(&text)?,
        TestFormat::Json | TestFormat::Junit => ui::print_raw(&text)?,
    }
    Ok(ExitCode::from(u8::from(!all_pass)))
}

/// Returns the users whose tests run. `None` means all users.
fn selected_users(
    offline: &OfflineUsers<'_>,
    users: &UserFilterArgs,
) -> Result<Option<Vec<ExtensionId>>, CommandError> {
    let mut selected_ids = Vec::new();
    for selector in &users.selectors {
        let matches = offline.select(selector);
        if matches.is_empty() {
            return Err(offline.no_match_error(selector));
        }
        selected_ids.extend(matches.into_iter().map(|user| user.user.clone()));
    }
    Ok((!users.selectors.is_empty()).then_some(selected_ids))
}

/// Runs the tests of all users or of selected ones, and returns what `report` makes of the results.
pub(super) fn run_tests<T>(
    repository: &Repository,
    offline: &OfflineUsers<'_>,
    selected_ids: Option<&[ExtensionId]>,
    report: impl FnOnce(&[TestedCase<'_>]) -> T,
) -> Result<T, CommandError> {
    let simulator = CallSimulator::new(&offline.users);
    let now = clock::now_in(None);
    let mut outcomes = Vec::new();
    for located in load_cases(repository, offline)? {
        let case = &located.case;
        if selected_ids.is_some_and(|ids| !ids.contains(&case.user)) {
            continue;
        }
        let trace = simulator
            .simulate_call(&case.user, to_call(case, now))
            .expect("validation rejects tests of unknown users");
        let outcome = TestOutcome::new(trace, &case.expected);
        outcomes.push((located, outcome));
    }
    let tested: Vec<TestedCase<'_>> = outcomes
        .iter()
        .map(|(located, outcome)| TestedCase {
            case: &located.case,
            file: located.file,
            line: located.line,
            trace: TraceView {
                trace: &outcome.story,
                forwards: &[],
                directory: &offline.directory,
                name_index: &offline.name_index,
                time_zone: None,
                extra_notes: &[],
            },
            mismatches: &outcome.missed,
        })
        .collect();
    Ok(report(&tested))
}

/// A test with its location in the repository.
struct LocatedCase<'r> {
    case: CallTest,
    file: &'r str,
    /// The line, counted from 1. `None` if the file can no longer be read.
    line: Option<usize>,
}

/// Loads the tests of all test files. Returns an error if any test is invalid.
fn load_cases<'r>(
    repository: &'r Repository,
    offline: &OfflineUsers<'_>,
) -> Result<Vec<LocatedCase<'r>>, CommandError> {
    let mut located_cases = Vec::new();
    let mut errors = Vec::new();
    let test_users = config::TestUsers::from_users(&repository.users);
    for tests in &repository.tests {
        let path = tests.path.as_str();
        match config::resolve_tests(
            tests,
            repository,
            &test_users,
            &offline.directory,
            &offline.name_index,
        ) {
            Ok(cases) => {
                let tree = repository.load_node(path);
                for case in cases {
                    let span = tree.as_ref().map(|tree| tree.find(&case.path).0);
                    let line = span.map(|span| span.line_column().0);
                    located_cases.push(LocatedCase {
                        case,
                        file: path,
                        line,
                    });
                }
            }
            Err(findings) => {
                let diagnostics = findings
                    .into_iter()
                    .map(|finding| repository.locate_finding(path, finding));
                errors.extend(diagnostics);
            }
        }
    }
    if errors.is_empty() {
        Ok(located_cases)
    } else {
        Err(CommandError::Configuration {
            diagnostics: errors,
            files: repository.tests.len(),
        })
    }
}

/// Returns the call to simulate. `now` is the reference for weekdays.
fn to_call(case: &CallTest, now: LocalDateTime) -> IncomingCall {
    IncomingCall {
        from: case.from.clone(),
        to: case.to.clone(),
        at: case.at.resolve(now),
        queue: case.queue,
    }
}

//! Resolves the files without an account: for simulations and tests.

use super::error::RunError;
use super::resolve::{ResolvedUser, resolve_selected};
use super::selection::UserSelection;
use crate::config::{self, CallTest, LoadedUser, Repository};
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, LocalDateTime, NameIndex, UserSelector,
};
use crate::routing::IncomingCall;
use crate::simulate::{CallSimulator, PartialHandling, TestOutcome};

/// All users of a repository, and the names that the files mention.
pub struct OfflineUsers<'r> {
    files: &'r [LoadedUser],
    /// The handling that each file declares, in the order of the files.
    pub users: Vec<PartialHandling>,
    /// The users that the files mention.
    pub directory: ExtensionDirectory,
    /// The greetings and devices that the files mention.
    pub name_index: NameIndex,
}

impl<'r> OfflineUsers<'r> {
    /// Resolves all files.
    ///
    /// # Errors
    ///
    /// If any file can't be resolved.
    pub fn from_repository(repository: &'r Repository) -> Result<Self, RunError> {
        let config::OfflineDirectory {
            directory,
            name_index,
        } = config::offline_directory(repository);
        let selection = UserSelection {
            files: repository.users.iter().collect(),
            errors: Vec::new(),
        };
        let users = resolve_selected(repository, selection, &directory, &name_index)?
            .iter()
            .map(|ResolvedUser { file, desired, .. }| {
                PartialHandling::from_declaration(desired, &file.path)
            })
            .collect();
        Ok(OfflineUsers {
            files: &repository.users,
            users,
            directory,
            name_index,
        })
    }

    /// Returns the users that a selector matches.
    pub fn select(&self, selector: &UserSelector) -> Vec<&PartialHandling> {
        self.files
            .iter()
            .zip(&self.users)
            .filter(|(file, user)| {
                config::selector_matches(selector, Some(&user.user), &file.file, &self.directory)
            })
            .map(|(_, user)| user)
            .collect()
    }

    /// Returns the ids of the users that any selector matches. `None` without selectors.
    ///
    /// # Errors
    ///
    /// If a selector matches no file.
    pub fn select_ids(
        &self,
        selectors: &[UserSelector],
    ) -> Result<Option<Vec<ExtensionId>>, RunError> {
        let mut selected_ids = Vec::new();
        for selector in selectors {
            let matches = self.select(selector);
            if matches.is_empty() {
                return Err(self.no_match_error(selector));
            }
            selected_ids.extend(matches.into_iter().map(|user| user.user.clone()));
        }
        Ok((!selectors.is_empty()).then_some(selected_ids))
    }

    /// Returns the error for a selector without a match, with a suggestion.
    pub(super) fn no_match_error(&self, selector: &UserSelector) -> RunError {
        let extensions: Vec<&AccountExtension> = self
            .users
            .iter()
            .filter_map(|user| self.directory.by_id(&user.user))
            .collect();
        let text = selector.to_string();
        let syntax = "use the `extension`, `email` or `id` line of the user's file (`id:` before \
                      an id); names don't work without an account";
        // Another number is another user, not a typo: the file may have an e-mail address instead.
        let suggestion = if text.contains(char::is_alphabetic) {
            config::suggest_extension(&text, extensions)
        } else {
            None
        };
        let hint = match suggestion {
            Some(suggestion) => format!("{suggestion} Otherwise, {syntax}"),
            None => syntax.to_owned(),
        };
        RunError::new(format!("no file matches the user `{selector}`")).hinted(hint)
    }
}

/// A test with its location in the repository.
pub struct LocatedTest<'r> {
    /// The call and its expected outcome.
    pub case: CallTest,
    /// The path of the file, relative to the repository.
    pub file: &'r str,
    /// The line, counted from 1. `None` if the file has no such place.
    pub line: Option<usize>,
}

/// A test and its outcome.
pub struct TestedCall<'t> {
    /// The test that was run, with its location.
    pub test: &'t LocatedTest<'t>,
    /// How the call is handled, and where that differs from the expectation.
    pub outcome: TestOutcome<'t>,
}

/// Runs tests of [`resolve_tests`]. `now` is the reference for weekdays.
///
/// # Panics
///
/// If a test is of a user that `offline` doesn't have, which [`resolve_tests`] never returns.
pub fn run_tests<'t>(
    tests: &'t [LocatedTest<'t>],
    offline: &'t OfflineUsers<'_>,
    now: LocalDateTime,
) -> Vec<TestedCall<'t>> {
    let simulator = CallSimulator::new(&offline.users);
    let run_test = |test: &'t LocatedTest<'t>| {
        let case = &test.case;
        let trace = simulator
            .simulate_call(&case.user, to_call(case, now))
            .expect("validation rejects tests of unknown users");
        let outcome = TestOutcome::new(trace, &case.expected);
        TestedCall { test, outcome }
    };
    tests.iter().map(run_test).collect()
}

/// Resolves the tests of all test files, and returns those of all users or of selected ones.
///
/// # Errors
///
/// If any test is invalid, even one that is not selected.
pub fn resolve_tests<'r>(
    repository: &'r Repository,
    offline: &OfflineUsers<'_>,
    selected_ids: Option<&[ExtensionId]>,
) -> Result<Vec<LocatedTest<'r>>, RunError> {
    let mut located_tests = Vec::new();
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
                    located_tests.push(LocatedTest {
                        case,
                        file: path,
                        line,
                    });
                }
            }
            Err(findings) => errors.extend(repository.locate_findings(path, findings)),
        }
    }
    if let Some(ids) = selected_ids {
        located_tests.retain(|test| ids.contains(&test.case.user));
    }
    if errors.is_empty() {
        Ok(located_tests)
    } else {
        Err(RunError::configuration(errors, repository.tests.len()))
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

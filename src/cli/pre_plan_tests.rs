//! Runs the tests of the repository (offline) before `plan` and `apply`.

use clap::Args;

use super::error::CommandError;
use super::offline_users::OfflineUsers;
use super::planning::UserFilterArgs;
use super::{GlobalArgs, test, ui};
use crate::config::{self, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::ExtensionId;
use crate::render::test_results;

/// The folder of the tests, within the repository.
const TESTS_DIR: &str = "tests";

#[derive(Debug, Args)]
pub(super) struct TestGate {
    /// Continue without running the tests
    ///
    /// By default, the tests in `tests/` run first (offline); if a test fails, the account isn't
    /// contacted. With `--user`, only the tests of these users run.
    #[arg(long)]
    skip_tests: bool,
}

impl TestGate {
    /// Runs the tests. Returns an error if a test fails, and a warning if tests exist but are
    /// skipped.
    pub(super) fn check(
        &self,
        repository: &Repository,
        users: &UserFilterArgs,
    ) -> Result<Option<Diagnostic>, CommandError> {
        if repository.tests.is_empty() {
            return Ok(None);
        }
        if self.skip_tests {
            return Ok(Some(tests_skipped_warning("`--skip-tests` is set")));
        }
        let offline = OfflineUsers::from_repository(repository)?;
        let selected_ids = selected_users(&offline, users);
        let failure = test::run_tests(repository, &offline, selected_ids.as_deref(), |tested| {
            let count = tested
                .iter()
                .filter(|case| !case.mismatches.is_empty())
                .count();
            let text = test_results::failures(tested) + &test_results::summary(tested);
            (count > 0).then_some((count, text))
        })?;
        match failure {
            None => Ok(None),
            Some((count, text)) => {
                ui::status(&text)?;
                Err(CommandError::TestsFailed(count))
            }
        }
    }

    /// Runs the tests before a saved plan is applied.
    ///
    /// A saved plan doesn't depend on the files: it can be applied without a repository, and errors
    /// in the files only cause a warning.
    pub(super) fn check_saved_plan(
        &self,
        global: &GlobalArgs,
        users: &UserFilterArgs,
    ) -> Result<Option<Diagnostic>, CommandError> {
        if !global.directory.join(TESTS_DIR).is_dir() {
            return Ok(None);
        }
        match config::load(&global.directory).repository {
            Some(repository) => self.check(&repository, users),
            None => Ok(Some(tests_skipped_warning("the files have errors"))),
        }
    }
}

fn tests_skipped_warning(reason: &str) -> Diagnostic {
    Diagnostic {
        code: DiagnosticCode::TestsSkipped,
        message: format!("the tests were not run: {reason}"),
        label: None,
        help: None,
        file: TESTS_DIR.to_owned(),
        span: None,
        related: None,
    }
}

/// Returns the users whose tests run. `None` means all users.
///
/// Names are known only to the account. If a selector matches no file, the tests of all users run.
fn selected_users(offline: &OfflineUsers<'_>, users: &UserFilterArgs) -> Option<Vec<ExtensionId>> {
    let mut selected_ids = Vec::new();
    for selector in &users.selectors {
        let matches = offline.select(selector);
        if matches.is_empty() {
            return None;
        }
        selected_ids.extend(matches.into_iter().map(|user| user.user.clone()));
    }
    (!selected_ids.is_empty()).then_some(selected_ids)
}

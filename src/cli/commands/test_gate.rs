//! The tests of the repository, which run (offline) before `plan` and `apply`.

use std::collections::HashSet;
use std::time::Duration;

use callrules::config;
use callrules::diagnostic::{Diagnostic, DiagnosticCode};
use callrules::model::ExtensionId;
use callrules::render::diagnostics;
use callrules::render::test_results::{self, TestedCase};
use callrules::{
    InvalidConfiguration, OfflineUsers, Repository, RunError, UnresolvedFiles, resolve_tests,
    run_tests,
};
use clap::Args;

use super::test::to_cases;
use crate::cli::args::users::UserFilterArgs;
use crate::cli::context::CommandContext;

/// The longest time to read the names on the account after a failed test.
const MAX_NAMES_TIME: Duration = Duration::from_secs(20);

/// The folder of the tests, within the repository.
const TESTS_DIR: &str = "tests";

/// The option that skips the tests.
#[derive(Debug, Args)]
pub(crate) struct TestGate {
    /// Continue without running the tests
    ///
    /// By default, the tests in `tests/` run first (offline). If a test fails, no rules are read,
    /// and nothing is sent. With `--user`, only the tests of these users run.
    #[arg(long)]
    skip_tests: bool,
}

impl TestGate {
    /// Runs the tests. Returns an error if a test fails, and a warning if tests exist but are
    /// skipped.
    ///
    /// A name that is not on the account also fails tests. So if a test fails, the names are read,
    /// and such names are reported instead of the failed tests of their users.
    pub(crate) async fn check(
        &self,
        context: &CommandContext,
        repository: &Repository,
        users: &UserFilterArgs,
    ) -> Result<Option<Diagnostic>, RunError> {
        if repository.tests.is_empty() {
            return Ok(None);
        }
        if self.skip_tests {
            return Ok(Some(tests_skipped_warning("`--skip-tests` is set")));
        }
        let offline = OfflineUsers::from_repository(repository)?;
        let selected_ids = selected_users(&offline, users);
        let tests = resolve_tests(repository, &offline, selected_ids.as_deref())?;
        let tested = run_tests(&tests, &offline, context.time.in_zone(None));
        let mut cases = to_cases(&tested, &offline);
        let is_failed = |case: &TestedCase<'_>| !case.mismatches.is_empty();
        if !cases.iter().any(is_failed) {
            return Ok(None);
        }
        let unresolved = unresolved_files(context, repository, users).await;
        if let Some(unresolved) = unresolved {
            cases.retain(|case| {
                let file = case.trace.trace.known.file.as_ref();
                file.is_none_or(|file| !unresolved.files.contains(file))
            });
            if !cases.iter().any(is_failed) {
                return Err(unresolved.into());
            }
            let InvalidConfiguration {
                diagnostics,
                file_count,
            } = &unresolved.configuration;
            let text = diagnostics::render_human(diagnostics, *file_count);
            context.ui.status(&text)?;
        }
        let failed = cases.iter().filter(|case| is_failed(case)).count();
        context
            .ui
            .status(&(test_results::failures(&cases) + &test_results::summary(&cases)))?;
        // A warning about the file of a failed test often names the cause.
        let files: HashSet<&str> = cases
            .iter()
            .filter(|case| is_failed(case))
            .filter_map(|case| case.trace.trace.known.file.as_deref())
            .collect();
        let mut warnings = config::load(context.directory()).diagnostics;
        warnings.retain(|warning| files.contains(warning.file.as_str()));
        if !warnings.is_empty() {
            let text = diagnostics::render_human(&warnings, repository.file_count());
            context.ui.status(&text)?;
        }
        let subject = match failed {
            1 => "a test".to_owned(),
            count => format!("{count} tests"),
        };
        Err(
            RunError::new(format!("{subject} failed; nothing was sent")).hinted(
                "fix the rules, or update the tests if they are out of date; `callrules test` runs \
                 only the tests; to continue anyway, add `--skip-tests`",
            ),
        )
    }

    /// Runs the tests before a saved plan is applied.
    ///
    /// A saved plan doesn't depend on the files: it can be applied without a repository, and errors
    /// in the files only cause a warning.
    pub(crate) async fn check_saved_plan(
        &self,
        context: &CommandContext,
        users: &UserFilterArgs,
    ) -> Result<Option<Diagnostic>, RunError> {
        if !context.directory().join(TESTS_DIR).is_dir() {
            return Ok(None);
        }
        match config::load(context.directory()).repository {
            Some(repository) => self.check(context, &repository, users).await,
            None => Ok(Some(tests_skipped_warning("the files have errors"))),
        }
    }
}

/// Returns the files in scope that name something that is not on the account. Returns `None` if
/// there are none, or if the account can't be read soon.
async fn unresolved_files(
    context: &CommandContext,
    repository: &Repository,
    users: &UserFilterArgs,
) -> Option<UnresolvedFiles> {
    let account = context.open_account().await.ok()?;
    let read = callrules::find_unresolved_files(repository, &account, &users.selectors);
    let unresolved = tokio::time::timeout(MAX_NAMES_TIME, read).await;
    account.close().await;
    let unresolved = unresolved.ok()?.ok()?;
    (!unresolved.configuration.diagnostics.is_empty()).then_some(unresolved)
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
    offline.select_ids(&users.selectors).unwrap_or(None)
}

//! What `plan` and `apply` do before all else: run the tests of the repository, offline.

use clap::Args;

use super::declared::Declared;
use super::error::Error;
use super::planning::Users;
use super::{Global, output, test};
use crate::config::{self, Repository};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::ExtensionId;
use crate::render::cases;

/// The folder of the tests.
const TESTS: &str = "tests";

#[derive(Debug, Args)]
pub(super) struct TestsFirst {
    /// Go on without running the tests
    ///
    /// The calls in `tests/` are tried first, offline, and nothing is asked of the account where one does
    /// not become what is expected. With `--user` only the tests of these users are run.
    #[arg(long)]
    skip_tests: bool,
}

impl TestsFirst {
    /// Stops where a test fails. Gives a warning where there are tests and they are not run.
    pub(super) fn pass(
        &self,
        repository: &Repository,
        users: &Users,
    ) -> Result<Option<Diagnostic>, Error> {
        if repository.tests.is_empty() {
            return Ok(None);
        }
        if self.skip_tests {
            return Ok(Some(not_run("`--skip-tests` says so")));
        }
        let declared = Declared::of(repository)?;
        let only = of(&declared, users);
        let failed = test::tried(repository, &declared, only.as_deref(), |tested| {
            let failed = tested.iter().filter(|tested| !tested.missed.is_empty());
            let failed = failed.count();
            let told = cases::failures(tested) + &cases::summary(tested);
            (failed > 0).then_some((failed, told))
        })?;
        match failed {
            None => Ok(None),
            Some((failed, told)) => {
                output::err(&told)?;
                Err(Error::TestsFailed(failed))
            }
        }
    }

    /// The same for a plan that was saved: where no files are at hand, there are no tests. The plan does not
    /// depend on the files, so mistakes in these do not stop it.
    pub(super) fn pass_beside(
        &self,
        global: &Global,
        users: &Users,
    ) -> Result<Option<Diagnostic>, Error> {
        if !global.directory.join(TESTS).is_dir() {
            return Ok(None);
        }
        match config::load(&global.directory).repository {
            Some(repository) => self.pass(&repository, users),
            None => Ok(Some(not_run("the files have mistakes"))),
        }
    }
}

fn not_run(why: &str) -> Diagnostic {
    Diagnostic {
        code: Code::TestsSkipped,
        message: format!("the tests were not run: {why}"),
        label: None,
        help: None,
        file: TESTS.to_owned(),
        place: None,
        related: None,
    }
}

/// The users whose tests are run. Names are known to the account alone: where somebody is chosen by what
/// no file says, the tests of all are run.
fn of(declared: &Declared<'_>, users: &Users) -> Option<Vec<ExtensionId>> {
    let mut only = Vec::new();
    for selector in &users.named {
        let named = declared.named(selector);
        if named.is_empty() {
            return None;
        }
        only.extend(named.into_iter().map(|known| known.user.clone()));
    }
    (!only.is_empty()).then_some(only)
}

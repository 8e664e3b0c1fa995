//! `callrules apply`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::carry_out::{Manner, Order, carry_out};
use super::error::Error;
use super::lock::Lock;
use super::planning::{self, Asked, Notice, Scope};
use super::tests_first::TestsFirst;
use super::{Global, output, plan_file, stop};
use crate::config::types::Settings;
use crate::config::{self, Repository};
use crate::diagnostic::Diagnostic;
use crate::engine::Saved;
use crate::model::Selector;
use crate::render::Deed;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Carry out this plan, which `callrules plan --out` saved, and plan nothing anew
    #[arg(value_name = "FILE", conflicts_with_all = ["named", "changed_since"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    scope: Scope,

    #[command(flatten)]
    tests: TestsFirst,

    /// Change this user first, and then ask before going on
    ///
    /// Takes what `--user` takes. Where nobody can be asked, or with `--auto-approve`, the run ends
    /// there and says what is left. Nothing else is changed where a change of this user fails.
    #[arg(long, value_name = "USER")]
    canary: Option<Selector>,

    #[command(flatten)]
    manner: Manner,
}

/// Where a plan comes from.
enum Source {
    Files(Box<Repository>, Vec<Diagnostic>),
    Saved(Box<Saved>, Box<Option<Settings>>, Option<Diagnostic>),
}

impl Source {
    fn open(global: &Global, arguments: &Arguments) -> Result<Self, Error> {
        let Some(file) = &arguments.file else {
            let (repository, mut warnings) = planning::repository(global)?;
            warnings.extend(arguments.tests.pass(&repository, &arguments.scope.users)?);
            return Ok(Source::Files(Box::new(repository), warnings));
        };
        let saved = plan_file::read(file)?;
        let settings = config::settings(&global.directory);
        let settings = settings.map_err(|diagnostics| Error::Configuration {
            diagnostics,
            files: 1,
        })?;
        let warning = arguments
            .tests
            .pass_beside(global, &arguments.scope.users)?;
        Ok(Source::Saved(Box::new(saved), Box::new(settings), warning))
    }
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let source = Source::open(global, arguments)?;
    let _lock = Lock::hold(&global.directory, Deed::Apply)?;
    let account = Account::open(global).await?;
    let done = make(global, arguments, source, &account).await;
    account.close().await;
    done
}

async fn make(
    global: &Global,
    arguments: &Arguments,
    source: Source,
    account: &Account,
) -> Result<ExitCode, Error> {
    let stopper = account.client.stopper();
    stop::in_order(&stopper)?;
    let planned = async {
        match source {
            Source::Files(repository, warnings) => {
                planning::plan(
                    global,
                    &repository,
                    warnings,
                    account,
                    &arguments.scope,
                    Asked::default(),
                )
                .await
            }
            Source::Saved(saved, settings, warning) => {
                output::err(&format!("A plan of {}\n", saved.created_at))?;
                let settings = (*settings).as_ref();
                let mut planned = plan_file::open(global, *saved, settings, account).await?;
                planned.notices.extend(warning.map(|diagnostic| Notice {
                    user: None,
                    rule: None,
                    diagnostic,
                }));
                Ok(planned)
            }
        }
    };
    let planned = stop::before_writes(&stopper, planned).await?;
    let scope = arguments.scope.words();
    let words = ["apply"]
        .into_iter()
        .chain(scope.iter().map(String::as_str));
    let again = global.command(&words.collect::<Vec<_>>());
    let order = Order {
        deed: Deed::Apply,
        manner: &arguments.manner,
        canary: arguments.canary.as_ref(),
        saved: arguments.file.as_deref(),
        left_alone: &[],
        again: &again,
    };
    carry_out(global, order, account, &planned).await
}

//! `callrules plan`

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use clap::builder::PossibleValue;

use super::account::Account;
use super::error::Error;
use super::offered::Offered;
use super::plan_forms::{self, Also, Format, Told};
use super::planning::{self, Asked, Planned, Scope};
use super::remember::Remember;
use super::tests_first::TestsFirst;
use super::{Global, clock, files, git, output, plan_file};
use crate::model::Shard;
use crate::render::diagnostics;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    scope: Scope,

    /// Only part I of N of the users in scope
    ///
    /// Several runs share a large account: `--shard 1/4` to `--shard 4/4` are together all of them, and
    /// nobody is in two. A user's id on the account says which it is, so nobody changes places because
    /// others come or go. What concerns no single user is told by the first part alone.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,

    #[command(flatten)]
    tests: TestsFirst,

    #[command(flatten)]
    remember: Remember,

    /// How the plan is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// Tell the plan in another form too, in a file
    ///
    /// Takes the forms that `--format` takes: `--also markdown=comment.md`. May be repeated; the account
    /// is read once.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = FORMS, hide_possible_values = true)]
    also: Vec<Also>,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    /// Save the plan, for `callrules apply FILE`
    ///
    /// Only a plan of every user in scope is saved. The file holds no credentials.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A shell offers the forms, up to where the file begins.
const FORMS: Offered<Also> = Offered {
    read: Also::from_str,
    offers: || {
        let forms = Format::names().map(|name| format!("{name}="));
        forms.map(PossibleValue::new).collect()
    },
};

impl Arguments {
    /// Stops where two outputs would go to one file.
    fn check(&self) -> Result<(), Error> {
        let mut known = HashSet::new();
        let mut files = self.also.iter().map(|also| &also.file).chain(&self.out);
        match files.find(|file| !known.insert(files::place(file))) {
            Some(file) => Err(Error::OneFile(file.display().to_string())),
            None => Ok(()),
        }
    }

    /// Writes the files, and standard output also where a file cannot be written.
    fn tell(
        &self,
        global: &Global,
        text: impl Fn(Format) -> Result<Option<String>, Error>,
    ) -> Result<(), Error> {
        let write = |also: &Also| match text(also.format)? {
            Some(text) => also.write(&text),
            None => Ok(()),
        };
        // Each of them, whatever became of the one before; the first mistake counts.
        let written = self.also.iter().map(write).fold(Ok(()), Result::and);
        match text(self.format)? {
            Some(text) if self.format == Format::Human => global.page(&text)?,
            Some(text) => output::out(&text)?,
            None => {}
        }
        written
    }
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.check()?;
    let folder = git::place(&global.directory);
    let (planned, made) = match make(global, arguments).await {
        Err(Error::Configuration { diagnostics, files }) => {
            arguments.tell(global, |format| {
                plan_forms::of_mistakes(format, &diagnostics, &folder)
            })?;
            return Err(Error::Configuration { diagnostics, files });
        }
        made => made?,
    };
    let created_at = clock::now();
    let out = arguments.out.as_deref();
    let saved = out.filter(|_| planned.is_complete());
    if let Some(file) = saved {
        plan_file::write(file, &planned, created_at.clone())?;
    }
    let told = Told {
        global,
        scope: &arguments.scope,
        planned: &planned,
        shard: arguments.shard,
        made,
        created_at: &created_at,
        saved,
        folder: &folder,
    };
    let told = arguments.tell(global, |format| told.text(format).map(Some));
    tell_problems(&planned, global)?;
    told?;
    if !planned.is_complete() {
        return match out {
            Some(file) => Err(Error::Incomplete(file.display().to_string())),
            None => Ok(ExitCode::from(1)),
        };
    }
    let changes = arguments.detailed_exitcode && !planned.plan.is_empty();
    Ok(ExitCode::from(if changes { 2 } else { 0 }))
}

/// The plan, and how many requests it took.
async fn make(global: &Global, arguments: &Arguments) -> Result<(Planned, u64), Error> {
    let Arguments {
        scope,
        shard,
        tests,
        remember,
        ..
    } = arguments;
    let asked = Asked {
        shard: *shard,
        remember: remember.asked(),
    };
    let (repository, mut warnings) = planning::repository(global)?;
    warnings.extend(tests.pass(&repository, &scope.users)?);
    let account = Account::open(global).await?;
    let planned = planning::plan(global, &repository, warnings, &account, scope, asked).await;
    let made = account.client.requests_made();
    account.close().await;
    Ok((planned?, made))
}

/// Warnings, and what kept users out of the plan, on standard error.
pub(super) fn tell_problems(planned: &Planned, global: &Global) -> Result<(), Error> {
    output::err(&planning::opened(&planned.plan.account, &planned.server))?;
    if !planned.notices.is_empty() {
        let told = planned
            .notices
            .iter()
            .map(|notice| notice.diagnostic.clone());
        output::err(&diagnostics::human(
            &told.collect::<Vec<_>>(),
            planned.files,
        ))?;
    }
    for (user, error) in &planned.unread {
        output::err(&format!("error: {user} could not be read: {error}\n"))?;
    }
    if global.sandbox {
        output::err("This is the embedded sandbox: no live account was touched.\n")?;
    }
    Ok(())
}

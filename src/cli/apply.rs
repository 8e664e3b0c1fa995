//! `callrules apply`

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::canary::{self, Stages};
use super::error::Error;
use super::lock::Lock;
use super::output::Format;
use super::planning::{self, Planned, Scope};
use super::{Global, output, plan, plan_file, stop};
use crate::client;
use crate::config::types::Settings;
use crate::config::{self, Repository};
use crate::diagnostic::Diagnostic;
use crate::engine::{self, Allowed, Counts, Plan, Report, Saved};
use crate::model::Selector;
use crate::render::{plan_text, report};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Carry out this plan, which `callrules plan --out` saved, and plan nothing anew
    #[arg(value_name = "FILE", conflicts_with_all = ["named", "changed_since"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    scope: Scope,

    /// Change this user first, and then ask before going on
    ///
    /// Takes what `--user` takes. Where nobody can be asked, or with `--auto-approve`, the run ends
    /// there and says what is left. Nothing else is changed where a change of this user fails.
    #[arg(long, value_name = "USER")]
    canary: Option<Selector>,

    /// Do not ask before writing
    #[arg(long)]
    auto_approve: bool,

    /// Allow this many interaction rules to be deleted
    ///
    /// Without it, a plan that deletes more than a quarter of the rules it has seen, and more than 4,
    /// is refused.
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,

    /// Allow this many users to be left without any interaction rule
    ///
    /// Without it, a plan that deletes the last rule of a user is refused.
    #[arg(long, value_name = "N")]
    max_emptied: Option<usize>,

    /// How the outcome is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

impl Arguments {
    fn allowed(&self) -> Allowed {
        Allowed {
            deletes: self.max_deletes,
            emptied: self.max_emptied,
        }
    }
}

/// Where a plan comes from.
enum Source {
    Files(Box<Repository>, Vec<Diagnostic>),
    Saved(Saved, Option<Settings>),
}

impl Source {
    fn open(global: &Global, arguments: &Arguments) -> Result<Self, Error> {
        let Some(file) = &arguments.file else {
            let (repository, warnings) = planning::repository(global)?;
            return Ok(Source::Files(Box::new(repository), warnings));
        };
        let saved = plan_file::read(file)?;
        let settings = config::settings(&global.directory);
        let settings = settings.map_err(|diagnostics| Error::Configuration {
            diagnostics,
            files: 1,
        })?;
        Ok(Source::Saved(saved, settings))
    }
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let source = Source::open(global, arguments)?;
    let _lock = Lock::hold(&global.directory)?;
    let account = Account::open(global).await?;
    let planned = match source {
        Source::Files(repository, warnings) => {
            planning::plan(&repository, warnings, &account, &arguments.scope).await
        }
        Source::Saved(saved, settings) => {
            output::err(&format!("A plan of {}\n", saved.created_at))?;
            plan_file::open(saved, settings.as_ref(), &account).await
        }
    };
    let done = match planned {
        Ok(planned) => carry_out(global, arguments, &account, &planned).await,
        Err(error) => Err(error),
    };
    account.close().await;
    done
}

async fn carry_out(
    global: &Global,
    arguments: &Arguments,
    account: &Account,
    planned: &Planned,
) -> Result<ExitCode, Error> {
    let plan = &planned.plan;
    let shown = plan_text::render(plan, &planned.directory, &planned.catalogue);
    match arguments.format {
        Format::Human => output::out(&shown)?,
        // Standard output is the report's alone.
        Format::Json => output::err(&shown)?,
    }
    plan::tell_problems(planned, global)?;
    let objections = engine::objections(plan, arguments.allowed());
    if !objections.is_empty() {
        return Err(Error::Refused(objections));
    }
    // A plan without changes needs nobody to go first.
    let canary = arguments.canary.as_ref().filter(|_| !plan.is_empty());
    let stages = canary.map(|canary| canary::stages(planned, canary));
    let stages = stages.transpose()?;
    if !plan.is_empty() && !arguments.auto_approve && !approved(planned)? {
        output::err("Nothing was changed.\n")?;
        return Ok(ExitCode::from(1));
    }
    let tell = |report: &Report<'_, _>| match arguments.format {
        Format::Human if report.changes.is_empty() => Ok(()),
        Format::Human => output::out(&report::text(report)),
        // One document, when all is over.
        Format::Json => Ok(()),
    };
    let first = stages.as_ref().map_or(plan, |stages| &stages.first);
    let mut report = send(account, first).await?;
    tell(&report)?;
    if let Some(Stages { rest, .. }) = stages.as_ref().filter(|stages| !stages.rest.is_empty()) {
        let more = if report.is_complete() && goes_on(arguments, rest)? {
            let more = send(account, rest).await?;
            tell(&more)?;
            more
        } else {
            output::err(&canary::left(rest, arguments.file.as_deref()))?;
            Report::not_tried(rest)
        };
        report.append(more);
    }
    if arguments.format == Format::Json {
        output::out(&report::json(plan, &report)?)?;
    }
    let Counts {
        done: _,
        failed,
        refused,
        not_tried,
    } = report.counts();
    Ok(ExitCode::from(
        if failed + refused > 0 || report.stopped || report.unwatched.is_some() {
            3
        } else if not_tried > 0 || !planned.is_complete() {
            1
        } else {
            0
        },
    ))
}

async fn send<'a>(account: &Account, plan: &'a Plan) -> Result<Report<'a, client::Error>, Error> {
    let work = engine::apply(&account.client, plan, &());
    Ok(stop::in_order(account.client.stopper(), work).await?)
}

/// After the canary: whether the others are to follow.
fn goes_on(arguments: &Arguments, rest: &Plan) -> Result<bool, Error> {
    if arguments.auto_approve || !io::stdin().is_terminal() {
        return Ok(false);
    }
    Ok(ask(&format!("Go on with {}?", canary::size(rest)))?)
}

/// Asks on the terminal.
fn approved(planned: &Planned) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::NobodyToAsk);
    }
    let Planned { plan, server, .. } = planned;
    let account = &plan.account;
    Ok(ask(&format!(
        "Apply this plan to account {account} at {server}?"
    ))?)
}

fn ask(question: &str) -> io::Result<bool> {
    output::err(&format!("{question} Only `yes` will do: "))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

//! `callrules apply`

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::output::Format;
use super::planning::{self, Planned, Scope};
use super::{Global, output, plan};
use crate::engine;
use crate::render::{plan_text, report};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    scope: Scope,

    /// Do not ask before writing
    #[arg(long)]
    auto_approve: bool,

    /// Allow this many interaction rules to be deleted
    ///
    /// Without it, a plan that deletes more than a quarter of the rules it has seen, and more than 4,
    /// is refused.
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,

    /// How the outcome is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, warnings) = planning::repository(global)?;
    let account = Account::open(global).await?;
    let planned = planning::plan(&repository, warnings, &account, &arguments.scope).await;
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
    let shown = plan_text::render(&planned.plan, &planned.directory, &planned.catalogue);
    match arguments.format {
        Format::Human => output::out(&shown)?,
        // Standard output is the report's alone.
        Format::Json => output::err(&shown)?,
    }
    plan::tell_problems(planned, global)?;
    if let Some(refusal) = planned.too_many_deletes(arguments.max_deletes) {
        return Err(refusal);
    }
    if !planned.plan.is_empty() && !arguments.auto_approve && !approved(planned)? {
        output::err("Nothing was changed.\n")?;
        return Ok(ExitCode::from(1));
    }
    let progress = account.progress("Applying changes", planned.plan.summary().requests());
    let report = engine::apply(&account.client, &planned.plan, || progress.step());
    let report = progress.watch(report).await;
    let text = match arguments.format {
        Format::Human if planned.plan.is_empty() => String::new(),
        Format::Human => report::text(&report),
        Format::Json => report::json(&planned.plan, &report)?,
    };
    output::out(&text)?;
    let (_, failed, _) = report.counts();
    Ok(ExitCode::from(match (failed, planned.is_complete()) {
        (0, true) => 0,
        (0, false) => 1,
        _ => 3,
    }))
}

/// Asks on the terminal.
fn approved(planned: &Planned) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::NobodyToAsk);
    }
    let Planned { plan, server, .. } = planned;
    let account = &plan.account;
    output::err(&format!(
        "Apply this plan to account {account} at {server}? Only `yes` will do: "
    ))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

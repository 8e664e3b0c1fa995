//! `callrules plan`

use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::output::Format;
use super::planning::{self, Notice, Planned, Scope};
use super::{Global, output};
use crate::render::{diagnostics, plan_json, plan_text};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    scope: Scope,

    /// How the plan is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, warnings) = planning::repository(global)?;
    let account = Account::open(global).await?;
    let planned = planning::plan(&repository, warnings, &account, &arguments.scope).await;
    let made = account.client.requests_made();
    account.close().await;
    let planned = planned?;
    match arguments.format {
        Format::Human => {
            output::out(&human(&planned, made))?;
        }
        Format::Json => {
            let created_at = jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string();
            let notices: Vec<_> = planned.notices.iter().map(notice).collect();
            let unread: Vec<_> = planned
                .unread
                .iter()
                .map(|(user, e)| format!("{user}: {e}"))
                .collect();
            let context = plan_json::Context {
                created_at: &created_at,
                requests_made: made,
                notices: &notices,
                unread: &unread,
            };
            let document = plan_json::render(&planned.plan, context)?;
            output::out(&format!("{document}\n"))?;
        }
    }
    tell_problems(&planned, global)?;
    if !planned.is_complete() {
        return Ok(ExitCode::from(1));
    }
    let changes = arguments.detailed_exitcode && !planned.plan.is_empty();
    Ok(ExitCode::from(if changes { 2 } else { 0 }))
}

fn human(planned: &Planned, made: u64) -> String {
    let mut text = plan_text::render(&planned.plan, &planned.directory, &planned.catalogue);
    let left_out = planned.left_out();
    if left_out > 0 {
        let users = if left_out == 1 {
            "user is"
        } else {
            "users are"
        };
        text += &format!("{left_out} {users} left out of this plan: see the errors\n");
    }
    let to_apply = planned.plan.requests();
    let plural = if made == 1 { "" } else { "s" };
    if to_apply == 0 {
        text += &format!("{made} request{plural} made\n");
    } else {
        text += &format!("{made} request{plural} made; apply needs {to_apply}\n");
        if let Some(refusal) = planned.too_many_deletes(None) {
            text += &format!("Apply will refuse: {refusal}\n");
        } else {
            text += "Run `callrules apply` to carry it out.\n";
        }
    }
    text
}

fn notice(notice: &Notice) -> plan_json::Notice<'_> {
    plan_json::Notice {
        user: notice.user.as_deref(),
        diagnostic: &notice.diagnostic,
    }
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

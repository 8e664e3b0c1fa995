//! `callrules plan`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::account::Account;
use super::error::Error;
use super::planning::{self, Notice, Planned, Scope};
use super::remember::{Reads, Remember};
use super::tests_first::TestsFirst;
use super::{Global, clock, output, plan_file};
use crate::engine::{self, Allowed};
use crate::render::{Deed, diagnostics, plan_json, plan_markdown, plan_text};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    scope: Scope,

    #[command(flatten)]
    tests: TestsFirst,

    #[command(flatten)]
    remember: Remember,

    /// How the plan is told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: PlanFormat,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    /// Save the plan, for `callrules apply FILE`
    ///
    /// Only a plan of every user in scope is saved. The file holds no credentials.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// For whom a plan is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// For eyes
    Human,
    /// For scripts
    Json,
    /// For the comment in a pull request
    Markdown,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, mut warnings) = planning::repository(global)?;
    warnings.extend(arguments.tests.pass(&repository, &arguments.scope.users)?);
    let account = Account::open(global).await?;
    let (scope, remember) = (&arguments.scope, arguments.remember.asked());
    let planned = planning::plan(global, &repository, warnings, &account, scope, remember).await;
    let made = account.client.requests_made();
    account.close().await;
    let planned = planned?;
    let created_at = clock::now();
    let out = arguments.out.as_deref();
    let saved = out.filter(|_| planned.is_complete());
    if let Some(file) = saved {
        plan_file::write(file, &planned, created_at.clone())?;
    }
    match arguments.format {
        PlanFormat::Human => {
            output::out(&human(&planned, made, saved))?;
        }
        PlanFormat::Markdown => {
            let notices: Vec<_> = planned.notices.iter().map(|n| &n.diagnostic).collect();
            let context = plan_markdown::Context {
                directory: &planned.directory,
                catalogue: &planned.catalogue,
                notices: &notices,
                left_out: &planned.left_out_names(),
                objections: &engine::objections(&planned.plan, Allowed::default()),
            };
            output::out(&plan_markdown::render(&planned.plan, context))?;
        }
        PlanFormat::Json => {
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
                remembered: planned.reads.as_ref().map(Reads::json),
            };
            let document = plan_json::render(&planned.plan, context)?;
            output::out(&format!("{document}\n"))?;
        }
    }
    tell_problems(&planned, global)?;
    if !planned.is_complete() {
        return match out {
            Some(file) => Err(Error::Incomplete(file.display().to_string())),
            None => Ok(ExitCode::from(1)),
        };
    }
    let changes = arguments.detailed_exitcode && !planned.plan.is_empty();
    Ok(ExitCode::from(if changes { 2 } else { 0 }))
}

fn human(planned: &Planned, made: u64, saved: Option<&Path>) -> String {
    let mut text = plan_text::render(
        Deed::Apply,
        &planned.plan,
        &planned.directory,
        &planned.catalogue,
    );
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
    text += &format!("{made} request{plural} made");
    if to_apply > 0 {
        text += &format!("; apply needs {to_apply}");
    }
    text.push('\n');
    text += &planned.reads.as_ref().map_or(String::new(), Reads::told);
    let objections = engine::objections(&planned.plan, Allowed::default());
    for refusal in &objections {
        let flag = refusal.flag();
        text += &format!("! apply will refuse this plan: {refusal}; `{flag}` allows it\n");
    }
    let is_fine = to_apply > 0 && objections.is_empty();
    match saved.map(Path::display) {
        Some(file) if is_fine => {
            text += &format!("Saved: apply it with `callrules apply {file}`.\n");
        }
        Some(file) => text += &format!("Saved to {file}.\n"),
        None if is_fine => {
            text += "Run `callrules apply` to carry it out, or save it first: \
                     `callrules plan --out plan.json`.\n";
        }
        None => {}
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

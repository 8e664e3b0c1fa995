//! Carries a plan out: shows it, asks, writes, and tells what became of it.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::canary::{self, Stages};
use super::error::Error;
use super::follow::{Follower, Journal};
use super::output::Format;
use super::planning::Planned;
use super::{Global, output, plan, plan_file, remember, stop};
use crate::client;
use crate::engine::{self, Allowed, Counts, Plan, Report};
use crate::model::{Directory, Selector};
use crate::render::left_alone::{self, LeftAlone};
use crate::render::{Deed, plan_text, report, report_json};

/// How a plan is carried out.
#[derive(Debug, Args)]
pub(super) struct Manner {
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

    /// Write the journal to this file
    ///
    /// Without it the journal goes below .callrules/journal. It has every write with what was there before,
    /// and `callrules rollback` undoes it.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl Manner {
    fn allowed(&self) -> Allowed {
        Allowed {
            deletes: self.max_deletes,
            emptied: self.max_emptied,
        }
    }
}

/// What is to be done beside the plan.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) deed: Deed,
    pub(super) manner: &'a Manner,
    /// Who goes first.
    pub(super) canary: Option<&'a Selector>,
    /// The file that the plan was saved in.
    pub(super) saved: Option<&'a Path>,
    /// Who is not in the plan because something has moved since what is undone.
    pub(super) left_alone: &'a [LeftAlone],
    /// The command that finishes what this run leaves.
    pub(super) again: &'a str,
}

pub(super) async fn carry_out(
    global: &Global,
    order: Order<'_>,
    account: &Account,
    planned: &Planned,
) -> Result<ExitCode, Error> {
    let Order {
        deed,
        manner,
        canary,
        saved,
        again,
        ..
    } = order;
    let plan = &planned.plan;
    let shown = plan_text::render(deed, plan, &planned.directory, &planned.catalogue);
    match manner.format {
        Format::Human => output::tell(&shown)?,
        // Standard output is the report's alone.
        Format::Json => output::err(&shown)?,
    }
    plan::tell_problems(planned, global)?;
    for left in order.left_alone {
        output::err(&format!("refused: {left}\n"))?;
    }
    if !order.left_alone.is_empty() {
        output::err(&format!("help: {}\n", left_alone::HELP))?;
    }
    let objections = engine::objections(plan, manner.allowed());
    if !objections.is_empty() {
        return Err(Error::Refused(objections));
    }
    // A plan without changes needs nobody to go first.
    let canary = canary.filter(|_| !plan.is_empty());
    let stages = canary.map(|canary| canary::stages(planned, canary));
    let stages = stages.transpose()?;
    if plan.is_empty() {
        let report = Report::not_tried(plan);
        return Ok(finish(order, planned, &report));
    }
    let stopper = account.client.stopper();
    let prepared = async {
        if !manner.auto_approve && !approved(deed, planned).await? {
            return Ok(false);
        }
        // Better than to learn it from each user by turns.
        let permissions = account.client.sign_in().await?;
        if permissions.is_some_and(|all| !all.iter().any(|one| one == "EditExtensions")) {
            return Err(Error::MayNotWrite);
        }
        Ok(true)
    };
    if !stop::before_writes(&stopper, prepared).await? {
        output::err("Nothing was changed.\n")?;
        return Ok(ExitCode::from(1));
    }
    // The next plan reads them, whenever the audit trail tells of these writes.
    remember::forget(global, plan, &planned.server)?;
    let journal = Journal::begin(
        &global.directory,
        manner.journal.as_deref(),
        &plan.account,
        &planned.server,
    )?;
    // From here on nothing ends the run but its end: what is told may find nobody to hear it.
    let tell = |report: &Report<'_, _>| match manner.format {
        Format::Human => output::outcome(&report::text(report), Format::Human),
        // One document, when all is over.
        Format::Json => {}
    };
    let directory = &planned.directory;
    let first = stages.as_ref().map_or(plan, |stages| &stages.first);
    if let Some(heading) = deed.heading(&canary::size(first)) {
        output::remark(&heading);
    }
    let mut report = send(deed, account, directory, first, &journal, &stopper).await;
    tell(&report);
    if let Some(Stages { rest, .. }) = stages.as_ref().filter(|stages| !stages.rest.is_empty()) {
        let more = if report.is_complete() && goes_on(manner, rest, &stopper).await {
            let more = send(deed, account, directory, rest, &journal, &stopper).await;
            tell(&more);
            more
        } else {
            let left = match report.is_complete() {
                true => canary::left(global, again, rest, saved),
                false => canary::failed(rest),
            };
            output::remark(&left);
            Report::not_tried(rest)
        };
        report.append(more);
    }
    // One that broke before has been told already.
    if report.unwatched.is_none()
        && let Err(error) = journal.end()
    {
        output::remark(&format!("warning: the journal gets no end: {error}\n"));
        report.unwatched = Some(error);
    }
    // Also where it was the question after the canary that was stopped.
    report.stopped |= stopper.is_cancelled();
    output::remark(&journal.told(global, deed));
    // After a canary it has been told how to go on.
    let is_all = report.is_complete() && planned.is_complete();
    if !is_all && stages.is_none() {
        output::remark(&match saved {
            None => format!("Run `{again}` again to finish.\n"),
            Some(file) => plan_file::left(global, file, &report),
        });
    }
    if let Some(next) = deed.next().filter(|_| report.counts().done > 0) {
        output::remark(next);
    }
    Ok(finish(order, planned, &report))
}

/// The document for scripts, and the exit code.
fn finish(order: Order<'_>, planned: &Planned, report: &Report<'_, client::Error>) -> ExitCode {
    let plan = &planned.plan;
    let left_out = planned.left_out_names();
    let left_alone = order.left_alone;
    if !left_alone.is_empty() && !plan.is_empty() {
        let users: Vec<&str> = left_alone.iter().map(|left| &*left.user).collect();
        output::remark(&format!("Refused, as told above: {}\n", users.join(", ")));
    }
    // They were told before the first write; by now that may be an hour ago.
    if order.manner.format == Format::Human {
        output::outcome(&report::left_out(&left_out), Format::Human);
    }
    if order.manner.format == Format::Json {
        let document = report_json::document(plan, report, left_alone, &left_out);
        match serde_json::to_string_pretty(&document) {
            Ok(document) => output::outcome(&format!("{document}\n"), Format::Json),
            Err(error) => output::remark(&format!("error: {error}\n")),
        }
    }
    let Counts {
        done: _,
        failed,
        refused,
        not_tried,
    } = report.counts();
    let is_cut = report.stopped || report.unwatched.is_some() || report.is_otherwise();
    let is_left = !left_alone.is_empty();
    let is_part = failed + refused > 0 || is_cut || (is_left && !plan.is_empty());
    ExitCode::from(if is_part {
        3
    } else {
        u8::from(not_tried > 0 || !planned.is_complete() || is_left)
    })
}

async fn send<'a>(
    deed: Deed,
    account: &Account,
    directory: &Directory,
    plan: &'a Plan,
    journal: &Journal,
    stopper: &CancellationToken,
) -> Report<'a, client::Error> {
    let changes = plan.users.iter().map(|user| user.changes.len()).sum();
    let progress = account.progress(deed.progress(), changes);
    let follower = Follower {
        journal,
        progress: &progress,
    };
    let work = engine::apply(&account.client, plan, directory, &follower);
    let mut report = stop::told_while(stopper, progress.watch(work)).await;
    // Also where nothing was left to be stopped: who stops a run wants to know that it was not its end.
    report.stopped |= stopper.is_cancelled();
    report
}

/// After the canary: whether the others are to follow. Where no answer comes they are not.
async fn goes_on(manner: &Manner, rest: &Plan, stopper: &CancellationToken) -> bool {
    if manner.auto_approve || !io::stdin().is_terminal() {
        return false;
    }
    canary::is_answered(rest, stopper, answer_to)
        .await
        .unwrap_or(false)
}

/// Asks on the terminal.
async fn approved(deed: Deed, planned: &Planned) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::NobodyToAsk(deed));
    }
    let Planned { plan, server, .. } = planned;
    Ok(ask(deed.question(&plan.account, server)).await?)
}

/// Asks in a thread of its own: whoever stops the run need not answer first.
async fn ask(question: String) -> io::Result<bool> {
    let (sender, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(answer_to(&question)));
    answer.await.unwrap_or(Ok(false))
}

fn answer_to(question: &str) -> io::Result<bool> {
    output::err(&format!("{question} Only `yes` will do: "))?;
    is_yes(io::stdin().lock())
}

/// Reads the answer. No answer is none.
fn is_yes(mut answers: impl BufRead) -> io::Result<bool> {
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_will_do() {
        for yes in ["yes\n", "yes\r\n", " yes \nno\n", "yes"] {
            assert!(is_yes(yes.as_bytes()).unwrap(), "{yes:?}");
        }
        for no in ["", "\n", "y\n", "Yes\n", "no\n", "\nyes\n", "yes please\n"] {
            assert!(!is_yes(no.as_bytes()).unwrap(), "{no:?}");
        }
        assert!(is_yes(&b"\xff\n"[..]).is_err());
    }
}

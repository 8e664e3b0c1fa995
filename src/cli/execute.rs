//! Executes a plan: shows it, asks for confirmation, writes, and reports the results.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::account::AccountSession;
use super::canary::{self, CanaryPlan};
use super::error::CommandError;
use super::journal_observer::{JournalFile, JournalObserver};
use super::planning::PlanOutcome;
use super::ui::OutputFormat;
use super::{GlobalArgs, incremental, plan, plan_file, signals, ui};
use crate::client;
use crate::model::{ExtensionDirectory, UserSelector};
use crate::reconcile::{self, AccountPlan, ApplyCounts, ApplyReport, SafetyLimits};
use crate::render::rollback_conflicts::{self, ConflictedUser};
use crate::render::{WriteOperation, apply_report, apply_report_json, plan_text};

/// The options of commands that write to the account.
#[derive(Debug, Args)]
pub(super) struct ExecuteArgs {
    /// Don't ask for confirmation
    #[arg(long)]
    auto_approve: bool,

    /// Allow up to N interaction rules to be deleted
    ///
    /// By default, a plan is refused if it deletes more than 4 rules and more than a quarter of the
    /// rules of the users in scope.
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,

    /// Allow up to N users to lose their last interaction rule
    ///
    /// By default, a plan is refused if it deletes the last rule of any user.
    #[arg(long, value_name = "N")]
    max_users_emptied: Option<usize>,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: OutputFormat,

    /// Write the journal to this file
    ///
    /// The default is a new file in .callrules/journal. The journal records every write with the
    /// previous state, so that `callrules rollback` can undo the run.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl ExecuteArgs {
    fn safety_limits(&self) -> SafetyLimits {
        SafetyLimits {
            max_deletes: self.max_deletes,
            max_users_emptied: self.max_users_emptied,
        }
    }
}

/// How to execute a plan.
#[derive(Clone, Copy)]
pub(super) struct ExecuteRequest<'a> {
    pub(super) operation: WriteOperation,
    pub(super) options: &'a ExecuteArgs,
    /// The users to apply to first.
    pub(super) canary: Option<&'a UserSelector>,
    /// The file that the plan was read from.
    pub(super) plan_file: Option<&'a Path>,
    /// Users that a rollback leaves out, because they changed since the apply.
    pub(super) conflicts: &'a [ConflictedUser],
    /// The command that finishes what this run leaves undone.
    pub(super) resume_command: &'a str,
}

/// Shows the plan, checks its safety, asks for confirmation, writes, and reports the results.
pub(super) async fn execute_plan(
    global: &GlobalArgs,
    request: ExecuteRequest<'_>,
    account: &AccountSession,
    outcome: &PlanOutcome,
) -> Result<ExitCode, CommandError> {
    let ExecuteRequest {
        operation,
        options,
        canary,
        plan_file,
        resume_command,
        conflicts,
    } = request;
    let plan = &outcome.plan;
    let plan_text = plan_text::render(operation, plan, &outcome.directory, &outcome.name_index);
    match options.format {
        OutputFormat::Human => ui::print(&plan_text)?,
        // Standard output is reserved for the JSON document.
        OutputFormat::Json => ui::status(&plan_text)?,
    }
    plan::print_problems(outcome, global)?;
    for conflict in conflicts {
        ui::status(&format!("refused: {conflict}\n"))?;
    }
    if !conflicts.is_empty() {
        ui::status(&format!("help: {}\n", rollback_conflicts::CONFLICT_HELP))?;
    }
    let violations = reconcile::check_safety(plan, options.safety_limits());
    if !violations.is_empty() {
        return Err(CommandError::UnsafePlan(violations));
    }
    let canary_plan = canary
        // `split_canary` returns an error for an empty plan.
        .filter(|_| !plan.is_empty())
        .map(|canary| canary::split_canary(outcome, canary))
        .transpose()?;
    if plan.is_empty() {
        let report = ApplyReport::not_attempted(plan);
        return Ok(print_result(request, outcome, &report));
    }
    let cancellation = account.client.cancellation_token();
    let confirm_and_sign_in = async {
        if !options.auto_approve && !confirm_plan(operation, outcome).await? {
            return Ok(false);
        }
        // Fails once here rather than for each user.
        let permissions = account.client.sign_in().await?;
        if permissions.is_some_and(|names| !names.iter().any(|name| name == "EditExtensions")) {
            return Err(CommandError::MissingWritePermission);
        }
        Ok(true)
    };
    if !signals::or_cancelled(&cancellation, confirm_and_sign_in).await? {
        ui::status("Nothing was changed.\n")?;
        return Ok(ExitCode::from(1));
    }
    // The next plan must read these users again, even if the audit trail is slower than the writes.
    incremental::evict_changed_users(global, plan, &outcome.server)?;
    let journal = JournalFile::create(
        &global.directory,
        options.journal.as_deref(),
        &plan.account,
        &outcome.server,
    )?;
    // From here on, output errors must not end the run.
    let print_report = |report: &ApplyReport<'_, _>| match options.format {
        OutputFormat::Human => {
            ui::print_or_status(&apply_report::render_text(report), OutputFormat::Human);
        }
        // `print_result` prints one document at the end.
        OutputFormat::Json => {}
    };
    let directory = &outcome.directory;
    let first_plan = canary_plan.as_ref().map_or(plan, |split| &split.canary);
    if let Some(heading) = operation.start_heading(&canary::describe_size(first_plan)) {
        ui::status_best_effort(&heading);
    }
    let mut report = apply_plan(
        operation,
        account,
        directory,
        first_plan,
        &journal,
        &cancellation,
    )
    .await;
    print_report(&report);
    if let Some(CanaryPlan { rest, .. }) =
        canary_plan.as_ref().filter(|split| !split.rest.is_empty())
    {
        let rest_report =
            if report.is_complete() && confirm_rest(options, rest, &cancellation).await {
                let rest_report =
                    apply_plan(operation, account, directory, rest, &journal, &cancellation).await;
                print_report(&rest_report);
                rest_report
            } else {
                let message = if report.is_complete() {
                    canary::remaining_message(global, resume_command, rest, plan_file)
                } else {
                    canary::failure_message(rest)
                };
                ui::status_best_effort(&message);
                ApplyReport::not_attempted(rest)
            };
        report.append(rest_report);
    }
    // An earlier observer error is already in the report.
    if report.observer_error.is_none()
        && let Err(error) = journal.finish()
    {
        ui::status_best_effort(&format!("warning: can't complete the journal: {error}\n"));
        report.observer_error = Some(error);
    }
    // The cancellation may have come during the question after the canary.
    report.cancelled |= cancellation.is_cancelled();
    ui::status_best_effort(&journal.location_message(global, operation));
    // After a canary, the message above already has the next command.
    let is_finished = report.is_complete() && outcome.is_complete();
    if !is_finished && canary_plan.is_none() {
        ui::status_best_effort(&match plan_file {
            None => format!("To finish, run `{resume_command}` again.\n"),
            Some(file) => plan_file::remaining_message(global, file, &report),
        });
    }
    if let Some(next) = operation
        .next_step()
        .filter(|_| report.counts().applied > 0)
    {
        ui::status_best_effort(next);
    }
    Ok(print_result(request, outcome, &report))
}

/// Prints the users that were left out, and the JSON document if requested. Returns the exit code.
fn print_result(
    request: ExecuteRequest<'_>,
    outcome: &PlanOutcome,
    report: &ApplyReport<'_, client::ClientError>,
) -> ExitCode {
    let plan = &outcome.plan;
    let left_out = outcome.left_out_reasons();
    let conflicts = request.conflicts;
    if !conflicts.is_empty() && !plan.is_empty() {
        let users: Vec<&str> = conflicts.iter().map(|conflict| &*conflict.user).collect();
        ui::status_best_effort(&format!("Refused (see above): {}\n", users.join(", ")));
    }
    // Repeats what was printed before the first write, which may be an hour ago.
    if request.options.format == OutputFormat::Human {
        ui::print_or_status(
            &apply_report::left_out_lines(&left_out),
            OutputFormat::Human,
        );
    }
    if request.options.format == OutputFormat::Json {
        let document = apply_report_json::document(plan, report, conflicts, &left_out);
        match serde_json::to_string_pretty(&document) {
            Ok(document) => ui::print_or_status(&format!("{document}\n"), OutputFormat::Json),
            Err(error) => ui::status_best_effort(&format!("error: {error}\n")),
        }
    }
    let ApplyCounts {
        applied: _,
        failed,
        refused,
        not_attempted,
    } = report.counts();
    let has_conflicts = !conflicts.is_empty();
    let is_partial = failed + refused > 0
        || report.cancelled
        || report.observer_error.is_some()
        || report.has_response_differences()
        || (has_conflicts && !plan.is_empty());
    ExitCode::from(if is_partial {
        3
    } else {
        u8::from(not_attempted > 0 || !outcome.is_complete() || has_conflicts)
    })
}

/// Applies a plan with a progress display and a journal.
async fn apply_plan<'a>(
    operation: WriteOperation,
    account: &AccountSession,
    directory: &ExtensionDirectory,
    plan: &'a AccountPlan,
    journal: &JournalFile,
    cancellation: &CancellationToken,
) -> ApplyReport<'a, client::ClientError> {
    let changes = plan.users.iter().map(|user| user.changes.len()).sum();
    let progress = account.start_progress(operation.progress_label(), changes);
    let observer = JournalObserver {
        journal,
        progress: &progress,
    };
    let work = reconcile::apply_plan(&account.client, plan, directory, &observer);
    let mut report = signals::drain_with_notice(cancellation, progress.watch(work)).await;
    // Also set if the cancellation came too late to stop anything: the user asked for it.
    report.cancelled |= cancellation.is_cancelled();
    report
}

/// Asks whether to continue after the canary. Returns `false` if the user can't be asked.
async fn confirm_rest(
    options: &ExecuteArgs,
    rest: &AccountPlan,
    cancellation: &CancellationToken,
) -> bool {
    if options.auto_approve || !io::stdin().is_terminal() {
        return false;
    }
    canary::confirm(rest, cancellation, prompt_blocking)
        .await
        .unwrap_or(false)
}

/// Asks for confirmation of the plan. Returns an error if standard input is not a terminal.
async fn confirm_plan(
    operation: WriteOperation,
    outcome: &PlanOutcome,
) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::NotInteractive(operation));
    }
    let PlanOutcome { plan, server, .. } = outcome;
    Ok(prompt(operation.confirm_question(&plan.account, server)).await?)
}

/// Asks in a separate thread, so that Ctrl-C works without answering first.
async fn prompt(question: String) -> io::Result<bool> {
    let (sender, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(prompt_blocking(&question)));
    answer.await.unwrap_or(Ok(false))
}

/// Prints the question and reads the answer from standard input.
fn prompt_blocking(question: &str) -> io::Result<bool> {
    ui::status(&format!("{question} Type `yes` to confirm: "))?;
    read_confirmation(io::stdin().lock())
}

/// Reads one line and returns whether it is `yes`. The end of input counts as no.
fn read_confirmation(mut input: impl BufRead) -> io::Result<bool> {
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmation_accepts_only_yes() {
        for yes in ["yes\n", "yes\r\n", " yes \nno\n", "yes"] {
            assert!(read_confirmation(yes.as_bytes()).unwrap(), "{yes:?}");
        }
        for no in ["", "\n", "y\n", "Yes\n", "no\n", "\nyes\n", "yes please\n"] {
            assert!(!read_confirmation(no.as_bytes()).unwrap(), "{no:?}");
        }
        assert!(read_confirmation(&b"\xff\n"[..]).is_err());
    }
}

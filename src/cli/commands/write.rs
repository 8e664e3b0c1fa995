//! Writes a plan, for `apply` and `rollback`: shows it, asks for confirmation, writes, and reports
//! the results.

use std::path::Path;
use std::process::ExitCode;

use callrules::client::ClientError;
use callrules::model::UserSelector;
use callrules::reconcile::{AccountPlan, ApplyCounts, ApplyReport, ChangeOutcome, UserRefusal};
use callrules::render::plan_text::{self, DriftContext};
use callrules::render::rollback_conflicts::{self, ConflictedUser};
use callrules::render::{WriteOperation, apply_report, apply_report_json};
use callrules::{Account, JournalFile, JournaledApply, PlanOutcome, RunError};

use super::canary;
use super::plan::print_problems;
use crate::cli::args::write::WriteArgs;
use crate::cli::context::CommandContext;
use crate::cli::ui::{OutputFormat, signals};

/// How to write a plan.
#[derive(Clone, Copy)]
pub(super) struct WriteRun<'a> {
    pub(super) operation: WriteOperation,
    pub(super) arguments: &'a WriteArgs,
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
pub(super) async fn run_writes(
    context: &CommandContext,
    run: WriteRun<'_>,
    account: &Account,
    outcome: &PlanOutcome,
) -> Result<ExitCode, RunError> {
    let plan = &outcome.plan;
    show_plan(context, run, outcome)?;
    callrules::ensure_safe(outcome, run.arguments.safety_limits())?;
    if plan.is_empty() {
        let report = ApplyReport::not_attempted(plan);
        return Ok(print_result(context, run, outcome, &report));
    }
    let canary_plan = run
        .canary
        .map(|canary| callrules::split_canary(outcome, canary))
        .transpose()?;
    let cancellation = account.cancellation_token();
    let confirm_and_sign_in = confirm_and_sign_in(context, run, account, outcome);
    if !signals::or_canceled(&cancellation, confirm_and_sign_in).await? {
        context.ui.status("Nothing was changed.\n")?;
        return Ok(ExitCode::from(1));
    }
    let apply_run = JournaledApply::start(
        account,
        outcome,
        run.arguments.safety_limits(),
        run.arguments.journal_target(context.directory()),
    )?
    .with_verification(run.arguments.verification());
    account
        .client()
        .set_lock_timeout(run.arguments.lock_timeout());

    // From here on, output errors must not end the run.
    let first_plan = canary_plan.as_ref().map_or(plan, |(canary, _)| canary);
    if let Some(heading) = run
        .operation
        .start_heading(&canary::describe_size(first_plan))
    {
        context.ui.try_status(&heading);
    }
    let mut report = write_plan(context, run, account, &apply_run, first_plan).await;
    if let Some((_, rest)) = canary_plan.as_ref().filter(|(_, rest)| !rest.is_empty()) {
        let rest_report = if report.is_complete() && confirm_rest(context, run, account, rest).await
        {
            write_plan(context, run, account, &apply_run, rest).await
        } else {
            context.ui.try_status(&if report.is_complete() {
                canary::remaining_message(context, run.resume_command, rest, run.plan_file)
            } else {
                canary::failure_message(rest)
            });
            ApplyReport::not_attempted(rest)
        };
        report.append(rest_report);
    }
    // An earlier observer error is already in the report.
    if report.observer_error.is_none()
        && let Err(error) = apply_run.finish()
    {
        context
            .ui
            .try_status(&format!("warning: can't complete the journal: {error}\n"));
        report.observer_error = Some(error);
    }
    // The cancellation may have come during the question after the canary.
    report.canceled |= cancellation.is_cancelled();
    print_next_steps(
        context,
        run,
        outcome,
        &report,
        apply_run.journal(),
        canary_plan.is_some(),
    );
    Ok(print_result(context, run, outcome, &report))
}

/// Prints the plan and what is left out of it.
fn show_plan(
    context: &CommandContext,
    run: WriteRun<'_>,
    outcome: &PlanOutcome,
) -> Result<(), RunError> {
    let PlanOutcome {
        plan,
        directory,
        name_index,
        ..
    } = outcome;
    let text = plan_text::render(
        run.operation,
        plan,
        directory,
        name_index,
        DriftContext {
            title: "On the account, not in the files (this undoes it)",
            ways_out: &[("keep", context.format_command(&["adopt"]))],
            audit_note: outcome.audit_note.as_deref(),
        },
    );
    match run.arguments.format {
        OutputFormat::Human => context.ui.print(&text)?,
        // Standard output is reserved for the JSON document.
        OutputFormat::Json => context.ui.status(&text)?,
    }
    print_problems(context, outcome)?;
    for conflict in run.conflicts {
        context.ui.status(&format!("left out: {conflict}\n"))?;
    }
    if !run.conflicts.is_empty() {
        context.ui.hint(rollback_conflicts::CONFLICT_HELP)?;
    }
    Ok(())
}

/// Asks for confirmation of the plan, unless it is already given, and checks the permission to
/// write. Returns whether the plan is confirmed.
async fn confirm_and_sign_in(
    context: &CommandContext,
    run: WriteRun<'_>,
    account: &Account,
    outcome: &PlanOutcome,
) -> Result<bool, RunError> {
    if !run.arguments.auto_approve {
        if !context.ui.can_ask() {
            return Err(RunError::new(format!(
                "can't ask for confirmation of the {}: not a terminal",
                run.operation
            ))
            .hinted("to run it without confirmation, as in CI, add `--auto-approve`"));
        }
        let PlanOutcome { plan, server, .. } = outcome;
        let question = run.operation.confirm_question(&plan.account, server);
        if !context.ui.confirm(question).await? {
            return Ok(false);
        }
    }
    // Fails once here rather than for each user.
    account.check_write_permission().await?;
    Ok(true)
}

/// Writes a plan or a part of it, and prints the results.
async fn write_plan<'p>(
    context: &CommandContext,
    run: WriteRun<'_>,
    account: &Account,
    apply_run: &JournaledApply<'_>,
    plan: &'p AccountPlan,
) -> ApplyReport<'p, ClientError> {
    let label = run.operation.progress_label();
    let work = context.watch(account, async |progress| {
        apply_run.write(plan, label, progress).await
    });
    let cancellation = account.cancellation_token();
    let report = signals::drain_with_notice(&context.ui, &cancellation, work).await;
    // With `--format json`, one document is printed at the end.
    if run.arguments.format == OutputFormat::Human {
        let text = apply_report::render_text(&report);
        context.ui.print_or_status(&text, OutputFormat::Human);
    }
    report
}

/// Asks whether to continue after the canary. Returns `false` if the run is canceled or if the
/// user can't be asked.
async fn confirm_rest(
    context: &CommandContext,
    run: WriteRun<'_>,
    account: &Account,
    rest: &AccountPlan,
) -> bool {
    if run.arguments.auto_approve || !context.ui.can_ask() {
        return false;
    }
    let question = format!("Continue with {}?", canary::describe_size(rest));
    let cancellation = account.cancellation_token();
    tokio::select! {
        answer = context.ui.confirm(question) => answer.unwrap_or(false),
        () = cancellation.cancelled() => false,
    }
}

/// Prints where the journal is, and what to do next.
fn print_next_steps(
    context: &CommandContext,
    run: WriteRun<'_>,
    outcome: &PlanOutcome,
    report: &ApplyReport<'_, ClientError>,
    journal: &JournalFile,
    has_canary: bool,
) {
    let path = journal.path().to_string_lossy();
    let action = match run.operation {
        WriteOperation::Apply => "undo",
        WriteOperation::Rollback => "undo this rollback",
    };
    let undo = context.format_command(&["rollback", &path]);
    let message = format!("Journal: {path}  ({action} with `{undo}`)\n");
    context.ui.try_status(&message);
    // After a canary, its message already has the next command.
    let is_finished = report.is_complete() && outcome.is_complete();
    if !is_finished && !has_canary {
        context.ui.try_status(&match run.plan_file {
            None => format!("To finish, run `{}` again.\n", run.resume_command),
            Some(file) => remaining_message(context, file, report),
        });
    }
    if let Some(next) = run
        .operation
        .next_step()
        .filter(|_| report.counts().applied > 0)
    {
        context.ui.try_status(next);
    }
}

/// Returns the hint after a saved plan that was only partly applied: save a new plan.
///
/// The saved plan also contains the changes that are done, so it cannot be applied again.
fn remaining_message<E>(
    context: &CommandContext,
    file: &Path,
    report: &ApplyReport<'_, E>,
) -> String {
    let save = context.format_command(&["plan", "--out", &file.to_string_lossy()]);
    let all_drifted = report.changes.iter().all(|result| {
        matches!(
            result.outcome,
            ChangeOutcome::Refused(UserRefusal::Drifted(_))
        )
    });
    let reason = if all_drifted {
        "The account has changed since this plan was made. Perhaps the plan was already applied."
    } else {
        "A saved plan can be applied only once."
    };
    format!("{reason} To plan what is left: `{save}`.\n")
}

/// Prints the users that were left out, and the JSON document if requested. Returns the exit code.
fn print_result(
    context: &CommandContext,
    run: WriteRun<'_>,
    outcome: &PlanOutcome,
    report: &ApplyReport<'_, ClientError>,
) -> ExitCode {
    let plan = &outcome.plan;
    let left_out = outcome.left_out_reasons();
    let conflicts = run.conflicts;
    let has_conflicts = !conflicts.is_empty();
    if has_conflicts && !plan.is_empty() {
        let users: Vec<&str> = conflicts.iter().map(|conflict| &*conflict.user).collect();
        let message = format!("Left out (see above): {}\n", users.join(", "));
        context.ui.try_status(&message);
    }
    let is_reported = match run.arguments.format {
        OutputFormat::Human => {
            // Repeats what was printed before the first write, which may be an hour ago.
            let text = apply_report::left_out_lines(&left_out);
            context.ui.print_or_status(&text, OutputFormat::Human);
            true
        }
        OutputFormat::Json => {
            let document = apply_report_json::document(plan, report, conflicts, &left_out);
            match serde_json::to_string_pretty(&document) {
                Ok(text) => context
                    .ui
                    .print_or_status(&format!("{text}\n"), OutputFormat::Json),
                Err(error) => {
                    context.ui.try_status(&format!("error: {error}\n"));
                    false
                }
            }
        }
    };
    let ApplyCounts {
        applied: _,
        failed,
        refused,
        not_attempted,
    } = report.counts();
    let is_partial = failed + refused > 0
        || report.canceled
        || report.observer_error.is_some()
        || report.lock_error.is_some()
        || report.has_differences_from_request()
        || (has_conflicts && !plan.is_empty());
    ExitCode::from(if is_partial {
        3
    } else {
        u8::from(not_attempted > 0 || !outcome.is_complete() || has_conflicts || !is_reported)
    })
}

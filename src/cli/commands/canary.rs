//! Messages of `apply --canary`, which applies to some users first.

use std::path::Path;

use callrules::reconcile::AccountPlan;
use callrules::render::humanize::pluralize;

use crate::cli::context::CommandContext;

/// Returns the message after a run that stopped after the canary: what is left, and how to
/// continue.
///
/// Without a saved plan, `resume_command` continues the run.
pub(super) fn remaining_message(
    context: &CommandContext,
    resume_command: &str,
    rest: &AccountPlan,
    saved: Option<&Path>,
) -> String {
    let hint = match saved.map(Path::to_string_lossy) {
        None => format!("to continue, run `{resume_command}`"),
        // The saved plan also contains the canary's changes, so it cannot be applied again.
        Some(file) => format!(
            "to continue, save a plan of what is left with `{}` and apply that",
            context.format_command(&["plan", "--out", &file])
        ),
    };
    format!(
        "Stopped after the canary. Left: {}; {hint}.\n",
        describe_size(rest)
    )
}

/// Returns the message after a run that stopped because the canary failed.
pub(super) fn failure_message(rest: &AccountPlan) -> String {
    format!(
        "The canary failed. Left: {}; fix the failure first.\n",
        describe_size(rest)
    )
}

/// Describes the size of a plan: `12 changes for 4 users`.
pub(super) fn describe_size(plan: &AccountPlan) -> String {
    let users = plan.summary().users;
    let changes = plan.users.iter().map(|user| user.changes.len()).sum();
    format!(
        "{} for {}",
        pluralize(changes, "change"),
        pluralize(users, "user")
    )
}

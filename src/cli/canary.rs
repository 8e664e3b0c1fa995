//! `apply --canary`: applies to some users first, then asks before continuing.

use std::io;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::GlobalArgs;
use super::error::CommandError;
use super::planning::{PlanOutcome, UserFilterArgs};
use crate::model::{AccountExtension, UserSelector};
use crate::reconcile::AccountPlan;
use crate::render::humanize::pluralize;

/// A plan, split into the canary's part and the rest.
pub(super) struct CanaryPlan {
    /// The changes for the users that `--canary` selects.
    pub(super) canary: AccountPlan,
    /// The changes for all other users.
    pub(super) rest: AccountPlan,
}

/// Splits a plan. Returns an error if the canary has no changes, because then it tests nothing.
pub(super) fn split_canary(
    outcome: &PlanOutcome,
    canary: &UserSelector,
) -> Result<CanaryPlan, CommandError> {
    let PlanOutcome {
        plan, directory, ..
    } = outcome;
    let (canary_users, other_users) = plan.users.iter().cloned().partition(|user| {
        directory
            .by_id(&user.id)
            .is_some_and(|extension| canary.matches(extension))
    });
    let to_plan = |users| AccountPlan {
        account: plan.account.clone(),
        users,
    };
    let split = CanaryPlan {
        canary: to_plan(canary_users),
        rest: to_plan(other_users),
    };
    if split.canary.is_empty() {
        let users_with_changes: Vec<&AccountExtension> = plan
            .users
            .iter()
            .filter(|user| !user.changes.is_empty())
            .filter_map(|user| directory.by_id(&user.id))
            .collect();
        return Err(CommandError::NoCanaryChanges {
            help: UserFilterArgs::no_match_help(canary, users_with_changes),
            canary: canary.clone(),
        });
    }
    Ok(split)
}

/// Asks whether to continue with the rest of the plan. Returns `false` if the run is canceled.
///
/// The blocking read has its own thread, so that Ctrl-C works without answering first.
pub(super) async fn confirm(
    rest: &AccountPlan,
    cancellation: &CancellationToken,
    ask: impl FnOnce(&str) -> io::Result<bool> + Send + 'static,
) -> io::Result<bool> {
    let question = format!("Continue with {}?", describe_size(rest));
    let (sender, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(ask(&question)));
    tokio::select! {
        answer = answer => answer.unwrap_or(Ok(false)),
        () = cancellation.cancelled() => Ok(false),
    }
}

/// Returns the message after a run that stopped after the canary: what is left, and how to
/// continue.
///
/// Without a saved plan, `resume_command` continues the run.
pub(super) fn remaining_message(
    global: &GlobalArgs,
    resume_command: &str,
    rest: &AccountPlan,
    saved: Option<&Path>,
) -> String {
    let hint = match saved.map(Path::to_string_lossy) {
        None => format!("to continue, run `{resume_command}`"),
        // The saved plan also contains the canary's changes, so it cannot be applied again.
        Some(file) => format!(
            "to continue, save a plan of what is left with `{}` and apply that",
            global.format_command(&["plan", "--out", &file])
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

#[cfg(test)]
mod tests {
    use super::*;

    fn empty_plan() -> AccountPlan {
        AccountPlan {
            account: String::new(),
            users: Vec::new(),
        }
    }

    #[tokio::test]
    async fn confirm_returns_answer_or_read_error() {
        for expected in [true, false] {
            let cancellation = CancellationToken::new();
            let ask = move |question: &str| {
                assert_eq!(question, "Continue with 0 changes for 0 users?");
                Ok(expected)
            };
            assert_eq!(
                confirm(&empty_plan(), &cancellation, ask).await.unwrap(),
                expected
            );
        }
        let cancellation = CancellationToken::new();
        let failing = |_: &str| Err(io::Error::other("terminal closed"));
        assert!(
            confirm(&empty_plan(), &cancellation, failing)
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn confirm_returns_no_when_run_is_canceled() {
        let cancellation = CancellationToken::new();
        let (prompt_sender, prompt_shown) = tokio::sync::oneshot::channel();
        let (_answer_sender, answer) = std::sync::mpsc::channel::<bool>();
        let ask = move |_: &str| {
            prompt_sender.send(()).unwrap();
            answer.recv().map_err(io::Error::other)
        };
        let stop = async {
            prompt_shown.await.unwrap();
            cancellation.cancel();
        };
        let rest = empty_plan();
        let (confirmed, ()) = tokio::join!(confirm(&rest, &cancellation, ask), stop);
        assert!(!confirmed.unwrap());
    }
}

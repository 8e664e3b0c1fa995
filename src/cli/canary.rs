//! `apply --canary`: some users first, and then a question.

use std::io;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Global;
use super::error::Error;
use super::planning::{Planned, Users};
use crate::engine::Plan;
use crate::model::{Extension, Selector};
use crate::render::say::counted;

/// A plan in two parts.
pub(super) struct Stages {
    /// What is for the canary.
    pub(super) first: Plan,
    /// What is for everybody else.
    pub(super) rest: Plan,
}

/// Parts a plan. A canary for whom nothing would be written says nothing about the others.
pub(super) fn stages(planned: &Planned, canary: &Selector) -> Result<Stages, Error> {
    let Planned {
        plan, directory, ..
    } = planned;
    let (first, rest) = { plan.users.iter().cloned() }
        .partition(|user| directory.by_id(&user.id).is_some_and(|e| canary.names(e)));
    let part = |users| Plan {
        account: plan.account.clone(),
        users,
    };
    let (first, rest) = (part(first), part(rest));
    if first.is_empty() {
        let changed = plan.users.iter().filter(|user| !user.changes.is_empty());
        let changed: Vec<&Extension> = changed.filter_map(|u| directory.by_id(&u.id)).collect();
        return Err(Error::NoCanary {
            help: Users::help(canary, changed),
            canary: canary.clone(),
        });
    }
    Ok(Stages { first, rest })
}

/// Asks whether the others are to follow. Whoever stops the run need not answer first, so the question has
/// a thread of its own.
pub(super) async fn is_answered(
    rest: &Plan,
    stopper: &CancellationToken,
    ask: impl FnOnce(&str) -> io::Result<bool> + Send + 'static,
) -> io::Result<bool> {
    let question = format!("Go on with {}?", size(rest));
    let (sender, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(ask(&question)));
    tokio::select! {
        answer = answer => answer.unwrap_or(Ok(false)),
        () = stopper.cancelled() => Ok(false),
    }
}

/// What a run that ended with the canary leaves, and how to go on: with this command, if no plan was saved.
pub(super) fn left(global: &Global, again: &str, rest: &Plan, saved: Option<&Path>) -> String {
    let how = match saved.map(Path::to_string_lossy) {
        None => format!("run `{again}` to go on"),
        // What is done is in the old plan too, and cannot be done again.
        Some(file) => format!(
            "to go on, save a plan of what is left with `{}` and apply that",
            global.command(&["plan", "--out", &file])
        ),
    };
    format!("Ended with the canary. Left: {}; {how}.\n", size(rest))
}

/// What a run leaves because the canary failed.
pub(super) fn failed(rest: &Plan) -> String {
    format!(
        "The canary failed. Left: {}; look at that first.\n",
        size(rest)
    )
}

/// `12 changes for 4 users`.
pub(super) fn size(plan: &Plan) -> String {
    let users = plan.summary().users;
    let changes = plan.users.iter().map(|user| user.changes.len()).sum();
    format!(
        "{} for {}",
        counted(changes, "change"),
        counted(users, "user")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> Plan {
        Plan {
            account: String::new(),
            users: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_others_follow_where_the_answer_is_yes() {
        for yes in [true, false] {
            let stopper = CancellationToken::new();
            let ask = move |question: &str| {
                assert_eq!(question, "Go on with 0 changes for 0 users?");
                Ok(yes)
            };
            assert_eq!(is_answered(&nobody(), &stopper, ask).await.unwrap(), yes);
        }
        let stopper = CancellationToken::new();
        let broken = |_: &str| Err(io::Error::other("the terminal is gone"));
        assert!(is_answered(&nobody(), &stopper, broken).await.is_err());
    }

    #[tokio::test]
    async fn whoever_stops_the_run_need_not_answer() {
        let stopper = CancellationToken::new();
        let (asked, is_asked) = tokio::sync::oneshot::channel();
        let (_unanswered, answer) = std::sync::mpsc::channel::<bool>();
        let ask = move |_: &str| {
            asked.send(()).unwrap();
            answer.recv().map_err(io::Error::other)
        };
        let stop = async {
            is_asked.await.unwrap();
            stopper.cancel();
        };
        let rest = nobody();
        let (goes_on, ()) = tokio::join!(is_answered(&rest, &stopper, ask), stop);
        assert!(!goes_on.unwrap());
    }
}

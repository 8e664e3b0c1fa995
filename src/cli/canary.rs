//! `apply --canary`: some users first, and then a question.

use std::path::Path;

use super::error::Error;
use super::planning::{Planned, Users};
use crate::engine::Plan;
use crate::model::{Extension, Selector};

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

/// What a run that ended with the canary leaves, and how to go on.
pub(super) fn left(rest: &Plan, saved: Option<&Path>) -> String {
    let how = match saved.map(Path::display) {
        None => "run `callrules apply` to go on".to_owned(),
        // What is done is in the old plan too, and cannot be done again.
        Some(file) => format!(
            "to go on, save a plan of what is left with `callrules plan --out {file}` and apply that"
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
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    };
    format!(
        "{} for {}",
        counted(changes, "change"),
        counted(users, "user")
    )
}

//! Carries a plan out.

use futures::stream::{self, StreamExt};

use super::account::Write;
use super::plan::{Action, Change, Plan, Resource, UserPlan};
use crate::model::StateId;

/// How many users are written at the same time.
const AT_ONCE: usize = 4;

/// What became of a change.
#[derive(Debug)]
pub enum Outcome<E> {
    /// It was carried out.
    Done,
    /// The service refused it, or nobody knows.
    Failed(E),
    /// A change of this user before it failed.
    NotTried,
}

/// What became of a plan: every change of every user, in the order of the plan.
#[derive(Debug)]
pub struct Report<'a, E> {
    /// A change with its user and what became of it.
    pub changes: Vec<(&'a UserPlan, &'a Change, Outcome<E>)>,
}

impl<'a, E> Report<'a, E> {
    /// What there is to say of a plan that was not begun.
    pub fn not_tried(plan: &'a Plan) -> Self {
        let users = plan.users.iter();
        let changes = users.flat_map(|user| {
            in_safe_order(&user.changes)
                .into_iter()
                .map(move |change| (user, change, Outcome::NotTried))
        });
        Report {
            changes: changes.collect(),
        }
    }

    /// Whether nothing failed and nothing is left.
    pub fn is_all_done(&self) -> bool {
        let mut outcomes = self.changes.iter().map(|(_, _, outcome)| outcome);
        outcomes.all(|outcome| matches!(outcome, Outcome::Done))
    }

    /// How many were done, failed, and not tried.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for (_, _, outcome) in &self.changes {
            match outcome {
                Outcome::Done => counts.0 += 1,
                Outcome::Failed(_) => counts.1 += 1,
                Outcome::NotTried => counts.2 += 1,
            }
        }
        counts
    }
}

/// Sends the requests of a plan: users in parallel, the changes of a user one after the other. A user
/// whose change fails is left there; the others go on. `done` hears of each change that is settled.
pub async fn apply<'a, W: Write>(
    account: &W,
    plan: &'a Plan,
    done: impl Fn(),
) -> Report<'a, W::Error> {
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let done = &done;
    let reports: Vec<_> = stream::iter(users)
        .map(|user| apply_user(account, user, done))
        .buffered(AT_ONCE)
        .collect()
        .await;
    Report {
        changes: reports.into_iter().flatten().collect(),
    }
}

async fn apply_user<'a, W: Write>(
    account: &W,
    user: &'a UserPlan,
    done: &impl Fn(),
) -> Vec<(&'a UserPlan, &'a Change, Outcome<W::Error>)> {
    let mut settled = Vec::new();
    let mut failed = false;
    for change in in_safe_order(&user.changes) {
        let outcome = if failed {
            Outcome::NotTried
        } else {
            match account.send(&change.request).await {
                Ok(_) => Outcome::Done,
                Err(error) => Outcome::Failed(error),
            }
        };
        failed |= matches!(outcome, Outcome::Failed(_));
        settled.push((user, change, outcome));
        done();
    }
    settled
}

/// The order that keeps callers safe at each moment.
fn in_safe_order(changes: &[Change]) -> Vec<&Change> {
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| step(change));
    ordered
}

/// The steps, each with its reason.
fn step(change: &Change) -> u8 {
    match (change.resource, change.action, change.name.as_str()) {
        // What a switch leads to stands before the switch: calls are never forwarded to where they
        // went last time.
        (Resource::StateRule, _, StateId::FORWARD_ALL_CALLS | StateId::DND) => 0,
        // What rings within work hours stands before work hours change.
        (Resource::StateRule, _, StateId::WORK_HOURS | StateId::AGENT) => 0,
        // The work hours bring the state after-hours into being, which its rule, rules with a state
        // condition, and agents that follow the work hours rely on.
        (Resource::State, _, StateId::WORK_HOURS) => 1,
        (Resource::StateRule, _, _) => 2,
        // New rules take their calls before the ones that they replace let go of them.
        (Resource::InteractionRule, Action::Create, _) => 3,
        (Resource::InteractionRule, Action::Update, _) => 4,
        (Resource::State, _, _) => 5,
        (Resource::InteractionRule, Action::Delete, _) => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::account::{Method, Request};

    fn change(resource: Resource, action: Action, name: &str) -> Change {
        Change {
            action,
            resource,
            name: name.to_owned(),
            rule_id: None,
            reason: None,
            fields: Vec::new(),
            request: Request {
                method: Method::Patch,
                path: String::new(),
                body: None,
            },
        }
    }

    #[test]
    fn callers_are_safe_at_each_moment() {
        use Action::{Create, Delete, Update};
        use Resource::{InteractionRule, State, StateRule};
        let changes = [
            change(InteractionRule, Create, "new"),
            change(InteractionRule, Update, "changed"),
            change(InteractionRule, Delete, "old"),
            change(StateRule, Update, "after-hours"),
            change(StateRule, Update, "forward-all-calls"),
            change(State, Update, "forward-all-calls"),
            change(State, Update, "work-hours"),
        ];
        let order: Vec<String> = in_safe_order(&changes)
            .iter()
            .map(|change| format!("{:?} {}", change.resource, change.name))
            .collect();
        let place = |what: &str| order.iter().position(|entry| entry == what).unwrap();
        assert!(place("StateRule forward-all-calls") < place("State forward-all-calls"));
        assert!(place("State work-hours") < place("StateRule after-hours"));
        assert!(place("InteractionRule new") < place("InteractionRule old"));
        assert!(place("InteractionRule changed") < place("InteractionRule old"));
    }
}

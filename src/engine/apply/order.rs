//! In which order the changes of a user are sent.

use serde_json::Value;

use super::answer;
use crate::engine::plan::{Action, Change, Resource, UserPlan};
use crate::model::{StateId, StateSchedule};
use crate::wire::{Body, InteractionRule, convert};

/// The order that keeps callers safe at each moment, among these live rules.
pub(super) fn in_safe_order<'a>(user: &'a UserPlan, live: &[InteractionRule]) -> Vec<&'a Change> {
    let order = Order {
        user,
        live,
        ends_after_hours: user.changes.iter().any(ends_after_hours),
    };
    let mut ordered: Vec<&Change> = user.changes.iter().collect();
    ordered.sort_by_key(|change| order.step(change));
    ordered
}

struct Order<'a> {
    user: &'a UserPlan,
    live: &'a [InteractionRule],
    /// Whether work hours become those around the clock, with which the service takes the state
    /// after-hours away.
    ends_after_hours: bool,
}

impl Order<'_> {
    /// The steps, each with its reason.
    fn step(&self, change: &Change) -> u8 {
        match (change.resource, change.action, change.name.as_str()) {
            // What no longer sends calls anywhere may then lead elsewhere.
            (Resource::State, _, _) if switches_off(change) => 0,
            // What a switch leads to stands before the switch: calls are never forwarded to where they
            // went last time.
            (Resource::StateRule, _, StateId::FORWARD_ALL_CALLS | StateId::DND) => 1,
            // What rings within work hours stands before work hours change.
            (Resource::StateRule, _, StateId::WORK_HOURS | StateId::AGENT) => 1,
            // No rule is left to name a state that goes. What takes its calls stands before it lets go.
            (Resource::InteractionRule, Action::Create, _) if self.ends_after_hours => 2,
            (Resource::InteractionRule, action, _) if self.loses_its_state(change) => {
                match action {
                    Action::Create | Action::Update => 3,
                    Action::Delete => 4,
                }
            }
            // The work hours bring the state after-hours into being, which its rule, rules with a state
            // condition, and agents that follow the work hours rely on.
            (Resource::State, _, StateId::WORK_HOURS) => 5,
            (Resource::StateRule, _, _) => 6,
            // New rules take their calls before the ones that they replace let go of them.
            (Resource::InteractionRule, Action::Create, _) => 7,
            (Resource::InteractionRule, Action::Update, _) => 8,
            (Resource::State, _, _) => 9,
            (Resource::InteractionRule, Action::Delete, _) => 10,
        }
    }

    /// Whether the live rule that is changed holds in the state that goes.
    fn loses_its_state(&self, change: &Change) -> bool {
        let mut live = self.live.iter();
        let rule = live.find(|rule| change.rule_id.as_ref() == Some(&rule.id));
        self.ends_after_hours && rule.is_some_and(|rule| self.names_after_hours(&rule.body))
    }

    fn names_after_hours(&self, body: &Body) -> bool {
        let conditions = convert::interaction_rule(body, &self.user.id).conditions;
        let state = conditions.and_then(|conditions| conditions.state);
        state.is_some_and(|state| state.as_str() == StateId::AFTER_HOURS)
    }
}

fn ends_after_hours(change: &Change) -> bool {
    if change.resource != Resource::State || change.name != StateId::WORK_HOURS {
        return false;
    }
    let body = change.request.body.as_ref().and_then(Value::as_object);
    let schedule = body.and_then(|state| answer::read_state(state).schedule);
    matches!(schedule, Some(StateSchedule::Own(hours)) if hours.is_always())
}

fn switches_off(change: &Change) -> bool {
    let body = change.request.body.as_ref();
    body.and_then(|body| body.get("enabled")?.as_bool()) == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::account::{Method, Request};
    use crate::engine::seen::Seen;
    use crate::model::ExtensionId;

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

    fn user(changes: Vec<Change>) -> UserPlan {
        UserPlan {
            extension_number: None,
            id: ExtensionId("1".to_owned()),
            name: String::new(),
            changes,
            live_rules: 0,
            unmanaged: Vec::new(),
            notes: Vec::new(),
            impact: Vec::new(),
            seen: Seen::default(),
        }
    }

    #[test]
    fn callers_are_safe_at_each_moment() {
        use Action::{Create, Delete, Update};
        use Resource::{InteractionRule, State, StateRule};
        let user = user(vec![
            change(InteractionRule, Create, "new"),
            change(InteractionRule, Update, "changed"),
            change(InteractionRule, Delete, "old"),
            change(StateRule, Update, "after-hours"),
            change(StateRule, Update, "forward-all-calls"),
            change(State, Update, "forward-all-calls"),
            change(State, Update, "work-hours"),
        ]);
        let order: Vec<String> = in_safe_order(&user, &[])
            .iter()
            .map(|change| format!("{:?} {}", change.resource, change.name))
            .collect();
        let place = |what: &str| order.iter().position(|entry| entry == what).unwrap();
        assert!(place("StateRule forward-all-calls") < place("State forward-all-calls"));
        assert!(place("State work-hours") < place("StateRule after-hours"));
        assert!(place("InteractionRule new") < place("InteractionRule old"));
        assert!(place("InteractionRule changed") < place("InteractionRule old"));
    }

    #[test]
    fn what_is_switched_off_is_so_before_it_leads_elsewhere() {
        use Action::Update;
        let mut off = change(Resource::State, Update, StateId::FORWARD_ALL_CALLS);
        off.request.body = Some(serde_json::json!({ "enabled": false }));
        let rule = change(Resource::StateRule, Update, StateId::FORWARD_ALL_CALLS);
        let user = user(vec![rule, off]);
        let order = in_safe_order(&user, &[]);
        assert_eq!(order[0].resource, Resource::State);
    }
}

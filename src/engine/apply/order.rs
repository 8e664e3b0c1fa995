//! In which order the changes of a user are sent.

use crate::engine::plan::{Action, Change, Resource};
use crate::model::StateId;

/// The order that keeps callers safe at each moment.
pub(super) fn in_safe_order(changes: &[Change]) -> Vec<&Change> {
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| step(change));
    ordered
}

/// The steps, each with its reason.
fn step(change: &Change) -> u8 {
    match (change.resource, change.action, change.name.as_str()) {
        // What no longer sends calls anywhere may then lead elsewhere.
        (Resource::State, _, _) if switches_off(change) => 0,
        // What a switch leads to stands before the switch: calls are never forwarded to where they
        // went last time.
        (Resource::StateRule, _, StateId::FORWARD_ALL_CALLS | StateId::DND) => 1,
        // What rings within work hours stands before work hours change.
        (Resource::StateRule, _, StateId::WORK_HOURS | StateId::AGENT) => 1,
        // The work hours bring the state after-hours into being, which its rule, rules with a state
        // condition, and agents that follow the work hours rely on.
        (Resource::State, _, StateId::WORK_HOURS) => 2,
        (Resource::StateRule, _, _) => 3,
        // New rules take their calls before the ones that they replace let go of them.
        (Resource::InteractionRule, Action::Create, _) => 4,
        (Resource::InteractionRule, Action::Update, _) => 5,
        (Resource::State, _, _) => 6,
        (Resource::InteractionRule, Action::Delete, _) => 7,
    }
}

fn switches_off(change: &Change) -> bool {
    let body = change.request.body.as_ref();
    body.and_then(|body| body.get("enabled")?.as_bool()) == Some(false)
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

    #[test]
    fn what_is_switched_off_is_so_before_it_leads_elsewhere() {
        use Action::Update;
        let mut off = change(Resource::State, Update, StateId::FORWARD_ALL_CALLS);
        off.request.body = Some(serde_json::json!({ "enabled": false }));
        let rule = change(Resource::StateRule, Update, StateId::FORWARD_ALL_CALLS);
        let changes = [rule, off];
        let order = in_safe_order(&changes);
        assert_eq!(order[0].resource, Resource::State);
    }
}

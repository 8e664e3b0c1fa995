//! The order in which the changes of a user are sent.

use crate::api::{InteractionRuleRecord, RawBody, decode};
use crate::model::StateId;
use crate::reconcile::change::{ChangeAction, PlannedChange, ResourceKind};
use crate::reconcile::merge::decode_state;
use crate::reconcile::plan::UserPlan;

/// Returns the changes in the order that keeps callers safe at each moment.
pub(super) fn in_safe_order<'a>(
    user: &'a UserPlan,
    live: &[InteractionRuleRecord],
) -> Vec<&'a PlannedChange> {
    let order = ChangeOrder {
        user,
        live_rules: live,
        removes_after_hours: user.changes.iter().any(removes_after_hours),
    };
    let mut ordered: Vec<&PlannedChange> = user.changes.iter().collect();
    ordered.sort_by_key(|change| order.rank(change));
    ordered
}

/// The facts that the order depends on.
struct ChangeOrder<'a> {
    user: &'a UserPlan,
    live_rules: &'a [InteractionRuleRecord],
    /// Whether work hours become 24/7, so that the service removes the after-hours state.
    removes_after_hours: bool,
}

impl ChangeOrder<'_> {
    /// Returns the step of a change; each step has its reason here.
    fn rank(&self, change: &PlannedChange) -> u8 {
        match (change.resource, change.action, change.name.as_str()) {
            // A state that is switched off no longer sends calls anywhere, so its rule can change
            // safely.
            (ResourceKind::State, _, _) if disables_state(change) => 0,
            // The rule comes before its switch, so that calls are never forwarded to an old
            // destination.
            (ResourceKind::StateRule, _, StateId::FORWARD_ALL_CALLS | StateId::DND) => 1,
            // The ringing within work hours is set before the work hours change.
            (ResourceKind::StateRule, _, StateId::WORK_HOURS | StateId::AGENT) => 1,
            // Rules that name the removed state must change before it goes. New rules come first,
            // so that their calls are always handled.
            (ResourceKind::InteractionRule, ChangeAction::Create, _)
                if self.removes_after_hours =>
            {
                2
            }
            (ResourceKind::InteractionRule, ChangeAction::Update, _)
                if self.uses_removed_state(change) =>
            {
                3
            }
            (ResourceKind::InteractionRule, ChangeAction::Delete, _)
                if self.uses_removed_state(change) =>
            {
                4
            }
            // The work hours create the after-hours state, which its rule, rules with a state
            // condition, and agents that inherit the work hours depend on.
            (ResourceKind::State, _, StateId::WORK_HOURS) => 5,
            (ResourceKind::StateRule, _, _) => 6,
            // New rules come before updates and deletes of the rules that they replace.
            (ResourceKind::InteractionRule, ChangeAction::Create, _) => 7,
            (ResourceKind::InteractionRule, ChangeAction::Update, _) => 8,
            (ResourceKind::State, _, _) => 9,
            (ResourceKind::InteractionRule, ChangeAction::Delete, _) => 10,
        }
    }

    /// Returns whether the changed live rule names the removed state.
    fn uses_removed_state(&self, change: &PlannedChange) -> bool {
        let mut live = self.live_rules.iter();
        let rule = live.find(|rule| change.rule_id.as_ref() == Some(&rule.id));
        self.removes_after_hours
            && rule.is_some_and(|rule| self.has_after_hours_condition(&rule.body))
    }

    /// Returns whether a rule has the state condition after-hours.
    fn has_after_hours_condition(&self, body: &RawBody) -> bool {
        let conditions = decode::interaction_rule(body, &self.user.id).conditions;
        let state = conditions.and_then(|conditions| conditions.state);
        state.is_some_and(|state| state.as_str() == StateId::AFTER_HOURS)
    }
}

/// Returns whether a change makes work hours 24/7.
pub(super) fn removes_after_hours(change: &PlannedChange) -> bool {
    change.resource == ResourceKind::State
        && change.name == StateId::WORK_HOURS
        && change
            .body()
            .is_some_and(|state| decode_state(state).is_always())
}

/// Returns whether a change switches a state off.
fn disables_state(change: &PlannedChange) -> bool {
    let enabled = change
        .body()
        .and_then(|body| body.get("enabled")?.as_bool());
    enabled == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_safe_order_sends_replacements_first() {
        use ChangeAction::{Create, Delete, Update};
        use ResourceKind::{InteractionRule, State, StateRule};
        let user = UserPlan::sample(
            "1",
            vec![
                PlannedChange::sample(InteractionRule, Create, "new"),
                PlannedChange::sample(InteractionRule, Update, "changed"),
                PlannedChange::sample(InteractionRule, Delete, "old"),
                PlannedChange::sample(StateRule, Update, "after-hours"),
                PlannedChange::sample(StateRule, Update, "forward-all-calls"),
                PlannedChange::sample(State, Update, "forward-all-calls"),
                PlannedChange::sample(State, Update, "work-hours"),
            ],
        );
        let order: Vec<String> = in_safe_order(&user, &[])
            .iter()
            .map(|change| format!("{:?} {}", change.resource, change.name))
            .collect();
        let position = |wanted: &str| order.iter().position(|entry| entry == wanted).unwrap();
        assert!(position("StateRule forward-all-calls") < position("State forward-all-calls"));
        assert!(position("State work-hours") < position("StateRule after-hours"));
        assert!(position("InteractionRule new") < position("InteractionRule old"));
        assert!(position("InteractionRule changed") < position("InteractionRule old"));
    }

    #[test]
    fn in_safe_order_disables_state_before_changing_its_rule() {
        use ChangeAction::Update;
        let mut off =
            PlannedChange::sample(ResourceKind::State, Update, StateId::FORWARD_ALL_CALLS);
        off.request.body = Some(serde_json::json!({ "enabled": false }));
        let rule =
            PlannedChange::sample(ResourceKind::StateRule, Update, StateId::FORWARD_ALL_CALLS);
        let user = UserPlan::sample("1", vec![rule, off]);
        let order = in_safe_order(&user, &[]);
        assert_eq!(order[0].resource, ResourceKind::State);
    }
}

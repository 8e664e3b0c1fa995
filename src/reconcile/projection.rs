//! Projects a user's call handling after the changes of a plan.

use super::change::{ChangeAction, PlannedChange, ResourceKind};
use super::merge::{decode_state, merge_state};
use crate::api::{RawBody, decode};
use crate::model::{
    CallDispatching, CallHandling, ExtensionId, StateId, StateRule, StateSettings, UserRule,
};

/// Returns a user's call handling after these changes, derived from the bodies to send.
pub fn handling_after<'c>(
    before: CallHandling,
    owner: &ExtensionId,
    changes: impl IntoIterator<Item = &'c PlannedChange>,
) -> CallHandling {
    let mut handling = before;
    for change in changes {
        match (change.resource, change.body()) {
            (ResourceKind::InteractionRule, body) => {
                apply_rule_change(&mut handling, owner, change, body);
            }
            (ResourceKind::StateRule, Some(body)) => {
                get_or_insert_state(&mut handling, &change.name).dispatching =
                    decode::state_dispatching(body, owner);
            }
            (ResourceKind::State, Some(body)) => {
                let state = &mut get_or_insert_state(&mut handling, &change.name).state;
                *state = merge_state(state, &decode_state(body));
            }
            // States are only updated, and each update has a body.
            (ResourceKind::StateRule | ResourceKind::State, None) => {}
        }
    }
    project_after_hours(&mut handling);
    handling
}

/// Applies the change of an interaction rule.
fn apply_rule_change(
    handling: &mut CallHandling,
    owner: &ExtensionId,
    change: &PlannedChange,
    body: Option<&RawBody>,
) {
    let rules = handling.rules.get_or_insert_default();
    let rule = body.map(|body| decode::interaction_rule(body, owner));
    let index = rules
        .iter()
        .position(|live_rule| live_rule.id.is_some() && live_rule.id == change.rule_id);
    match (change.action, index, rule) {
        (ChangeAction::Create, _, Some(rule)) => rules.push(UserRule { id: None, rule }),
        (ChangeAction::Update, Some(index), Some(rule)) => rules[index].rule = rule,
        (ChangeAction::Delete, Some(index), _) => {
            rules.remove(index);
        }
        // A plan updates and deletes only existing rules and has a body for each update.
        _ => {}
    }
}

/// Returns the state with this id; adds an empty one if the changes create it.
fn get_or_insert_state<'a>(handling: &'a mut CallHandling, id: &str) -> &'a mut StateRule {
    let states = handling.states.get_or_insert_default();
    let at = states.iter().position(|state| state.id.as_str() == id);
    let at = at.unwrap_or_else(|| {
        states.push(StateRule {
            id: StateId::from(id),
            state: StateSettings::default(),
            dispatching: CallDispatching::default(),
        });
        states.len() - 1
    });
    &mut states[at]
}

/// Removes the after-hours state if work hours are 24/7, as the service does \[docs\].
fn project_after_hours(handling: &mut CallHandling) {
    let work_hours = handling.state(StateId::WORK_HOURS);
    if work_hours.is_some_and(|hours| hours.state.is_always())
        && let Some(states) = &mut handling.states
    {
        states.retain(|state| state.id.as_str() != StateId::AFTER_HOURS);
    }
}

//! Projects a user's call handling after the changes of a plan.

use serde_json::{Value, json};

use super::plan::{ChangeAction, PlannedChange, ResourceKind};
use crate::api::{RawBody, decode};
use crate::model::{
    CallDispatching, CallHandling, ExtensionId, LiveRule, StateId, StateRule, StateSchedule,
    StateSettings,
};

/// Returns a user's call handling after these changes, derived from the bodies to send.
pub fn project(
    before: CallHandling,
    owner: &ExtensionId,
    changes: &[PlannedChange],
) -> CallHandling {
    let mut handling = before;
    for change in changes {
        let body = change.request.body.as_ref().and_then(Value::as_object);
        match change.resource {
            ResourceKind::InteractionRule => apply_rule_change(&mut handling, owner, change, body),
            ResourceKind::StateRule => apply_state_rule_change(&mut handling, owner, change, body),
            ResourceKind::State => apply_state_change(&mut handling, change, body),
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
    let place = rules
        .iter()
        .position(|live_rule| live_rule.id.is_some() && live_rule.id == change.rule_id);
    match (change.action, place, rule) {
        (ChangeAction::Create, _, Some(rule)) => rules.push(LiveRule { id: None, rule }),
        (ChangeAction::Update, Some(at), Some(rule)) => rules[at].rule = rule,
        (ChangeAction::Delete, Some(at), _) => {
            rules.remove(at);
        }
        // A plan updates and deletes only existing rules and has a body for each update.
        _ => {}
    }
}

/// Applies the change of a state rule.
fn apply_state_rule_change(
    handling: &mut CallHandling,
    owner: &ExtensionId,
    change: &PlannedChange,
    body: Option<&RawBody>,
) {
    let dispatching = body.map(|body| decode::state_dispatching(body, owner));
    get_or_insert_state(handling, &change.name).dispatching = dispatching.unwrap_or_default();
}

/// Applies the change of a state.
fn apply_state_change(handling: &mut CallHandling, change: &PlannedChange, body: Option<&RawBody>) {
    let sent = json!({ "state": body });
    let sent = sent.as_object().map(decode::state).unwrap_or_default();
    let state = &mut get_or_insert_state(handling, &change.name).state;
    state.enabled = sent.enabled.or(state.enabled);
    state.schedule = sent.schedule.or(state.schedule.take());
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
    let hours = handling.state(StateId::WORK_HOURS);
    let hours = hours.and_then(|state| state.state.schedule.as_ref());
    let is_always = |hours: &StateSchedule| match hours {
        StateSchedule::Own(schedule) => schedule.is_always(),
        StateSchedule::Inherited(_) => false,
    };
    if hours.is_some_and(is_always)
        && let Some(states) = &mut handling.states
    {
        states.retain(|state| state.id.as_str() != StateId::AFTER_HOURS);
    }
}

//! A user's call handling as it will be when the changes of a plan are made.

use serde_json::{Value, json};

use super::plan::{Action, Change, Resource};
use crate::model::{
    CallHandling, Dispatching, ExtensionId, HeldRule, State, StateId, StateRule, StateSchedule,
};
use crate::wire::{Body, convert};

/// A user's call handling as it will be when these changes are made, as far as it was read: the bodies that
/// are sent say it.
pub fn after(before: CallHandling, owner: &ExtensionId, changes: &[Change]) -> CallHandling {
    let mut world = before;
    for change in changes {
        let body = change.request.body.as_ref().and_then(Value::as_object);
        match change.resource {
            Resource::InteractionRule => change_rule(&mut world, owner, change, body),
            Resource::StateRule => change_state_rule(&mut world, owner, change, body),
            Resource::State => change_state(&mut world, change, body),
        }
    }
    settle_after_hours(&mut world);
    world
}

fn change_rule(
    world: &mut CallHandling,
    owner: &ExtensionId,
    change: &Change,
    body: Option<&Body>,
) {
    let rules = world.rules.get_or_insert_default();
    let rule = body.map(|body| convert::interaction_rule(body, owner));
    let place = rules
        .iter()
        .position(|held| held.id.is_some() && held.id == change.rule_id);
    match (change.action, place, rule) {
        (Action::Create, _, Some(rule)) => rules.push(HeldRule { id: None, rule }),
        (Action::Update, Some(at), Some(rule)) => rules[at].rule = rule,
        (Action::Delete, Some(at), _) => {
            rules.remove(at);
        }
        // A plan changes only what is there, and says what it becomes.
        _ => {}
    }
}

fn change_state_rule(
    world: &mut CallHandling,
    owner: &ExtensionId,
    change: &Change,
    body: Option<&Body>,
) {
    let dispatching = body.map(|body| convert::state_dispatching(body, owner));
    state_in(world, &change.name).dispatching = dispatching.unwrap_or_default();
}

fn change_state(world: &mut CallHandling, change: &Change, body: Option<&Body>) {
    let sent = json!({ "state": body });
    let sent = sent.as_object().map(convert::state).unwrap_or_default();
    let state = &mut state_in(world, &change.name).state;
    state.enabled = sent.enabled.or(state.enabled);
    state.schedule = sent.schedule.or(state.schedule.take());
}

/// The state of this id; one that comes into being with these changes is empty at first.
fn state_in<'a>(world: &'a mut CallHandling, id: &str) -> &'a mut StateRule {
    let states = world.states.get_or_insert_default();
    let at = states.iter().position(|state| state.id.as_str() == id);
    let at = at.unwrap_or_else(|| {
        states.push(StateRule {
            id: StateId::from(id),
            state: State::default(),
            dispatching: Dispatching::default(),
        });
        states.len() - 1
    });
    &mut states[at]
}

/// After-hours is there while work hours are not around the clock; the service sees to that \[docs\].
fn settle_after_hours(world: &mut CallHandling) {
    let hours = world.state(StateId::WORK_HOURS);
    let hours = hours.and_then(|state| state.state.schedule.as_ref());
    let is_always = |hours: &StateSchedule| match hours {
        StateSchedule::Own(schedule) => schedule.is_always(),
        StateSchedule::Inherited(_) => false,
    };
    if hours.is_some_and(is_always)
        && let Some(states) = &mut world.states
    {
        states.retain(|state| state.id.as_str() != StateId::AFTER_HOURS);
    }
}

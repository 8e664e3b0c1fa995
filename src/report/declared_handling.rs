//! One user's call handling as the files declare it, without an account.
//!
//! Parts that are not declared stay as they are on the account, which is unknown here. Where a
//! value is needed anyway, the default of a new user is assumed, and the page mentions it.

use serde_json::json;

use crate::model::{
    CallDispatching, CallHandling, DesiredRule, DesiredUser, DispatchType, LiveRule, PrunePolicy,
    StateId, StateRule, StateSchedule, StateSettings,
};

/// The declared call handling, and its undeclared parts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeclaredHandling {
    /// The call handling, with the states that it must have.
    pub handling: CallHandling,
    /// The parts that are not declared.
    pub undeclared: Vec<UndeclaredAspect>,
}

/// A part that the files do not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndeclaredAspect {
    /// All interaction rules of the user.
    Rules,
    /// Interaction rules other than the declared ones.
    OtherRules,
    /// Whether this switch is on; assumed off.
    Toggle(&'static str),
    /// The work hours; assumed 24/7.
    WorkHours,
    /// The handling of calls in this state.
    State(&'static str),
    /// Whether the user is in a call queue, and how queue calls are handled.
    Agent,
}

impl DeclaredHandling {
    /// Builds the declared call handling of a user.
    pub fn from_desired(desired: &DesiredUser) -> Self {
        let mut open = Vec::new();
        let own = &desired.unmanaged_policy;
        match &desired.rules {
            None => open.push(UndeclaredAspect::Rules),
            Some(_) if own.prune == PrunePolicy::None || !own.ignore.is_empty() => {
                open.push(UndeclaredAspect::OtherRules);
            }
            Some(_) => {}
        }
        let rules: Vec<LiveRule> = { desired.rules.iter().flatten() }
            .filter_map(|rule| match rule {
                DesiredRule::Present { rule, id, .. } => Some(LiveRule {
                    id: id.clone(),
                    rule: (**rule).clone(),
                }),
                DesiredRule::Absent { .. } => None,
            })
            .collect();
        let states = build_states(desired, &rules, &mut open);
        DeclaredHandling {
            handling: CallHandling {
                rules: Some(rules),
                states: Some(states),
            },
            undeclared: open,
        }
    }

    /// Returns whether the handling of calls in this state is not declared.
    pub fn leaves_undeclared(&self, state: &StateId) -> bool {
        let is_it = |open: &UndeclaredAspect| matches!(open, UndeclaredAspect::State(id) if *id == state.as_str());
        self.undeclared.iter().any(is_it)
    }
}

/// Returns whether the account decides a part of the handling: who rings, or the destination.
pub(super) fn is_partially_declared(dispatching: &CallDispatching) -> bool {
    match dispatching.dispatch_type {
        Some(DispatchType::Terminate) => dispatching.terminate.is_none(),
        Some(_) => dispatching.ring.is_none() || dispatching.no_answer.is_none(),
        None => true,
    }
}

/// Returns a placeholder that is unique for each state and that no file can declare.
fn unchanged_dispatching(state: &str) -> CallDispatching {
    CallDispatching {
        other: vec![json!({ "asOnTheAccount": state })],
        ..CallDispatching::default()
    }
}

/// Builds the states, with placeholders for undeclared parts.
fn build_states(
    desired: &DesiredUser,
    rules: &[LiveRule],
    open: &mut Vec<UndeclaredAspect>,
) -> Vec<StateRule> {
    let declared = |id: &str| { desired.states.iter() }.find(|state| state.id.as_str() == id);
    let mut states = Vec::new();
    for id in [StateId::FORWARD_ALL_CALLS, StateId::DND] {
        if declared(id).is_none_or(|state| state.state.enabled.is_none()) {
            open.push(UndeclaredAspect::Toggle(id));
        }
    }
    let hours = declared(StateId::WORK_HOURS).and_then(|state| state.state.schedule.as_ref());
    if hours.is_none() {
        open.push(UndeclaredAspect::WorkHours);
    }
    let is_always = |hours: &StateSchedule| match hours {
        StateSchedule::Own(schedule) => schedule.is_always(),
        StateSchedule::Inherited(_) => false,
    };
    let has_after_hours = hours.is_some_and(|hours| !is_always(hours));
    let takes_queue_calls = |held: &LiveRule| held.rule.queue_calls_included == Some(true);
    let is_agent = declared(StateId::AGENT).is_some();
    if !is_agent {
        open.push(UndeclaredAspect::Agent);
    }
    for (id, is_there) in [
        (StateId::FORWARD_ALL_CALLS, true),
        (StateId::DND, true),
        (StateId::WORK_HOURS, true),
        (StateId::AFTER_HOURS, has_after_hours),
        // Without a declared agent state, nothing is known about queue calls.
        (
            StateId::AGENT,
            is_agent || rules.iter().any(takes_queue_calls),
        ),
    ] {
        if !is_there {
            continue;
        }
        let state = declared(id);
        let dispatching = state.and_then(|state| state.dispatching.clone());
        if dispatching.is_none() {
            open.push(UndeclaredAspect::State(id));
        }
        states.push(StateRule {
            id: StateId::from(id),
            state: state.map_or_else(StateSettings::default, |state| state.state.clone()),
            dispatching: dispatching.unwrap_or_else(|| unchanged_dispatching(id)),
        });
    }
    states
}

//! One user's call handling as the files declare it, without an account beside it.
//!
//! What is not declared stays as it is on the account, which is not known here. What must be known all the
//! same is taken as it is for a new user, and said.

use serde_json::json;

use crate::model::{
    CallHandling, DesiredRule, DesiredUser, DispatchType, Dispatching, HeldRule, Prune, State,
    StateId, StateRule, StateSchedule,
};

/// A call handling, and what is not known of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declared {
    /// The call handling, with the states that it must have.
    pub handling: CallHandling,
    /// What is not declared.
    pub open: Vec<Open>,
}

/// A part that the files leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Which interaction rules there are.
    Rules,
    /// Which others there are beside the declared ones.
    OtherRules,
    /// Whether this switch is on; it is taken as off.
    Switch(&'static str),
    /// When the user works; taken as around the clock.
    WorkHours,
    /// What happens to calls in this state.
    State(&'static str),
    /// Whether the user is an agent, and takes queue calls.
    Agent,
}

impl Declared {
    /// What the files say of a user.
    pub fn of(desired: &DesiredUser) -> Self {
        let mut open = Vec::new();
        let own = &desired.ownership;
        match &desired.rules {
            None => open.push(Open::Rules),
            Some(_) if own.prune == Prune::None || !own.ignore.is_empty() => {
                open.push(Open::OtherRules);
            }
            Some(_) => {}
        }
        let rules: Vec<HeldRule> = { desired.rules.iter().flatten() }
            .filter_map(|rule| match rule {
                DesiredRule::Present { rule, id, .. } => Some(HeldRule {
                    id: id.clone(),
                    rule: (**rule).clone(),
                }),
                DesiredRule::Absent { .. } => None,
            })
            .collect();
        let states = states(desired, &rules, &mut open);
        Declared {
            handling: CallHandling {
                rules: Some(rules),
                states: Some(states),
            },
            open,
        }
    }

    /// Whether it is not declared what happens to calls in this state.
    pub fn leaves_open(&self, state: &StateId) -> bool {
        let is_it = |open: &Open| matches!(open, Open::State(id) if *id == state.as_str());
        self.open.iter().any(is_it)
    }
}

/// Whether the account decides a part of what happens to a call: who rings, or where it ends.
pub(super) fn is_partial(dispatching: &Dispatching) -> bool {
    match dispatching.kind {
        Some(DispatchType::Terminate) => dispatching.at_once.is_none(),
        Some(_) => dispatching.ring.is_none() || dispatching.no_answer.is_none(),
        None => true,
    }
}

/// What stays as it is: something of its own for each state, and nothing that a file could declare.
fn as_on_the_account(state: &str) -> Dispatching {
    Dispatching {
        other: vec![json!({ "asOnTheAccount": state })],
        ..Dispatching::default()
    }
}

fn states(desired: &DesiredUser, rules: &[HeldRule], open: &mut Vec<Open>) -> Vec<StateRule> {
    let declared = |id: &str| { desired.states.iter() }.find(|state| state.id.as_str() == id);
    let mut states = Vec::new();
    for id in [StateId::FORWARD_ALL_CALLS, StateId::DND] {
        if declared(id).is_none_or(|state| state.state.enabled.is_none()) {
            open.push(Open::Switch(id));
        }
    }
    let hours = declared(StateId::WORK_HOURS).and_then(|state| state.state.schedule.as_ref());
    if hours.is_none() {
        open.push(Open::WorkHours);
    }
    let is_always = |hours: &StateSchedule| match hours {
        StateSchedule::Own(schedule) => schedule.is_always(),
        StateSchedule::Inherited(_) => false,
    };
    let has_after_hours = hours.is_some_and(|hours| !is_always(hours));
    let takes_queue_calls = |held: &HeldRule| held.rule.queue_calls_included == Some(true);
    let is_agent = declared(StateId::AGENT).is_some();
    if !is_agent {
        open.push(Open::Agent);
    }
    for (id, is_there) in [
        (StateId::FORWARD_ALL_CALLS, true),
        (StateId::DND, true),
        (StateId::WORK_HOURS, true),
        (StateId::AFTER_HOURS, has_after_hours),
        // Without a rule for them, nothing can be said of queue calls.
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
            open.push(Open::State(id));
        }
        states.push(StateRule {
            id: StateId::from(id),
            state: state.map_or_else(State::default, |state| state.state.clone()),
            dispatching: dispatching.unwrap_or_else(|| as_on_the_account(id)),
        });
    }
    states
}

//! What a caller notices. Dispatchings that handle a call in the same way have equal outcomes.

use serde_json::Value;

use super::decide::{CallHandler, QueueSkipReason};
use crate::model::{
    CallDestination, CallDispatching, CallScreening, DispatchType, GreetingSetting, GreetingSource,
    RingGroup, RingTarget, UserRule,
};

/// What a caller notices of the handling of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallOutcome {
    /// The call follows this path.
    Flow(Box<CallFlow>),
    /// One of these paths; RingCentral does not document which.
    Ambiguous(Vec<CallFlow>),
    /// The queue tries the next agent.
    QueueSkips(QueueSkipReason),
    /// A state handles the call, but the states were not read.
    UnreadStates,
    /// No rule handles the call: the user does not have this state.
    NoState(&'static str),
}

/// The path of a call, from the greeting to the destination.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallFlow {
    /// The welcome greeting, played before ringing.
    pub greeting: Option<GreetingSource>,
    /// The message that is spoken while the call is connected.
    pub connecting_message: Option<GreetingSource>,
    /// The music or ring tone during connecting.
    pub connecting_audio: Option<GreetingSource>,
    /// Call screening: which callers state their name, and what the user can do then.
    pub screening: Option<(String, Option<String>)>,
    /// The ring stages in order of their start.
    pub rings: Vec<RingStage>,
    /// Apps that ring the whole time.
    pub rings_always: Vec<RingTarget>,
    /// The destination: immediate if no target rings, otherwise on no answer. `None` if the rule
    /// does not set one; a queue call then goes back to its queue.
    pub end: Option<CallDestination>,
    /// Unknown actions and an unknown type, in the API's JSON form.
    pub other: Vec<Value>,
}

/// Targets that ring at the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct RingStage {
    /// Start, in seconds after the first ring.
    pub after: u64,
    /// Duration in seconds; `None` if the service does not give it.
    pub seconds: Option<u64>,
    /// The targets that ring.
    pub targets: Vec<RingTarget>,
}

impl CallOutcome {
    /// Derives what the caller notices from the handler of a call.
    pub(super) fn from_handler(handler: &CallHandler<'_>) -> CallOutcome {
        match handler {
            CallHandler::Rule(user_rule) => CallOutcome::Flow(Box::new(rule_flow(user_rule))),
            CallHandler::Ambiguous(candidates) => either_flow(candidates),
            CallHandler::State(state) => {
                CallOutcome::Flow(Box::new(CallFlow::from_dispatching(&state.dispatching)))
            }
            CallHandler::QueueSkips(reason) => CallOutcome::QueueSkips(*reason),
            CallHandler::UnreadStates => CallOutcome::UnreadStates,
            CallHandler::NoState(id) => CallOutcome::NoState(id),
        }
    }

    /// Returns whether a caller notices a difference between two outcomes.
    pub fn differs(&self, other: &CallOutcome) -> bool {
        match (self, other) {
            // Callers do not notice why a queue tries the next agent.
            (CallOutcome::QueueSkips(_), CallOutcome::QueueSkips(_)) => false,
            _ => self != other,
        }
    }
}

/// Returns the path of a call that an interaction rule handles.
fn rule_flow(user_rule: &UserRule) -> CallFlow {
    let dispatching = user_rule.rule.dispatching.as_ref();
    dispatching
        .map(CallFlow::from_dispatching)
        .unwrap_or_default()
}

/// Returns the outcome of several rules of equal priority; it is unambiguous if all handle the call
/// in the same way.
fn either_flow(candidates: &[&UserRule]) -> CallOutcome {
    let mut flows: Vec<CallFlow> = candidates.iter().map(|rule| rule_flow(rule)).collect();
    // The rules may be in a different order before and after a change.
    flows.sort_by_cached_key(|flow| format!("{flow:?}"));
    flows.dedup();
    match flows.len() {
        1 => CallOutcome::Flow(Box::new(flows.remove(0))),
        _ => CallOutcome::Ambiguous(flows),
    }
}

impl CallFlow {
    /// Returns the path of a call with this dispatching.
    pub fn from_dispatching(dispatching: &CallDispatching) -> CallFlow {
        let kind = dispatching.dispatch_type.as_ref();
        let mut other = dispatching.other.clone();
        if let Some(DispatchType::Other(name)) = kind {
            other.push(Value::from(name.as_str()));
        }
        if kind == Some(&DispatchType::Terminate) {
            return CallFlow {
                end: dispatching.terminate.as_ref().map(destination_without_name),
                other,
                ..CallFlow::default()
            };
        }
        let groups = dispatching.ring.as_deref().unwrap_or_default();
        let always = dispatching.ring_always.as_deref().unwrap_or_default();
        CallFlow {
            greeting: played_greeting(&dispatching.greeting),
            connecting_message: played_greeting(&dispatching.connecting_message),
            connecting_audio: played_greeting(&dispatching.connecting_audio),
            screening: match &dispatching.screening {
                Some(CallScreening::On { when, result }) => Some((when.clone(), result.clone())),
                Some(CallScreening::Off) | None => None,
            },
            rings: ring_stages(kind, groups),
            rings_always: always.iter().map(RingTarget::without_name).collect(),
            end: dispatching.no_answer.as_ref().map(destination_without_name),
            other,
        }
    }

    /// Returns all ring targets in order, each once.
    pub fn all_targets(&self) -> Vec<&RingTarget> {
        let mut all: Vec<&RingTarget> = Vec::new();
        let groups = self.rings.iter().flat_map(|ring| &ring.targets);
        for target in self.rings_always.iter().chain(groups) {
            if !all.contains(&target) {
                all.push(target);
            }
        }
        all
    }

    /// Returns how many seconds the call rings; a lower limit if a duration is unknown.
    pub fn seconds(&self) -> u64 {
        self.rings
            .iter()
            .map(|ring| ring.after + ring.seconds.unwrap_or_default())
            .max()
            .unwrap_or_default()
    }
}

/// Returns the greeting of a setting that is on.
fn played_greeting(prompt: &Option<GreetingSetting>) -> Option<GreetingSource> {
    match prompt {
        Some(GreetingSetting::On(greeting)) => Some(greeting.clone()),
        Some(GreetingSetting::Off) | None => None,
    }
}

/// Returns the enabled ring groups as stages with their start times.
fn ring_stages(kind: Option<&DispatchType>, groups: &[RingGroup]) -> Vec<RingStage> {
    let mut rings: Vec<RingStage> = Vec::new();
    let mut so_far = 0;
    for group in groups.iter().filter(|group| group.enabled) {
        let after = match kind {
            Some(DispatchType::RingInOrder) => so_far,
            Some(DispatchType::Custom) => group.start_offset,
            _ => 0,
        };
        so_far += group.seconds.unwrap_or_default();
        let targets: Vec<RingTarget> = group.targets.iter().map(RingTarget::without_name).collect();
        let together = |ring: &&mut RingStage| ring.after == after && ring.seconds == group.seconds;
        match rings.iter_mut().find(together) {
            Some(ring) => ring.targets.extend(targets),
            None => rings.push(RingStage {
                after,
                seconds: group.seconds,
                targets,
            }),
        }
    }
    for ring in &mut rings {
        ring.targets
            .sort_by_cached_key(|target| format!("{target:?}"));
    }
    rings.sort_by_key(|ring| (ring.after, ring.seconds));
    rings
}

/// Returns the destination without the display name of a phone number.
fn destination_without_name(end: &CallDestination) -> CallDestination {
    match end {
        CallDestination::PhoneNumber { number, .. } => CallDestination::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        other => other.clone(),
    }
}

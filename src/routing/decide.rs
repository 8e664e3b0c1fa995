//! Decides which rule or state handles a call.

use fixedbitset::FixedBitSet;

use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable};
use super::{CallOutcome, IncomingCall};
use crate::model::{CallDispatching, LiveRule, StateId, StateRule};

/// The rule or state that handles a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallHandler<'a> {
    /// An interaction rule handles the call.
    Rule(&'a LiveRule),
    /// Several rules of the same highest priority match. RingCentral does not document which one
    /// wins.
    Ambiguous(Vec<&'a LiveRule>),
    /// The rule of a state handles the call.
    State(&'a StateRule),
    /// None: the queue tries the next agent.
    QueueSkips(QueueSkipReason),
    /// A state handles the call, but the states were not read.
    UnreadStates,
    /// The rule of this state would handle the call, but the user does not have it.
    NoState(&'static str),
}

/// Why a queue tries the next agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueSkipReason {
    /// The user forwards all calls.
    ForwardsAllCalls,
    /// Do not disturb is on.
    DoNotDisturb,
    /// The schedule of the agent state is not active.
    OffDuty,
    /// The user is not in a call queue.
    NoAgent,
}

/// The parts of a call, each as the set of rules whose condition it meets.
pub(super) struct DecisionParts<'t> {
    pub(super) from: &'t FixedBitSet,
    pub(super) to: &'t FixedBitSet,
    pub(super) at: &'t RoutingMoment,
    pub(super) queue: bool,
}

impl<'a> RoutingTable<'a> {
    /// Returns the rule or state that handles a call.
    pub fn decide(&self, call: &IncomingCall, assumptions: RoutingAssumptions) -> CallHandler<'a> {
        let parts = DecisionParts {
            from: &self.callers.prefix_matches(call.from.as_deref()),
            to: &self.called.exact_matches(call.to.as_deref()),
            at: &self.moment_at(call.at, assumptions),
            queue: call.queue,
        };
        self.decide_parts(&parts, assumptions)
    }

    /// Decides a call whose parts are already looked up.
    pub(super) fn decide_parts(
        &self,
        parts: &DecisionParts<'_>,
        assumptions: RoutingAssumptions,
    ) -> CallHandler<'a> {
        match (self.overriding_state(parts.at, assumptions), parts.queue) {
            (Some(state), false) => self.state(state),
            (Some(StateId::DND), true) => CallHandler::QueueSkips(QueueSkipReason::DoNotDisturb),
            (Some(_), true) => CallHandler::QueueSkips(QueueSkipReason::ForwardsAllCalls),
            (None, _) => self
                .rule(parts, assumptions)
                .unwrap_or_else(|| self.fallback_state(parts)),
        }
    }

    /// Returns the state that handles all calls before any rule: forward-all-calls, or do not
    /// disturb.
    pub(super) fn overriding_state(
        &self,
        at: &RoutingMoment,
        assumptions: RoutingAssumptions,
    ) -> Option<&'static str> {
        let is_on =
            |supposed: Option<bool>, state| supposed.unwrap_or_else(|| self.is_switched_on(state));
        let forwards = is_on(assumptions.forward_all_calls, StateId::FORWARD_ALL_CALLS);
        if forwards && at.forwarding {
            Some(StateId::FORWARD_ALL_CALLS)
        } else if is_on(assumptions.dnd, StateId::DND) {
            Some(StateId::DND)
        } else {
            None
        }
    }

    /// Returns the matching rule of the highest priority, or all of them if there are several.
    fn rule(
        &self,
        parts: &DecisionParts<'_>,
        assumptions: RoutingAssumptions,
    ) -> Option<CallHandler<'a>> {
        let mut matching = self.matching_rules(parts, assumptions);
        let first = matching.next()?;
        let priority = self.lines[first].priority;
        let live_rule = |line: usize| &self.handling.rules()[self.lines[line].rule];
        let mut candidates: Vec<&LiveRule> = matching
            .take_while(|line| self.lines[*line].priority == priority)
            .map(live_rule)
            .collect();
        if candidates.is_empty() {
            return Some(CallHandler::Rule(live_rule(first)));
        }
        candidates.insert(0, live_rule(first));
        Some(CallHandler::Ambiguous(candidates))
    }

    /// Returns the rules that match a call, highest priority first.
    pub(super) fn matching_rules(
        &self,
        parts: &DecisionParts<'_>,
        assumptions: RoutingAssumptions,
    ) -> impl Iterator<Item = usize> {
        let words = parts.from.as_slice().iter();
        let words = words
            .zip(parts.to.as_slice())
            .zip(parts.at.rules.as_slice())
            .zip(self.for_queues.as_slice())
            .zip(self.unknown.as_slice());
        let DecisionParts { queue, .. } = *parts;
        let words = words.map(move |((((from, to), at), queues), unknown)| {
            let mut rules = from & to & at;
            if queue {
                rules &= queues;
            }
            if !assumptions.unknown_conditions {
                rules &= !unknown;
            }
            rules
        });
        let width = usize::BITS as usize;
        words.enumerate().flat_map(move |(word, mut rules)| {
            std::iter::from_fn(move || {
                let lowest = (rules != 0).then(|| rules.trailing_zeros() as usize)?;
                rules &= rules - 1;
                Some(word * width + lowest)
            })
        })
    }

    fn fallback_state(&self, parts: &DecisionParts<'_>) -> CallHandler<'a> {
        if self.handling.states.is_none() {
            return CallHandler::UnreadStates;
        }
        match (parts.queue, parts.at.working) {
            (true, _) if self.handling.state(StateId::AGENT).is_none() => {
                CallHandler::QueueSkips(QueueSkipReason::NoAgent)
            }
            (true, _) if !parts.at.agent => CallHandler::QueueSkips(QueueSkipReason::OffDuty),
            (true, _) => self.state(StateId::AGENT),
            (false, true) => self.state(StateId::WORK_HOURS),
            (false, false) => self.state(StateId::AFTER_HOURS),
        }
    }

    pub(super) fn is_switched_on(&self, state: &str) -> bool {
        let state = self.handling.state(state);
        state.is_some_and(|state| state.state.enabled == Some(true))
    }

    fn state(&self, id: &'static str) -> CallHandler<'a> {
        match self.handling.state(id) {
            Some(state) => CallHandler::State(state),
            None if self.handling.states.is_none() => CallHandler::UnreadStates,
            None => CallHandler::NoState(id),
        }
    }
}

impl<'a> CallHandler<'a> {
    /// Returns the dispatching of the call, if exactly one known rule or state handles it.
    pub fn dispatching(&self) -> Option<&'a CallDispatching> {
        match self {
            CallHandler::Rule(live_rule) => live_rule.rule.dispatching.as_ref(),
            CallHandler::State(state) => Some(&state.dispatching),
            _ => None,
        }
    }

    /// Returns what the caller notices.
    pub fn outcome(&self) -> CallOutcome {
        CallOutcome::from_handler(self)
    }
}

//! Decides which rule or state handles a call.

use fixedbitset::FixedBitSet;

use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable};
use super::{CallOutcome, IncomingCall};
use crate::model::{CallDispatching, StateId, StateRule, UserRule};

/// The rule or state that handles a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallHandler<'a> {
    /// An interaction rule handles the call.
    Rule(&'a UserRule),
    /// Several rules of the same highest priority match. RingCentral does not document which one
    /// wins.
    Ambiguous(Vec<&'a UserRule>),
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

/// A [`CallHandler`] of one table, identified by indexes and ids, which can be hashed and compared
/// quickly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HandlerIndex {
    /// The interaction rule with this index in the user's list.
    Rule(usize),
    /// The rules with these indexes, in order of the list.
    Ambiguous(Vec<usize>),
    /// The state with this id.
    State(&'static str),
    /// No rule or state: the queue tries the next agent.
    QueueSkips(QueueSkipReason),
    /// A state handles the call, but the states were not read.
    UnreadStates,
    /// The rule of this state would handle the call, but the user does not have it.
    NoState(&'static str),
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
        self.handler(&self.decide_index(call, assumptions))
    }

    /// Returns the index of the rule or state that handles a call.
    pub fn decide_index(
        &self,
        call: &IncomingCall,
        assumptions: RoutingAssumptions,
    ) -> HandlerIndex {
        let parts = DecisionParts {
            from: &self.callers.prefix_matches(call.from.as_deref()),
            to: &self.called.exact_matches(call.to.as_deref()),
            at: &self.moment_at(call.at, assumptions),
            queue: call.queue,
        };
        self.decide_parts(&parts, assumptions)
    }

    /// Returns the rule or state with an index.
    pub fn handler(&self, index: &HandlerIndex) -> CallHandler<'a> {
        let rules = self.handling.rules();
        match index {
            HandlerIndex::Rule(rule) => CallHandler::Rule(&rules[*rule]),
            HandlerIndex::Ambiguous(either) => {
                CallHandler::Ambiguous(either.iter().map(|rule| &rules[*rule]).collect())
            }
            HandlerIndex::State(id) => match self.handling.state(id) {
                Some(state) => CallHandler::State(state),
                None => CallHandler::NoState(id),
            },
            HandlerIndex::QueueSkips(reason) => CallHandler::QueueSkips(*reason),
            HandlerIndex::UnreadStates => CallHandler::UnreadStates,
            HandlerIndex::NoState(id) => CallHandler::NoState(id),
        }
    }

    /// Decides a call whose parts are already looked up.
    pub(super) fn decide_parts(
        &self,
        parts: &DecisionParts<'_>,
        assumptions: RoutingAssumptions,
    ) -> HandlerIndex {
        match (self.overriding_state(parts.at, assumptions), parts.queue) {
            (Some(state), false) => self.state(state),
            (Some(StateId::DND), true) => HandlerIndex::QueueSkips(QueueSkipReason::DoNotDisturb),
            (Some(_), true) => HandlerIndex::QueueSkips(QueueSkipReason::ForwardsAllCalls),
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
    ) -> Option<HandlerIndex> {
        let mut matching = self.matching_rules(parts, assumptions);
        let first = &self.rules[matching.next()?];
        let others = matching
            .map(|rank| &self.rules[rank])
            .take_while(|rule| rule.priority == first.priority);
        let mut rules: Vec<usize> = others.map(|rule| rule.index).collect();
        if rules.is_empty() {
            return Some(HandlerIndex::Rule(first.index));
        }
        rules.insert(0, first.index);
        Some(HandlerIndex::Ambiguous(rules))
    }

    /// Returns the ranks of the rules that match a call, highest priority first.
    pub(super) fn matching_rules(
        &self,
        parts: &DecisionParts<'_>,
        assumptions: RoutingAssumptions,
    ) -> impl Iterator<Item = usize> {
        let mut rules = parts.from.clone();
        rules.intersect_with(parts.to);
        rules.intersect_with(&parts.at.rules);
        if parts.queue {
            rules.intersect_with(&self.for_queues);
        }
        if !assumptions.unknown_conditions {
            rules.difference_with(&self.unknown);
        }
        rules.into_ones()
    }

    fn fallback_state(&self, parts: &DecisionParts<'_>) -> HandlerIndex {
        if self.handling.states.is_none() {
            return HandlerIndex::UnreadStates;
        }
        match (parts.queue, parts.at.working) {
            (true, _) if self.handling.state(StateId::AGENT).is_none() => {
                HandlerIndex::QueueSkips(QueueSkipReason::NoAgent)
            }
            (true, _) if !parts.at.agent => HandlerIndex::QueueSkips(QueueSkipReason::OffDuty),
            (true, _) => self.state(StateId::AGENT),
            (false, true) => self.state(StateId::WORK_HOURS),
            (false, false) => self.state(StateId::AFTER_HOURS),
        }
    }

    pub(super) fn is_switched_on(&self, state: &str) -> bool {
        let state = self.handling.state(state);
        state.is_some_and(|state| state.state.enabled == Some(true))
    }

    fn state(&self, id: &'static str) -> HandlerIndex {
        if self.handling.states.is_none() {
            HandlerIndex::UnreadStates
        } else if self.handling.state(id).is_none() {
            HandlerIndex::NoState(id)
        } else {
            HandlerIndex::State(id)
        }
    }
}

impl<'a> CallHandler<'a> {
    /// Returns the dispatching of the call, if exactly one known rule or state handles it.
    pub fn dispatching(&self) -> Option<&'a CallDispatching> {
        match self {
            CallHandler::Rule(user_rule) => user_rule.rule.dispatching.as_ref(),
            CallHandler::State(state) => Some(&state.dispatching),
            _ => None,
        }
    }

    /// Returns what the caller notices.
    pub fn outcome(&self) -> CallOutcome {
        CallOutcome::from_handler(self)
    }
}

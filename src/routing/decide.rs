//! Who takes a call.

use fixedbitset::FixedBitSet;

use super::table::{Moment, Supposing, Table};
use super::{Call, Outcome};
use crate::model::{Dispatching, HeldRule, StateId, StateRule};

/// What takes a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Handler<'a> {
    /// An interaction rule.
    Rule(&'a HeldRule),
    /// Several rules of the same highest priority: which of them wins is documented nowhere.
    Ambiguous(Vec<&'a HeldRule>),
    /// The rule of a state.
    State(&'a StateRule),
    /// None: the call came through a queue, which goes on to its next member.
    QueueSkips(Skip),
    /// One of the states, which were not read.
    UnreadStates,
    /// The rule of this state, which the user does not have.
    NoState(&'static str),
}

/// Why a queue goes on to its next member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// The user forwards all calls.
    ForwardsAllCalls,
    /// The user does not want to be disturbed.
    DoNotDisturb,
    /// It is not a time at which the user takes queue calls.
    OffDuty,
    /// The user is no agent of any queue.
    NoAgent,
}

/// The parts of a call, each as the rules that it leaves in question.
pub(super) struct Parts<'t> {
    pub(super) from: &'t FixedBitSet,
    pub(super) to: &'t FixedBitSet,
    pub(super) at: &'t Moment,
    pub(super) queue: bool,
}

impl<'a> Table<'a> {
    /// What takes this call.
    pub fn decide(&self, call: &Call, supposing: Supposing) -> Handler<'a> {
        let parts = Parts {
            from: &self.callers.by_prefix(call.from.as_deref()),
            to: &self.called.exactly(call.to.as_deref()),
            at: &self.at(call.at, supposing),
            queue: call.queue,
        };
        self.decide_parts(&parts, supposing)
    }

    pub(super) fn decide_parts(&self, parts: &Parts<'_>, supposing: Supposing) -> Handler<'a> {
        match (self.overriding(parts.at, supposing), parts.queue) {
            (Some(state), false) => self.state(state),
            (Some(StateId::DND), true) => Handler::QueueSkips(Skip::DoNotDisturb),
            (Some(_), true) => Handler::QueueSkips(Skip::ForwardsAllCalls),
            (None, _) => self
                .rule(parts, supposing)
                .unwrap_or_else(|| self.fallback(parts)),
        }
    }

    /// The state that takes every call of a moment before any rule can: forward-all-calls, else do not
    /// disturb.
    pub(super) fn overriding(&self, at: &Moment, supposing: Supposing) -> Option<&'static str> {
        let is_on =
            |supposed: Option<bool>, state| supposed.unwrap_or_else(|| self.is_switched_on(state));
        let forwards = is_on(supposing.forward_all_calls, StateId::FORWARD_ALL_CALLS);
        if forwards && at.forwarding {
            Some(StateId::FORWARD_ALL_CALLS)
        } else if is_on(supposing.dnd, StateId::DND) {
            Some(StateId::DND)
        } else {
            None
        }
    }

    fn rule(&self, parts: &Parts<'_>, supposing: Supposing) -> Option<Handler<'a>> {
        let mut matching = self.matching(parts, supposing);
        let first = matching.next()?;
        let priority = self.lines[first].priority;
        let held = |line: usize| &self.handling.rules()[self.lines[line].rule];
        let mut candidates: Vec<&HeldRule> = matching
            .take_while(|line| self.lines[*line].priority == priority)
            .map(held)
            .collect();
        if candidates.is_empty() {
            return Some(Handler::Rule(held(first)));
        }
        candidates.insert(0, held(first));
        Some(Handler::Ambiguous(candidates))
    }

    /// The rules that a call matches, highest priority first.
    pub(super) fn matching(
        &self,
        parts: &Parts<'_>,
        supposing: Supposing,
    ) -> impl Iterator<Item = usize> {
        let words = parts.from.as_slice().iter();
        let words = words
            .zip(parts.to.as_slice())
            .zip(parts.at.rules.as_slice())
            .zip(self.for_queues.as_slice())
            .zip(self.unknown.as_slice());
        let Parts { queue, .. } = *parts;
        let words = words.map(move |((((from, to), at), queues), unknown)| {
            let mut rules = from & to & at;
            if queue {
                rules &= queues;
            }
            if !supposing.unknown_conditions {
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

    fn fallback(&self, parts: &Parts<'_>) -> Handler<'a> {
        if self.handling.states.is_none() {
            return Handler::UnreadStates;
        }
        match (parts.queue, parts.at.working) {
            (true, _) if self.handling.state(StateId::AGENT).is_none() => {
                Handler::QueueSkips(Skip::NoAgent)
            }
            (true, _) if !parts.at.agent => Handler::QueueSkips(Skip::OffDuty),
            (true, _) => self.state(StateId::AGENT),
            (false, true) => self.state(StateId::WORK_HOURS),
            (false, false) => self.state(StateId::AFTER_HOURS),
        }
    }

    pub(super) fn is_switched_on(&self, state: &str) -> bool {
        let state = self.handling.state(state);
        state.is_some_and(|state| state.state.enabled == Some(true))
    }

    fn state(&self, id: &'static str) -> Handler<'a> {
        match self.handling.state(id) {
            Some(state) => Handler::State(state),
            None if self.handling.states.is_none() => Handler::UnreadStates,
            None => Handler::NoState(id),
        }
    }
}

impl<'a> Handler<'a> {
    /// What happens to the call; nothing of ours where no rule takes it, or it is not known which does.
    pub fn dispatching(&self) -> Option<&'a Dispatching> {
        match self {
            Handler::Rule(held) => held.rule.dispatching.as_ref(),
            Handler::State(state) => Some(&state.dispatching),
            _ => None,
        }
    }

    /// What the caller notices.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(self)
    }
}

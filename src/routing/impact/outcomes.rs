//! Interns outcomes as numbers, so that millions of decisions can be compared quickly.

use std::collections::HashMap;

use crate::model::{LiveRule, StateRule};
use crate::routing::decide::{CallHandler, QueueSkipReason};
use crate::routing::outcome::CallOutcome;

/// Each distinct outcome once. Outcomes that callers cannot distinguish have the same id.
#[derive(Default)]
pub(super) struct OutcomeTable {
    outcomes: Vec<CallOutcome>,
    ids: HashMap<OutcomeKey, usize>,
}

/// The source of an outcome: the address of a rule or state, which is stable while the tables are
/// borrowed.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum OutcomeKey {
    Rule(*const LiveRule),
    Ambiguous(Vec<*const LiveRule>),
    State(*const StateRule),
    QueueSkips(QueueSkipReason),
    UnreadStates,
    NoState(&'static str),
}

impl OutcomeKey {
    /// Returns the key of a handler.
    pub(super) fn from_handler(handler: &CallHandler<'_>) -> Self {
        match handler {
            CallHandler::Rule(live_rule) => OutcomeKey::Rule(std::ptr::from_ref(*live_rule)),
            CallHandler::Ambiguous(live_rule) => OutcomeKey::Ambiguous(
                live_rule
                    .iter()
                    .map(|live_rule| std::ptr::from_ref(*live_rule))
                    .collect(),
            ),
            CallHandler::State(state) => OutcomeKey::State(std::ptr::from_ref(*state)),
            CallHandler::QueueSkips(reason) => OutcomeKey::QueueSkips(*reason),
            CallHandler::UnreadStates => OutcomeKey::UnreadStates,
            CallHandler::NoState(id) => OutcomeKey::NoState(id),
        }
    }
}

impl OutcomeTable {
    /// Returns the id of what callers notice of `handler`.
    pub(super) fn intern(&mut self, handler: &CallHandler<'_>) -> usize {
        *self
            .ids
            .entry(OutcomeKey::from_handler(handler))
            .or_insert_with(|| {
                let outcome = handler.outcome();
                let same = self
                    .outcomes
                    .iter()
                    .position(|known| !known.differs(&outcome));
                same.unwrap_or_else(|| {
                    self.outcomes.push(outcome);
                    self.outcomes.len() - 1
                })
            })
    }

    /// Returns the outcome with this id.
    pub(super) fn get(&self, id: usize) -> &CallOutcome {
        &self.outcomes[id]
    }
}

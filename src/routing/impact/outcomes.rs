//! Outcomes by number, so that millions of decisions can be compared.

use std::collections::HashMap;

use crate::model::{HeldRule, StateRule};
use crate::routing::decide::{Handler, Skip};
use crate::routing::outcome::Outcome;

/// Every outcome once: equal numbers are equal to callers.
#[derive(Default)]
pub(super) struct Outcomes {
    found: Vec<Outcome>,
    known: HashMap<Key, usize>,
}

/// What an outcome is worked out of, once for each: where a rule or state stands in memory.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Key {
    Rule(*const HeldRule),
    Ambiguous(Vec<*const HeldRule>),
    State(*const StateRule),
    QueueSkips(Skip),
    UnreadStates,
    NoState(&'static str),
}

impl Key {
    pub(super) fn of(handler: &Handler<'_>) -> Self {
        match handler {
            Handler::Rule(held) => Key::Rule(std::ptr::from_ref(*held)),
            Handler::Ambiguous(held) => {
                Key::Ambiguous(held.iter().map(|held| std::ptr::from_ref(*held)).collect())
            }
            Handler::State(state) => Key::State(std::ptr::from_ref(*state)),
            Handler::QueueSkips(why) => Key::QueueSkips(*why),
            Handler::UnreadStates => Key::UnreadStates,
            Handler::NoState(id) => Key::NoState(id),
        }
    }
}

impl Outcomes {
    /// The number of what callers notice of `handler`.
    pub(super) fn id(&mut self, handler: &Handler<'_>) -> usize {
        *self.known.entry(Key::of(handler)).or_insert_with(|| {
            let outcome = handler.outcome();
            let same = self.found.iter().position(|known| !known.differs(&outcome));
            same.unwrap_or_else(|| {
                self.found.push(outcome);
                self.found.len() - 1
            })
        })
    }

    /// The outcome of this number.
    pub(super) fn get(&self, id: usize) -> &Outcome {
        &self.found[id]
    }
}

//! One user's call handling, as it is or as it shall be.

use super::declared::{Declared, Open, is_partial};
use crate::model::{CallHandling, StateRule};
use crate::routing::Handler;

/// A call handling, and whether all of it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum World {
    /// What the account has, or will have.
    Whole(CallHandling),
    /// What the files declare; the rest is on the account, which was not asked.
    Declared(Declared),
}

impl World {
    /// How calls are handled, as far as it is known.
    pub fn handling(&self) -> &CallHandling {
        match self {
            World::Whole(handling) => handling,
            World::Declared(declared) => &declared.handling,
        }
    }

    /// What is not known.
    pub fn open(&self) -> &[Open] {
        match self {
            World::Whole(_) => &[],
            World::Declared(declared) => &declared.open,
        }
    }

    /// Whether it is not declared what happens in this state.
    pub(super) fn leaves_open(&self, state: &StateRule) -> bool {
        match self {
            World::Whole(_) => false,
            World::Declared(declared) => declared.leaves_open(&state.id),
        }
    }

    /// Whether none of these says what happens to calls.
    pub(super) fn is_open(&self, by: &[Handler<'_>]) -> bool {
        let is_open = |handler: &Handler<'_>| match handler {
            Handler::State(state) => self.leaves_open(state),
            _ => false,
        };
        !by.is_empty() && by.iter().all(is_open)
    }

    /// Whether the account decides a part of what happens to calls.
    pub(super) fn is_partial(&self, handler: &Handler<'_>) -> bool {
        match self {
            World::Whole(_) => false,
            World::Declared(_) => handler.dispatching().is_some_and(is_partial),
        }
    }
}

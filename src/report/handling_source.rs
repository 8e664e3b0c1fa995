//! One user's call handling: live or declared.

use super::declared_handling::{DeclaredHandling, UndeclaredAspect, is_partially_declared};
use crate::model::{CallHandling, StateRule};
use crate::routing::CallHandler;

/// A call handling, and whether it is known completely.
#[derive(Debug, Clone, PartialEq)]
pub enum HandlingSource {
    /// The call handling of the account, current or planned.
    Complete(CallHandling),
    /// The declared call handling; the other parts are only on the account, which was not read.
    Declared(DeclaredHandling),
}

impl HandlingSource {
    /// Returns the call handling, as far as it is known.
    pub fn handling(&self) -> &CallHandling {
        match self {
            HandlingSource::Complete(handling) => handling,
            HandlingSource::Declared(declared) => &declared.handling,
        }
    }

    /// Returns the parts that are not known.
    pub fn undeclared(&self) -> &[UndeclaredAspect] {
        match self {
            HandlingSource::Complete(_) => &[],
            HandlingSource::Declared(declared) => &declared.undeclared,
        }
    }

    /// Returns whether the handling of calls in this state is not declared.
    pub(super) fn leaves_undeclared(&self, state: &StateRule) -> bool {
        match self {
            HandlingSource::Complete(_) => false,
            HandlingSource::Declared(declared) => declared.leaves_undeclared(&state.id),
        }
    }

    /// Returns whether none of these handlers is declared.
    pub(super) fn is_undeclared(&self, by: &[CallHandler<'_>]) -> bool {
        let is_open = |handler: &CallHandler<'_>| match handler {
            CallHandler::State(state) => self.leaves_undeclared(state),
            _ => false,
        };
        !by.is_empty() && by.iter().all(is_open)
    }

    /// Returns whether the account decides a part of the handling.
    pub(super) fn is_partially_declared(&self, handler: &CallHandler<'_>) -> bool {
        match self {
            HandlingSource::Complete(_) => false,
            HandlingSource::Declared(_) => handler.dispatching().is_some_and(is_partially_declared),
        }
    }
}

//! The complete call handling of one user.

use super::{CallDispatching, RuleDefinition, StateId, StateSettings};

/// The rules and states of one user. Unlike in a declaration, a part that is `None` does not exist.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallHandling {
    /// The interaction rules; `None` if they were not read.
    pub rules: Option<Vec<LiveRule>>,
    /// The state rules; `None` if they were not read.
    pub states: Option<Vec<StateRule>>,
}

/// An interaction rule of a user.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiveRule {
    /// The id, if the rule is on the account.
    pub id: Option<String>,
    /// The parts of the rule.
    pub rule: RuleDefinition,
}

/// A state of a user, and the handling of calls in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRule {
    /// The id of the state.
    pub id: StateId,
    /// The switch and schedule of the state.
    pub state: StateSettings,
    /// The handling of calls in this state.
    pub dispatching: CallDispatching,
}

impl CallHandling {
    /// Returns the interaction rules that are known.
    pub fn rules(&self) -> &[LiveRule] {
        self.rules.as_deref().unwrap_or_default()
    }

    /// Returns the states that are known.
    pub fn states(&self) -> &[StateRule] {
        self.states.as_deref().unwrap_or_default()
    }

    /// Returns the state with this id, if the user has it and it is known.
    pub fn state(&self, id: &str) -> Option<&StateRule> {
        self.states().iter().find(|state| state.id.as_str() == id)
    }
}

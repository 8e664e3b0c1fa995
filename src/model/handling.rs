//! How one user's calls are handled: the whole of it, as it is or as it shall be.

use super::{Dispatching, Rule, State, StateId};

/// All that decides what happens to one user's calls. Unlike in a declaration, a part of a rule or
/// state that is `None` is not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallHandling {
    /// The interaction rules; `None` where they were not read.
    pub rules: Option<Vec<HeldRule>>,
    /// The state rules; `None` where they were not read.
    pub states: Option<Vec<StateRule>>,
}

/// An interaction rule that a user has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeldRule {
    /// The account's id of it, where it is on the account.
    pub id: Option<String>,
    /// What it says.
    pub rule: Rule,
}

/// A state that a user has, and what happens to calls meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRule {
    /// Which state.
    pub id: StateId,
    /// Whether and when it holds.
    pub state: State,
    /// What happens to calls.
    pub dispatching: Dispatching,
}

impl CallHandling {
    /// The interaction rules, as far as they are known.
    pub fn rules(&self) -> &[HeldRule] {
        self.rules.as_deref().unwrap_or_default()
    }

    /// The states, as far as they are known.
    pub fn states(&self) -> &[StateRule] {
        self.states.as_deref().unwrap_or_default()
    }

    /// The state of this id, where the user has it and it is known.
    pub fn state(&self, id: &str) -> Option<&StateRule> {
        self.states().iter().find(|state| state.id.as_str() == id)
    }
}

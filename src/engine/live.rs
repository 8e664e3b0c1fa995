//! What was read of a user.

use super::fetch::Wanted;
use crate::model::{CallHandling, HeldRule, StateId, StateRule as State};
use crate::wire::{InteractionRule, StateRule, convert};

/// What was read of a user, and what it means.
#[derive(Debug, Clone, Default)]
pub struct LiveUser {
    rules: Vec<InteractionRule>,
    state_rules: Vec<StateRule>,
    /// Of each of these in its place, what it means.
    handling: CallHandling,
}

impl LiveUser {
    /// What was read, as far as it was wanted.
    pub fn new(
        wanted: &Wanted,
        rules: Vec<InteractionRule>,
        state_rules: Vec<StateRule>,
    ) -> LiveUser {
        let owner = &wanted.user;
        let rules = if wanted.rules { rules } else { Vec::new() };
        let state_rules = if wanted.states {
            state_rules
        } else {
            Vec::new()
        };
        let held = rules.iter().map(|rule| HeldRule {
            id: Some(rule.id.clone()),
            rule: convert::interaction_rule(&rule.body, owner),
        });
        let states = state_rules.iter().map(|rule| State {
            id: StateId(rule.id.clone()),
            state: convert::state(&rule.body),
            dispatching: convert::state_dispatching(&rule.body, owner),
        });
        LiveUser {
            handling: CallHandling {
                rules: wanted.rules.then(|| held.collect()),
                states: wanted.states.then(|| states.collect()),
            },
            rules,
            state_rules,
        }
    }

    /// The interaction rules, where they were wanted.
    pub fn rules(&self) -> &[InteractionRule] {
        &self.rules
    }

    /// The state rules, where they were wanted.
    pub fn state_rules(&self) -> &[StateRule] {
        &self.state_rules
    }

    /// The call handling as it is, as far as it was read: its rules and states are those of the two lists,
    /// in their order.
    pub fn handling(&self) -> &CallHandling {
        &self.handling
    }
}

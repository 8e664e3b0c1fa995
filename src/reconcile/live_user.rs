//! The live configuration of a user.

use super::fetch::FetchRequest;
use crate::api::{InteractionRuleRecord, StateRuleRecord, decode};
use crate::model::{CallHandling, LiveRule, StateId, StateRule as State};

/// The records that were read for a user, and their decoded call handling.
#[derive(Debug, Clone, Default)]
pub struct LiveUser {
    rules: Vec<InteractionRuleRecord>,
    state_rules: Vec<StateRuleRecord>,
    /// The decoded rules and states, in the order of the records.
    handling: CallHandling,
}

impl LiveUser {
    /// Decodes the requested records.
    pub fn new(
        wanted: &FetchRequest,
        rules: Vec<InteractionRuleRecord>,
        state_rules: Vec<StateRuleRecord>,
    ) -> LiveUser {
        let owner = &wanted.user;
        let rules = if wanted.rules { rules } else { Vec::new() };
        let state_rules = if wanted.states {
            state_rules
        } else {
            Vec::new()
        };
        let live_rule = rules.iter().map(|rule| LiveRule {
            id: Some(rule.id.clone()),
            rule: decode::interaction_rule(&rule.body, owner),
        });
        let states = state_rules.iter().map(|rule| State {
            id: StateId(rule.id.clone()),
            state: decode::state(&rule.body),
            dispatching: decode::state_dispatching(&rule.body, owner),
        });
        LiveUser {
            handling: CallHandling {
                rules: wanted.rules.then(|| live_rule.collect()),
                states: wanted.states.then(|| states.collect()),
            },
            rules,
            state_rules,
        }
    }

    /// Returns the interaction rules, if they were requested.
    pub fn rules(&self) -> &[InteractionRuleRecord] {
        &self.rules
    }

    /// Returns the state rules, if they were requested.
    pub fn state_rules(&self) -> &[StateRuleRecord] {
        &self.state_rules
    }

    /// Returns the live call handling. Its rules and states have the order of the records.
    pub fn handling(&self) -> &CallHandling {
        &self.handling
    }
}

//! The live configuration of a user, as far as it was requested.

use super::change::{PlannedChange, ResourceKind};
use crate::api::{InteractionRuleRecord, StateRuleRecord, decode};
use crate::model::{
    CallHandling, DesiredUser, ExtensionId, NamedResource, StateId, StateRule, UserRule,
};

/// The lists to read for a user.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The extension id of the user.
    pub user: ExtensionId,
    /// Whether to read the interaction rules.
    pub rules: bool,
    /// Whether to read the state rules.
    pub states: bool,
}

impl FetchRequest {
    /// Requests the lists that contain the resources of these changes.
    pub(super) fn for_changes<'c>(
        user: &ExtensionId,
        changes: impl IntoIterator<Item = &'c PlannedChange>,
    ) -> FetchRequest {
        let mut request = FetchRequest {
            user: user.clone(),
            rules: false,
            states: false,
        };
        for change in changes {
            match change.resource {
                ResourceKind::InteractionRule => request.rules = true,
                ResourceKind::StateRule | ResourceKind::State => request.states = true,
            }
        }
        request
    }

    /// Returns the number of requested lists.
    pub(super) fn list_count(&self) -> usize {
        usize::from(self.rules) + usize::from(self.states)
    }

    /// Returns whether no list is requested.
    pub(super) fn is_empty(&self) -> bool {
        self.list_count() == 0
    }
}

impl From<&DesiredUser> for FetchRequest {
    /// Requests only the lists that the file declares.
    fn from(desired: &DesiredUser) -> Self {
        FetchRequest {
            user: desired.id.clone(),
            rules: desired.rules.is_some(),
            states: !desired.states.is_empty(),
        }
    }
}

/// The records that were read for a user, and their decoded call handling.
#[derive(Debug, Clone, Default)]
pub struct LiveUser {
    rules: Vec<InteractionRuleRecord>,
    state_rules: Vec<StateRuleRecord>,
    /// The decoded rules and states, in the order of the records.
    handling: CallHandling,
    /// The device ids of the user's own phones: those that the work-hours rule lists \[field\], or
    /// those in the device list of the account. `None` if neither was read.
    phones: Option<Vec<String>>,
}

impl LiveUser {
    /// Decodes the requested records.
    pub fn new(
        request: &FetchRequest,
        mut rules: Vec<InteractionRuleRecord>,
        mut state_rules: Vec<StateRuleRecord>,
    ) -> LiveUser {
        let owner = &request.user;
        if !request.rules {
            rules.clear();
        }
        if !request.states {
            state_rules.clear();
        }
        let live_rules = rules.iter().map(|rule| UserRule {
            id: Some(rule.id.clone()),
            rule: decode::interaction_rule(&rule.body, owner),
        });
        let states = state_rules.iter().map(|rule| StateRule {
            id: StateId(rule.id.clone()),
            state: decode::state(&rule.body),
            dispatching: decode::state_dispatching(&rule.body, owner),
        });
        let handling = CallHandling {
            rules: request.rules.then(|| live_rules.collect()),
            states: request.states.then(|| states.collect()),
        };
        let work_hours = handling.state(StateId::WORK_HOURS);
        LiveUser {
            phones: work_hours.map(|state| state.dispatching.own_phones()),
            handling,
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

    /// Returns the device ids of the user's own phones, if they are known.
    pub fn phones(&self) -> Option<&[String]> {
        self.phones.as_deref()
    }

    /// Sets the user's own phones from the device list of the account.
    pub fn set_phones(&mut self, devices: &[NamedResource]) {
        self.phones = Some(devices.iter().map(|device| device.id.clone()).collect());
    }

    /// Returns the interaction rule with this id.
    pub(super) fn rule(&self, id: &str) -> Option<&InteractionRuleRecord> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Returns the rule of the state with this id.
    pub(super) fn state_rule(&self, id: &str) -> Option<&StateRuleRecord> {
        self.state_rules.iter().find(|rule| rule.id == id)
    }

    /// Returns the live call handling. Its rules and states have the order of the records.
    pub fn handling(&self) -> &CallHandling {
        &self.handling
    }
}

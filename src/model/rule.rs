//! Rules and states.

use std::fmt;

use super::{CallDispatching, CallSchedule, RuleConditions};

/// An interaction rule (custom rule). A part that is `None` is not declared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleDefinition {
    /// The display name, which identifies the rule within a user.
    pub name: String,
    /// Whether the rule is enabled.
    pub enabled: Option<bool>,
    /// The conditions of the rule.
    pub conditions: Option<RuleConditions>,
    /// Whether the rule also matches calls through a call queue.
    pub queue_calls_included: Option<bool>,
    /// The handling of matching calls.
    pub dispatching: Option<CallDispatching>,
}

/// The id of a state. The service may add states that are unknown here \[spec\].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub String);

impl StateId {
    /// Forwarding of all calls.
    pub const FORWARD_ALL_CALLS: &str = "forward-all-calls";
    /// Do not disturb, the presence of the user.
    pub const DND: &str = "dnd";
    /// The user as a member of call queues.
    pub const AGENT: &str = "agent";
    /// The time within work hours.
    pub const WORK_HOURS: &str = "work-hours";
    /// The time outside work hours; exists only while work hours are not 24/7 \[docs\].
    pub const AFTER_HOURS: &str = "after-hours";

    /// Returns the API's id of the state.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StateId {
    fn from(id: &str) -> Self {
        StateId(id.to_owned())
    }
}

impl fmt::Display for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether and when a state holds. A part that is `None` is not declared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateSettings {
    /// Whether it is switched on, for the states that have a switch.
    pub enabled: Option<bool>,
    /// The schedule of the state.
    pub schedule: Option<StateSchedule>,
}

/// When a state holds.
#[derive(Debug, Clone, PartialEq)]
pub enum StateSchedule {
    /// A schedule of its own.
    Own(Box<CallSchedule>),
    /// Whenever that other state does: how an agent inherits the user's work hours.
    Inherited(StateId),
}

//! Rules and states.

use std::fmt;

use super::{Conditions, Dispatching, Schedule};

/// An interaction rule: what people call a custom rule. A part that is `None` is not declared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    /// The name that people see, and the identity within a user.
    pub name: String,
    /// Whether it takes calls at all.
    pub enabled: Option<bool>,
    /// Which calls it takes.
    pub conditions: Option<Conditions>,
    /// Whether it also takes calls that come through a call queue.
    pub queue_calls_included: Option<bool>,
    /// What happens to them.
    pub dispatching: Option<Dispatching>,
}

/// The id of a state. The service will have others than we know \[spec\].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub String);

impl StateId {
    /// Forward all calls.
    pub const FORWARD_ALL_CALLS: &str = "forward-all-calls";
    /// Do not disturb.
    pub const DND: &str = "dnd";
    /// The user as a member of a call queue.
    pub const AGENT: &str = "agent";
    /// Within working hours.
    pub const WORK_HOURS: &str = "work-hours";
    /// Outside working hours; exists while work hours are not around the clock \[docs\].
    pub const AFTER_HOURS: &str = "after-hours";

    /// The API's id.
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
pub struct State {
    /// Whether it is switched on, for the states that have a switch.
    pub enabled: Option<bool>,
    /// When it holds.
    pub schedule: Option<StateSchedule>,
}

/// When a state holds.
#[derive(Debug, Clone, PartialEq)]
pub enum StateSchedule {
    /// At these times.
    Own(Box<Schedule>),
    /// Whenever that other state does: how an agent inherits the user's work hours.
    Inherited(StateId),
}

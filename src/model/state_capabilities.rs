//! The settings that each state supports, from RingCentral's guide \[seed, docs\].
//!
//! Validation, the JSON schema and request bodies use this table, so that editors, `validate` and
//! RingCentral agree.

use super::DispatchType::{self, RingAtOnce, RingInOrder, Terminate};
use super::StateId;

/// The settings that a state supports. The parts of a dispatching that a state supports are also
/// required by RingCentral.
#[derive(Debug)]
pub struct StateCapabilities {
    /// The id of the state.
    pub id: &'static str,
    /// Whether `enabled` can turn the state on and off.
    pub has_switch: bool,
    /// The schedules that are supported.
    pub schedule: AllowedSchedules,
    /// The dispatching types that are supported.
    pub dispatch_types: &'static [DispatchType],
    /// Whether greetings and screening are supported.
    pub allows_prompts: bool,
    /// Whether ring groups are supported. Both kinds of the user's own apps must then be listed.
    pub allows_ringing: bool,
    /// Whether a destination for unanswered calls is supported and required.
    pub allows_no_answer: bool,
    /// Whether an immediate destination is supported and required, whatever the type.
    pub allows_terminate: bool,
}

/// The schedules that a state supports.
#[derive(Debug, PartialEq, Eq)]
pub enum AllowedSchedules {
    /// No schedule, with the reason for messages.
    None(&'static str),
    /// Daily times, or dates from `ranges` and calendars.
    DailyOrDates,
    /// Daily or weekly times.
    DailyOrWeekly,
    /// Daily or weekly times, or the user's work hours.
    DailyWeeklyOrWorkHours,
}

const FORWARD_ALL_CALLS: StateCapabilities = StateCapabilities {
    id: StateId::FORWARD_ALL_CALLS,
    has_switch: true,
    schedule: AllowedSchedules::DailyOrDates,
    dispatch_types: &[Terminate],
    allows_prompts: false,
    allows_ringing: false,
    allows_no_answer: false,
    allows_terminate: true,
};

const DND: StateCapabilities = StateCapabilities {
    id: StateId::DND,
    schedule: AllowedSchedules::None("it applies while the user has do not disturb turned on"),
    ..FORWARD_ALL_CALLS
};

const AGENT: StateCapabilities = StateCapabilities {
    id: StateId::AGENT,
    has_switch: false,
    schedule: AllowedSchedules::DailyWeeklyOrWorkHours,
    dispatch_types: &[RingAtOnce, RingInOrder],
    allows_prompts: false,
    allows_ringing: true,
    allows_no_answer: false,
    allows_terminate: false,
};

const WORK_HOURS: StateCapabilities = StateCapabilities {
    id: StateId::WORK_HOURS,
    has_switch: false,
    schedule: AllowedSchedules::DailyOrWeekly,
    dispatch_types: &[RingAtOnce, RingInOrder],
    allows_prompts: true,
    allows_ringing: true,
    allows_no_answer: true,
    allows_terminate: false,
};

const AFTER_HOURS: StateCapabilities = StateCapabilities {
    id: StateId::AFTER_HOURS,
    has_switch: false,
    schedule: AllowedSchedules::None("it applies whenever `work-hours` does not"),
    dispatch_types: &[RingAtOnce, RingInOrder, Terminate],
    allows_prompts: true,
    allows_ringing: true,
    allows_no_answer: true,
    allows_terminate: true,
};

/// All states, in the order in which files list them.
pub const ALL_STATES: [&StateCapabilities; 5] =
    [&FORWARD_ALL_CALLS, &DND, &AGENT, &WORK_HOURS, &AFTER_HOURS];

/// The reason why other states do not support `enabled`.
pub const NO_ENABLED_SWITCH: &str = "only `forward-all-calls` and `dnd` can be turned on and off";

impl StateCapabilities {
    /// Returns the capabilities of a known state.
    pub fn of(id: &str) -> Option<&'static StateCapabilities> {
        ALL_STATES.into_iter().find(|state| state.id == id)
    }

    /// Returns why the state does not support a `dispatching` key, or `None` if it does.
    pub fn rejection_reason(&self, key: &str) -> Option<&'static str> {
        let is_supported = match key {
            "greeting" | "connectingMessage" | "connectingAudio" | "screening" => {
                self.allows_prompts
            }
            "ring" | "ringAlways" => self.allows_ringing,
            "noAnswer" => self.allows_no_answer,
            "terminate" => self.allows_terminate,
            _ => true,
        };
        if is_supported {
            return None;
        }
        Some(match (self.id, key) {
            (StateId::AGENT, "noAnswer" | "terminate") => {
                "the queue decides where the call goes next"
            }
            (StateId::WORK_HOURS, "terminate") => "calls always ring during work hours",
            (StateId::AGENT, _) => "agents only have ring settings",
            _ => "calls do not ring in this state",
        })
    }
}

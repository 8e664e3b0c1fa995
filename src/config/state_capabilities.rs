//! The settings that each state supports, from RingCentral's guide [seed, docs].
//!
//! Both validation and the JSON schema use this table, so that editors and `validate` agree.

use super::types::DispatchTypeSpec;
use crate::model::StateId;

use DispatchTypeSpec::{RingAtOnce, RingInOrder, Terminate};

/// The settings that a state supports.
pub(super) struct StateCapabilities {
    pub(super) id: &'static str,
    /// Whether `enabled` can turn the state on and off.
    pub(super) is_toggleable: bool,
    pub(super) schedule: AllowedSchedules,
    pub(super) dispatch_types: &'static [DispatchTypeSpec],
    /// Whether greetings and screening are supported.
    allows_prompts: bool,
    allows_ringing: bool,
    allows_no_answer: bool,
    allows_terminate: bool,
}

/// The schedules that a state supports.
#[derive(PartialEq)]
pub(super) enum AllowedSchedules {
    /// No schedule, with the reason for messages.
    None(&'static str),
    /// Daily times, or dates from `ranges` and calendars.
    DailyOrDates,
    DailyOrWeekly,
    /// Daily or weekly times, or the user's work hours.
    DailyWeeklyOrWorkHours,
}

pub(super) const FORWARD_ALL_CALLS: StateCapabilities = StateCapabilities {
    id: StateId::FORWARD_ALL_CALLS,
    is_toggleable: true,
    schedule: AllowedSchedules::DailyOrDates,
    dispatch_types: &[Terminate],
    allows_prompts: false,
    allows_ringing: false,
    allows_no_answer: false,
    allows_terminate: true,
};

pub(super) const DND: StateCapabilities = StateCapabilities {
    id: StateId::DND,
    schedule: AllowedSchedules::None("it applies while the user has do not disturb turned on"),
    ..FORWARD_ALL_CALLS
};

pub(super) const AGENT: StateCapabilities = StateCapabilities {
    id: StateId::AGENT,
    is_toggleable: false,
    schedule: AllowedSchedules::DailyWeeklyOrWorkHours,
    dispatch_types: &[RingAtOnce, RingInOrder],
    allows_prompts: false,
    allows_ringing: true,
    allows_no_answer: false,
    allows_terminate: false,
};

pub(super) const WORK_HOURS: StateCapabilities = StateCapabilities {
    id: StateId::WORK_HOURS,
    is_toggleable: false,
    schedule: AllowedSchedules::DailyOrWeekly,
    dispatch_types: &[RingAtOnce, RingInOrder],
    allows_prompts: true,
    allows_ringing: true,
    allows_no_answer: true,
    allows_terminate: false,
};

pub(super) const AFTER_HOURS: StateCapabilities = StateCapabilities {
    id: StateId::AFTER_HOURS,
    is_toggleable: false,
    schedule: AllowedSchedules::None("it applies whenever `work-hours` does not"),
    dispatch_types: &[RingAtOnce, RingInOrder, Terminate],
    allows_prompts: true,
    allows_ringing: true,
    allows_no_answer: true,
    allows_terminate: true,
};

/// All states, in the order in which files list them.
pub(super) const ALL_STATES: [&StateCapabilities; 5] =
    [&FORWARD_ALL_CALLS, &DND, &AGENT, &WORK_HOURS, &AFTER_HOURS];

/// The reason why other states do not support `enabled`.
pub(super) const NO_ENABLED_SWITCH: &str =
    "only `forward-all-calls` and `dnd` can be turned on and off";

impl StateCapabilities {
    /// Returns why the state does not support a `dispatching` key, or `None` if it does.
    pub(super) fn rejection_reason(&self, key: &str) -> Option<&'static str> {
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

//! What each state takes: the table of the vendor's guide [seed, docs].
//!
//! The offline check and the JSON schema both read it, so that an editor and `validate` say the same.

use super::types::DispatchType;
use crate::model::StateId;

use DispatchType::{RingAtOnce, RingInOrder, Terminate};

/// What a state takes.
pub(super) struct Takes {
    pub(super) id: &'static str,
    /// Whether it can be switched on and off.
    pub(super) switch: bool,
    pub(super) schedule: Schedules,
    pub(super) types: &'static [DispatchType],
    /// Greetings and screening.
    prompts: bool,
    rings: bool,
    no_answer: bool,
    at_once: bool,
}

/// The schedules that a state takes.
#[derive(PartialEq)]
pub(super) enum Schedules {
    /// None: the text says why.
    None(&'static str),
    /// Daily, or dates: those of `ranges` and of calendars.
    DailyOrDates,
    DailyOrWeekly,
    /// Daily or weekly, or the user's work hours.
    DailyWeeklyOrWorkHours,
}

pub(super) const FORWARD_ALL_CALLS: Takes = Takes {
    id: StateId::FORWARD_ALL_CALLS,
    switch: true,
    schedule: Schedules::DailyOrDates,
    types: &[Terminate],
    prompts: false,
    rings: false,
    no_answer: false,
    at_once: true,
};

pub(super) const DND: Takes = Takes {
    id: StateId::DND,
    schedule: Schedules::None("it holds for as long as the user is on do not disturb"),
    ..FORWARD_ALL_CALLS
};

pub(super) const AGENT: Takes = Takes {
    id: StateId::AGENT,
    switch: false,
    schedule: Schedules::DailyWeeklyOrWorkHours,
    types: &[RingAtOnce, RingInOrder],
    prompts: false,
    rings: true,
    no_answer: false,
    at_once: false,
};

pub(super) const WORK_HOURS: Takes = Takes {
    id: StateId::WORK_HOURS,
    switch: false,
    schedule: Schedules::DailyOrWeekly,
    types: &[RingAtOnce, RingInOrder],
    prompts: true,
    rings: true,
    no_answer: true,
    at_once: false,
};

pub(super) const AFTER_HOURS: Takes = Takes {
    id: StateId::AFTER_HOURS,
    switch: false,
    schedule: Schedules::None("it holds whenever `work-hours` does not"),
    types: &[RingAtOnce, RingInOrder, Terminate],
    prompts: true,
    rings: true,
    no_answer: true,
    at_once: true,
};

/// All states, in the order in which they are written.
pub(super) const ALL: [&Takes; 5] = [&FORWARD_ALL_CALLS, &DND, &AGENT, &WORK_HOURS, &AFTER_HOURS];

/// Why a state without a switch has no `enabled`.
pub(super) const NO_SWITCH: &str = "only `forward-all-calls` and `dnd` have a switch";

impl Takes {
    /// Why the state takes no such key in its `dispatching`; nothing where it takes it.
    pub(super) fn refuses(&self, key: &str) -> Option<&'static str> {
        let taken = match key {
            "greeting" | "connectingMessage" | "connectingAudio" | "screening" => self.prompts,
            "ring" | "ringAlways" => self.rings,
            "noAnswer" => self.no_answer,
            "terminate" => self.at_once,
            _ => true,
        };
        if taken {
            return None;
        }
        Some(match (self.id, key) {
            (StateId::AGENT, "noAnswer" | "terminate") => {
                "the queue decides where the call goes on"
            }
            (StateId::WORK_HOURS, "terminate") => "calls ring within work hours",
            (StateId::AGENT, _) => "agents have ring settings only",
            _ => "calls do not ring in this state",
        })
    }
}

//! What each state takes: the table of the vendor's guide \[seed, docs\].

use super::{dispatching, schedule};
use crate::config::Finding;
use crate::config::types::{DispatchType, Schedule, Shape, State, States};
use crate::diagnostic::Code;
use crate::model::StateId;
use crate::yaml::Path;

/// What a state takes.
pub(super) struct Takes {
    pub(super) id: &'static str,
    /// Whether it can be switched on and off.
    switch: bool,
    schedule: Schedules,
    pub(super) types: &'static [DispatchType],
    /// Greetings and screening.
    pub(super) prompts: bool,
    pub(super) rings: bool,
    pub(super) no_answer: bool,
    pub(super) at_once: bool,
}

#[derive(PartialEq)]
enum Schedules {
    /// None: the text says why.
    None(&'static str),
    DailyOrDates,
    DailyOrWeekly,
    /// Daily or weekly, or the user's work hours.
    DailyWeeklyOrWorkHours,
}

use DispatchType::{RingAtOnce, RingInOrder, Terminate};

const FORWARD_ALL_CALLS: Takes = Takes {
    id: StateId::FORWARD_ALL_CALLS,
    switch: true,
    schedule: Schedules::DailyOrDates,
    types: &[Terminate],
    prompts: false,
    rings: false,
    no_answer: false,
    at_once: true,
};

const DND: Takes = Takes {
    id: StateId::DND,
    schedule: Schedules::None("it holds for as long as the user is on do not disturb"),
    ..FORWARD_ALL_CALLS
};

const AGENT: Takes = Takes {
    id: StateId::AGENT,
    switch: false,
    schedule: Schedules::DailyWeeklyOrWorkHours,
    types: &[RingAtOnce, RingInOrder],
    prompts: false,
    rings: true,
    no_answer: false,
    at_once: false,
};

const WORK_HOURS: Takes = Takes {
    id: StateId::WORK_HOURS,
    switch: false,
    schedule: Schedules::DailyOrWeekly,
    types: &[RingAtOnce, RingInOrder],
    prompts: true,
    rings: true,
    no_answer: true,
    at_once: false,
};

const AFTER_HOURS: Takes = Takes {
    id: StateId::AFTER_HOURS,
    switch: false,
    schedule: Schedules::None("it holds whenever `work-hours` does not"),
    types: &[RingAtOnce, RingInOrder, Terminate],
    prompts: true,
    rings: true,
    no_answer: true,
    at_once: true,
};

pub(super) fn check(states: &States, at: &Path, found: &mut Vec<Finding>) {
    let States {
        forward_all_calls,
        dnd,
        agent,
        work_hours,
        after_hours,
    } = states;
    let table = [
        (forward_all_calls, FORWARD_ALL_CALLS),
        (dnd, DND),
        (agent, AGENT),
        (work_hours, WORK_HOURS),
        (after_hours, AFTER_HOURS),
    ];
    for (declared, takes) in &table {
        if let Some(declared) = declared {
            state(declared, takes, &at.key(takes.id), found);
        }
    }
}

fn state(state: &State, takes: &Takes, at: &Path, found: &mut Vec<Finding>) {
    let id = takes.id;
    if state.enabled.is_some() && !takes.switch {
        let message = format!("`{id}` cannot be switched on or off");
        found.push(
            Finding::new(Code::NotInState, at.key("enabled"), message)
                .label("only `forward-all-calls` and `dnd` have a switch")
                .help("remove the key"),
        );
    }
    if let Some(declared) = &state.schedule {
        let at = at.key("schedule");
        match (declared, &takes.schedule) {
            (_, Schedules::None(why)) => {
                let message = format!("`{id}` takes no schedule");
                let finding = Finding::new(Code::NotInState, at, message);
                found.push(finding.label(*why).help("remove the key"));
            }
            (Shape::Word(_), Schedules::DailyWeeklyOrWorkHours) => {}
            (Shape::Word(_), _) => {
                let message = format!("only `agent` can follow the work hours, not `{id}`");
                found.push(Finding::new(Code::NotInState, at, message));
            }
            (Shape::Form(schedule), takes) => times(id, schedule, takes, &at, found),
            (Shape::Api(never), _) => match *never {},
        }
    }
    if let Some(declared) = &state.dispatching {
        dispatching::state(declared, takes, &at.key("dispatching"), found);
    }
}

fn times(id: &str, schedule: &Schedule, takes: &Schedules, at: &Path, found: &mut Vec<Finding>) {
    if *takes == Schedules::DailyOrDates {
        schedule::daily_or_dates(id, schedule, at, found);
    } else {
        schedule::repeating(id, schedule, at, found);
    }
}

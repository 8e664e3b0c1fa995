//! States: each takes what the table in [`takes`] says.

use super::{dispatching, schedule};
use crate::config::Finding;
use crate::config::takes::{self, Schedules, Takes};
use crate::config::types::{Schedule, Shape, State, States};
use crate::diagnostic::Code;
use crate::yaml::Path;

pub(super) fn check(states: &States, at: &Path, found: &mut Vec<Finding>) {
    let States {
        forward_all_calls,
        dnd,
        agent,
        work_hours,
        after_hours,
    } = states;
    let table = [
        (forward_all_calls, &takes::FORWARD_ALL_CALLS),
        (dnd, &takes::DND),
        (agent, &takes::AGENT),
        (work_hours, &takes::WORK_HOURS),
        (after_hours, &takes::AFTER_HOURS),
    ];
    for (declared, takes) in table {
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
                .label(takes::NO_SWITCH)
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

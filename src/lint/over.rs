//! Dates that have passed.

use super::{Kind, Subject, User, Warning};
use crate::model::{DateRange, DateTime, Schedule, StateId, StateSchedule};

pub(super) fn check(user: &User<'_>, found: &mut Vec<Warning>) {
    for (at, held) in user.handling.rules().iter().enumerate() {
        let conditions = held.rule.conditions.as_ref();
        let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
        let end = schedule.and_then(|schedule| since(schedule, user.today));
        if let Some(end) = end
            && held.rule.enabled != Some(false)
        {
            found.push(Warning {
                kind: Kind::Over,
                subject: Subject::Rule(at),
                keys: &["conditions", "schedule"],
                other: None,
                message: format!("this rule has had its time: it ended with {}", said(end)),
                help: "give it new dates, or remove the rule".to_owned(),
            });
        }
    }
    found.extend(forwarding(user));
}

/// Forward-all-calls with dates. Where it is switched off for good, they do no harm.
fn forwarding(user: &User<'_>) -> Option<Warning> {
    let held = user.handling.state(StateId::FORWARD_ALL_CALLS)?;
    let StateSchedule::Own(schedule) = held.state.schedule.as_ref()? else {
        return None;
    };
    let end = said(since(schedule, user.today)?);
    let (kind, message, help) = match held.state.enabled {
        Some(false) => return None,
        Some(true) => (
            Kind::ForwardingLeftOn,
            format!(
                "forward-all-calls is left on, and has done nothing since its dates ended with {end}"
            ),
            "switch it off with `enabled: false`, or give it new dates",
        ),
        None => (
            Kind::Over,
            format!(
                "the dates of forward-all-calls ended with {end}: switching it on does nothing"
            ),
            "give it new dates, or remove them",
        ),
    };
    Some(Warning {
        kind,
        subject: Subject::State(held.id.clone()),
        keys: &["schedule"],
        other: None,
        message,
        help: help.to_owned(),
    })
}

/// Where a schedule can hold no more from `today` on, although it could: its last moment.
pub(super) fn since(schedule: &Schedule, today: DateTime) -> Option<DateTime> {
    let repeats = schedule.week.as_ref().is_some_and(|week| !week.is_empty());
    if !schedule.other.is_empty() || (!repeats && schedule.ranges.is_empty()) {
        return None;
    }
    let last_range = schedule.ranges.iter().map(|range| range.end).max();
    let last = match (repeats, schedule.end) {
        (true, end) => end?,
        (false, Some(end)) => end.min(last_range?),
        (false, None) => last_range?,
    };
    (last < today).then_some(last)
}

fn said(end: DateTime) -> String {
    DateRange::end_to_words(end)
}

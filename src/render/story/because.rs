//! Why something takes a call, or does not.

use crate::model::{Conditions, HeldRule, Schedule, StateId, StateSchedule};
use crate::routing::{Considered, Handler, Miss, Step, Verdict};
use crate::simulate::Story;

/// What was considered: a state's id, or a rule's name.
pub(super) fn name<'s>(step: &'s Step<'_>) -> &'s str {
    match &step.considered {
        Considered::State(id) => id,
        Considered::Rule(held, _) => &held.rule.name,
    }
}

/// Whether it matches the call, whatever else does.
pub(super) fn is_matched(step: &Step<'_>) -> bool {
    matches!(
        step.verdict,
        Verdict::Takes | Verdict::MayTake | Verdict::Outranked
    )
}

/// Whether it takes the call, or may.
pub(super) fn is_taking(step: &Step<'_>) -> bool {
    matches!(step.verdict, Verdict::Takes | Verdict::MayTake)
}

/// Why it takes the call, or does not.
pub(super) fn because(story: &Story<'_>, step: &Step<'_>) -> String {
    match &step.considered {
        Considered::Rule(held, _) => of_rule(story, held, &step.verdict),
        Considered::State(id) => of_state(story, id, &step.verdict),
    }
}

fn of_rule(story: &Story<'_>, held: &HeldRule, verdict: &Verdict) -> String {
    let matches = || {
        let conditions = held.rule.conditions.as_ref();
        conditions.map(matching).unwrap_or_default()
    };
    match verdict {
        Verdict::Takes => matches(),
        Verdict::MayTake => format!("{}, as for another rule of this priority", matches()),
        Verdict::Outranked if !story.undecided().is_empty() => matches(),
        Verdict::Outranked => format!(
            "{}, but a rule of higher priority takes the call",
            matches()
        ),
        Verdict::Off => "disabled".to_owned(),
        Verdict::Absent | Verdict::Unread => "was not read".to_owned(),
        Verdict::Misses(misses) => {
            let misses = misses.iter().map(|miss| missed(story, held, *miss));
            misses.collect::<Vec<_>>().join("; ")
        }
    }
}

/// `caller id and state match`.
fn matching(conditions: &Conditions) -> String {
    let Conditions {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other: _,
    } = conditions;
    let parts = [
        (!caller_ids.is_empty(), "caller id"),
        (!called_numbers.is_empty(), "called number"),
        (schedule.is_some(), "schedule"),
        (state.is_some(), "state"),
    ];
    let parts = parts.into_iter().filter(|(is_set, _)| *is_set);
    let parts: Vec<&str> = parts.map(|(_, word)| word).collect();
    match &parts[..] {
        [] => "it takes every call".to_owned(),
        [one] => format!("{one} matches"),
        [first @ .., last] => format!("{} and {last} match", first.join(", ")),
    }
}

fn missed(story: &Story<'_>, held: &HeldRule, miss: Miss) -> String {
    let is_declared = story.known.file.is_some();
    let text = match miss {
        Miss::Caller if story.call.from.is_none() => "the caller shows no number",
        Miss::Caller => "caller is not in its list",
        Miss::Called if story.call.to.is_none() => "the number dialled is not known",
        Miss::Called => "the number dialled is not in its list",
        Miss::Time => {
            let conditions = held.rule.conditions.as_ref();
            let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
            match schedule.is_some_and(|schedule| is_over(schedule, story)) {
                true => "its dates are over",
                false => "its schedule does not hold now",
            }
        }
        Miss::Hours { working: true } => "it is for after-hours, and this is within work hours",
        Miss::Hours { working: false } => "it is for work hours, and this is outside them",
        Miss::Queue => "it does not take queue calls",
        Miss::Unknown => "it has a condition that callrules does not know",
        Miss::NoConditions if is_declared => "its conditions are not declared",
        Miss::NoConditions => "it has no conditions",
    };
    text.to_owned()
}

fn of_state(story: &Story<'_>, id: &str, verdict: &Verdict) -> String {
    let is_declared = story.known.file.is_some();
    let state = story.known.handling.state(id).map(|state| &state.state);
    let text = match (id, verdict) {
        (_, Verdict::Off) if is_declared && state.is_none_or(|state| state.enabled.is_none()) => {
            "taken as disabled: the file does not say"
        }
        (_, Verdict::Off) => "disabled",
        (StateId::AGENT, Verdict::Absent) if is_declared => "not declared",
        (_, Verdict::Absent) => "the user does not have this state",
        (_, Verdict::Unread) => "was not read",
        (StateId::FORWARD_ALL_CALLS, Verdict::Misses(_)) => {
            let own = match state.and_then(|state| state.schedule.as_ref()) {
                Some(StateSchedule::Own(schedule)) => Some(schedule),
                _ => None,
            };
            match own.is_some_and(|schedule| is_over(schedule, story)) {
                true => "still enabled, but its dates are over",
                false => "enabled, but its schedule does not hold now",
            }
        }
        (StateId::FORWARD_ALL_CALLS | StateId::DND, _) => "enabled",
        (_, Verdict::Outranked) => match story.handler {
            Handler::Ambiguous(_) => "one of the rules takes the call",
            _ => "a rule takes the call",
        },
        (StateId::WORK_HOURS, Verdict::Misses(_)) => "this is outside work hours",
        (StateId::AFTER_HOURS, Verdict::Misses(_)) => "this is within work hours",
        (_, Verdict::Misses(_)) => "the user takes no queue calls at this time",
        (StateId::WORK_HOURS, _) => "this is within work hours",
        (StateId::AFTER_HOURS, _) => "this is outside work hours",
        (_, _) => "the user takes queue calls at this time",
    };
    text.to_owned()
}

/// Whether a schedule of dates will never hold again.
fn is_over(schedule: &Schedule, story: &Story<'_>) -> bool {
    let at = story.call.at;
    let last = schedule.ranges.iter().map(|range| range.end).max();
    let has_ended = schedule.end.is_some_and(|end| end < at);
    let is_of_dates = schedule.week.is_none() && schedule.other.is_empty();
    has_ended || is_of_dates && last.is_some_and(|last| last < at)
}

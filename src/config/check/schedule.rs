//! Schedules: of interaction rules and of states.

use std::collections::HashMap;

use serde_json::Value;

use super::conditions::twice;
use crate::config::Finding;
use crate::config::types::{DateOrTime, DateRangeForm, Schedule, Shape, Spans, Weekly};
use crate::diagnostic::Code;
use crate::model::{DateRange, DateTime, TimeSpan};
use crate::yaml::Path;

/// A schedule in a condition takes everything.
pub(super) fn interaction_rule(schedule: &Schedule, at: &Path, found: &mut Vec<Finding>) {
    parts(schedule, at, found);
    let Schedule {
        daily,
        weekly,
        ranges,
        calendar,
        start,
        end,
        other,
    } = schedule;
    let dates = ranges.is_some() || calendar.is_some();
    for (index, range) in ranges.iter().flatten().enumerate() {
        if let Shape::Form(DateRangeForm { start: None, .. }) = range {
            let at = at.key("ranges").item(index).key("start");
            let message = "the dates of an interaction rule need a `start`";
            let finding = Finding::new(Code::BadSchedule, at, message);
            found.push(
                finding.help("say when it begins: only the range of a state may leave that out"),
            );
        }
    }
    let repeats = daily.is_some() || weekly.is_some();
    if !repeats && !dates && other.is_none() {
        found.push(
            Finding::new(Code::EmptyList, at.clone(), "the schedule says no times")
                .help("add `daily:`, `weekly:`, `ranges:` or `calendar:`"),
        );
    }
    for (key, bound) in [("start", start), ("end", end)] {
        if bound.is_some() && !repeats && dates {
            found.push(
                Finding::new(
                    Code::BadSchedule,
                    at.key(key),
                    format!("`{key}` bounds a daily or weekly schedule, and there is none"),
                )
                .help("dates of their own stand in `ranges:`, or in a calendar"),
            );
        }
    }
}

/// A state's schedule repeats: every day, or by day of the week \[seed\].
pub(super) fn repeating(state: &str, schedule: &Schedule, at: &Path, found: &mut Vec<Finding>) {
    parts(schedule, at, found);
    unbounded(state, schedule, at, found);
    for key in dates(schedule) {
        let message = format!("`{state}` takes no dates");
        found.push(
            Finding::new(Code::BadSchedule, at.key(key), message)
                .label("RingCentral takes `daily` or `weekly` here")
                .help("for single dates write an interaction rule with a `schedule:` condition"),
        );
    }
    if schedule.daily.is_none() && schedule.weekly.is_none() && dates(schedule).is_empty() {
        let message = format!("the schedule of `{state}` says no times");
        let finding = Finding::new(Code::EmptyList, at.clone(), message);
        found.push(finding.help("add `daily:` or `weekly:`"));
    }
}

/// Forward-all-calls takes one daily span, or dates \[seed\].
pub(super) fn daily_or_dates(
    state: &str,
    schedule: &Schedule,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    parts(schedule, at, found);
    unbounded(state, schedule, at, found);
    if schedule.weekly.is_some() {
        let message = format!("`{state}` takes no days of the week");
        found.push(
            Finding::new(Code::BadSchedule, at.key("weekly"), message)
                .label("RingCentral takes `daily` or dates here"),
        );
    }
    if let Some(Spans(spans)) = &schedule.daily {
        let within_a_day = |span: &str| matches!(TimeSpan::parse(span), Ok((_, None)));
        if spans.len() > 1 || spans.iter().any(|span| !within_a_day(&span.0)) {
            let message = format!("`{state}` takes one span of time within a day");
            found.push(Finding::new(Code::BadSchedule, at.key("daily"), message));
        }
    }
    if schedule.daily.is_some() {
        for key in dates(schedule) {
            let message = format!("`{state}` takes either `daily` or `{key}`");
            found.push(Finding::new(Code::BadSchedule, at.key(key), message));
        }
    } else if schedule.weekly.is_none() && dates(schedule).is_empty() {
        let message = format!("the schedule of `{state}` says no times");
        let finding = Finding::new(Code::EmptyList, at.clone(), message);
        found.push(finding.help("add `daily:`, `ranges:` or `calendar:`"));
    }
}

/// The keys under which a schedule says dates.
fn dates(schedule: &Schedule) -> Vec<&'static str> {
    let keys = [
        ("ranges", schedule.ranges.is_some()),
        ("calendar", schedule.calendar.is_some()),
    ];
    let said = keys.into_iter().filter(|(_, is_said)| *is_said);
    said.map(|(key, _)| key).collect()
}

fn unbounded(state: &str, schedule: &Schedule, at: &Path, found: &mut Vec<Finding>) {
    let parts = [
        ("start", schedule.start.is_some()),
        ("end", schedule.end.is_some()),
        ("other", schedule.other.is_some()),
    ];
    for (key, _) in parts.iter().filter(|(_, said)| *said) {
        let message = format!("the schedule of `{state}` takes no `{key}`");
        found.push(Finding::new(Code::BadSchedule, at.key(key), message));
    }
}

/// What is wrong with the parts themselves, wherever the schedule stands.
fn parts(schedule: &Schedule, at: &Path, found: &mut Vec<Finding>) {
    if let Some(Spans(spans)) = &schedule.daily {
        not_empty(spans.is_empty(), &at.key("daily"), found);
    }
    if let Some(Weekly(weekly)) = &schedule.weekly {
        let at = at.key("weekly");
        not_empty(weekly.is_empty(), &at, found);
        let mut days = HashMap::new();
        for (index, (key, Spans(spans))) in weekly.iter().enumerate() {
            // The key as written is gone; its place is found by counting.
            let at = at.item(index);
            not_empty(spans.is_empty(), &at, found);
            for day in &key.0 {
                if days.insert(*day, index).is_some_and(|first| first != index) {
                    let message = format!("{} is given twice", day.name());
                    let finding = Finding::new(Code::Contradiction, at.clone(), message);
                    found.push(finding.help("a day has one line, with a list of spans if need be"));
                }
            }
        }
    }
    if let Some(ranges) = &schedule.ranges {
        let at = at.key("ranges");
        not_empty(ranges.is_empty(), &at, found);
        for (index, range) in ranges.iter().enumerate() {
            if let Shape::Form(DateRangeForm { start, end }) = range {
                in_order(start.as_ref(), Some(end), &at.item(index), found);
            }
        }
    }
    if let Some(calendars) = &schedule.calendar {
        let at = at.key("calendar");
        not_empty(calendars.all().is_empty(), &at, found);
        twice(
            calendars.all().iter().map(|name| name.0.as_str()),
            &at,
            found,
        );
    }
    in_order(schedule.start.as_ref(), schedule.end.as_ref(), at, found);
    if let Some(other) = &schedule.other {
        let at = at.key("other");
        not_empty(other.is_empty(), &at, found);
        for (index, trigger) in other.iter().enumerate() {
            if !trigger.get("triggerType").is_some_and(Value::is_string) {
                let message = "the API's own form of a trigger needs a `triggerType`";
                found.push(Finding::new(Code::MissingKey, at.item(index), message));
            }
        }
    }
}

fn not_empty(is_empty: bool, at: &Path, found: &mut Vec<Finding>) {
    if is_empty {
        let finding = Finding::new(Code::EmptyList, at.clone(), "this lists nothing");
        found.push(finding.help("list something, or remove the key"));
    }
}

pub(super) fn in_order(
    start: Option<&DateOrTime>,
    end: Option<&DateOrTime>,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    let mut read = |key: &str, text: Option<&DateOrTime>| -> Option<DateTime> {
        let text = text?;
        match DateRange::parse_end(&text.0, key == "start") {
            Ok(time) => Some(time),
            Err(error) => {
                found.push(Finding::new(Code::BadValue, at.key(key), error.to_string()));
                None
            }
        }
    };
    let (start, end) = (read("start", start), read("end", end));
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let message = "this ends before it starts";
        found.push(Finding::new(Code::BadSchedule, at.key("end"), message));
    }
}

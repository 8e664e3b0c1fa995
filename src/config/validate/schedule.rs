//! Validates the schedules of interaction rules and states.

use std::collections::HashMap;

use serde_json::Value;

use super::helpers::Place;
use super::schedule_gaps::validate_week;
use crate::config::types::{
    DateOrTime, DateRangeForm, ScheduleSpec, Shorthand, SpanList, SpanText, WeeklySpans,
};
use crate::diagnostic::DiagnosticCode;
use crate::model::{DateRange, LocalDateTime, RANGE_DASHES, TimeOfDay, TimeSpan};

/// Noon and the end of a day in seconds after midnight.
const NOON: u32 = 12 * 3600;
const END_OF_DAY: u32 = 24 * 3600;

/// Validates the schedule of an interaction rule, which supports all kinds of times and dates.
pub(super) fn validate_rule_schedule(schedule: &ScheduleSpec, at: &mut Place<'_>) {
    validate_schedule_parts(schedule, at);
    // A rule for the night may be long, but it starts in the afternoon.
    report_spans_over_midnight(schedule, NOON, at);
    for (index, range) in schedule.ranges.iter().flatten().enumerate() {
        if let Shorthand::Map(DateRangeForm { start: None, .. }) = range {
            let message = "date ranges of interaction rules require a `start`";
            at.key_item("ranges", index)
                .key("start")
                .report(DiagnosticCode::BadSchedule, message)
                .help("add `start`; only date ranges of states may omit it");
        }
    }
    let has_dates = date_keys(schedule).next().is_some();
    let repeats = schedule.daily.is_some() || schedule.weekly.is_some();
    if !repeats && !has_dates && schedule.other.is_none() {
        at.report(DiagnosticCode::Empty, "this schedule has no times")
            .help("add `daily:`, `weekly:`, `ranges:` or `calendar:`");
    }
    for (key, bound) in [("start", &schedule.start), ("end", &schedule.end)] {
        if bound.is_some() && !repeats && has_dates {
            let message =
                format!("`{key}` only limits a `daily` or `weekly` schedule, and there is none");
            at.key(key)
                .report(DiagnosticCode::BadSchedule, message)
                .help("put dates into `ranges:` or a calendar");
        }
    }
}

/// Validates the schedule of a state that repeats daily or weekly \[seed\].
pub(super) fn validate_repeating(state: &str, schedule: &ScheduleSpec, at: &mut Place<'_>) {
    validate_schedule_parts(schedule, at);
    report_spans_over_midnight(schedule, END_OF_DAY, at);
    reject_bounds(state, schedule, at);
    for key in date_keys(schedule) {
        let message = format!("`{state}` does not support dates");
        at.key(key)
            .report(DiagnosticCode::BadSchedule, message)
            .label("RingCentral supports only `daily` or `weekly` here")
            .help("for single dates, use an interaction rule with a `schedule:` condition");
    }
    let has_dates = date_keys(schedule).next().is_some();
    if schedule.daily.is_none() && schedule.weekly.is_none() && !has_dates {
        let message = format!("the schedule of `{state}` has no times");
        at.report(DiagnosticCode::Empty, message)
            .help("add `daily:` or `weekly:`");
    }
}

/// Validates the schedule of forward-all-calls: one daily time span, or dates \[seed\].
pub(super) fn validate_daily_or_dates(state: &str, schedule: &ScheduleSpec, at: &mut Place<'_>) {
    validate_schedule_parts(schedule, at);
    reject_bounds(state, schedule, at);
    if schedule.weekly.is_some() {
        let message = format!("`{state}` does not support days of the week");
        at.key("weekly")
            .report(DiagnosticCode::BadSchedule, message)
            .label("RingCentral supports only `daily` or dates here");
    }
    if let Some(SpanList(spans)) = &schedule.daily {
        let within_a_day = |span: &str| matches!(TimeSpan::parse(span), Ok((_, None)));
        if spans.len() > 1 || spans.iter().any(|span| !within_a_day(&span.0)) {
            let message =
                format!("`{state}` supports only one time span, which must end on the same day");
            at.key("daily").report(DiagnosticCode::BadSchedule, message);
        }
        for key in date_keys(schedule) {
            let message = format!("`{state}` supports either `daily` or `{key}`, not both");
            at.key(key).report(DiagnosticCode::BadSchedule, message);
        }
    } else if schedule.weekly.is_none() && date_keys(schedule).next().is_none() {
        let message = format!("the schedule of `{state}` has no times");
        at.report(DiagnosticCode::Empty, message)
            .help("add `daily:`, `ranges:` or `calendar:`");
    }
}

/// Returns the keys of a schedule that contain dates.
fn date_keys(schedule: &ScheduleSpec) -> impl Iterator<Item = &'static str> {
    let ranges = schedule.ranges.as_ref().map(|_| "ranges");
    let calendar = schedule.calendar.as_ref().map(|_| "calendar");
    ranges.into_iter().chain(calendar)
}

fn reject_bounds(state: &str, schedule: &ScheduleSpec, at: &mut Place<'_>) {
    let parts = [
        ("start", schedule.start.is_some()),
        ("end", schedule.end.is_some()),
        ("other", schedule.other.is_some()),
    ];
    for (key, _) in parts.iter().filter(|(_, is_set)| *is_set) {
        let message = format!("the schedule of `{state}` does not support `{key}`");
        at.key(key).report(DiagnosticCode::BadSchedule, message);
    }
}

/// Validates what schedules of rules and states have in common.
fn validate_schedule_parts(schedule: &ScheduleSpec, at: &mut Place<'_>) {
    report_missing_last_minute(schedule, at);
    validate_week(schedule, at);
    if let Some(SpanList(spans)) = &schedule.daily {
        at.key("daily").require_not_empty(spans.is_empty());
    }
    if let Some(weekly) = &schedule.weekly {
        validate_weekly(weekly, &mut at.key("weekly"));
    }
    if let Some(ranges) = &schedule.ranges {
        let mut at = at.key("ranges");
        at.require_not_empty(ranges.is_empty());
        for (index, range) in ranges.iter().enumerate() {
            if let Shorthand::Map(DateRangeForm { start, end }) = range {
                require_order(start.as_ref(), Some(end), &mut at.item(index));
            }
        }
    }
    if let Some(calendars) = &schedule.calendar {
        let mut at = at.key("calendar");
        at.require_not_empty(calendars.all().is_empty());
        at.require_unique(calendars.all().iter().map(|name| Some(name.0.as_str())));
    }
    require_order(schedule.start.as_ref(), schedule.end.as_ref(), at);
    if let Some(other) = &schedule.other {
        let mut at = at.key("other");
        at.require_not_empty(other.is_empty());
        for (index, trigger) in other.iter().enumerate() {
            if !trigger.get("triggerType").is_some_and(Value::is_string) {
                let message = "the API's form of a trigger requires a `triggerType`";
                at.item(index).report(DiagnosticCode::MissingKey, message);
            }
        }
    }
}

/// Reports time spans of more than 12 hours over midnight, which start before
/// `latest_start` in seconds after midnight.
fn report_spans_over_midnight(schedule: &ScheduleSpec, latest_start: u32, at: &mut Place<'_>) {
    for_each_span(schedule, at, |text, at| {
        let span = LongSpan::parse(text).filter(|span| span.start.seconds() < latest_start);
        if let Some(LongSpan { end, fixed, .. }) = span {
            let message = format!(
                "`{text}` ends before it starts, so it runs over midnight until {end} of the next day"
            );
            at.report(DiagnosticCode::OverMidnight, message)
                .help(format!(
                    "for times within one day write `{fixed}`; if the times are right, add \
                     `allow: [over-midnight]`"
                ));
        }
    });
}

/// Reports times that end at 23:59: the last minute of the day is not included. The classic API
/// stores the end of a day in this form \[field\].
fn report_missing_last_minute(schedule: &ScheduleSpec, at: &mut Place<'_>) {
    fn report(end: &str, help: &str, at: &mut Place<'_>) {
        let message = format!("`{end}` as an end leaves out the last minute of the day");
        at.report(DiagnosticCode::LastMinute, message).help(help);
    }
    let is_last_minute = |end: &str| matches!(end.trim(), "23:59" | "23:59:00");
    for_each_span(schedule, at, |text, at| {
        let end = text.rsplit(RANGE_DASHES).next().unwrap_or_default();
        if is_last_minute(end) {
            report(end.trim(), "for the end of the day write `24:00`", at);
        }
    });
    for (index, range) in schedule.ranges.iter().flatten().enumerate() {
        if let Shorthand::Map(DateRangeForm { end, .. }) = range
            && let Some((date, time)) = end.0.split_once(['T', ' '])
            && is_last_minute(time)
        {
            let help = format!("for the end of the day write the date alone, `{date}`");
            report(&end.0, &help, &mut at.key_item("ranges", index).key("end"));
        }
    }
}

/// Calls a function with each daily and weekly time span and its place.
fn for_each_span(
    schedule: &ScheduleSpec,
    at: &mut Place<'_>,
    mut check: impl FnMut(&str, &mut Place<'_>),
) {
    let mut check_list = |spans: &[SpanText], mut at: Place<'_>| {
        for (index, text) in spans.iter().enumerate() {
            let mut at = match spans {
                [_] => at.value(),
                _ => at.item(index),
            };
            check(&text.0, &mut at);
        }
    };
    if let Some(SpanList(spans)) = &schedule.daily {
        check_list(spans, at.key("daily"));
    }
    for (index, (_, SpanList(spans))) in schedule.weekly.iter().flat_map(|week| &week.0).enumerate()
    {
        check_list(spans, at.key_item("weekly", index));
    }
}

/// A time span of more than 12 hours over midnight.
struct LongSpan {
    start: TimeOfDay,
    /// The end on the next day.
    end: TimeOfDay,
    /// What may have been meant: an end in the afternoon, or the two times the other way around.
    fixed: String,
}

impl LongSpan {
    /// Parses a time span. Returns `None` if it ends on the same day or is shorter.
    fn parse(text: &str) -> Option<Self> {
        let (first, Some(rest)) = TimeSpan::parse(text).ok()? else {
            return None;
        };
        let (start, end) = (first.start, rest.end);
        if start.seconds() >= end.seconds() + NOON {
            return None;
        }
        let fixed = match TimeOfDay::from_seconds(end.seconds() + NOON) {
            Some(afternoon) if start.seconds() < NOON => format!("{start}-{afternoon}"),
            _ => format!("{end}-{start}"),
        };
        Some(LongSpan { start, end, fixed })
    }
}

fn validate_weekly(WeeklySpans(weekly): &WeeklySpans, at: &mut Place<'_>) {
    at.require_not_empty(weekly.is_empty());
    let mut days = HashMap::new();
    for (index, (key, SpanList(spans))) in weekly.iter().enumerate() {
        // The parsed key no longer has its original spelling, so the path uses its index.
        let mut at = at.item(index);
        at.require_not_empty(spans.is_empty());
        for day in &key.0 {
            if days.insert(*day, index).is_some_and(|first| first != index) {
                let message = format!("{} is listed twice", day.name());
                at.report(DiagnosticCode::Contradiction, message)
                    .help("list each day once; for several time spans use a list");
            }
        }
    }
}

pub(super) fn require_order(
    start: Option<&DateOrTime>,
    end: Option<&DateOrTime>,
    at: &mut Place<'_>,
) {
    let mut parse = |key: &str, text: Option<&DateOrTime>| -> Option<LocalDateTime> {
        let parsed = DateRange::parse_bound(&text?.0, key == "start");
        if let Err(error) = &parsed {
            // A start is only invalid if it is at the end of a day.
            at.key(key)
                .value()
                .report(DiagnosticCode::BadValue, error.to_string())
                .help("only an end can be at 24:00: write the start of the next day");
        }
        parsed.ok()
    };
    let (start, end) = (parse("start", start), parse("end", end));
    if end.is_some() && end <= start {
        let message = if end == start {
            "the end is the same as the start"
        } else {
            "the end is before the start"
        };
        at.key("end")
            .value()
            .report(DiagnosticCode::BadSchedule, message)
            .help("write a later end; a date alone as the end includes that day");
    }
}

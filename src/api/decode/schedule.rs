//! Decodes schedules and their triggers.

use serde_json::Value;

use super::{array_items, text_or_number};
use crate::model::{CallSchedule, DateRange, DayOfWeek, TimeOfDay, TimeSpan, WeeklyTimes};

/// Decodes a schedule. Unknown triggers are kept in the API's form.
pub(in crate::api) fn decode_schedule(value: &Value) -> CallSchedule {
    let mut schedule = CallSchedule {
        start: decode_bound(value, "startDateTime"),
        end: decode_bound(value, "endDateTime").map(DateRange::normal_end),
        ..CallSchedule::default()
    };
    let mut ranges = Vec::new();
    for trigger in array_items(value.get("triggers")) {
        let known = match trigger.get("triggerType").and_then(Value::as_str) {
            Some("Daily") => decode_span(trigger).map(|spans| {
                let week = schedule.week.get_or_insert_default();
                for day in DayOfWeek::ALL {
                    add_span(week, day, spans);
                }
            }),
            Some("Weekly") => decode_weekly(trigger).map(|days| {
                let week = schedule.week.get_or_insert_default();
                for (day, spans) in days {
                    add_span(week, day, spans);
                }
            }),
            Some("Range") => decode_ranges(trigger).map(|dates| ranges.extend(dates)),
            _ => None,
        };
        if known.is_none() {
            schedule.other.push(trigger.clone());
        }
    }
    schedule.with_ranges(ranges)
}

/// A span and its part in the next day.
type SplitSpan = (TimeSpan, Option<TimeSpan>);

/// Adds a span that may continue on the next day.
fn add_span(week: &mut WeeklyTimes, day: DayOfWeek, (today, tomorrow): SplitSpan) {
    week.add(day, &[today]);
    if let Some(tomorrow) = tomorrow {
        week.add(day.next(), &[tomorrow]);
    }
}

/// Decodes the start or end of a schedule.
fn decode_bound(value: &Value, key: &str) -> Option<crate::model::LocalDateTime> {
    DateRange::parse_api(value.get(key)?.as_str()?)
}

/// Decodes the span of a daily trigger.
fn decode_span(trigger: &Value) -> Option<SplitSpan> {
    let start: TimeOfDay = text_or_number(trigger.get("startTime"))?.parse().ok()?;
    let end = match text_or_number(trigger.get("endTime"))?.as_str() {
        // Midnight as the end of a day.
        "24:00:00" | "24:00" | "00:00:00" | "00:00" | "0:00:00" => TimeOfDay::LAST,
        end => end.parse().ok()?,
    };
    Some(TimeSpan::split_at_midnight(start, end))
}

/// Decodes the spans of a weekly trigger.
fn decode_weekly(trigger: &Value) -> Option<Vec<(DayOfWeek, SplitSpan)>> {
    let mut days = Vec::new();
    for (key, spans) in trigger.get("ranges")?.as_object()? {
        let day = DayOfWeek::parse(key)?;
        // What is not a list cannot be read, so the trigger is kept in the API's form.
        for span in spans.as_array()? {
            days.push((day, decode_span(span)?));
        }
    }
    Some(days)
}

/// Decodes the ranges of a range trigger.
fn decode_ranges(trigger: &Value) -> Option<Vec<DateRange>> {
    let ranges = array_items(trigger.get("ranges")).iter();
    ranges.map(decode_range).collect()
}

/// Decodes a date range.
pub(in crate::api) fn decode_range(range: &Value) -> Option<DateRange> {
    Some(DateRange {
        start: match range.get("startDateTime") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(_) => Some(decode_bound(range, "startDateTime")?),
        },
        end: DateRange::normal_end(decode_bound(range, "endDateTime")?),
    })
}

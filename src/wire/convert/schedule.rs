//! Schedules, with their triggers.

use serde_json::Value;

use super::{list, string};
use crate::model::{DateRange, Day, Schedule, TimeOfDay, TimeSpan, Week};

pub(in crate::wire) fn schedule(value: &Value) -> Schedule {
    let mut read = Schedule {
        start: bound(value, "startDateTime"),
        end: bound(value, "endDateTime"),
        ..Schedule::default()
    };
    let mut ranges = Vec::new();
    for trigger in list(value.get("triggers")) {
        let known = match trigger.get("triggerType").and_then(Value::as_str) {
            Some("Daily") => daily(trigger).map(|spans| {
                let week = read.week.get_or_insert_default();
                for day in Day::ALL {
                    add(week, day, spans);
                }
            }),
            Some("Weekly") => weekly(trigger).map(|days| {
                let week = read.week.get_or_insert_default();
                for (day, spans) in days {
                    add(week, day, spans);
                }
            }),
            Some("Range") => dates(trigger).map(|dates| ranges.extend(dates)),
            _ => None,
        };
        if known.is_none() {
            read.other.push(trigger.clone());
        }
    }
    read.with_ranges(ranges)
}

/// A span, and what it has in the next day.
type Spans = (TimeSpan, Option<TimeSpan>);

fn add(week: &mut Week, day: Day, (today, tomorrow): Spans) {
    week.add(day, &[today]);
    if let Some(tomorrow) = tomorrow {
        week.add(day.next(), &[tomorrow]);
    }
}

fn bound(value: &Value, key: &str) -> Option<crate::model::DateTime> {
    DateRange::parse_api(value.get(key)?.as_str()?)
}

fn daily(trigger: &Value) -> Option<Spans> {
    let start: TimeOfDay = string(trigger.get("startTime"))?.parse().ok()?;
    let end = match string(trigger.get("endTime"))?.as_str() {
        // Midnight, as the end of a day.
        "24:00:00" | "24:00" | "00:00:00" | "00:00" | "0:00:00" => TimeOfDay::LAST,
        end => end.parse().ok()?,
    };
    Some(TimeSpan::between(start, end))
}

fn weekly(trigger: &Value) -> Option<Vec<(Day, Spans)>> {
    let mut days = Vec::new();
    for (key, spans) in trigger.get("ranges")?.as_object()? {
        let day = Day::parse(key)?;
        for span in list(Some(spans)) {
            days.push((day, daily(span)?));
        }
    }
    Some(days)
}

fn dates(trigger: &Value) -> Option<Vec<DateRange>> {
    let read = |range: &Value| {
        Some(DateRange {
            start: match range.get("startDateTime") {
                Some(_) => Some(bound(range, "startDateTime")?),
                None => None,
            },
            end: bound(range, "endDateTime")?,
        })
    };
    list(trigger.get("ranges")).iter().map(read).collect()
}

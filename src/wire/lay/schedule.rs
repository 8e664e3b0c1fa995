//! Schedules: equal days become a daily trigger, other weeks a weekly one.

use serde_json::{Map, Value, json};

use super::{set, unset};
use crate::model::{DateRange, Day, Schedule, TimeOfDay, TimeSpan, Week};
use crate::wire::convert;

/// The live schedule where it already says what is wanted; else a new one, with what we do not know of
/// the live one.
pub(super) fn lay(live: Option<&Value>, wanted: &Schedule) -> Value {
    if let Some(live) = live
        && convert::schedule::schedule(live) == *wanted
    {
        return writable(live);
    }
    let mut laid = live.cloned().unwrap_or_else(|| json!({}));
    for (key, bound) in [("startDateTime", wanted.start), ("endDateTime", wanted.end)] {
        match bound {
            Some(at) => set(&mut laid, key, json!(DateRange::to_api(at))),
            None => unset(&mut laid, key),
        }
    }
    let mut triggers = Vec::new();
    if let Some(week) = &wanted.week {
        triggers.push(repeating(week));
    }
    if !wanted.ranges.is_empty() {
        let ranges = wanted.ranges.iter().map(|range| {
            let mut ends = json!({});
            if let Some(start) = range.start {
                set(&mut ends, "startDateTime", json!(DateRange::to_api(start)));
            }
            set(
                &mut ends,
                "endDateTime",
                json!(DateRange::to_api(range.end)),
            );
            ends
        });
        let ranges: Value = ranges.collect();
        triggers.push(json!({ "triggerType": "Range", "ranges": ranges }));
    }
    triggers.extend(wanted.other.iter().cloned());
    set(&mut laid, "triggers", Value::Array(triggers));
    laid
}

fn repeating(week: &Week) -> Value {
    if let Some([only]) = week.same_every_day() {
        return json!({
            "triggerType": "Daily",
            "startTime": only.start.to_api(),
            "endTime": only.end.to_api(),
        });
    }
    let span =
        |span: &TimeSpan| json!({ "startTime": span.start.to_api(), "endTime": span.end.to_api() });
    let mut ranges = Map::new();
    for day in Day::ALL {
        let spans: Vec<Value> = week.on(day).iter().map(span).collect();
        if !spans.is_empty() {
            ranges.insert(day.name().to_owned(), Value::Array(spans));
        }
    }
    json!({ "triggerType": "Weekly", "ranges": ranges })
}

/// A live schedule as a request may hold it: the guide shows `9:00:00` in answers, the specification
/// wants `09:00:00`.
pub(super) fn writable(live: &Value) -> Value {
    match live {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| {
                let time = match (key.as_str(), value.as_str()) {
                    ("startTime" | "endTime", Some(text)) => text.parse::<TimeOfDay>().ok(),
                    _ => None,
                };
                let value = time.map_or_else(|| writable(value), |time| json!(time.to_api()));
                (key.clone(), value)
            });
            Value::Object(entries.collect())
        }
        Value::Array(items) => items.iter().map(writable).collect(),
        other => other.clone(),
    }
}

//! Encodes schedules. Equal days become a daily trigger, other weeks a weekly one.

use serde_json::{Map, Value, json};

use super::actions::{remove_key, set_key};
use crate::api::decode;
use crate::model::{CallSchedule, DateRange, DayOfWeek, TimeOfDay, TimeSpan, WeeklyTimes};

/// Returns the live schedule if it equals the declared one, otherwise a new schedule with the
/// unknown parts of the live one.
pub(super) fn encode_schedule(live: Option<&Value>, desired: &CallSchedule) -> Value {
    if let Some(live) = live
        && decode::schedule::decode_schedule(live) == *desired
    {
        return to_writable(live);
    }
    let mut schedule = live.cloned().unwrap_or_else(|| json!({}));
    for (key, bound) in [
        ("startDateTime", desired.start),
        ("endDateTime", desired.end),
    ] {
        match bound {
            Some(at) => set_key(&mut schedule, key, json!(DateRange::to_api(at))),
            None => remove_key(&mut schedule, key),
        }
    }
    let mut triggers = Vec::new();
    if let Some(week) = &desired.week {
        triggers.push(encode_week(week));
    }
    if !desired.ranges.is_empty() {
        let ranges = desired.ranges.iter().map(|range| {
            let mut ends = json!({});
            if let Some(start) = range.start {
                set_key(&mut ends, "startDateTime", json!(DateRange::to_api(start)));
            }
            set_key(
                &mut ends,
                "endDateTime",
                json!(DateRange::to_api(range.end)),
            );
            ends
        });
        let ranges: Value = ranges.collect();
        triggers.push(json!({ "triggerType": "Range", "ranges": ranges }));
    }
    triggers.extend(desired.other.iter().cloned());
    set_key(&mut schedule, "triggers", Value::Array(triggers));
    schedule
}

/// Encodes weekly times as a daily or weekly trigger.
fn encode_week(week: &WeeklyTimes) -> Value {
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
    for day in DayOfWeek::ALL {
        let spans: Vec<Value> = week.spans_on(day).iter().map(span).collect();
        if !spans.is_empty() {
            ranges.insert(day.name().to_owned(), Value::Array(spans));
        }
    }
    json!({ "triggerType": "Weekly", "ranges": ranges })
}

/// Converts a live schedule to the form of a request: the guide shows `9:00:00` in responses, the
/// specification requires `09:00:00`.
pub(super) fn to_writable(live: &Value) -> Value {
    match live {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| {
                let time = match (key.as_str(), value.as_str()) {
                    ("startTime" | "endTime", Some(text)) => text.parse::<TimeOfDay>().ok(),
                    _ => None,
                };
                let value = time.map_or_else(|| to_writable(value), |time| json!(time.to_api()));
                (key.clone(), value)
            });
            Value::Object(entries.collect())
        }
        Value::Array(items) => items.iter().map(to_writable).collect(),
        other => other.clone(),
    }
}

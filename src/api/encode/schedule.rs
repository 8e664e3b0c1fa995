//! Encodes schedules. Equal days become a daily trigger, other weeks a weekly one.

use serde_json::{Map, Value, json};

use super::actions::{remove_key, set_key};
use crate::api::decode::{self, array_items};
use crate::model::{
    CallSchedule, DateRange, DayOfWeek, LocalDateTime, TimeOfDay, TimeSpan, WeeklyTimes,
};

/// Encodes a schedule over the live one. What already is as declared keeps its live form and place.
///
/// A live start before `now` equals no start, because the service fills one in; without `now`, any
/// live start does.
pub(super) fn encode_schedule(
    live: Option<&Value>,
    desired: &CallSchedule,
    now: Option<LocalDateTime>,
) -> Value {
    let mut schedule = live.map_or_else(|| json!({}), to_writable);
    let before = decode::schedule::decode_schedule(&schedule);
    let start = effective_start(before.start, desired.start, now);
    for (key, live_bound, bound) in [
        ("startDateTime", before.start, start),
        ("endDateTime", before.end, desired.end),
    ] {
        match bound {
            _ if bound == live_bound => {}
            Some(at) => set_key(&mut schedule, key, json!(DateRange::to_api(at))),
            None => remove_key(&mut schedule, key),
        }
    }
    let triggers = encode_triggers(&schedule, &before, desired, now);
    set_key(&mut schedule, "triggers", triggers);
    schedule
}

/// Returns the declared start, or the live one if none is declared and the live one is in the past.
fn effective_start(
    live: Option<LocalDateTime>,
    desired: Option<LocalDateTime>,
    now: Option<LocalDateTime>,
) -> Option<LocalDateTime> {
    desired.or_else(|| live.filter(|start| now.is_none_or(|now| *start <= now)))
}

/// Encodes the triggers: weekly times, date ranges, and triggers in the API's form.
fn encode_triggers(
    live: &Value,
    before: &CallSchedule,
    desired: &CallSchedule,
    now: Option<LocalDateTime>,
) -> Value {
    let keeps_week = before.week == desired.week;
    let mut week = desired
        .week
        .as_ref()
        .filter(|_| !keeps_week)
        .map(encode_week);
    let mut ranges = desired.ranges.clone();
    let mut raw: Vec<&Value> = desired.other.iter().collect();
    let mut triggers = Vec::new();
    let mut last_range_trigger = None;
    for trigger in array_items(live.get("triggers")) {
        if let Some(at) = raw.iter().position(|other| *other == trigger) {
            triggers.push(raw.remove(at).clone());
            continue;
        }
        if before.other.contains(trigger) {
            continue;
        }
        match trigger.get("triggerType").and_then(Value::as_str) {
            Some("Daily" | "Weekly") if keeps_week => triggers.push(trigger.clone()),
            Some("Daily" | "Weekly") => triggers.extend(week.take()),
            Some("Range") => {
                let kept = keep_declared_ranges(trigger, &mut ranges, now);
                if !array_items(kept.get("ranges")).is_empty() {
                    last_range_trigger = Some(triggers.len());
                    triggers.push(kept);
                }
            }
            _ => {}
        }
    }
    triggers.extend(week);
    if !ranges.is_empty() {
        let new = ranges.iter().map(encode_range);
        match last_range_trigger.and_then(|at| triggers[at].get_mut("ranges")?.as_array_mut()) {
            Some(items) => items.extend(new),
            None => triggers.push(json!({
                "triggerType": "Range",
                "ranges": new.collect::<Value>(),
            })),
        }
    }
    triggers.extend(raw.into_iter().cloned());
    Value::Array(triggers)
}

/// Returns a live range trigger with only the declared ranges, and removes those from `ranges`.
fn keep_declared_ranges(
    trigger: &Value,
    ranges: &mut Vec<DateRange>,
    now: Option<LocalDateTime>,
) -> Value {
    let mut kept = Vec::new();
    for live in array_items(trigger.get("ranges")) {
        let Some(range) = decode::schedule::decode_range(live) else {
            continue;
        };
        let is_declared = |desired: &DateRange| {
            let start = effective_start(range.start, desired.start, now);
            range.end == desired.end && range.start == start
        };
        if let Some(at) = ranges.iter().position(is_declared) {
            ranges.remove(at);
            kept.push(live.clone());
        }
    }
    let mut trigger = trigger.clone();
    set_key(&mut trigger, "ranges", Value::Array(kept));
    trigger
}

/// Encodes a date range.
fn encode_range(range: &DateRange) -> Value {
    let mut bounds = json!({});
    if let Some(start) = range.start {
        set_key(
            &mut bounds,
            "startDateTime",
            json!(DateRange::to_api(start)),
        );
    }
    set_key(
        &mut bounds,
        "endDateTime",
        json!(DateRange::to_api(range.end)),
    );
    bounds
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

//! Checks of schedules: triggers, times and dates.

use jiff::civil::{DateTime, Time};

use super::BodyPart;
use crate::sandbox::defaults::DAYS;

/// Maximum number of time spans per day. \[spec\]
const MAX_SPANS_PER_DAY: usize = 20;

/// The schedules that are allowed in a state or an interaction rule.
pub(crate) struct ScheduleLimits {
    /// Trigger types that are allowed.
    pub(crate) triggers: &'static [&'static str],
    /// Whether only one trigger is allowed (forward-all-calls) instead of one or more.
    pub(crate) single_trigger: bool,
    /// Whether a range may omit its start. [spec: in states, not in interaction rules]
    pub(crate) open_start: bool,
}

/// Limits of interaction rules, which may contain every trigger. \[spec\]
pub(crate) const ANY_SCHEDULE: ScheduleLimits = ScheduleLimits {
    triggers: &["Daily", "Weekly", "Range"],
    single_trigger: false,
    open_start: false,
};

/// Checks a complete schedule.
pub(crate) fn check(schedule: &BodyPart, limits: &ScheduleLimits) {
    if schedule.require_object().is_none() {
        return;
    }
    let bound = |key: &str| schedule.get(key).if_present().and_then(require_date_time);
    let (start, end) = (bound("startDateTime"), bound("endDateTime"));
    // The guide has a schedule that ends when it starts. [docs]
    if start != end {
        check_order(start, end, &schedule.get("endDateTime"));
    }

    let list = schedule.get("triggers");
    let Some(triggers) = list.require_array(1) else {
        return;
    };
    if limits.single_trigger && triggers.len() > 1 {
        list.invalid("only one trigger is allowed here");
    }
    for trigger in &triggers {
        match trigger.get("triggerType").require_one_of(limits.triggers) {
            Some("Daily") => check_span(trigger),
            Some("Weekly") => check_week(&trigger.get("ranges")),
            Some("Range") => check_ranges(&trigger.get("ranges"), limits),
            _ => {}
        }
    }
}

fn check_week(ranges: &BodyPart) {
    let days = ranges.require_object();
    for name in days.into_iter().flat_map(|days| days.keys()) {
        let day = ranges.get(name);
        if !DAYS.contains(&name.as_str()) {
            day.invalid("not a day of the week");
            continue;
        }
        let Some(spans) = day.require_array(0) else {
            continue;
        };
        if spans.len() > MAX_SPANS_PER_DAY {
            day.invalid(format_args!("at most {MAX_SPANS_PER_DAY} ranges a day"));
        }
        spans.iter().for_each(check_span);
    }
}

fn check_ranges(ranges: &BodyPart, limits: &ScheduleLimits) {
    for range in ranges.require_array(1).into_iter().flatten() {
        let start = match range.get("startDateTime") {
            start if start.value.is_none() && limits.open_start => None,
            start => require_date_time(start),
        };
        let end = require_date_time(range.get("endDateTime"));
        check_order(start, end, &range.get("endDateTime"));
    }
}

/// Checks a time span. It must end on the same day, or at 00:00:00, which is the end of the day; a
/// span over midnight is set as one span on each day. [docs, field]
fn check_span(span: &BodyPart) {
    let time = |part: &BodyPart| {
        let time = part.as_str().and_then(parse_time);
        part.require(time, "a time must have the form HH:MM:SS")
    };
    let end = span.get("endTime");
    let start_time = time(&span.get("startTime"));
    let end_time = time(&end).filter(|time| *time != Time::midnight());
    check_order(start_time, end_time, &end);
}

/// Requires the start to be before the end, if both are valid.
fn check_order<T: PartialOrd>(start: Option<T>, end: Option<T>, end_part: &BodyPart) {
    if start.zip(end).is_some_and(|(start, end)| start >= end) {
        end_part.invalid("the end must be after the start");
    }
}

fn require_date_time(part: BodyPart) -> Option<DateTime> {
    let date_time = part.as_str().and_then(parse_date_time);
    part.require(
        date_time,
        "a date and time must have the form YYYY-MM-DDTHH:MM:SS",
    )
}

/// Parses `HH:MM:SS`, and `H:MM:SS` as in the developer guide. \[docs\]
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut next = |widths: &[usize]| -> Option<i8> {
        let part = parts.next()?;
        let digits = widths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let (hour, minute, second) = (next(&[1, 2])?, next(&[2])?, next(&[2])?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

/// Parses `YYYY-MM-DDTHH:MM:SS[.fff][Z]`, and drops the fraction and the zone. \[spec\]
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    let local = text.strip_suffix('Z').unwrap_or(text);
    let (date_time, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if !is_fraction || date_time.len() != 19 || date_time.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    date_time.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::error_parameters;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn invalid_schedule_error_names_the_parameter() {
        let trigger = |kind: &str, fields: Value| {
            let mut trigger = fields;
            trigger["triggerType"] = kind.into();
            json!({ "triggers": [trigger] })
        };
        let daily = |start: &str, end: &str| {
            trigger("Daily", json!({ "startTime": start, "endTime": end }))
        };
        let weekly = |ranges: Value| trigger("Weekly", json!({ "ranges": ranges }));
        let range = |start: &str, end: &str| {
            let fields = [("startDateTime", start), ("endDateTime", end)];
            let fields = fields.into_iter().filter(|(_, time)| !time.is_empty());
            let range: Value = fields.collect();
            trigger("Range", json!({ "ranges": [range] }))
        };
        let (first, second) = ("2026-01-01T00:00:00", "2026-01-02T00:00:00");
        let ranges = "s.triggers[0].ranges";
        for (schedule, parameter) in [
            (json!({}), "s.triggers"),
            (json!({ "triggers": [] }), "s.triggers"),
            (trigger("Monthly", json!({})), "s.triggers[0].triggerType"),
            (daily("22:00:00", "06:00:00"), "s.triggers[0].endTime"),
            (daily("09:00:00", "09:00:00"), "s.triggers[0].endTime"),
            (daily("09:00", "10:00:00"), "s.triggers[0].startTime"),
            (daily("09:00:00", "24:00:00"), "s.triggers[0].endTime"),
            (
                weekly(json!({ "someday": [] })),
                &format!("{ranges}.someday"),
            ),
            (
                weekly(json!({ "monday": [{ "startTime": "09:00:00" }] })),
                &format!("{ranges}.monday[0].endTime"),
            ),
            (range(first, ""), &format!("{ranges}[0].endDateTime")),
            (range("", first), &format!("{ranges}[0].startDateTime")),
            (range(second, first), &format!("{ranges}[0].endDateTime")),
            (
                range("2026-02-30T00:00:00", second),
                &format!("{ranges}[0].startDateTime"),
            ),
        ] {
            let text = schedule.to_string();
            let check = |part: &BodyPart| check(part, &ANY_SCHEDULE);
            assert_eq!(
                error_parameters("s", schedule, &Value::Null, check),
                [parameter],
                "{text}"
            );
        }
    }

    #[test]
    fn schedules_of_the_guide_and_of_real_accounts_are_accepted() {
        let instant = "2001-02-01T08:00:00.000Z";
        let hours =
            json!({ "triggerType": "Daily", "startTime": "9:00:00", "endTime": "10:00:00" });
        let evening =
            json!({ "triggerType": "Daily", "startTime": "18:00:00", "endTime": "00:00:00" });
        for schedule in [
            json!({ "startDateTime": instant, "endDateTime": instant, "triggers": [hours] }),
            json!({ "triggers": [evening] }),
        ] {
            let text = schedule.to_string();
            let check = |part: &BodyPart| check(part, &ANY_SCHEDULE);
            let errors = error_parameters("s", schedule, &Value::Null, check);
            assert_eq!(errors, [""; 0], "{text}");
        }
    }
}

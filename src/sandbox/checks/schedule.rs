//! Checks of schedules (triggers, times and dates), and the form in which responses contain them.

use jiff::civil::{DateTime, Time};
use serde_json::Value;

use super::BodyFindings;

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
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
pub(crate) fn check(
    findings: &mut BodyFindings,
    schedule: Option<&Value>,
    at: &str,
    allowed: &ScheduleLimits,
) {
    let Some(schedule) = findings.require_object(schedule, at) else {
        return;
    };
    let mut check_bound = |key: &str| {
        let value = schedule.get(key)?;
        check_date_time(findings, Some(value), &format!("{at}.{key}"))
    };
    let start = check_bound("startDateTime");
    let end = check_bound("endDateTime");
    check_order(findings, start, end, &format!("{at}.endDateTime"));

    let triggers_at = format!("{at}.triggers");
    let Some(triggers) = findings.require_array(schedule.get("triggers"), &triggers_at, 1) else {
        return;
    };
    if allowed.single_trigger && triggers.len() > 1 {
        findings.push_invalid(&triggers_at, "only one trigger is allowed here");
    }
    for (i, trigger) in triggers.iter().enumerate() {
        check_trigger(findings, trigger, &format!("{triggers_at}[{i}]"), allowed);
    }
}

fn check_trigger(findings: &mut BodyFindings, trigger: &Value, at: &str, allowed: &ScheduleLimits) {
    let kind_at = format!("{at}.triggerType");
    match findings.require_one_of(trigger.get("triggerType"), &kind_at, allowed.triggers) {
        Some("Daily") => check_span(findings, trigger, at),
        Some("Weekly") => check_week(findings, trigger.get("ranges"), &format!("{at}.ranges")),
        Some("Range") => check_ranges(findings, trigger, &format!("{at}.ranges"), allowed),
        _ => {}
    }
}

fn check_week(findings: &mut BodyFindings, ranges: Option<&Value>, at: &str) {
    for (day, spans) in findings.require_object(ranges, at).into_iter().flatten() {
        let at = format!("{at}.{day}");
        if !DAYS.contains(&day.as_str()) {
            findings.push_invalid(&at, "not a day of the week");
            continue;
        }
        let Some(spans) = findings.require_array(Some(spans), &at, 0) else {
            continue;
        };
        if spans.len() > MAX_SPANS_PER_DAY {
            findings.push_invalid(
                &at,
                format_args!("at most {MAX_SPANS_PER_DAY} ranges a day"),
            );
        }
        for (i, span) in spans.iter().enumerate() {
            check_span(findings, span, &format!("{at}[{i}]"));
        }
    }
}

fn check_ranges(findings: &mut BodyFindings, trigger: &Value, at: &str, allowed: &ScheduleLimits) {
    let ranges = findings.require_array(trigger.get("ranges"), at, 1);
    for (i, range) in ranges.into_iter().flatten().enumerate() {
        let at = format!("{at}[{i}]");
        let start_value = range.get("startDateTime");
        let start = if start_value.is_none() && allowed.open_start {
            None
        } else {
            check_date_time(findings, start_value, &format!("{at}.startDateTime"))
        };
        let end_at = format!("{at}.endDateTime");
        let end = check_date_time(findings, range.get("endDateTime"), &end_at);
        check_order(findings, start, end, &end_at);
    }
}

/// Checks a time span. It must end on the same day; a span over midnight is set as one span on each
/// day. \[docs\]
fn check_span(findings: &mut BodyFindings, span: &Value, at: &str) {
    let end_at = format!("{at}.endTime");
    let start = check_time(findings, span.get("startTime"), &format!("{at}.startTime"));
    let end = check_time(findings, span.get("endTime"), &end_at);
    check_order(findings, start, end, &end_at);
}

/// Requires the start to be before the end, if both are valid.
fn check_order<T: PartialOrd>(
    findings: &mut BodyFindings,
    start: Option<T>,
    end: Option<T>,
    end_at: &str,
) {
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        findings.push_invalid(end_at, "the end must be after the start");
    }
}

fn check_time(findings: &mut BodyFindings, value: Option<&Value>, at: &str) -> Option<Time> {
    let time = value.and_then(Value::as_str).and_then(parse_time);
    if time.is_none() {
        findings.push_invalid(at, "a time must have the form HH:MM:SS");
    }
    time
}

fn check_date_time(
    findings: &mut BodyFindings,
    value: Option<&Value>,
    at: &str,
) -> Option<DateTime> {
    let date_time = value.and_then(Value::as_str).and_then(parse_date_time);
    if date_time.is_none() {
        findings.push_invalid(at, "a date and time must have the form YYYY-MM-DDTHH:MM:SS");
    }
    date_time
}

/// Parses `HH:MM:SS`, and `H:MM:SS` as in the developer guide. \[docs\]
fn parse_time(text: &str) -> Option<Time> {
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
fn parse_date_time(text: &str) -> Option<DateTime> {
    let local = text.strip_suffix('Z').unwrap_or(text);
    let (date_time, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if !is_fraction || date_time.len() != 19 || date_time.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    date_time.parse().ok()
}

/// Converts all times and dates in accepted conditions to the form of responses. An open start
/// becomes `now`.
pub(crate) fn normalize_times(conditions: &mut Value, now: DateTime) {
    match conditions {
        Value::Array(items) => items.iter_mut().for_each(|item| normalize_times(item, now)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let normalized = match (key.as_str(), value.as_str()) {
                    ("startTime" | "endTime", Some(text)) => {
                        parse_time(text).map(|time| time.strftime("%H:%M:%S").to_string())
                    }
                    ("startDateTime" | "endDateTime", Some(text)) => {
                        parse_date_time(text).map(format_date_time)
                    }
                    _ => None,
                };
                match normalized {
                    Some(text) => *value = text.into(),
                    None => normalize_times(value, now),
                }
            }
            if fields
                .get("triggerType")
                .is_some_and(|kind| kind == "Range")
            {
                let ranges = fields.get_mut("ranges").and_then(Value::as_array_mut);
                for range in ranges
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_object_mut)
                {
                    if !range.contains_key("startDateTime") {
                        range.shift_insert(0, "startDateTime".into(), format_date_time(now).into());
                    }
                }
            }
        }
        _ => {}
    }
}

fn format_date_time(date_time: DateTime) -> String {
    date_time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error_parameters(schedule: Value, allowed: &ScheduleLimits) -> Vec<String> {
        let mut findings = BodyFindings::default();
        check(&mut findings, Some(&schedule), "s", allowed);
        findings
            .into_details()
            .into_iter()
            .filter_map(|r| r.parameter)
            .collect()
    }

    #[test]
    fn invalid_schedule_error_names_the_parameter() {
        let daily = |start: &str, end: &str| json!({ "triggers": [{ "triggerType": "Daily", "startTime": start, "endTime": end }] });
        let weekly =
            |ranges: Value| json!({ "triggers": [{ "triggerType": "Weekly", "ranges": ranges }] });
        let range =
            |range: Value| json!({ "triggers": [{ "triggerType": "Range", "ranges": [range] }] });
        for (schedule, parameter) in [
            (json!({}), "s.triggers"),
            (json!({ "triggers": [] }), "s.triggers"),
            (
                json!({ "triggers": [{ "triggerType": "Monthly" }] }),
                "s.triggers[0].triggerType",
            ),
            (daily("22:00:00", "06:00:00"), "s.triggers[0].endTime"),
            (daily("09:00", "10:00:00"), "s.triggers[0].startTime"),
            (daily("09:00:00", "24:00:00"), "s.triggers[0].endTime"),
            (
                weekly(json!({ "someday": [] })),
                "s.triggers[0].ranges.someday",
            ),
            (
                weekly(json!({ "monday": [{ "startTime": "09:00:00" }] })),
                "s.triggers[0].ranges.monday[0].endTime",
            ),
            (
                range(json!({ "startDateTime": "2026-01-01T00:00:00" })),
                "s.triggers[0].ranges[0].endDateTime",
            ),
            (
                range(json!({ "endDateTime": "2026-01-01T00:00:00" })),
                "s.triggers[0].ranges[0].startDateTime",
            ),
            (
                range(
                    json!({ "startDateTime": "2026-01-02T00:00:00", "endDateTime": "2026-01-01T00:00:00" }),
                ),
                "s.triggers[0].ranges[0].endDateTime",
            ),
            (
                range(
                    json!({ "startDateTime": "2026-02-30T00:00:00", "endDateTime": "2026-03-01T00:00:00" }),
                ),
                "s.triggers[0].ranges[0].startDateTime",
            ),
        ] {
            assert_eq!(
                error_parameters(schedule.clone(), &ANY_SCHEDULE),
                [parameter],
                "{schedule}"
            );
        }
    }

    #[test]
    fn normalize_times_gives_one_form_and_fills_open_starts() {
        let mut conditions = json!([{ "schedule": { "startDateTime": "2001-02-01T08:00:00.000Z", "triggers": [
            { "triggerType": "Daily", "startTime": "9:00:00", "endTime": "10:30:00" },
            { "triggerType": "Range", "ranges": [{ "endDateTime": "2026-11-29T23:59:59Z" }] },
        ] } }]);
        normalize_times(
            &mut conditions,
            jiff::civil::datetime(2026, 11, 20, 23, 0, 0, 0),
        );
        let schedule = &conditions[0]["schedule"];
        assert_eq!(schedule["startDateTime"], "2001-02-01T08:00:00");
        assert_eq!(schedule["triggers"][0]["startTime"], "09:00:00");
        assert_eq!(
            schedule["triggers"][1]["ranges"][0],
            json!({ "startDateTime": "2026-11-20T23:00:00", "endDateTime": "2026-11-29T23:59:59" })
        );
    }
}

//! Schedules: triggers, times and dates; and the form in which answers show them.

use jiff::civil::{DateTime, Time};
use serde_json::Value;

use super::Findings;

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// Most spans a day may have. \[spec\]
const SPANS_A_DAY: usize = 20;

/// What a schedule may say in the place it stands in.
pub(crate) struct Allowed {
    pub(crate) triggers: &'static [&'static str],
    /// Exactly one trigger (forward-all-calls), or one and more.
    pub(crate) one_only: bool,
    /// Whether a range may leave its start out. [spec: in states, not in interaction rules]
    pub(crate) open_start: bool,
}

/// Interaction rules may use every trigger. \[spec\]
pub(crate) const ANY: Allowed = Allowed {
    triggers: &["Daily", "Weekly", "Range"],
    one_only: false,
    open_start: false,
};

pub(crate) fn check(
    findings: &mut Findings,
    schedule: Option<&Value>,
    at: &str,
    allowed: &Allowed,
) {
    let Some(schedule) = findings.object(schedule, at) else {
        return;
    };
    let start = schedule.get("startDateTime");
    let end = schedule.get("endDateTime");
    let start = start.map(|value| date_time(findings, Some(value), &format!("{at}.startDateTime")));
    let end_at = format!("{at}.endDateTime");
    let end = end.map(|value| date_time(findings, Some(value), &end_at));
    in_order(findings, start.flatten(), end.flatten(), &end_at);

    let at = format!("{at}.triggers");
    let Some(triggers) = findings.array(schedule.get("triggers"), &at, 1) else {
        return;
    };
    if allowed.one_only && triggers.len() > 1 {
        findings.invalid(&at, "only one trigger is allowed here");
    }
    for (i, trigger) in triggers.iter().enumerate() {
        check_trigger(findings, trigger, &format!("{at}[{i}]"), allowed);
    }
}

fn check_trigger(findings: &mut Findings, trigger: &Value, at: &str, allowed: &Allowed) {
    let kind_at = format!("{at}.triggerType");
    match findings.one_of(trigger.get("triggerType"), &kind_at, allowed.triggers) {
        Some("Daily") => check_span(findings, trigger, at),
        Some("Weekly") => check_week(findings, trigger.get("ranges"), &format!("{at}.ranges")),
        Some("Range") => check_ranges(findings, trigger, &format!("{at}.ranges"), allowed),
        _ => {}
    }
}

fn check_week(findings: &mut Findings, ranges: Option<&Value>, at: &str) {
    for (day, spans) in findings.object(ranges, at).into_iter().flatten() {
        let at = format!("{at}.{day}");
        if !DAYS.contains(&day.as_str()) {
            findings.invalid(&at, "not a day of the week");
            continue;
        }
        let Some(spans) = findings.array(Some(spans), &at, 0) else {
            continue;
        };
        if spans.len() > SPANS_A_DAY {
            findings.invalid(&at, format_args!("at most {SPANS_A_DAY} ranges a day"));
        }
        for (i, span) in spans.iter().enumerate() {
            check_span(findings, span, &format!("{at}[{i}]"));
        }
    }
}

fn check_ranges(findings: &mut Findings, trigger: &Value, at: &str, allowed: &Allowed) {
    let ranges = findings.array(trigger.get("ranges"), at, 1);
    for (i, range) in ranges.into_iter().flatten().enumerate() {
        let at = format!("{at}[{i}]");
        let start = range.get("startDateTime");
        let start = if start.is_none() && allowed.open_start {
            None
        } else {
            date_time(findings, start, &format!("{at}.startDateTime"))
        };
        let end_at = format!("{at}.endDateTime");
        let end = date_time(findings, range.get("endDateTime"), &end_at);
        in_order(findings, start, end, &end_at);
    }
}

/// A span within one day: over midnight it has to be set per day. \[docs\]
fn check_span(findings: &mut Findings, span: &Value, at: &str) {
    let end_at = format!("{at}.endTime");
    let start = time(findings, span.get("startTime"), &format!("{at}.startTime"));
    let end = time(findings, span.get("endTime"), &end_at);
    in_order(findings, start, end, &end_at);
}

fn in_order<T: PartialOrd>(
    findings: &mut Findings,
    start: Option<T>,
    end: Option<T>,
    end_at: &str,
) {
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        findings.invalid(end_at, "the end must be after the start");
    }
}

fn time(findings: &mut Findings, value: Option<&Value>, at: &str) -> Option<Time> {
    let found = value.and_then(Value::as_str).and_then(parse_time);
    if found.is_none() {
        findings.invalid(at, "a time is HH:MM:SS");
    }
    found
}

fn date_time(findings: &mut Findings, value: Option<&Value>, at: &str) -> Option<DateTime> {
    let found = value.and_then(Value::as_str).and_then(parse_date_time);
    if found.is_none() {
        findings.invalid(at, "a date and time is YYYY-MM-DDTHH:MM:SS");
    }
    found
}

/// `HH:MM:SS`, and `H:MM:SS` as the guide shows it. \[docs\]
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

/// `YYYY-MM-DDTHH:MM:SS[.fff][Z]`: fraction and zone are dropped. \[spec\]
fn parse_date_time(text: &str) -> Option<DateTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if !fraction_fits || whole.len() != 19 || whole.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    whole.parse().ok()
}

/// Brings all times and dates in accepted conditions into the form of answers; an open start becomes `now`.
pub(crate) fn normalise(conditions: &mut Value, now: DateTime) {
    match conditions {
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, now)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let shown = match (key.as_str(), value.as_str()) {
                    ("startTime" | "endTime", Some(text)) => {
                        parse_time(text).map(|time| time.strftime("%H:%M:%S").to_string())
                    }
                    ("startDateTime" | "endDateTime", Some(text)) => {
                        parse_date_time(text).map(show)
                    }
                    _ => None,
                };
                match shown {
                    Some(text) => *value = text.into(),
                    None => normalise(value, now),
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
                        range.shift_insert(0, "startDateTime".into(), show(now).into());
                    }
                }
            }
        }
        _ => {}
    }
}

fn show(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(schedule: Value, allowed: &Allowed) -> Vec<String> {
        let mut findings = Findings::default();
        check(&mut findings, Some(&schedule), "s", allowed);
        findings
            .into_refusals()
            .into_iter()
            .filter_map(|r| r.parameter)
            .collect()
    }

    #[test]
    fn schedules_that_are_refused() {
        let daily = |start: &str, end: &str| json!({ "triggers": [{ "triggerType": "Daily", "startTime": start, "endTime": end }] });
        let weekly =
            |ranges: Value| json!({ "triggers": [{ "triggerType": "Weekly", "ranges": ranges }] });
        let range =
            |range: Value| json!({ "triggers": [{ "triggerType": "Range", "ranges": [range] }] });
        for (schedule, place) in [
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
            assert_eq!(places(schedule.clone(), &ANY), [place], "{schedule}");
        }
    }

    #[test]
    fn answers_show_one_form() {
        let mut conditions = json!([{ "schedule": { "startDateTime": "2001-02-01T08:00:00.000Z", "triggers": [
            { "triggerType": "Daily", "startTime": "9:00:00", "endTime": "10:30:00" },
            { "triggerType": "Range", "ranges": [{ "endDateTime": "2026-11-29T23:59:59Z" }] },
        ] } }]);
        normalise(
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

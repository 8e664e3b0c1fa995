//! Descriptions of the times at which a plan affects calls.

use serde_json::{Map, Value};

use crate::model::{TimeOfDay, TimeSpan};
use crate::reconcile::{ImpactDateException, ImpactTimes};
use crate::render::humanize::YamlHumanizer;

/// Describes times, such as `Mon–Fri 08:00–16:00; not 2026-11-26 to 2026-11-29`. Returns `None` for
/// all times.
pub(crate) fn describe_times(humanizer: &YamlHumanizer<'_>, times: &ImpactTimes) -> Option<String> {
    let week = |week: &Value| match week.get("mon-sun") {
        Some(every_day) => humanizer.describe_value("daily", &round_times(every_day)),
        None => humanizer.describe_value("weekly", &round_times(week)),
    };
    let span = |dates: &ImpactDateException| describe_dates(dates, &times.from);
    let is_never = times.weekly.as_object().is_some_and(Map::is_empty);
    let is_always = times
        .weekly
        .get("mon-sun")
        .is_some_and(|day| day == "all-day");
    let has_partial_dates = times.except.iter().any(|dates| dates.times.is_object());
    let mut clauses: Vec<String> = match &times.outside {
        _ if is_always && has_partial_dates => vec!["always".to_owned()],
        _ if is_never || is_always => Vec::new(),
        Some(outside) => vec![format!("outside {}", week(outside))],
        None => vec![week(&times.weekly)],
    };
    let spans_with = |times_word: &str| {
        let spans: Vec<String> = times
            .except
            .iter()
            .filter(|dates| dates.times == times_word)
            .map(span)
            .collect();
        spans.join(", ")
    };
    let (always, never) = (spans_with("always"), spans_with("never"));
    match (always.is_empty(), is_never) {
        (true, _) => {}
        (false, true) => clauses.push(always),
        (false, false) => clauses.push(format!("all of {always}")),
    }
    for dates in &times.except {
        let only = if is_never { "" } else { "only " };
        if dates.times.is_object() {
            clauses.push(format!("{} {only}{}", span(dates), week(&dates.times)));
        }
    }
    if !never.is_empty() {
        clauses.push(format!("not {never}"));
    }
    (!clauses.is_empty()).then(|| clauses.join("; "))
}

/// Describes a span of dates: `2026-11-26 to 2026-11-29`, `2026-12-24 12:00–17:00`, or
/// `until 2027-03-31` if it starts on `from`.
fn describe_dates(dates: &ImpactDateException, from: &str) -> String {
    let ImpactDateException { start, end, .. } = dates;
    let (start, end) = (round_date_end(start, 1), round_date_end(end, 59));
    match (start.split_once('T'), end.split_once('T')) {
        _ if dates.start == from => format!("until {}", end.replace('T', " ")),
        _ if start == end => start.replace('T', " "),
        (Some((day, start)), Some((same, end))) if day == same => format!("{day} {start}–{end}"),
        (Some((day, start)), None) if day == end => format!("{day} {start}–24:00"),
        (None, Some((day, end))) if day == start => format!("{day} 00:00–{end}"),
        _ => format!("{} to {}", start.replace('T', " "), end.replace('T', " ")),
    }
}

/// Rounds an end of a span of dates if its seconds are `odd_second`: `2026-12-24T16:00:01` becomes
/// `2026-12-24T16:00`, and `…T07:59:59` becomes `…T08:00`.
fn round_date_end(end: &str, odd_second: u32) -> String {
    let rounded = || {
        let (day, time) = end.split_once('T')?;
        let seconds = time.parse::<TimeOfDay>().ok()?.seconds();
        let full_minute = match odd_second {
            _ if seconds % 60 != odd_second => return None,
            1 => seconds - 1,
            _ => seconds + 1,
        };
        let rounded_time = TimeOfDay::from_seconds(full_minute)?;
        Some(format!("{day}T{rounded_time}"))
    };
    rounded().unwrap_or_else(|| end.to_owned())
}

/// Rounds times to full minutes: a start at `16:00:01` becomes `16:00`, and an end at `07:59:59`
/// becomes `08:00`.
fn round_times(week: &Value) -> Value {
    match week {
        Value::String(span) => Value::from(round_span(span).unwrap_or_else(|| span.clone())),
        Value::Array(spans) => spans.iter().map(round_times).collect(),
        Value::Object(days) => {
            let rounded = days
                .iter()
                .map(|(key, spans)| (key.clone(), round_times(spans)));
            Value::Object(rounded.collect())
        }
        other => other.clone(),
    }
}

fn round_span(span: &str) -> Option<String> {
    let (span, None) = TimeSpan::parse(span).ok()? else {
        return None;
    };
    let (start, end) = (span.start.seconds(), span.end.seconds());
    let start = TimeOfDay::from_seconds(start - u32::from(start % 60 == 1))?;
    let end = match end % 60 {
        59 => TimeOfDay::from_seconds(end + 1).unwrap_or(TimeOfDay::LAST),
        _ => span.end,
    };
    Some(TimeSpan { start, end }.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{ExtensionDirectory, NameIndex};

    fn describe(weekly: Value, outside: Option<Value>, except: &[(&str, &str, Value)]) -> String {
        let (directory, name_index) = (ExtensionDirectory::default(), NameIndex::default());
        let humanizer = YamlHumanizer {
            directory: &directory,
            name_index: &name_index,
        };
        let dates = |(start, end, times): &(&str, &str, Value)| ImpactDateException {
            start: (*start).to_owned(),
            end: (*end).to_owned(),
            times: times.clone(),
        };
        let times = ImpactTimes {
            from: "2026-11-21".to_owned(),
            weekly,
            outside,
            except: except.iter().map(dates).collect(),
        };
        describe_times(&humanizer, &times).unwrap_or_default()
    }

    #[test]
    fn times_are_described_with_exceptions() {
        let always = || json!({ "mon-sun": "all-day" });
        let holiday = |times: Value| ("2026-11-26", "2026-11-29", times);
        for (expected, weekly, outside, except) in [
            ("", always(), None, vec![]),
            (
                "not 2026-11-26 to 2026-11-29",
                always(),
                None,
                vec![holiday(json!("never"))],
            ),
            (
                "always; until 2027-03-31 only daily 00:00–07:00 and 19:00–24:00",
                always(),
                None,
                vec![(
                    "2026-11-21",
                    "2027-03-31",
                    json!({ "mon-sun": ["00:00-06:59:59", "19:00:01-24:00"] }),
                )],
            ),
            (
                "2026-11-26 to 2026-11-29, 2026-12-24 12:00–17:00, 2026-12-25 08:00–24:00",
                json!({}),
                None,
                vec![
                    holiday(json!("always")),
                    ("2026-12-24T12:00", "2026-12-24T17:00", json!("always")),
                    ("2026-12-25T08:00", "2026-12-25", json!("always")),
                ],
            ),
            (
                "until 2027-03-31 Mon 09:00–17:00",
                json!({}),
                None,
                vec![("2026-11-21", "2027-03-31", json!({ "mon": "09:00-17:00" }))],
            ),
            (
                "outside Mon–Fri 08:00–16:00; all of 2026-11-26 to 2026-11-29",
                json!({ "mon-fri": ["00:00-07:59:59", "16:00:01-24:00"], "sat-sun": "all-day" }),
                Some(json!({ "mon-fri": "08:00-16:00" })),
                vec![holiday(json!("always"))],
            ),
        ] {
            assert_eq!(describe(weekly, outside, &except), expected);
        }
    }
}

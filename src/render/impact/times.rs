//! When calls are handled otherwise, as people tell times.

use serde_json::{Map, Value};

use crate::engine::{Dates, When};
use crate::model::{TimeOfDay, TimeSpan};
use crate::render::say::Say;

/// `Mon–Fri 08:00–16:00; not 2026-11-26 to 2026-11-29`; nothing for every time.
pub(crate) fn told(say: &Say<'_>, when: &When) -> Option<String> {
    let week = |week: &Value| match week.get("mon-sun") {
        Some(every_day) => say.value("daily", &tidy(every_day)),
        None => say.value("weekly", &tidy(week)),
    };
    let span = |dates: &Dates| span(dates, &when.from);
    let is_never = when.weekly.as_object().is_some_and(Map::is_empty);
    let is_always = when
        .weekly
        .get("mon-sun")
        .is_some_and(|day| day == "all-day");
    let is_cut = when.except.iter().any(|dates| dates.times.is_object());
    let mut clauses: Vec<String> = match &when.outside {
        _ if is_always && is_cut => vec!["always".to_owned()],
        _ if is_never || is_always => Vec::new(),
        Some(outside) => vec![format!("outside {}", week(outside))],
        None => vec![week(&when.weekly)],
    };
    let of = |word: &str| {
        let meant = when.except.iter().filter(|dates| dates.times == word);
        meant.map(span).collect::<Vec<_>>().join(", ")
    };
    let (always, never) = (of("always"), of("never"));
    match (always.is_empty(), is_never) {
        (true, _) => {}
        (false, true) => clauses.push(always),
        (false, false) => clauses.push(format!("all of {always}")),
    }
    for dates in &when.except {
        let word = if is_never { "" } else { "only " };
        if dates.times.is_object() {
            clauses.push(format!("{} {word}{}", span(dates), week(&dates.times)));
        }
    }
    if !never.is_empty() {
        clauses.push(format!("not {never}"));
    }
    (!clauses.is_empty()).then(|| clauses.join("; "))
}

/// `2026-11-26 to 2026-11-29`, `2026-12-24 12:00–17:00`, `until 2027-03-31`.
fn span(dates: &Dates, from: &str) -> String {
    let Dates { start, end, .. } = dates;
    let (start, end) = (tidy_end(start, 1), tidy_end(end, 59));
    match (start.split_once('T'), end.split_once('T')) {
        _ if dates.start == from => format!("until {}", end.replace('T', " ")),
        _ if start == end => start.replace('T', " "),
        (Some((day, start)), Some((same, end))) if day == same => format!("{day} {start}–{end}"),
        (Some((day, start)), None) if day == end => format!("{day} {start}–24:00"),
        (None, Some((day, end))) if day == start => format!("{day} 00:00–{end}"),
        _ => format!("{} to {}", start.replace('T', " "), end.replace('T', " ")),
    }
}

/// The same for an end of a span of dates: `2026-12-24T16:00:01` is from `2026-12-24T16:00`.
fn tidy_end(end: &str, odd: u32) -> String {
    let tidied = || {
        let (day, time) = end.split_once('T')?;
        let seconds = time.parse::<TimeOfDay>().ok()?.seconds();
        let whole = match odd {
            _ if seconds % 60 != odd => return None,
            1 => seconds - 1,
            _ => seconds + 1,
        };
        let time = TimeOfDay::from_seconds(whole)?;
        Some(format!("{day}T{time}"))
    };
    tidied().unwrap_or_else(|| end.to_owned())
}

/// A second more or less is for machines: from `16:00:01` is from `16:00`, until `07:59:59` is until
/// `08:00`.
fn tidy(week: &Value) -> Value {
    match week {
        Value::String(span) => Value::from(tidy_span(span).unwrap_or_else(|| span.clone())),
        Value::Array(spans) => spans.iter().map(tidy).collect(),
        Value::Object(days) => {
            let days = days.iter().map(|(days, spans)| (days.clone(), tidy(spans)));
            Value::Object(days.collect())
        }
        other => other.clone(),
    }
}

fn tidy_span(span: &str) -> Option<String> {
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
    use crate::model::{Catalogue, Directory};

    fn said(weekly: Value, outside: Option<Value>, except: &[(&str, &str, Value)]) -> String {
        let (directory, catalogue) = (Directory::default(), Catalogue::default());
        let say = Say {
            directory: &directory,
            catalogue: &catalogue,
        };
        let dates = |(start, end, times): &(&str, &str, Value)| Dates {
            start: (*start).to_owned(),
            end: (*end).to_owned(),
            times: times.clone(),
        };
        let when = When {
            from: "2026-11-21".to_owned(),
            weekly,
            outside,
            except: except.iter().map(dates).collect(),
        };
        told(&say, &when).unwrap_or_default()
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
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
            assert_eq!(said(weekly, outside, &except), expected);
        }
    }
}

//! Schedules of rules and states, and the calendars that they refer to.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::json;

use super::constraints;
use super::shorthand::{NoRawForm, OneOrMany, Shorthand};
use super::{DateOrTime, FileName, SpanText, WholeDay};
use crate::model::{DayOfWeek, RANGE_DASHES, TimeSpan, WeeklyTimes};

/// Times at which a rule or state applies, in the user's time zone: daily, weekly, or on dates.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Schedule", extend("allOf" = constraints::all_constraints([
    constraints::at_least_one(
        &["daily", "weekly", "ranges", "calendar", "other"],
        "the schedule has no times: add `daily`, `weekly`, `ranges` or `calendar`",
    ),
    bound_without_repetition("start"),
    bound_without_repetition("end"),
])))]
pub struct ScheduleSpec {
    /// The same times every day.
    pub daily: Option<SpanList>,

    /// Times by day of the week: `mon`, `tuesday`, `mon-fri`, `fri-mon`, …
    #[schemars(example = json!({ "mon-thu": ["08:00-12:00", "13:00-17:00"], "fri": "08:00-12:00" }))]
    pub weekly: Option<WeeklySpans>,

    /// Dates. Each entry has a `start` and an `end`, or is a single date for a whole day.
    #[schemars(length(min = 1), example = json!([
        "2026-12-25", { "start": "2026-12-31T12:00", "end": "2027-01-01" },
    ]))]
    pub ranges: Option<Vec<DateRangeSpec>>,

    /// The dates of one or more calendars, in addition to `ranges`: names of files in `calendars/`,
    /// without their extensions.
    #[schemars(example = &"us-holidays")]
    pub calendar: Option<OneOrMany<FileName>>,

    /// The first day or moment at which `daily` and `weekly` apply.
    pub start: Option<DateOrTime>,

    /// The last day or moment at which `daily` and `weekly` apply.
    pub end: Option<DateOrTime>,

    /// Triggers that have no key here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "triggers_schema", example = [json!({ "triggerType": "NewTrigger" })])]
    pub other: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}

/// Returns the constraint that `start` and `end` require `daily` or `weekly`.
fn bound_without_repetition(key: &str) -> Vec<serde_json::Value> {
    let message = format!("`{key}` limits `daily` or `weekly`: add one of them");
    vec![json!({
        "if": {
            "anyOf": [{ "required": ["ranges"] }, { "required": ["calendar"] }],
            "properties": { "daily": false, "weekly": false },
        },
        "then": constraints::rejected_keys(key, &message),
    })]
}

fn triggers_schema(_: &mut SchemaGenerator) -> JsonSchemaValue {
    json_schema!({
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["triggerType"],
            "properties": {
                "triggerType": {
                    "type": "string",
                    "description": "The API's name for this kind of trigger.",
                    "examples": ["NewTrigger"],
                },
            },
        },
    })
}

/// A whole day, or a range with a start and an end.
pub type DateRangeSpec = Shorthand<WholeDay, DateRangeForm, NoRawForm>;

/// A range of dates or times. An end date is included; an end time is not.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dates")]
pub struct DateRangeForm {
    /// The first day or moment. Only the schedule of a state can omit it; the range then has no
    /// start.
    pub start: Option<DateOrTime>,

    /// The last day, or the time at which the range ends.
    pub end: DateOrTime,
}

/// Named days. Each is a date, a range of dates or times, or a list of these. Schedules use a
/// calendar by its file name, under `calendar`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Calendar", extend(
    "minProperties" = 1,
    "errorMessage" = "expected named days, such as `Christmas: 2026-12-25`",
), example = json!({
    "Christmas": "2026-12-25",
    "New Year": { "start": "2026-12-31T12:00", "end": "2027-01-01" },
}))]
pub struct CalendarFile(pub IndexMap<String, OneOrMany<CalendarDatesSpec>>);

/// A whole day, or a range with a start and an end.
pub type CalendarDatesSpec = Shorthand<WholeDay, CalendarDates, NoRawForm>;

/// A range of dates or times. An end date is included; an end time is not.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dates of a calendar")]
pub struct CalendarDates {
    /// The first day or moment, in the user's time zone.
    pub start: DateOrTime,

    /// The last day, or the time at which the range ends, in the user's time zone.
    pub end: DateOrTime,
}

/// One time span, or several.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanList(pub Vec<SpanText>);

impl<'de> Deserialize<'de> for SpanList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = SpanList;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time span such as 08:00-16:00, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SpanList, E> {
                let span = SpanText::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(SpanList(vec![span]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<SpanList, A::Error> {
                let mut spans = Vec::with_capacity(items.size_hint().unwrap_or_default());
                while let Some(span) = items.next_element()? {
                    spans.push(span);
                }
                Ok(SpanList(spans))
            }
        }

        deserializer.deserialize_str(OneOrMany)
    }
}

impl JsonSchema for SpanList {
    fn schema_name() -> Cow<'static, str> {
        "Spans".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        let span = generator.subschema_for::<SpanText>();
        json_schema!({
            "description": "One time span, or a list of them.",
            "if": { "type": "array" },
            "then": { "type": "array", "minItems": 1, "items": span },
            "else": span,
            "examples": ["08:00-16:00"],
        })
    }
}

/// A day of the week or a range of days: `mon`, `monday`, `mon-fri`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct DaysKey(pub Vec<DayOfWeek>);

impl TryFrom<String> for DaysKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once(RANGE_DASHES).unwrap_or((&text, &text));
        match (
            DayOfWeek::parse(first.trim()),
            DayOfWeek::parse(last.trim()),
        ) {
            (Some(first), Some(last)) => Ok(DaysKey(first.days_through(last))),
            _ => Err(format!(
                "`{text}` is not a day of the week\n{}",
                days_help(&text)
            )),
        }
    }
}

/// Suggests how to write days: `Monday`, `mo-fr`, `mon to fri`, `weekdays`, `mon/wed`.
fn days_help(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let range = lower.replace(" to ", "-").replace(" through ", "-");
    let ends: Option<Vec<&str>> = range.split(RANGE_DASHES).map(full_or_short_day).collect();
    let suggestion = match (lower.as_str(), ends.as_deref()) {
        (_, Some([first])) => Some((*first).to_owned()),
        (_, Some([first, last])) => Some(format!("{first}-{last}")),
        ("weekday" | "weekdays" | "workdays" | "working days", _) => Some("mon-fri".to_owned()),
        ("weekend" | "weekends", _) => Some("sat-sun".to_owned()),
        _ => None,
    };
    if let Some(days) = suggestion {
        return format!("did you mean `{days}`?");
    }
    if SpanText::try_from(text.to_owned()).is_ok() {
        return format!("put all time spans of a day in brackets: `[…, {text}]`");
    }
    if let Some((days, times)) = text.split_once(':')
        && DaysKey::try_from(days.to_owned()).is_ok()
    {
        return format!("add a space after the colon: `{days}: {times}`");
    }
    let words = lower
        .split([',', '/', '&', '+', ' '])
        .filter(|word| !matches!(*word, "" | "and"));
    let days: Option<Vec<&str>> = words.map(full_or_short_day).collect();
    match days.as_deref() {
        Some([days @ .., last]) if !days.is_empty() => {
            let days: Vec<String> = days.iter().map(|day| format!("`{day}:`")).collect();
            format!(
                "give each day its own times: {} and `{last}:`",
                days.join(", ")
            )
        }
        _ => "write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a range such as `mon-fri`"
            .to_owned(),
    }
}

/// Returns a day as the files write it: the full name if it is complete, or the short name.
fn full_or_short_day(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let mut days = DayOfWeek::ALL.into_iter();
    let day = days.find(|day| text.len() > 1 && day.name().starts_with(text))?;
    Some(if text == day.name() {
        day.name()
    } else {
        day.short_name()
    })
}

impl ScheduleSpec {
    /// Returns the daily or weekly times, if there are any. Spans over midnight continue on the
    /// next day.
    pub fn week(&self) -> Option<WeeklyTimes> {
        if self.daily.is_none() && self.weekly.is_none() {
            return None;
        }
        let mut week = WeeklyTimes::default();
        for (days, spans) in self.weekly.iter().flat_map(|weekly| &weekly.0) {
            push_spans(&mut week, &days.0, spans);
        }
        if let Some(spans) = &self.daily {
            push_spans(&mut week, &DayOfWeek::ALL, spans);
        }
        Some(week)
    }
}

fn push_spans(week: &mut WeeklyTimes, days: &[DayOfWeek], SpanList(spans): &SpanList) {
    for span in spans {
        // Invalid spans are rejected when the file is read.
        let Ok((today, tomorrow)) = TimeSpan::parse(&span.0) else {
            continue;
        };
        for day in days {
            week.add(*day, &[today]);
            if let Some(tomorrow) = tomorrow {
                week.add(day.next(), &[tomorrow]);
            }
        }
    }
}

/// Times by day of the week, as typed. Validation reports days that are listed twice.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklySpans(pub Vec<(DaysKey, SpanList)>);

impl<'de> Deserialize<'de> for WeeklySpans {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lines;

        impl<'de> Visitor<'de> for Lines {
            type Value = WeeklySpans;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("days of the week with their times")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<WeeklySpans, A::Error> {
                let mut lines = Vec::with_capacity(entries.size_hint().unwrap_or_default());
                while let Some(line) = entries.next_entry()? {
                    lines.push(line);
                }
                Ok(WeeklySpans(lines))
            }
        }

        // Unlike `deserialize_map`, this locates a missing value at its key.
        deserializer.deserialize_str(Lines)
    }
}

impl JsonSchema for WeeklySpans {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Weekly".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        const DAY: &str =
            "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)";
        let spans = generator.subschema_for::<SpanList>();
        let mut properties = serde_json::Map::new();
        let common = [
            "mon-fri", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "sat-sun",
        ];
        for key in common {
            properties.insert(key.to_owned(), spans.clone().to_value());
        }
        json_schema!({
            "type": "object",
            "minProperties": 1,
            "properties": properties,
            "patternProperties": { (format!("^\\s*{DAY}(\\s*[-–—]\\s*{DAY})?\\s*$")): spans },
            "additionalProperties": false,
            "errorMessage": "expected days of the week: `mon`, `monday`, or a range such as `mon-fri`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_days_suggest_what_they_mean() {
        for (text, help) in [
            ("Monday", "did you mean `monday`?"),
            ("Mon-Fri", "did you mean `mon-fri`?"),
            ("mo-fr", "did you mean `mon-fri`?"),
            ("mon to fri", "did you mean `mon-fri`?"),
            ("weekdays", "did you mean `mon-fri`?"),
            ("mon/wed", "give each day its own times: `mon:` and `wed:`"),
            (
                "mon, tue and wed",
                "give each day its own times: `mon:`, `tue:` and `wed:`",
            ),
            (
                "13:00-16:00",
                "put all time spans of a day in brackets: `[…, 13:00-16:00]`",
            ),
            (
                "mon-fri:08:00-16:00",
                "add a space after the colon: `mon-fri: 08:00-16:00`",
            ),
            (
                "mon-fry",
                "write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a range such as \
                 `mon-fri`",
            ),
        ] {
            let error = DaysKey::try_from(text.to_owned()).unwrap_err();
            let expected = format!("`{text}` is not a day of the week\n{help}");
            assert_eq!(error, expected);
        }
    }
}

//! When something holds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::json;

use super::shape::{Never, OneOrMany, Shape};
use super::{DateOrTime, FileName, SpanText};
use crate::config::schema::rules;
use crate::model::{DASHES, Day};

/// When something holds, in the user's own time zone: every day, on days of the week, or on dates.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Schedule", extend("allOf" = rules::all([
    rules::at_least_one(
        &["daily", "weekly", "ranges", "calendar", "other"],
        "the schedule says no times: add `daily`, `weekly`, `ranges` or `calendar`",
    ),
    bound_without_repetition("start"),
    bound_without_repetition("end"),
])))]
pub struct Schedule {
    /// The same times every day.
    pub daily: Option<Spans>,

    /// Times by day of the week: `mon`, `tuesday`, `mon-fri`, `fri-mon`, …
    #[schemars(example = json!({ "mon-thu": ["08:00-12:00", "13:00-17:00"], "fri": "08:00-12:00" }))]
    pub weekly: Option<Weekly>,

    /// Dates: each with a `start` and an `end`, or one date alone for a whole day.
    #[schemars(length(min = 1), example = json!([
        "2026-12-25", { "start": "2026-12-31T12:00", "end": "2027-01-01" },
    ]))]
    pub ranges: Option<Vec<DateRangeSpec>>,

    /// The dates of a calendar, or of a list of them, beside those of `ranges`: files in `calendars/`,
    /// without their endings.
    #[schemars(example = &"us-holidays")]
    pub calendar: Option<OneOrMany<FileName>>,

    /// Before this, `daily` and `weekly` do not hold.
    pub start: Option<DateOrTime>,

    /// After this, `daily` and `weekly` do not hold.
    pub end: Option<DateOrTime>,

    /// Triggers that have no words here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "triggers_schema", example = [json!({ "triggerType": "NewTrigger" })])]
    pub other: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}

/// `start` and `end` are no dates of their own.
fn bound_without_repetition(key: &str) -> Vec<serde_json::Value> {
    let message = format!("`{key}` bounds `daily` or `weekly`, and needs one of them");
    vec![json!({
        "if": {
            "anyOf": [{ "required": ["ranges"] }, { "required": ["calendar"] }],
            "properties": { "daily": false, "weekly": false },
        },
        "then": rules::refused(key, &message),
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

/// A whole day, or a start and an end.
pub type DateRangeSpec = Shape<DateOrTime, DateRangeForm, Never>;

/// A span of dates and times. A date as its end is included; a time as its end is when it is over.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dates")]
pub struct DateRangeForm {
    /// When it begins. Only a state's schedule may leave it out: then it has begun.
    pub start: Option<DateOrTime>,

    /// When it ends.
    pub end: DateOrTime,
}

/// One span of time, or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Spans(pub Vec<SpanText>);

impl<'de> Deserialize<'de> for Spans {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Spans;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time span such as 08:00-16:00, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Spans, E> {
                let span = SpanText::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(Spans(vec![span]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Spans, A::Error> {
                let mut spans = Vec::with_capacity(items.size_hint().unwrap_or_default());
                while let Some(span) = items.next_element()? {
                    spans.push(span);
                }
                Ok(Spans(spans))
            }
        }

        deserializer.deserialize_str(OneOrMany)
    }
}

impl JsonSchema for Spans {
    fn schema_name() -> Cow<'static, str> {
        "Spans".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        let span = generator.subschema_for::<SpanText>();
        json_schema!({
            "description": "One span of time, or a list of them.",
            "if": { "type": "array" },
            "then": { "type": "array", "minItems": 1, "items": span },
            "else": span,
            "examples": ["08:00-16:00"],
        })
    }
}

/// A day of the week or a run of days: `mon`, `monday`, `mon-fri`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct DaysKey(pub Vec<Day>);

impl TryFrom<String> for DaysKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once(DASHES).unwrap_or((&text, &text));
        match (Day::parse(first.trim()), Day::parse(last.trim())) {
            (Some(first), Some(last)) => Ok(DaysKey(first.through(last))),
            _ => Err(format!(
                "`{text}` is not a day of the week\n\
                 write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a run such as `mon-fri`"
            )),
        }
    }
}

/// Times by day of the week, as they were written: whether a day is given twice is for the check to
/// see.
#[derive(Debug, Clone, PartialEq)]
pub struct Weekly(pub Vec<(DaysKey, Spans)>);

impl<'de> Deserialize<'de> for Weekly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lines;

        impl<'de> Visitor<'de> for Lines {
            type Value = Weekly;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("days of the week with their times")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Weekly, A::Error> {
                let mut lines = Vec::with_capacity(entries.size_hint().unwrap_or_default());
                while let Some(line) = entries.next_entry()? {
                    lines.push(line);
                }
                Ok(Weekly(lines))
            }
        }

        deserializer.deserialize_map(Lines)
    }
}

impl JsonSchema for Weekly {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Weekly".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
        const DAY: &str =
            "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)";
        let spans = generator.subschema_for::<Spans>();
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
            "errorMessage": "expected days of the week: `mon`, `monday`, or a run such as `mon-fri`",
        })
    }
}

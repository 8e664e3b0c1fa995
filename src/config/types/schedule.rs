//! When something holds.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema as JsonSchemaValue, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::shape::{Never, Shape};
use super::{DateOrTime, SpanText};
use crate::model::Day;

/// When something holds, in the user's own time zone: every day, on days of the week, or on dates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("minProperties" = 1))]
pub struct Schedule {
    /// The same times every day.
    pub daily: Option<Spans>,

    /// Times by day of the week: `mon`, `tuesday`, `mon-fri`, `fri-mon`, …
    #[schemars(schema_with = "weekly_schema")]
    pub weekly: Option<IndexMap<DaysKey, Spans>>,

    /// Dates: each with a `start` and an `end`, or one date alone for a whole day.
    #[schemars(length(min = 1))]
    pub ranges: Option<Vec<DateRangeSpec>>,

    /// Before this, `daily` and `weekly` do not hold.
    pub start: Option<DateOrTime>,

    /// After this, `daily` and `weekly` do not hold.
    pub end: Option<DateOrTime>,

    /// Triggers that have no words here, each in the API's own JSON form.
    #[schemars(schema_with = "triggers_schema")]
    pub other: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}

fn triggers_schema(_: &mut SchemaGenerator) -> JsonSchemaValue {
    json_schema!({
        "type": "array",
        "minItems": 1,
        "items": { "type": "object", "required": ["triggerType"] },
    })
}

/// A whole day, or a start and an end.
pub type DateRangeSpec = Shape<DateOrTime, DateRangeForm, Never>;

/// A span of dates and times, both ends included.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DateRangeForm {
    /// When it begins.
    pub start: DateOrTime,

    /// When it ends.
    pub end: DateOrTime,
}

/// One span of time, or several.
#[derive(Debug, Clone)]
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
                let mut spans = Vec::new();
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
            "anyOf": [span, { "type": "array", "minItems": 1, "items": span }],
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
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        match (Day::parse(first), Day::parse(last)) {
            (Some(first), Some(last)) => Ok(DaysKey(first.through(last))),
            _ => Err(format!(
                "`{text}` is not a day of the week\n\
                 write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a run such as `mon-fri`"
            )),
        }
    }
}

fn weekly_schema(generator: &mut SchemaGenerator) -> JsonSchemaValue {
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
        "patternProperties": { (format!("^{DAY}(-{DAY})?$")): spans },
        "additionalProperties": false,
    })
}

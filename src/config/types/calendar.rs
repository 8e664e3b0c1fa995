//! A calendar.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::DateOrTime;
use super::shape::{Never, OneOrMany, Shape};

/// Days by name: each a date, a span of dates and times, or a list of those. Schedules refer to them by
/// the name of this file, under `calendar`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Calendar", extend(
    "minProperties" = 1,
    "errorMessage" = "expected days by their names, such as `Christmas: 2026-12-25`",
), example = json!({
    "Christmas": "2026-12-25",
    "New Year": { "start": "2026-12-31T12:00", "end": "2027-01-01" },
}))]
pub struct Calendar(pub IndexMap<String, OneOrMany<CalendarDatesSpec>>);

/// A whole day, or a start and an end.
pub type CalendarDatesSpec = Shape<DateOrTime, CalendarDates, Never>;

/// A span of dates and times. A date as its end is included; a time as its end is when it is over.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dates of a calendar")]
pub struct CalendarDates {
    /// When it begins.
    pub start: DateOrTime,

    /// When it ends.
    pub end: DateOrTime,
}

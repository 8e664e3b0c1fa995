//! Calendar files: named dates that schedules refer to.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::DateOrTime;
use super::shorthand::{NoKeyword, OneOrMany, Shorthand};

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
pub type CalendarDatesSpec = Shorthand<DateOrTime, CalendarDates, NoKeyword>;

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

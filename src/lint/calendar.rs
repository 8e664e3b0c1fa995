//! Calendars that run out.

use jiff::Span;

use crate::model::{DateRange, DateTime};

/// How long before its end a calendar is told.
const DAYS: i64 = 60;

/// What is said of a calendar whose last date is this, and how to mend it: where it ends soon, or has.
pub fn ending(last: DateTime, today: DateTime) -> Option<(String, String)> {
    let soon = today.checked_add(Span::new().days(DAYS)).ok()?;
    if last.date() > soon.date() {
        return None;
    }
    let tense = if last < today { "ended" } else { "ends" };
    let end = DateRange::end_to_words(last);
    Some((
        format!("this calendar {tense} with {end}"),
        "add the dates of the next year".to_owned(),
    ))
}

//! Lint: calendars whose last date is near.

use jiff::Span;

use crate::model::{DateRange, LocalDateTime};

/// Calendars are reported this many days before their last date.
const NOTICE_DAYS: i64 = 60;

/// Returns the message and the help for a calendar whose last date is `last`, if that is near or
/// has passed.
pub fn ends_soon(last: LocalDateTime, today: LocalDateTime) -> Option<(String, String)> {
    let soon = today.checked_add(Span::new().days(NOTICE_DAYS)).ok()?;
    if last.date() > soon.date() {
        return None;
    }
    let tense = if last < today { "was" } else { "is" };
    let end = DateRange::format_end(last);
    Some((
        format!("this calendar's last date {tense} {end}"),
        "add next year's dates".to_owned(),
    ))
}

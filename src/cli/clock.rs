//! The time of day, for documents and people.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::error::Error;
use crate::model::DateTime;

/// Takes the place of the time now, for rehearsals and tests: a date and time, local to each user.
const AS_OF: &str = "CALLRULES_NOW";

/// Now, to the second, as RFC 3339 in UTC.
pub(super) fn now() -> String {
    let now = Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, to the second, where somebody lives: the IANA name of a time zone. UTC where that is unknown.
pub(super) fn local(zone: Option<&str>) -> DateTime {
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    within(zone.unwrap_or(TimeZone::UTC))
}

/// Now, to the second, where this machine is.
pub(super) fn here() -> DateTime {
    within(TimeZone::system())
}

/// Holds what is said to be the time now against what a time is.
pub(super) fn check() -> Result<(), Error> {
    match std::env::var_os(AS_OF) {
        Some(said) if as_of().is_none() => Err(Error::NoTime {
            variable: AS_OF,
            said: said.to_string_lossy().into_owned(),
        }),
        _ => Ok(()),
    }
}

fn as_of() -> Option<DateTime> {
    std::env::var(AS_OF).ok()?.parse().ok()
}

fn within(zone: TimeZone) -> DateTime {
    if let Some(at) = as_of() {
        return at;
    }
    let now = Timestamp::now().to_zoned(zone).datetime();
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}

/// The beginning of today where somebody lives.
pub(super) fn today(zone: Option<&str>) -> DateTime {
    local(zone).date().at(0, 0, 0, 0)
}

/// A time zone by its IANA name, as the command line takes it.
pub(super) fn zone(name: &str) -> Result<String, String> {
    match TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err("there is no such time zone; America/New_York is one".to_owned()),
    }
}

/// What changes of the clocks do to a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It does not exist.
    Skipped,
    /// It comes twice.
    Twice,
}

/// What the clocks of a zone do at a local time; nothing on almost every day.
pub(super) fn change(zone: &str, at: DateTime) -> Option<Change> {
    let zone = TimeZone::get(zone).ok()?;
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(Change::Skipped),
        AmbiguousOffset::Fold { .. } => Some(Change::Twice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_skip_an_hour_in_spring_and_repeat_one_in_autumn() {
        let at = |text: &str| change("America/New_York", text.parse().unwrap());
        assert_eq!(at("2026-03-08T01:59:59"), None);
        assert_eq!(at("2026-03-08T02:00:00"), Some(Change::Skipped));
        assert_eq!(at("2026-03-08T03:00:00"), None);
        assert_eq!(at("2026-11-01T01:30:00"), Some(Change::Twice));
        assert_eq!(at("2026-11-01T02:00:00"), None);
        assert_eq!(
            change("Asia/Tokyo", "2026-03-08T02:00:00".parse().unwrap()),
            None
        );
        assert!(zone("America/New_York").is_ok() && zone("New York").is_err());
    }
}

//! The current time, in UTC and in users' time zones.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::error::CommandError;
use crate::model::LocalDateTime;

/// The variable that overrides the current time, for rehearsals and tests: a date and time, local
/// to each user.
const NOW_ENV: &str = "CALLRULES_NOW";

/// Returns the current time, to the second, as RFC 3339 in UTC.
pub(super) fn now_rfc3339() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Formats an RFC 3339 time for people: `2026-11-30 20:48 UTC`. Returns other text unchanged.
pub(super) fn format_utc(rfc3339: &str) -> String {
    match rfc3339.parse::<Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

/// Returns the current time, to the second, in a time zone given by its IANA name. UTC if unknown.
pub(super) fn now_in(zone: Option<&str>) -> LocalDateTime {
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    now_in_tz(zone.unwrap_or(TimeZone::UTC))
}

/// Returns the current time, to the second, in this machine's time zone.
pub(super) fn now_local() -> LocalDateTime {
    now_in_tz(TimeZone::system())
}

/// Returns an error if the variable that overrides the current time is set but not a date and time.
pub(super) fn check_now_env() -> Result<(), CommandError> {
    match std::env::var_os(NOW_ENV) {
        Some(value) if now_override().is_none() => Err(CommandError::InvalidNowVariable {
            variable: NOW_ENV,
            value: value.to_string_lossy().into_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns the time that replaces the current time, if the variable is set and valid.
fn now_override() -> Option<LocalDateTime> {
    std::env::var(NOW_ENV).ok()?.parse().ok()
}

/// Returns the current time, or its override, to the second.
fn now_in_tz(zone: TimeZone) -> LocalDateTime {
    if let Some(time) = now_override() {
        return time;
    }
    let now = Timestamp::now().to_zoned(zone).datetime();
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}

/// Returns midnight at the start of today in a time zone. UTC if unknown.
pub(super) fn start_of_today(zone: Option<&str>) -> LocalDateTime {
    now_in(zone).date().at(0, 0, 0, 0)
}

/// Parses the IANA name of a time zone.
pub(super) fn parse_time_zone(name: &str) -> Result<String, String> {
    match TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err("there is no such time zone; use a name such as America/New_York".to_owned()),
    }
}

/// The effect of a change of clocks on a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DstChange {
    /// The local time does not exist.
    Skipped,
    /// The local time occurs twice.
    Ambiguous,
}

/// Returns the effect of a change of clocks at a local time, given the IANA name of the time zone.
/// `None` if there is no change at that time or no such time zone.
pub(super) fn dst_change_at(zone: &str, at: LocalDateTime) -> Option<DstChange> {
    let zone = TimeZone::get(zone).ok()?;
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(DstChange::Skipped),
        AmbiguousOffset::Fold { .. } => Some(DstChange::Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_utc_returns_minutes_or_unchanged_text() {
        assert_eq!(format_utc("2026-11-30T20:48:54Z"), "2026-11-30 20:48 UTC");
        assert_eq!(format_utc("yesterday"), "yesterday");
    }

    #[test]
    fn dst_skips_an_hour_in_spring_and_repeats_one_in_fall() {
        let at = |text: &str| dst_change_at("America/New_York", text.parse().unwrap());
        assert_eq!(at("2026-03-08T01:59:59"), None);
        assert_eq!(at("2026-03-08T02:00:00"), Some(DstChange::Skipped));
        assert_eq!(at("2026-03-08T03:00:00"), None);
        assert_eq!(at("2026-11-01T01:30:00"), Some(DstChange::Ambiguous));
        assert_eq!(at("2026-11-01T02:00:00"), None);
        assert_eq!(
            dst_change_at("Asia/Tokyo", "2026-03-08T02:00:00".parse().unwrap()),
            None
        );
        assert!(
            parse_time_zone("America/New_York").is_ok() && parse_time_zone("New York").is_err()
        );
    }
}

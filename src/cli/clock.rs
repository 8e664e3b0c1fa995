//! The current time, and times for people.

use callrules::model::LocalDateTime;
use callrules::{RunError, RunTime};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The variable that overrides the current time, for rehearsals and tests: a date and time, local
/// to each user.
const NOW_ENV: &str = "CALLRULES_NOW";

/// Returns the current time, to the second, as RFC 3339 in UTC.
pub(crate) fn now_rfc3339() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Formats an RFC 3339 time for people: `2026-11-30 20:48 UTC`. Returns other text unchanged.
pub(crate) fn format_utc(rfc3339: &str) -> String {
    match rfc3339.parse::<Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

/// Returns the time of the run: now, or the value of the variable that replaces it.
///
/// Returns an error if the variable is set but not a date and time.
pub(crate) fn run_time() -> Result<RunTime, RunError> {
    let Some(value) = std::env::var_os(NOW_ENV) else {
        return Ok(RunTime::Instant(Timestamp::now()));
    };
    let text = value.to_string_lossy();
    let time: Option<LocalDateTime> = text.parse().ok();
    time.map(RunTime::Local).ok_or_else(|| {
        RunError::new(format!(
            "the variable {NOW_ENV} is `{text}`, which is not a date and time"
        ))
        .hinted("use a value such as 2026-11-21T09:00, or unset it to use the current time")
    })
}

/// Parses the IANA name of a time zone.
pub(crate) fn parse_time_zone(name: &str) -> Result<String, String> {
    match TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err("there is no such time zone; use a name such as America/New_York".to_owned()),
    }
}

/// The effect of a change of clocks on a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DstChange {
    /// The local time does not exist.
    Skipped,
    /// The local time occurs twice.
    Ambiguous,
}

/// Returns the effect of a change of clocks at a local time, given the IANA name of the time zone.
/// `None` if there is no change at that time or no such time zone.
pub(crate) fn dst_change_at(zone: &str, at: LocalDateTime) -> Option<DstChange> {
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

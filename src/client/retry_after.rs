//! Parses the `Retry-After` header: a number of seconds or a date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Parses the wait that the header asks for, relative to `now`, the server time of the response.
/// Returns `None` for an invalid value.
pub(super) fn parse_header(value: &str, now: Timestamp) -> Option<Duration> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        // A number that does not fit is longer than any wait that a run accepts.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    // A date in the past means no wait.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_accepts_only_seconds_or_a_date() {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let seconds = |value| parse_header(value, now).map(|span| span.as_secs());
        for (value, expected) in [
            ("0", Some(0)),
            ("30", Some(30)),
            ("86400", Some(86_400)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sat, 21 Nov 2026 08:07:00 GMT", Some(2 * 3600 + 7 * 60)),
            ("Sat, 21 Nov 2026 05:59:00 GMT", Some(0)),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("2026-11-21T08:07:00Z", None),
        ] {
            assert_eq!(seconds(value), expected, "{value}");
        }
    }
}

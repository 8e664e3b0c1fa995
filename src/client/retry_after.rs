//! How long the service asks to wait: the header Retry-After, in seconds or as a date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// What the header asks for; `now` is the time where it was written. None where it says nothing of use.
pub(super) fn read(value: &str, now: Timestamp) -> Option<Duration> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        // More than fits is longer than anybody waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    // What is over asks for no wait.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_or_a_date_and_nothing_else() {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let seconds = |value| read(value, now).map(|span| span.as_secs());
        for (value, asked) in [
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
            assert_eq!(seconds(value), asked, "{value}");
        }
    }
}

//! The time of day, for documents and people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

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

fn within(zone: TimeZone) -> DateTime {
    if let Some(at) = std::env::var(AS_OF).ok().and_then(|at| at.parse().ok()) {
        return at;
    }
    let now = Timestamp::now().to_zoned(zone).datetime();
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}

/// The beginning of today where somebody lives.
pub(super) fn today(zone: Option<&str>) -> DateTime {
    local(zone).date().at(0, 0, 0, 0)
}

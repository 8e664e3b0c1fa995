//! The time at which a run happens, as a value that is passed to everything that depends on it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::LocalDateTime;

/// The time at which a run happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunTime {
    /// A point in time, which is a different local time in each time zone.
    Instant(Timestamp),
    /// The same local time in every time zone, for rehearsals.
    Local(LocalDateTime),
}

impl RunTime {
    /// Returns the local time, to the second, in a time zone given by its IANA name. UTC if the
    /// name is unknown.
    pub fn in_zone(self, zone: Option<&str>) -> LocalDateTime {
        let zone = zone.and_then(|name| TimeZone::get(name).ok());
        self.in_time_zone(zone.unwrap_or(TimeZone::UTC))
    }

    /// Returns the local time, to the second, in this machine's time zone.
    pub fn in_system_zone(self) -> LocalDateTime {
        self.in_time_zone(TimeZone::system())
    }

    /// Returns midnight at the start of the day in a time zone. UTC if the name is unknown.
    pub fn start_of_day(self, zone: Option<&str>) -> LocalDateTime {
        self.in_zone(zone).date().at(0, 0, 0, 0)
    }

    fn in_time_zone(self, zone: TimeZone) -> LocalDateTime {
        match self {
            RunTime::Local(time) => time,
            RunTime::Instant(now) => {
                let local = now.to_zoned(zone).datetime();
                local.with().subsec_nanosecond(0).build().unwrap_or(local)
            }
        }
    }
}

//! The time of a call, as people write it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;

use super::time::{TimeParseError, datetime_at};
use super::{DateRange, DayOfWeek, LocalDateTime, TimeOfDay};

/// The time of a call in the user's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallTime {
    /// A given date and time.
    Moment(LocalDateTime),
    /// The next occurrence of a weekday and time.
    Weekday(DayOfWeek, TimeOfDay),
    /// The time at evaluation.
    Now,
}

impl CallTime {
    /// Returns the moment, given the current time.
    pub fn resolve(self, now: LocalDateTime) -> LocalDateTime {
        match self {
            CallTime::Moment(moment) => moment,
            CallTime::Now => now,
            CallTime::Weekday(day, time) => {
                let today = now.date().weekday().to_monday_zero_offset();
                let ahead = (day as i64 - i64::from(today)).rem_euclid(7);
                let next = |days: i64| datetime_at(now.date().saturating_add(days.days()), time);
                if next(ahead) < now {
                    next(ahead + 7)
                } else {
                    next(ahead)
                }
            }
        }
    }
}

impl FromStr for CallTime {
    type Err = TimeParseError;

    /// Parses `2026-11-25T22:10` (as in schedules), `sat 20:00`, `saturday 20:00` or `now`.
    fn from_str(text: &str) -> Result<Self, TimeParseError> {
        let text = text.trim();
        if text == "now" {
            return Ok(CallTime::Now);
        }
        if let Some((day, time)) = text.split_once(' ')
            && let Some(day) = DayOfWeek::parse(day)
        {
            return Ok(CallTime::Weekday(day, time.trim().parse()?));
        }
        let expected = "the time of a call, such as 2026-11-25T22:10 or `sat 20:00`";
        // A date has ten characters. A schedule accepts a date alone, but a call needs a time.
        if text.len() <= 10 {
            return Err(TimeParseError::new(text, expected));
        }
        DateRange::parse_bound(text, true).map(CallTime::Moment)
    }
}

impl fmt::Display for CallTime {
    /// Writes a form that can be parsed again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallTime::Moment(moment) => {
                let seconds = if moment.second() == 0 { "" } else { ":%S" };
                let form = format!("%Y-%m-%dT%H:%M{seconds}");
                write!(f, "{}", moment.strftime(&form))
            }
            CallTime::Weekday(day, time) => write!(f, "{} {time}", day.short_name()),
            CallTime::Now => f.write_str("now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> LocalDateTime {
        DateRange::parse_bound(text, true).unwrap()
    }

    #[test]
    fn call_time_parses_moments_weekdays_and_now() {
        for (text, normal) in [
            ("2026-11-25T22:10", "2026-11-25T22:10"),
            ("2026-11-25 9:00:30", "2026-11-25T09:00:30"),
            ("2026-11-25T00:00", "2026-11-25T00:00"),
            ("sat 20:00", "sat 20:00"),
            ("saturday  9:00", "sat 09:00"),
            (" now ", "now"),
        ] {
            let at: CallTime = text.parse().unwrap();
            assert_eq!(at.to_string(), normal);
            assert_eq!(normal.parse(), Ok(at));
        }
        for wrong in [
            "",
            "sat",
            "sat 25:00",
            "satday 20:00",
            "20:00",
            "2026-11-25",
            "2026-11-31T09:00",
            "2026-11-25T24:00",
            "2026-11-25T09:00Z",
            "tomorrow 09:00",
        ] {
            assert!(wrong.parse::<CallTime>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn weekday_resolves_to_next_occurrence() {
        // November 25, 2026 is a Wednesday.
        let now = moment("2026-11-25T12:00");
        for (text, expected) in [
            ("wed 12:00", "2026-11-25T12:00"),
            ("wed 12:01", "2026-11-25T12:01"),
            ("wed 11:59", "2026-12-02T11:59"),
            ("thu 09:00", "2026-11-26T09:00"),
            ("tue 23:00", "2026-12-01T23:00"),
            ("mon 00:00", "2026-11-30T00:00"),
            ("2026-01-01T00:00", "2026-01-01T00:00"),
            ("now", "2026-11-25T12:00"),
        ] {
            let at: CallTime = text.parse().unwrap();
            assert_eq!(at.resolve(now), moment(expected), "{text}");
        }
    }
}

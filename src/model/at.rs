//! When a call comes, as people say it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;

use super::time::{NotATime, at};
use super::{DateRange, DateTime, Day, TimeOfDay};

/// When a call comes, local to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// At this moment.
    Moment(DateTime),
    /// The next time that it is this hour of this day of the week.
    Weekday(Day, TimeOfDay),
    /// When it is asked.
    Now,
}

impl At {
    /// The moment that is meant, when it is `now`.
    pub fn after(self, now: DateTime) -> DateTime {
        match self {
            At::Moment(moment) => moment,
            At::Now => now,
            At::Weekday(day, time) => {
                let today = now.date().weekday().to_monday_zero_offset();
                let ahead = (day as i64 - i64::from(today)).rem_euclid(7);
                let next = |days: i64| at(now.date().saturating_add(days.days()), time);
                if next(ahead) < now {
                    next(ahead + 7)
                } else {
                    next(ahead)
                }
            }
        }
    }
}

impl FromStr for At {
    type Err = NotATime;

    /// Takes `2026-11-25T22:10`, as schedules do, `sat 20:00` or `saturday 20:00`, and `now`.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        if text == "now" {
            return Ok(At::Now);
        }
        if let Some((day, time)) = text.split_once(' ')
            && let Some(day) = Day::parse(day)
        {
            return Ok(At::Weekday(day, time.trim().parse()?));
        }
        let expected = "the time of a call, such as 2026-11-25T22:10 or `sat 20:00`";
        // A date has ten letters: a schedule takes it alone, but a call comes at a moment.
        if text.len() <= 10 {
            return Err(NotATime::new(text, expected));
        }
        DateRange::parse_end(text, true).map(At::Moment)
    }
}

impl fmt::Display for At {
    /// A form that can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Moment(moment) => {
                let seconds = if moment.second() == 0 { "" } else { ":%S" };
                let form = format!("%Y-%m-%dT%H:%M{seconds}");
                write!(f, "{}", moment.strftime(&form))
            }
            At::Weekday(day, time) => write!(f, "{} {time}", day.short()),
            At::Now => f.write_str("now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime {
        DateRange::parse_end(text, true).unwrap()
    }

    #[test]
    fn a_call_comes_at_a_moment_on_a_day_of_the_week_or_now() {
        for (text, plain) in [
            ("2026-11-25T22:10", "2026-11-25T22:10"),
            ("2026-11-25 9:00:30", "2026-11-25T09:00:30"),
            ("2026-11-25T00:00", "2026-11-25T00:00"),
            ("sat 20:00", "sat 20:00"),
            ("saturday  9:00", "sat 09:00"),
            (" now ", "now"),
        ] {
            let at: At = text.parse().unwrap();
            assert_eq!(at.to_string(), plain);
            assert_eq!(plain.parse(), Ok(at));
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
            assert!(wrong.parse::<At>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_of_the_week_is_the_next_one() {
        // A Wednesday.
        let now = moment("2026-11-25T12:00");
        for (said, meant) in [
            ("wed 12:00", "2026-11-25T12:00"),
            ("wed 12:01", "2026-11-25T12:01"),
            ("wed 11:59", "2026-12-02T11:59"),
            ("thu 09:00", "2026-11-26T09:00"),
            ("tue 23:00", "2026-12-01T23:00"),
            ("mon 00:00", "2026-11-30T00:00"),
            ("2026-01-01T00:00", "2026-01-01T00:00"),
            ("now", "2026-11-25T12:00"),
        ] {
            let at: At = said.parse().unwrap();
            assert_eq!(at.after(now), moment(meant), "{said}");
        }
    }
}

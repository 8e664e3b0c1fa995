//! Local times of a user, to the second, without a time zone.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A date and time in the user's time zone. The service drops zones and fractions \[spec\], and so
/// does this program.
pub type LocalDateTime = jiff::civil::DateTime;

/// Characters that separate the two ends of a range: a hyphen, and the dashes of word processors
/// and of this program's tables.
pub const RANGE_DASHES: [char; 3] = ['-', '–', '—'];

/// A text that is not a time, and what was expected instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct TimeParseError(String);

impl TimeParseError {
    /// Creates the error for a text.
    pub(super) fn new(text: &str, expected: &str) -> Self {
        TimeParseError(format!("`{text}` is not {expected}"))
    }
}

/// A time of day in seconds after midnight, 0 to 86,399.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// Midnight, the start of a day.
    pub const MIDNIGHT: Self = TimeOfDay(0);
    /// The last second of a day, which the API uses for "until midnight" \[docs\].
    pub const LAST: Self = TimeOfDay(86_399);

    /// Returns the time of day of a moment. A fraction of a second is dropped, as the service does.
    pub fn from_datetime(at: LocalDateTime) -> Self {
        let part = |n: i8| u32::from(n.unsigned_abs());
        TimeOfDay(part(at.hour()) * 3600 + part(at.minute()) * 60 + part(at.second()))
    }

    /// Creates a time from seconds after midnight; `None` if a day does not have that many.
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        (seconds <= Self::LAST.0).then_some(TimeOfDay(seconds))
    }

    /// Returns the seconds after midnight.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// Formats the time as `HH:MM:SS`, the API's form.
    pub fn to_api(self) -> String {
        let (h, m, s) = self.parts();
        format!("{h:02}:{m:02}:{s:02}")
    }

    /// Returns hour, minute and second.
    fn parts(self) -> (u32, u32, u32) {
        (self.0 / 3600, self.0 / 60 % 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeParseError;

    /// Parses `9:00`, `09:00` and `09:00:00`. A fraction of a second is dropped, as the service
    /// does.
    fn from_str(text: &str) -> Result<Self, TimeParseError> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let part = |text: &str, min_width: usize, limit: u32| {
            let is_valid = is_number(text) && (min_width..=2).contains(&text.len());
            let number: u32 = text.parse().ok()?;
            (is_valid && number < limit).then_some(number)
        };
        let parse = || {
            let (whole, fraction) = match text.split_once('.') {
                Some((whole, fraction)) => (whole, Some(fraction)),
                None => (text, None),
            };
            let (hours, rest) = whole.split_once(':')?;
            let (minutes, seconds) = match rest.split_once(':') {
                Some((minutes, seconds)) => (minutes, seconds),
                None if fraction.is_none() => (rest, "00"),
                None => return None,
            };
            let time = part(hours, 1, 24)? * 3600 + part(minutes, 2, 60)? * 60;
            let time = TimeOfDay(time + part(seconds, 2, 60)?);
            fraction.is_none_or(is_number).then_some(time)
        };
        parse().ok_or_else(|| TimeParseError::new(text, "a time of day such as 09:00 or 17:30:00"))
    }
}

impl fmt::Display for TimeOfDay {
    /// Formats the time as `HH:MM`, with seconds only if they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, m, s) = self.parts();
        write!(f, "{h:02}:{m:02}")?;
        if s != 0 { write!(f, ":{s:02}") } else { Ok(()) }
    }
}

/// A part of one day; it does not cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan {
    /// The first second of the span.
    pub start: TimeOfDay,
    /// The last second, or the whole minute at which the span is over; not before `start`.
    pub end: TimeOfDay,
}

impl TimeSpan {
    /// The span of a whole day.
    pub const ALL_DAY: Self = TimeSpan {
        start: TimeOfDay::MIDNIGHT,
        end: TimeOfDay::LAST,
    };

    /// Returns the first second (after midnight) at which the span is over. A span until 12:00 does
    /// not include 12:00, so that it does not overlap one that starts then \[inferred\]. Any other
    /// last second is included, as in 23:59:59 \[docs\].
    pub fn end_exclusive(self) -> u32 {
        let end = self.end.0;
        let is_moment = end.is_multiple_of(60) && end > self.start.0;
        if is_moment { end } else { end + 1 }
    }

    /// Creates the span from a second after midnight to the second at which it is over; `None` if a
    /// day does not have these seconds.
    pub fn from_exclusive_end(start: u32, over: u32) -> Option<Self> {
        let is_moment = over.is_multiple_of(60) && over <= TimeOfDay::LAST.0;
        let last = if is_moment {
            over
        } else {
            over.checked_sub(1)?
        };
        let span = TimeSpan {
            start: TimeOfDay::from_seconds(start)?,
            end: TimeOfDay::from_seconds(last)?,
        };
        (start < over).then_some(span)
    }

    /// Parses `08:00-16:00` or `all-day`. Returns the part in the day itself and, for a span over
    /// midnight such as `22:00-06:00`, the part in the next day.
    pub fn parse(text: &str) -> Result<(TimeSpan, Option<TimeSpan>), TimeParseError> {
        if text == "all-day" {
            return Ok((TimeSpan::ALL_DAY, None));
        }
        let Some((start, end)) = text.split_once(RANGE_DASHES) else {
            return Err(TimeParseError::new(text, "a time span such as 08:00-16:00"));
        };
        let start: TimeOfDay = start.trim().parse()?;
        let end = match end.trim() {
            "24:00" | "24:00:00" | "0:00" | "00:00" | "00:00:00" => TimeOfDay::LAST,
            end => end.parse()?,
        };
        if start == end {
            return Err(TimeParseError(format!("`{text}` ends when it begins")));
        }
        Ok(TimeSpan::split_at_midnight(start, end))
    }

    /// Returns the span from `start` to `end`, split at midnight.
    pub fn split_at_midnight(start: TimeOfDay, end: TimeOfDay) -> (TimeSpan, Option<TimeSpan>) {
        if start <= end {
            return (TimeSpan { start, end }, None);
        }
        let today = TimeSpan {
            start,
            end: TimeOfDay::LAST,
        };
        let tomorrow = TimeSpan {
            start: TimeOfDay::MIDNIGHT,
            end,
        };
        (today, Some(tomorrow))
    }

    /// Merges spans into the fewest that cover the same seconds, in order.
    pub fn merge(mut spans: Vec<TimeSpan>) -> Vec<TimeSpan> {
        spans.sort();
        let mut merged: Vec<TimeSpan> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start.0 <= last.end.0 + 1 => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }
}

impl fmt::Display for TimeSpan {
    /// Writes the form that [`TimeSpan::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.end) {
            (TimeSpan::ALL_DAY, _) => f.write_str("all-day"),
            (_, TimeOfDay::LAST) => write!(f, "{}-24:00", self.start),
            _ => write!(f, "{}-{}", self.start, self.end),
        }
    }
}

/// A range of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateRange {
    /// The first second; `None` if the range has started already, which only the schedule of a
    /// state can express.
    pub start: Option<LocalDateTime>,
    /// The last second, or the whole minute at which the range is over.
    pub end: LocalDateTime,
}

impl DateRange {
    /// Returns whether a range with this end is over. A range that ends at a whole minute does not
    /// include it; any other last second is included.
    pub fn has_ended(end: LocalDateTime, at: LocalDateTime) -> bool {
        at > end || (at == end && end.second() == 0)
    }

    /// Parses an end of a range: a date and time, or a date alone. A date alone means its first
    /// second as a start and its last second as an end.
    pub fn parse_bound(text: &str, is_start: bool) -> Result<LocalDateTime, TimeParseError> {
        let expected = "a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24";
        let wrong = || TimeParseError::new(text, expected);
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        if date.len() != 10 {
            return Err(wrong());
        }
        let date: jiff::civil::Date = date.parse().map_err(|_| wrong())?;
        let time = match time {
            None if is_start => TimeOfDay::MIDNIGHT,
            None => TimeOfDay::LAST,
            Some("24:00" | "24:00:00") if !is_start => TimeOfDay::LAST,
            Some(time) if has_time_zone(time) => {
                return Err(TimeParseError(format!(
                    "`{text}` names a time zone; times are local to the user, write it without"
                )));
            }
            Some(time) => time.parse().map_err(|_| wrong())?,
        };
        Ok(datetime_at(date, time))
    }

    /// Returns the last second of a range that is over at midnight: RingCentral also returns
    /// `2026-12-26T00:00:00` for a range that includes all of December 25.
    pub fn normal_end(end: LocalDateTime) -> LocalDateTime {
        let is_midnight = TimeOfDay::from_datetime(end) == TimeOfDay::MIDNIGHT;
        let last_second = || end.checked_sub(jiff::Span::new().seconds(1)).ok();
        is_midnight.then(last_second).flatten().unwrap_or(end)
    }

    /// Parses the API's form. Its zone and fraction have no meaning \[spec\].
    pub fn parse_api(text: &str) -> Option<LocalDateTime> {
        let (date, time) = text.split_once('T')?;
        let date: jiff::civil::Date = date.parse().ok()?;
        let end = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
        Some(datetime_at(date, time.get(..end)?.parse().ok()?))
    }

    /// Formats a moment as `YYYY-MM-DDTHH:MM:SS`, the API's form.
    pub fn to_api(at: LocalDateTime) -> String {
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// Formats a start as [`DateRange::parse_bound`] reads it: a date alone for its first second.
    pub fn format_start(at: LocalDateTime) -> String {
        format_bound(at, TimeOfDay::MIDNIGHT)
    }

    /// Formats an end as [`DateRange::parse_bound`] reads it: a date alone for its last second.
    pub fn format_end(at: LocalDateTime) -> String {
        format_bound(at, TimeOfDay::LAST)
    }
}

/// Formats an end of a range, without the time if it is the default.
fn format_bound(at: LocalDateTime, default: TimeOfDay) -> String {
    let whole = DateRange::to_api(at);
    let time_part = |time: TimeOfDay| format!("T{}", time.to_api());
    match whole.strip_suffix(&time_part(default)) {
        Some(date) => date.to_owned(),
        None => whole.strip_suffix(":00").unwrap_or(&whole).to_owned(),
    }
}

/// Returns whether a time has a zone.
fn has_time_zone(time: &str) -> bool {
    time.contains(['Z', 'z', '+', '-'])
}

/// Combines a date and a time.
pub(super) fn datetime_at(date: jiff::civil::Date, time: TimeOfDay) -> LocalDateTime {
    let (h, m, s) = time.parts();
    // All three are below 60, so the conversions cannot fail and the time exists.
    let part = |n: u32| i8::try_from(n).unwrap_or_default();
    date.at(part(h), part(m), part(s), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_day_accepts_several_spellings() {
        for text in ["9:00", "09:00", "09:00:00", "9:00:00", "09:00:00.000"] {
            assert_eq!(
                text.parse::<TimeOfDay>().unwrap().to_api(),
                "09:00:00",
                "{text}"
            );
        }
        for text in [
            "",
            "9",
            "24:00",
            "09:60",
            "9:0",
            "09:00:60",
            "0900",
            "-1:00",
            "9:00pm",
            "9:00:0",
            "9:00.5",
            "9:00:00.",
            "9:00:00.x",
        ] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }

    #[test]
    fn span_over_midnight_is_split() {
        let (today, tomorrow) = TimeSpan::parse("22:00-06:00").unwrap();
        assert_eq!(today.to_string(), "22:00-24:00");
        assert_eq!(tomorrow.unwrap().to_string(), "00:00-06:00");
        assert_eq!(TimeSpan::parse("22:00-0:00").unwrap(), (today, None));
        assert!(TimeSpan::parse("08:00-08:00").is_err());
        assert!(TimeSpan::parse("08:00").is_err());
    }

    #[test]
    fn merge_joins_adjacent_spans() {
        let span = |text| TimeSpan::parse(text).unwrap().0;
        let merged = TimeSpan::merge(vec![
            span("12:00-16:00"),
            span("08:00-12:00"),
            span("18:00-19:00"),
        ]);
        assert_eq!(merged, [span("08:00-16:00"), span("18:00-19:00")]);
    }

    #[test]
    fn zones_are_dropped_from_api_and_rejected_in_files() {
        let plain = DateRange::parse_api("2026-02-01T08:00:00").unwrap();
        for text in [
            "2026-02-01T08:00:00.000Z",
            "2026-02-01T08:00:00+04:00",
            "2026-02-01T8:00:00",
        ] {
            assert_eq!(DateRange::parse_api(text), Some(plain), "{text}");
        }
        assert!(DateRange::parse_bound("2026-02-01T08:00:00Z", true).is_err());
        assert_eq!(DateRange::parse_bound("2026-02-01T8:00", true), Ok(plain));
        assert_eq!(
            DateRange::to_api(DateRange::parse_bound("2026-02-01", false).unwrap()),
            "2026-02-01T23:59:59"
        );
        assert!(DateRange::parse_bound("2026-02-30", true).is_err());
    }
}

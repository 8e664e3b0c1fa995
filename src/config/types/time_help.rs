//! Help for dates and times in a wrong form. It proposes only what the text certainly means.

use super::number_help::digits;
use crate::model::{DateRange, RANGE_DASHES, TimeParseError, TimeSpan};

/// Returns whether a text is a date, or a date and time.
fn is_date(text: &str) -> bool {
    DateRange::parse_bound(text, false).is_ok()
}

/// Splits a text such as `2026-12-24 to 2026-12-26` into two dates.
fn split_dates(text: &str) -> Option<(&str, &str)> {
    const SEPARATORS: [&str; 8] = [" to ", " until ", " through ", "..", " - ", "–", "—", "/"];
    let split = |separator: &&str| text.split_once(*separator);
    // Dates have dashes themselves.
    let by_dash = || Some((text.get(..10)?, text.get(10..)?.strip_prefix('-')?));
    let splits = SEPARATORS.iter().filter_map(split).chain(by_dash());
    let mut dates = splits.map(|(start, end)| (start.trim(), end.trim()));
    dates.find(|(start, end)| is_date(start) && is_date(end))
}

/// Explains a text that is not a date, and suggests how to write it.
pub(super) fn date_help(text: &str, error: &TimeParseError) -> String {
    if let Some((start, end)) = split_dates(text) {
        return format!("`{text}` is a range of dates\nwrite `{{ start: {start}, end: {end} }}`");
    }
    let dates: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    if dates.len() > 1 && dates.iter().all(|date| is_date(date)) {
        let dates = dates.join(", ");
        return format!("`{text}` is several dates\nwrite each as an item of its own: `[{dates}]`");
    }
    let help = if let Some(local) = without_zone(text) {
        format!("remove the time zone: `{local}` is in the user's time zone")
    } else if let Some(fixed) = clock_after_date(text).or_else(|| padded_date(text)) {
        format!("write `{fixed}`")
    } else if let Some(date) = year_first(text) {
        format!("write the year first: `{date}`")
    } else if has_date_form(text) {
        "there is no such date or time".to_owned()
    } else {
        "write the year first, then month and day with two digits each".to_owned()
    };
    format!("{error}\n{help}")
}

/// Explains a date with a time where a whole day is expected.
pub(super) fn day_help(moment: &str) -> String {
    let date = moment.split(['T', ' ']).next().unwrap_or_default();
    format!(
        "`{moment}` is a moment, and a single date is a whole day\nwrite when it starts and ends: \
         `{{ start: {moment}, end: … }}`; for the whole day write `{date}`"
    )
}

/// Removes a time zone: `Z`, `UTC`, `+01:00` or `America/Denver`.
fn without_zone(text: &str) -> Option<&str> {
    let mut starts = text.match_indices(['Z', 'z', '+', '-', ' ']);
    starts.find_map(|(at, _)| {
        let (local, zone) = text.split_at_checked(at)?;
        let name = zone.trim_start();
        let is_offset = name.starts_with(['+', '-']) && name.contains(|c: char| c.is_ascii_digit());
        let is_zone = is_offset || name.starts_with(|c: char| c.is_ascii_uppercase());
        (is_zone && is_date(local)).then_some(local)
    })
}

/// Converts a date with a time in another form, `2026-12-24 9am`, to `2026-12-24T09:00`.
fn clock_after_date(text: &str) -> Option<String> {
    let (date, time) = text.split_once(['T', ' '])?;
    let clock = match time.parse::<u32>() {
        Ok(hour @ 0..24) if digits(time, 2..=2) => format!("{hour:02}:00"),
        _ => clock_help(time)?,
    };
    let fixed = format!("{date}T{clock}");
    is_date(&fixed).then_some(fixed)
}

/// Converts `2026-12-5`, `2026/12/05` or `20261205` to `2026-12-05`.
fn padded_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = match (text.get(..4), text.get(4..6), text.get(6..)) {
        (Some(year), Some(month), Some(day)) if digits(text, 8..=8) => vec![year, month, day],
        _ => text.split(['-', '/', '.']).collect(),
    };
    let [year, month, day] = parts[..] else {
        return None;
    };
    let is_complete = digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2);
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    (is_complete && is_date(&date)).then_some(date)
}

/// Returns whether a text begins with four, two and two digits.
fn has_date_form(text: &str) -> bool {
    let day = text.get(..10).unwrap_or_default();
    day.split('-')
        .map(|part| part.chars().filter(char::is_ascii_digit).count())
        .eq([4, 2, 2])
}

/// Converts `12/24/2026` or `24.12.2026` to `2026-12-24`. Returns `None` for a date such as
/// `3/4/2026`, which can be in March or April.
fn year_first(text: &str) -> Option<String> {
    let mut parts = text.split(['/', '.', '-']).map(str::parse::<u32>);
    let (first, second, year) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let ((month @ ..=12, day @ 13..) | (day @ 13.., month @ ..=12)) = (first, second) else {
        return None;
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    (parts.next().is_none() && is_date(&date)).then_some(date)
}

/// Suggests how to write a time span.
pub(super) fn span_help(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let is_span = |text: &&str| TimeSpan::parse(text).is_ok();
    let spans: Vec<&str> = text
        .split([',', ';', '&', ' '])
        .filter(|word| !matches!(*word, "" | "and"))
        .collect();
    if matches!(
        &*lower,
        "all day" | "allday" | "24h" | "24 hours" | "24/7" | "always" | "open"
    ) {
        "for the whole day write `all-day`".to_owned()
    } else if matches!(&*lower, "closed" | "off" | "none" | "never") {
        "days without times are not listed: remove the line".to_owned()
    } else if spans.len() > 1 && spans.iter().all(is_span) {
        format!(
            "write several time spans as a list: `[{}]`",
            spans.join(", ")
        )
    } else if let Some(suggestion) = to_24_hours(text) {
        format!("use 24-hour times: `{suggestion}`")
    } else if ends_when_it_starts(text) {
        "correct one of the times; for the whole day write `all-day`".to_owned()
    } else {
        let clock = clock_help(text).filter(|clock| clock != text.trim());
        match clock {
            Some(clock) => {
                format!("write a start and an end, such as `08:00-16:00`; `{text}` is `{clock}`")
            }
            None => "write a start and an end as 24-hour times: `08:00-16:00`".to_owned(),
        }
    }
}

/// Returns whether both times of a span are equal.
fn ends_when_it_starts(text: &str) -> bool {
    let times = text.split_once(RANGE_DASHES);
    times.is_some_and(|(start, end)| {
        clock_help(start).is_some_and(|time| Some(time) == clock_help(end))
    })
}

/// Converts a span in another clock format, such as `3pm-4:30pm` or `15.00-16.30`, to 24-hour
/// times. Returns `None` if the result is not a valid span.
fn to_24_hours(text: &str) -> Option<String> {
    let (start, end) = text
        .split_once(" to ")
        .or_else(|| text.split_once(RANGE_DASHES))?;
    let suggestion = match (start.trim().parse::<u32>(), end.trim().parse::<u32>()) {
        // `9-5` may mean 17:00, but `9-17` is clear.
        (Ok(start @ 0..24), Ok(end @ 13..=24)) if start < end => {
            format!("{start:02}:00-{end:02}:00")
        }
        _ => format!("{}-{}", clock_help(start)?, clock_help(end)?),
    };
    TimeSpan::parse(&suggestion).is_ok().then_some(suggestion)
}

/// Converts `3pm`, `4:30 PM`, `15.00` or `1500` to `15:00`, `16:30`, `15:00` or `15:00`.
fn clock_help(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let half = [("am", 0), ("pm", 12)]
        .into_iter()
        .find_map(|(suffix, offset)| {
            let clock = lower.strip_suffix(suffix)?;
            Some((clock.trim_end(), offset))
        });
    let clock = half.map_or(&*lower, |(clock, _)| clock);
    let (hour, minute) = match clock.split_once([':', '.']) {
        Some((hour, minute)) if digits(minute, 2..=2) => (hour, minute),
        None if digits(clock, 4..=4) => clock.split_at(2),
        // Without minutes, only `am` or `pm` makes the hour a time of day.
        None if half.is_some() => (clock, "00"),
        _ => return None,
    };
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        Some((_, offset)) if (1..=12).contains(&hour) => hour % 12 + offset,
        Some(_) => return None,
        None => hour,
    };
    Some(format!("{hour:02}:{minute}"))
}

#[cfg(test)]
mod tests {
    use super::super::{DateOrTime, SpanText, WholeDay};

    #[test]
    fn wrong_date_suggests_only_what_it_certainly_means() {
        let explain = |text: &str| DateOrTime::try_from(text.to_owned()).unwrap_err();
        for range in [
            "2026-12-24 to 2026-12-26",
            "2026-12-24 - 2026-12-26",
            "2026-12-24–2026-12-26",
            "2026-12-24/2026-12-26",
            "2026-12-24-2026-12-26",
        ] {
            let expected = format!(
                "`{range}` is a range of dates\nwrite `{{ start: 2026-12-24, end: 2026-12-26 }}`"
            );
            assert_eq!(explain(range), expected);
        }
        for zoned in [
            "2026-12-24T10:00Z",
            "2026-12-24T10:00+01:00",
            "2026-12-24T10:00-08:00",
            "2026-12-24T10:00 UTC",
        ] {
            let error = explain(zoned);
            let help = "remove the time zone: `2026-12-24T10:00` is in the user's time zone";
            assert!(error.ends_with(help), "{error}");
        }
        for (text, fixed) in [
            ("2026-12-5", "2026-12-05"),
            ("2026/12/24", "2026-12-24"),
            ("20261224", "2026-12-24"),
            ("2026-12-24 9am", "2026-12-24T09:00"),
            ("2026-12-24T17", "2026-12-24T17:00"),
            ("2026-12-24 17.30", "2026-12-24T17:30"),
        ] {
            let error = explain(text);
            assert!(error.ends_with(&format!("\nwrite `{fixed}`")), "{error}");
        }
        for zoned in ["2026-12-24Z", "2026-12-24 PST", "2026-12-24 America/Denver"] {
            let error = explain(zoned);
            assert!(
                error.contains("remove the time zone: `2026-12-24` is"),
                "{error}"
            );
        }
        let list = "write each as an item of its own: `[2026-12-24, 2026-12-25]`";
        assert!(explain("2026-12-24, 2026-12-25").ends_with(list));
        for date in ["12/24/2026", "24.12.2026"] {
            assert!(explain(date).ends_with("write the year first: `2026-12-24`"));
        }
        assert!(explain("3/4/2026").ends_with("with two digits each"));
        assert!(explain("2026-02-30").ends_with("there is no such date or time"));
    }

    #[test]
    fn moment_is_not_a_whole_day() {
        let day = |text: &str| WholeDay::try_from(text.to_owned());
        assert!(day("2026-12-24").is_ok());
        for moment in ["2026-12-24T12:00", "2026-12-24 12:00", "2026-12-24T24:00"] {
            let error = day(moment).unwrap_err();
            assert!(
                error.starts_with(&format!("`{moment}` is a moment")),
                "{error}"
            );
            assert!(
                error.ends_with("for the whole day write `2026-12-24`"),
                "{error}"
            );
        }
        assert!(
            day("12/24/2026")
                .unwrap_err()
                .contains("write the year first")
        );
    }

    #[test]
    fn spans_accept_any_dash_and_suggest_24_hour_times() {
        let span = |text: &str| SpanText::try_from(text.to_owned());
        for dash in ["15:00–16:30", "15:00 — 16:30", "15:00-16:30"] {
            assert!(span(dash).is_ok(), "{dash}");
        }
        let help = |text: &str| {
            let error = span(text).unwrap_err();
            error.split_once('\n').map(|(_, help)| help.to_owned())
        };
        for (text, suggestion) in [
            ("3pm-4:30pm", "15:00-16:30"),
            ("15.00-16.30", "15:00-16:30"),
            ("12 AM – 12 PM", "00:00-12:00"),
            ("9:00-5pm", "09:00-17:00"),
            ("8-16", "08:00-16:00"),
            ("08:00 to 16:00", "08:00-16:00"),
        ] {
            let expected = format!("use 24-hour times: `{suggestion}`");
            assert_eq!(help(text), Some(expected), "{text}");
        }
        assert_eq!(
            help("2pm").as_deref(),
            Some("write a start and an end, such as `08:00-16:00`; `2pm` is `14:00`")
        );
        for (text, expected) in [
            ("0800-1600", "use 24-hour times: `08:00-16:00`"),
            ("all day", "for the whole day write `all-day`"),
            (
                "closed",
                "days without times are not listed: remove the line",
            ),
            (
                "8:00-08:00",
                "correct one of the times; for the whole day write `all-day`",
            ),
            (
                "08:00-12:00, 13:00-16:00",
                "write several time spans as a list: `[08:00-12:00, 13:00-16:00]`",
            ),
            (
                "08:00-12:00 and 13:00-16:00",
                "write several time spans as a list: `[08:00-12:00, 13:00-16:00]`",
            ),
        ] {
            assert_eq!(help(text).as_deref(), Some(expected), "{text}");
        }
        let example = "write a start and an end as 24-hour times: `08:00-16:00`";
        for text in [
            "soon",
            "9-5",
            "08:00",
            "13pm-14pm",
            "25.00-26.00",
            "08:00-26:00",
        ] {
            assert_eq!(help(text).as_deref(), Some(example), "{text}");
        }
    }
}

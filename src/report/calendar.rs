//! Builds a calendar: the repeating week, and dates that differ from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use crate::model::{DayOfWeek, LocalDateTime, TimeOfDay, WeeklyTimes};
use crate::routing::{TimeSet, WeekPattern};

/// Longer date ranges are shown as a week of their own, shorter ones day by day.
const MAX_DAYS_AS_DATES: i32 = 14;
const SECONDS_PER_DAY: u32 = 86_400;

/// The times of one legend entry: the index of the entry and its times.
pub(super) type EntryTimes<'t> = (usize, &'t TimeSet);

/// What callers notice through a week, and on dates that differ from it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallCalendar {
    /// The repeating week, Monday first.
    pub week: Vec<CalendarRow>,
    /// Single dates, in order.
    pub dates: Vec<CalendarRow>,
    /// Long date ranges, each with its week.
    pub periods: Vec<CalendarPeriod>,
}

/// A long date range with a week of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct CalendarPeriod {
    /// The first moment of the range.
    pub start: LocalDateTime,
    /// The last second of the range.
    pub end: LocalDateTime,
    /// The week within the range, Monday first.
    pub week: Vec<CalendarRow>,
}

/// A day, or several equal days.
#[derive(Debug, Clone, PartialEq)]
pub struct CalendarRow {
    /// The days of the row.
    pub days: RowDays,
    /// The parts of the day, without gaps.
    pub bands: Vec<TimeBand>,
}

/// The days of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowDays {
    /// A day of the week.
    Every(DayOfWeek),
    /// The dates from the first to the last.
    Dates(Date, Date),
}

impl RowDays {
    /// Returns `Monday`, or `Thu 26 Nov – Sun 29 Nov 2026`.
    pub fn label(self) -> String {
        match self {
            RowDays::Every(day) => {
                let name = day.name();
                name[..1].to_uppercase() + &name[1..]
            }
            RowDays::Dates(first, last) if first == last => format_date(first),
            RowDays::Dates(first, last) if first.year() == last.year() => {
                format!("{} – {}", first.strftime("%a %-d %b"), format_date(last))
            }
            RowDays::Dates(first, last) => {
                format!("{} – {}", format_date(first), format_date(last))
            }
        }
    }
}

/// A part of a day during which callers notice the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBand {
    /// The start, in seconds after midnight.
    pub start: u32,
    /// The end, in seconds after midnight; exclusive.
    pub end: u32,
    /// The index of the legend entry.
    pub entry: usize,
    /// Whether the other side (account or files) differs.
    pub differs: bool,
}

/// A day to draw: a weekday of the repeating week, or a date.
#[derive(Clone, Copy)]
enum CalendarDay {
    EveryWeek(DayOfWeek),
    Date(Date),
}

impl CallCalendar {
    /// Returns the index of the legend entry at a moment.
    pub fn entry_at(&self, moment: LocalDateTime) -> Option<usize> {
        let second = TimeOfDay::from_datetime(moment).seconds();
        let is_in = |band: &&TimeBand| (band.start..band.end).contains(&second);
        let is_today = |row: &&CalendarRow| match row.days {
            RowDays::Dates(first, last) => (first..=last).contains(&moment.date()),
            RowDays::Every(_) => false,
        };
        let date = self.dates.iter().find(is_today);
        let mut periods = self.periods.iter();
        let period = periods.find(|period| period.start <= moment && moment <= period.end);
        let week = period.map_or(&self.week, |period| &period.week);
        let row = date.or_else(|| week.get(DayOfWeek::from_datetime(moment) as usize))?;
        row.bands.iter().find(is_in).map(|band| band.entry)
    }
}

/// Builds the calendar of these times, which together cover all times. Parts that differ from
/// `other` are marked.
pub(super) fn build_calendar(times: &[EntryTimes<'_>], other: &[EntryTimes<'_>]) -> CallCalendar {
    let builder = CalendarBuilder { times, other };
    let mut calendar = CallCalendar {
        week: { DayOfWeek::ALL.into_iter() }
            .map(|day| builder.row(day, CalendarDay::EveryWeek(day)))
            .collect(),
        ..CallCalendar::default()
    };
    let mut dates = BTreeSet::new();
    for (start, end) in builder.exception_spans() {
        let (first, last) = (start.date(), end.date());
        let whole_from = if start.time() == jiff::civil::Time::midnight() {
            Some(first)
        } else {
            first.tomorrow().ok()
        };
        let days = first.until(last).map(|span| span.get_days());
        match (days, whole_from) {
            (Ok(days), Some(from)) if days > MAX_DAYS_AS_DATES => {
                calendar.periods.push(CalendarPeriod {
                    start,
                    end,
                    week: builder.week_from(from),
                });
                // Days within which the range starts or ends are shown as dates.
                dates.extend((from != first).then_some(first));
                dates.extend((TimeOfDay::from_datetime(end) != TimeOfDay::LAST).then_some(last));
            }
            _ => {
                let days = first.series(Span::new().days(1));
                dates.extend(days.take_while(|day| *day <= last));
            }
        }
    }
    let rows = dates
        .into_iter()
        .map(|date| (date, builder.bands(CalendarDay::Date(date))));
    calendar.dates = merge_rows(rows.collect());
    calendar
}

struct CalendarBuilder<'d> {
    times: &'d [EntryTimes<'d>],
    other: &'d [EntryTimes<'d>],
}

impl CalendarBuilder<'_> {
    /// Returns the times of all entries.
    fn all_times(&self) -> impl Iterator<Item = &TimeSet> {
        self.times.iter().chain(self.other).map(|(_, times)| *times)
    }

    /// Returns the date ranges that differ from the repeating week, split where something changes.
    fn exception_spans(&self) -> Vec<(LocalDateTime, LocalDateTime)> {
        let second = Span::new().seconds(1);
        let mut cuts = BTreeSet::new();
        for except in self.all_times().flat_map(|times| &times.except) {
            cuts.insert(except.start);
            cuts.extend(except.end.checked_add(second).ok());
        }
        let cuts: Vec<LocalDateTime> = cuts.into_iter().collect();
        let spans = cuts.windows(2).filter_map(|ends| {
            let (start, end) = (ends[0], ends[1].checked_sub(second).ok()?);
            let mut excepts = self.all_times().flat_map(|times| &times.except);
            let is_in = excepts.any(|except| except.start <= start && start <= except.end);
            is_in.then_some((start, end))
        });
        spans.collect()
    }

    /// Returns the rows of the seven days from Monday on.
    fn week_from(&self, from: Date) -> Vec<CalendarRow> {
        let dates = from.series(Span::new().days(1)).take(7);
        let rows: BTreeMap<usize, CalendarRow> = dates
            .map(|date| {
                let day = DayOfWeek::from_datetime(date.at(0, 0, 0, 0));
                (day as usize, self.row(day, CalendarDay::Date(date)))
            })
            .collect();
        rows.into_values().collect()
    }

    /// Builds the row of a day.
    fn row(&self, day: DayOfWeek, drawn: CalendarDay) -> CalendarRow {
        CalendarRow {
            days: RowDays::Every(day),
            bands: self.bands(drawn),
        }
    }

    /// Builds the parts of a day.
    fn bands(&self, day: CalendarDay) -> Vec<TimeBand> {
        let mut cuts = BTreeSet::from([0]);
        for times in self.all_times() {
            add_boundaries(&mut cuts, times, day);
        }
        let ends = cuts.iter().copied().skip(1).chain([SECONDS_PER_DAY]);
        let mut bands: Vec<TimeBand> = Vec::new();
        for (start, end) in cuts.iter().copied().zip(ends) {
            let at = |shown: &[EntryTimes<'_>]| {
                let covers = |(_, times): &&EntryTimes<'_>| covers_second(times, day, start);
                shown.iter().find(covers).map(|(entry, _)| *entry)
            };
            // The entries together cover all times.
            let Some(entry) = at(self.times) else {
                continue;
            };
            let differs = !self.other.is_empty() && at(self.other) != Some(entry);
            match bands.last_mut() {
                Some(last) if (last.entry, last.differs) == (entry, differs) => last.end = end,
                _ => bands.push(TimeBand {
                    start,
                    end,
                    entry,
                    differs,
                }),
            }
        }
        bands
    }
}

/// Adds the seconds of a day at which an entry may start or end.
fn add_boundaries(cuts: &mut BTreeSet<u32>, times: &TimeSet, day: CalendarDay) {
    let mut cut_week = |week: &WeeklyTimes, day: DayOfWeek| {
        let spans = week.spans_on(day).iter();
        let ends = spans.flat_map(|span| [span.start.seconds(), span.end_exclusive()]);
        cuts.extend(ends.filter(|second| *second < SECONDS_PER_DAY));
    };
    let date = match day {
        CalendarDay::EveryWeek(day) => return cut_week(&times.weekly, day),
        CalendarDay::Date(date) => date,
    };
    let day = DayOfWeek::from_datetime(date.at(0, 0, 0, 0));
    cut_week(&times.weekly, day);
    for except in &times.except {
        if let WeekPattern::Weekly(week) = &except.pattern {
            cut_week(week, day);
        }
    }
    for except in &times.except {
        if except.start.date() == date {
            cuts.insert(TimeOfDay::from_datetime(except.start).seconds());
        }
        let after = TimeOfDay::from_datetime(except.end).seconds() + 1;
        if except.end.date() == date && after < SECONDS_PER_DAY {
            cuts.insert(after);
        }
    }
}

/// Returns whether a second of a day is in these times.
fn covers_second(times: &TimeSet, day: CalendarDay, second: u32) -> bool {
    match day {
        CalendarDay::EveryWeek(day) => {
            let is_in = |span: &crate::model::TimeSpan| {
                (span.start.seconds()..span.end_exclusive()).contains(&second)
            };
            times.weekly.spans_on(day).iter().any(is_in)
        }
        CalendarDay::Date(date) => {
            let since = Span::new().seconds(i64::from(second));
            let at = date.at(0, 0, 0, 0).checked_add(since);
            at.is_ok_and(|at| times.covers(at.max(times.from)))
        }
    }
}

/// Merges consecutive equal dates into rows.
fn merge_rows(days: Vec<(Date, Vec<TimeBand>)>) -> Vec<CalendarRow> {
    let follows = |a: &(Date, Vec<TimeBand>), b: &(Date, Vec<TimeBand>)| {
        a.0.tomorrow().ok() == Some(b.0) && a.1 == b.1
    };
    let runs = days.chunk_by(follows);
    let rows = runs.filter_map(|run| {
        let ((first, bands), (last, _)) = (run.first()?, run.last()?);
        Some(CalendarRow {
            days: RowDays::Dates(*first, *last),
            bands: bands.clone(),
        })
    });
    rows.collect()
}

/// Formats a date as `Thu 26 Nov 2026`.
pub(super) fn format_date(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

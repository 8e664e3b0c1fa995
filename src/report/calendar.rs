//! The week as a calendar, and the dates that are not like every week.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use crate::model::{DateTime, Day, TimeOfDay, Week};
use crate::routing::{Pattern, Times};

/// Longer spans of dates are shown as a week of their own, shorter ones day by day.
const DAY_BY_DAY: i32 = 14;
const DAY: u32 = 86_400;

/// Some times at which callers notice one thing: the number of it in the legend.
pub(super) type Shown<'t> = (usize, &'t Times);

/// What callers notice through a week, and on dates that differ from it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calendar {
    /// Every week, Monday first.
    pub week: Vec<Row>,
    /// Single dates, in order.
    pub dates: Vec<Row>,
    /// Long spans of dates, each with its week.
    pub periods: Vec<Period>,
}

/// A long span of dates with a week of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// The first moment.
    pub start: DateTime,
    /// The last second.
    pub end: DateTime,
    /// Its week, Monday first.
    pub week: Vec<Row>,
}

/// A day, or several that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which.
    pub days: Days,
    /// The parts of the day, without gaps.
    pub bands: Vec<Band>,
}

/// Which days a row is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Days {
    /// A day of the week.
    Every(Day),
    /// These dates, from the first to the last.
    Dates(Date, Date),
}

impl Days {
    /// `Monday`, or `Thu 26 Nov – Sun 29 Nov 2026`.
    pub fn label(self) -> String {
        match self {
            Days::Every(day) => {
                let name = day.name();
                name[..1].to_uppercase() + &name[1..]
            }
            Days::Dates(first, last) if first == last => date(first),
            Days::Dates(first, last) if first.year() == last.year() => {
                format!("{} – {}", first.strftime("%a %-d %b"), date(last))
            }
            Days::Dates(first, last) => format!("{} – {}", date(first), date(last)),
        }
    }
}

/// A part of a day at which callers notice one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The first second of it, after midnight.
    pub start: u32,
    /// The first second after it.
    pub end: u32,
    /// What callers notice, by number in the legend.
    pub entry: usize,
    /// Whether it is otherwise in the other world.
    pub differs: bool,
}

/// A day that is drawn.
#[derive(Clone, Copy)]
enum Drawn {
    EveryWeek(Day),
    Date(Date),
}

impl Calendar {
    /// What callers notice at a moment, by number in the legend.
    pub fn at(&self, moment: DateTime) -> Option<usize> {
        let second = TimeOfDay::of(moment).seconds();
        let is_in = |band: &&Band| (band.start..band.end).contains(&second);
        let is_today = |row: &&Row| match row.days {
            Days::Dates(first, last) => (first..=last).contains(&moment.date()),
            Days::Every(_) => false,
        };
        let date = self.dates.iter().find(is_today);
        let mut periods = self.periods.iter();
        let period = periods.find(|period| period.start <= moment && moment <= period.end);
        let week = period.map_or(&self.week, |period| &period.week);
        let row = date.or_else(|| week.get(Day::of(moment) as usize))?;
        row.bands.iter().find(is_in).map(|band| band.entry)
    }
}

/// The calendar of these times, which are every time together; marked where `other` is otherwise.
pub(super) fn calendar(times: &[Shown<'_>], other: &[Shown<'_>]) -> Calendar {
    let drawer = Drawer { times, other };
    let mut calendar = Calendar {
        week: { Day::ALL.into_iter() }
            .map(|day| drawer.row(day, Drawn::EveryWeek(day)))
            .collect(),
        ..Calendar::default()
    };
    let mut dates = BTreeSet::new();
    for (start, end) in drawer.spans() {
        let (first, last) = (start.date(), end.date());
        let whole_from = match start.time() == jiff::civil::Time::midnight() {
            true => Some(first),
            false => first.tomorrow().ok(),
        };
        let days = first.until(last).map(|span| span.get_days());
        match (days, whole_from) {
            (Ok(days), Some(from)) if days > DAY_BY_DAY => {
                calendar.periods.push(Period {
                    start,
                    end,
                    week: drawer.week_of(from),
                });
                // Days that it begins or ends in the midst of are like no others.
                dates.extend((from != first).then_some(first));
                dates.extend((TimeOfDay::of(end) != TimeOfDay::LAST).then_some(last));
            }
            _ => {
                let days = first.series(Span::new().days(1));
                dates.extend(days.take_while(|day| *day <= last));
            }
        }
    }
    let rows = { dates.into_iter() }.map(|date| (date, drawer.bands(Drawn::Date(date))));
    calendar.dates = joined(rows.collect());
    calendar
}

struct Drawer<'d> {
    times: &'d [Shown<'d>],
    other: &'d [Shown<'d>],
}

impl Drawer<'_> {
    fn both(&self) -> impl Iterator<Item = &Times> {
        self.times.iter().chain(self.other).map(|(_, times)| *times)
    }

    /// The spans of dates that are not like every week, without a change in their midst.
    fn spans(&self) -> Vec<(DateTime, DateTime)> {
        let second = Span::new().seconds(1);
        let mut cuts = BTreeSet::new();
        for except in self.both().flat_map(|times| &times.except) {
            cuts.insert(except.start);
            cuts.extend(except.end.checked_add(second).ok());
        }
        let cuts: Vec<DateTime> = cuts.into_iter().collect();
        let spans = cuts.windows(2).filter_map(|ends| {
            let (start, end) = (ends[0], ends[1].checked_sub(second).ok()?);
            let mut excepts = self.both().flat_map(|times| &times.except);
            let is_in = excepts.any(|except| except.start <= start && start <= except.end);
            is_in.then_some((start, end))
        });
        spans.collect()
    }

    /// The seven days from one on, Monday first.
    fn week_of(&self, from: Date) -> Vec<Row> {
        let dates = from.series(Span::new().days(1)).take(7);
        let rows: BTreeMap<usize, Row> = dates
            .map(|date| {
                let day = Day::of(date.at(0, 0, 0, 0));
                (day as usize, self.row(day, Drawn::Date(date)))
            })
            .collect();
        rows.into_values().collect()
    }

    fn row(&self, day: Day, drawn: Drawn) -> Row {
        Row {
            days: Days::Every(day),
            bands: self.bands(drawn),
        }
    }

    fn bands(&self, day: Drawn) -> Vec<Band> {
        let mut cuts = BTreeSet::from([0]);
        for times in self.both() {
            cut(&mut cuts, times, day);
        }
        let ends = cuts.iter().copied().skip(1).chain([DAY]);
        let mut bands: Vec<Band> = Vec::new();
        for (start, end) in cuts.iter().copied().zip(ends) {
            let at = |shown: &[Shown<'_>]| {
                let covers = |(_, times): &&Shown<'_>| covers(times, day, start);
                shown.iter().find(covers).map(|(entry, _)| *entry)
            };
            // The times are every time together.
            let Some(entry) = at(self.times) else {
                continue;
            };
            let differs = !self.other.is_empty() && at(self.other) != Some(entry);
            match bands.last_mut() {
                Some(last) if (last.entry, last.differs) == (entry, differs) => last.end = end,
                _ => bands.push(Band {
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

/// Adds the seconds of a day at which something may begin or has ended.
fn cut(cuts: &mut BTreeSet<u32>, times: &Times, day: Drawn) {
    let mut cut_week = |week: &Week, day: Day| {
        let spans = week.on(day).iter();
        let ends = spans.flat_map(|span| [span.start.seconds(), span.over()]);
        cuts.extend(ends.filter(|second| *second < DAY));
    };
    let date = match day {
        Drawn::EveryWeek(day) => return cut_week(&times.weekly, day),
        Drawn::Date(date) => date,
    };
    let day = Day::of(date.at(0, 0, 0, 0));
    cut_week(&times.weekly, day);
    for except in &times.except {
        if let Pattern::Weekly(week) = &except.pattern {
            cut_week(week, day);
        }
    }
    for except in &times.except {
        if except.start.date() == date {
            cuts.insert(TimeOfDay::of(except.start).seconds());
        }
        let after = TimeOfDay::of(except.end).seconds() + 1;
        if except.end.date() == date && after < DAY {
            cuts.insert(after);
        }
    }
}

fn covers(times: &Times, day: Drawn, second: u32) -> bool {
    match day {
        Drawn::EveryWeek(day) => {
            let is_in = |span: &crate::model::TimeSpan| {
                (span.start.seconds()..span.over()).contains(&second)
            };
            times.weekly.on(day).iter().any(is_in)
        }
        Drawn::Date(date) => {
            let since = Span::new().seconds(i64::from(second));
            let at = date.at(0, 0, 0, 0).checked_add(since);
            at.is_ok_and(|at| times.covers(at.max(times.from)))
        }
    }
}

/// Dates that follow each other and are alike are one row.
fn joined(days: Vec<(Date, Vec<Band>)>) -> Vec<Row> {
    let follows = |a: &(Date, Vec<Band>), b: &(Date, Vec<Band>)| {
        a.0.tomorrow().ok() == Some(b.0) && a.1 == b.1
    };
    let runs = days.chunk_by(follows);
    let rows = runs.filter_map(|run| {
        let ((first, bands), (last, _)) = (run.first()?, run.last()?);
        Some(Row {
            days: Days::Dates(*first, *last),
            bands: bands.clone(),
        })
    });
    rows.collect()
}

/// `Thu 26 Nov 2026`.
pub(super) fn date(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

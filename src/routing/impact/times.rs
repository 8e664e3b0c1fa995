//! Times at which the same schedules hold.
//!
//! The dates in the schedules cut the time from now on into intervals; the times of the week cut the week
//! into segments. Within an interval nothing but the segment decides: a cell is one segment of one
//! interval. Only the last interval has no end; what holds in it holds every week from then on.

use std::collections::BTreeSet;
use std::iter::successors;

use fixedbitset::FixedBitSet;
use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Span};

use crate::model::{DateRange, DateTime, Day, Schedule, TimeSpan, Week};
use crate::routing::hours;
use crate::routing::table::{Moment, Table};

/// Some times: a week that repeats, and spans of dates in which it is otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// Nothing is said of the time before.
    pub from: DateTime,
    /// These times of every week.
    pub weekly: Week,
    /// But these dates, in order.
    pub except: Vec<Except>,
}

/// A span of dates, both ends included, that is not like every week.
#[derive(Debug, Clone, PartialEq)]
pub struct Except {
    /// The first second.
    pub start: DateTime,
    /// The last second.
    pub end: DateTime,
    /// Which times of it are meant.
    pub pattern: Pattern,
}

/// Which times of a span of dates are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// None.
    Never,
    /// All.
    Always,
    /// These of the week.
    Weekly(Week),
}

impl Times {
    /// Whether it is every time.
    pub fn is_always(&self) -> bool {
        self.weekly.is_always() && self.except.is_empty()
    }

    /// Whether this moment, a whole second, is one of them.
    pub fn covers(&self, at: DateTime) -> bool {
        let in_span = |except: &&Except| except.start <= at && at <= except.end;
        let weekly = match self.except.iter().find(in_span) {
            _ if at < self.from => return false,
            Some(except) => match &except.pattern {
                Pattern::Never => return false,
                Pattern::Always => return true,
                Pattern::Weekly(week) => week,
            },
            None => &self.weekly,
        };
        hours::in_week(weekly, at)
    }
}

/// A part of a day of the week, in seconds after midnight, without the last.
#[derive(Debug, Clone, Copy)]
struct Segment {
    day: Day,
    start: u32,
    end: u32,
}

/// A span of time without a date in it at which a schedule begins or ends.
#[derive(Debug)]
struct Interval {
    start: DateTime,
    /// The last second; none for the last interval.
    end: Option<DateTime>,
}

/// In so many days everything comes round that comes round at all.
const DAYS: usize = 8;

/// One segment of one interval, by number.
#[derive(Debug)]
struct Cell {
    interval: usize,
    segment: usize,
    class: usize,
}

/// Classes of times.
pub(in crate::routing) struct Axis {
    segments: Vec<Segment>,
    intervals: Vec<Interval>,
    cells: Vec<Cell>,
    /// A moment of each class.
    classes: Vec<DateTime>,
}

/// What the classes decide in both worlds: those that decide the same are one.
pub(in crate::routing) struct Moments {
    different: IndexSet<(Moment, Moment)>,
    /// For each class which of them it is; none where the class is left out.
    of_class: Vec<Option<usize>>,
}

impl Moments {
    pub(super) fn len(&self) -> usize {
        self.different.len()
    }

    pub(in crate::routing) fn iter(&self) -> impl Iterator<Item = &(Moment, Moment)> {
        self.different.iter()
    }
}

impl Axis {
    /// The classes of the time from `from` on.
    pub(in crate::routing) fn new(before: &Table<'_>, after: &Table<'_>, from: DateTime) -> Self {
        let mut schedules: Vec<&Schedule> = Vec::new();
        for schedule in before.schedules().chain(after.schedules()) {
            if !schedules.contains(&schedule) {
                schedules.push(schedule);
            }
        }
        let segments = segments(&schedules);
        let intervals = intervals(&schedules, from);
        let repeating: Vec<FixedBitSet> = segments
            .iter()
            .map(|segment| which(&schedules, |schedule| repeats(schedule, segment)))
            .collect();
        let mut cells = Vec::new();
        let mut classes: IndexMap<FixedBitSet, DateTime> = IndexMap::new();
        for (at, interval) in intervals.iter().enumerate() {
            let bounded = which(&schedules, |s| hours::in_bounds(s, interval.start));
            let dated = which(&schedules, |s| hours::in_range(s, interval.start));
            for (segment, moment) in interval.segments(&segments) {
                let mut hold = repeating[segment].clone();
                hold.union_with(&dated);
                hold.intersect_with(&bounded);
                let class = classes.entry(hold);
                cells.push(Cell {
                    interval: at,
                    segment,
                    class: class.index(),
                });
                class.or_insert(moment);
            }
        }
        Axis {
            segments,
            intervals,
            cells,
            classes: classes.into_values().collect(),
        }
    }

    /// What the classes decide; `decided` may leave a class out.
    pub(in crate::routing) fn moments(
        &self,
        decided: impl Fn(DateTime) -> Option<(Moment, Moment)>,
    ) -> Moments {
        let mut different = IndexSet::new();
        let of_class = { self.classes.iter() }
            .map(|at| decided(*at).map(|both| different.insert_full(both).0))
            .collect();
        Moments {
            different,
            of_class,
        }
    }

    /// The times of some moments.
    pub(super) fn times(&self, moments: &Moments, wanted: &FixedBitSet) -> Times {
        let is_wanted =
            |cell: &Cell| moments.of_class[cell.class].is_some_and(|at| wanted.contains(at));
        let standing = self.intervals.len() - 1;
        let mut every_week = FixedBitSet::with_capacity(self.segments.len());
        for cell in self.cells.iter().filter(|cell| cell.interval == standing) {
            every_week.set(cell.segment, is_wanted(cell));
        }
        let mut except: Vec<Except> = Vec::new();
        for cells in self.cells.chunk_by(|a, b| a.interval == b.interval) {
            let interval = &self.intervals[cells[0].interval];
            let Some(end) = interval.end else { continue };
            let like_every_week =
                |cell: &Cell| every_week.contains(cell.segment) == is_wanted(cell);
            if cells.iter().all(like_every_week) {
                continue;
            }
            let wanted: Vec<usize> = { cells.iter() }
                .filter(|cell| is_wanted(cell))
                .map(|cell| cell.segment)
                .collect();
            let whole = |pattern| Except {
                start: interval.start,
                end,
                pattern,
            };
            let found = match wanted.len() {
                0 => vec![whole(Pattern::Never)],
                all if all == cells.len() => vec![whole(Pattern::Always)],
                // Of few days each is told, rather than times of the week.
                _ if every_week.is_clear() && interval.is_short() => {
                    let segments = wanted.iter().map(|at| &self.segments[*at]);
                    interval.spans(segments)
                }
                _ => vec![whole(Pattern::Weekly(self.week(wanted.into_iter())))],
            };
            for next in found {
                match except.last_mut() {
                    Some(last) if last.pattern == next.pattern && follows(last.end, next.start) => {
                        last.end = next.end;
                    }
                    _ => except.push(next),
                }
            }
        }
        Times {
            from: self.intervals[0].start,
            weekly: self.week(every_week.ones()),
            except,
        }
    }

    fn week(&self, segments: impl Iterator<Item = usize>) -> Week {
        let mut week = Week::default();
        for segment in segments {
            let Segment { day, start, end } = self.segments[segment];
            week.add(day, TimeSpan::until(start, end).as_slice());
        }
        week
    }
}

fn which(schedules: &[&Schedule], is_meant: impl Fn(&Schedule) -> bool) -> FixedBitSet {
    let mut meant = FixedBitSet::with_capacity(schedules.len());
    for (at, schedule) in schedules.iter().enumerate() {
        meant.set(at, is_meant(schedule));
    }
    meant
}

fn repeats(schedule: &Schedule, segment: &Segment) -> bool {
    let spans = schedule.week.as_ref().map(|week| week.on(segment.day));
    let is_in = |span: &TimeSpan| (span.start.seconds()..span.over()).contains(&segment.start);
    spans.is_some_and(|spans| spans.iter().any(is_in))
}

/// The week, cut wherever a span begins or has ended.
fn segments(schedules: &[&Schedule]) -> Vec<Segment> {
    const DAY: u32 = 86_400;
    let mut segments = Vec::new();
    for day in Day::ALL {
        let weeks = schedules
            .iter()
            .filter_map(|schedule| schedule.week.as_ref());
        let spans = weeks.flat_map(|week| week.on(day));
        let cuts = spans.flat_map(|span| [span.start.seconds(), span.over()]);
        let cuts: BTreeSet<u32> = cuts.chain([0, DAY]).collect();
        let cuts: Vec<u32> = cuts.into_iter().collect();
        segments.extend(cuts.windows(2).map(|ends| Segment {
            day,
            start: ends[0],
            end: ends[1],
        }));
    }
    segments
}

/// The time from `from` on, cut wherever dates begin or have ended.
fn intervals(schedules: &[&Schedule], from: DateTime) -> Vec<Interval> {
    let mut cuts: BTreeSet<DateTime> = BTreeSet::new();
    for schedule in schedules {
        let dates = schedule.ranges.iter();
        let dates = dates.map(|range| (range.start, Some(range.end)));
        for (start, end) in dates.chain([(schedule.start, schedule.end)]) {
            cuts.extend(start);
            cuts.extend(end.and_then(over));
        }
    }
    let later = cuts.into_iter().filter(|cut| *cut > from);
    let starts: Vec<DateTime> = std::iter::once(from).chain(later).collect();
    let ends = starts.iter().skip(1).map(|next| second_before(*next));
    let ends = ends.chain([None]);
    let intervals = starts.iter().zip(ends);
    intervals
        .map(|(start, end)| Interval { start: *start, end })
        .collect()
}

/// The first moment at which a span of dates with this end is over.
fn over(end: DateTime) -> Option<DateTime> {
    if DateRange::is_over(end, end) {
        Some(end)
    } else {
        second_after(end)
    }
}

/// None at the end of all time.
fn second_after(at: DateTime) -> Option<DateTime> {
    at.checked_add(Span::new().seconds(1)).ok()
}

fn second_before(at: DateTime) -> Option<DateTime> {
    at.checked_sub(Span::new().seconds(1)).ok()
}

fn follows(end: DateTime, start: DateTime) -> bool {
    second_after(end) == Some(start)
}

impl Interval {
    /// Whether it is within a week.
    fn is_short(&self) -> bool {
        let week = self.start.checked_add(Span::new().days(7));
        let ends_in_it = |end| week.is_ok_and(|week| end < week);
        self.end.is_some_and(ends_in_it)
    }

    /// Where these segments lie in it, in order.
    fn spans<'s>(&self, segments: impl Iterator<Item = &'s Segment> + Clone) -> Vec<Except> {
        let mut spans = Vec::new();
        for midnight in self.days() {
            let of_day = segments.clone().filter(|s| s.day == Day::of(midnight));
            let parts = of_day.filter_map(|segment| self.part(segment, midnight));
            spans.extend(parts.map(|(start, end)| Except {
                start,
                end,
                pattern: Pattern::Always,
            }));
        }
        spans
    }

    /// The segments that have a moment in it, each once, with the first such moment.
    fn segments(&self, all: &[Segment]) -> impl Iterator<Item = (usize, DateTime)> {
        let mut firsts: Vec<Option<DateTime>> = vec![None; all.len()];
        for midnight in self.days() {
            let day = Day::of(midnight);
            let of_day = { firsts.iter_mut().zip(all) }.filter(|(_, segment)| segment.day == day);
            for (first, segment) in of_day {
                let part = || self.part(segment, midnight);
                *first = first.or_else(|| part().map(|(start, _)| start));
            }
        }
        let firsts = firsts.into_iter().enumerate();
        firsts.filter_map(|(at, first)| Some((at, first?)))
    }

    /// The beginnings of its days, as many as it takes to see all segments.
    fn days(&self) -> impl Iterator<Item = DateTime> {
        let dates = successors(Some(self.start.date()), |date| date.tomorrow().ok());
        let midnights = dates.take(DAYS).map(|date| date.at(0, 0, 0, 0));
        midnights.take_while(|midnight| self.end.is_none_or(|end| *midnight <= end))
    }

    /// The first and the last second of a segment in it, on the day that begins at `midnight`.
    fn part(&self, segment: &Segment, midnight: DateTime) -> Option<(DateTime, DateTime)> {
        let time = |seconds: u32| {
            let since = SignedDuration::from_secs(i64::from(seconds));
            midnight.checked_add(since).ok()
        };
        let start = time(segment.start)?.max(self.start);
        let end = time(segment.end - 1)?;
        let end = self.end.map_or(end, |last| end.min(last));
        (start <= end).then_some((start, end))
    }
}

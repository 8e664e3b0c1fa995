//! Classes of times at which the same schedules are active.
//!
//! The dates of the schedules divide the future into intervals, and their weekly times divide the
//! week into segments. Within an interval only the segment decides which schedules are active. A
//! cell is one segment of one interval. The last interval has no end, so what applies in it repeats
//! every week.

use std::collections::BTreeSet;
use std::iter::successors;

use fixedbitset::FixedBitSet;
use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Span};

use crate::model::{CallSchedule, DateRange, DayOfWeek, LocalDateTime, TimeSpan, WeeklyTimes};
use crate::routing::schedule_eval;
use crate::routing::table::RoutingMoment;

/// A set of times: a repeating week, and dates that differ from it.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSet {
    /// The start; earlier times are not part of the set.
    pub from: LocalDateTime,
    /// The times of each week that are in the set.
    pub weekly: WeeklyTimes,
    /// Dates that differ from the repeating week, in order.
    pub except: Vec<DateException>,
}

/// A span of dates, both ends included, that differs from the repeating week.
#[derive(Debug, Clone, PartialEq)]
pub struct DateException {
    /// The first second of the span.
    pub start: LocalDateTime,
    /// The last second of the span.
    pub end: LocalDateTime,
    /// The times of the span that are in the set.
    pub pattern: WeekPattern,
}

/// The times of a span of dates that are in a set.
#[derive(Debug, Clone, PartialEq)]
pub enum WeekPattern {
    /// No time of the span.
    Never,
    /// All times of the span.
    Always,
    /// These times of each week.
    Weekly(WeeklyTimes),
}

impl TimeSet {
    /// Returns whether the set contains all times.
    pub fn is_always(&self) -> bool {
        self.weekly.is_always() && self.except.is_empty()
    }

    /// Returns whether a moment (a whole second) is in the set.
    pub fn covers(&self, at: LocalDateTime) -> bool {
        let in_span = |except: &&DateException| except.start <= at && at <= except.end;
        let weekly = match self.except.iter().find(in_span) {
            _ if at < self.from => return false,
            Some(except) => match &except.pattern {
                WeekPattern::Never => return false,
                WeekPattern::Always => return true,
                WeekPattern::Weekly(week) => week,
            },
            None => &self.weekly,
        };
        schedule_eval::in_week(weekly, at)
    }
}

/// A part of a weekday, in seconds after midnight; the end is exclusive.
#[derive(Debug, Clone, Copy)]
struct IntervalSegment {
    day: DayOfWeek,
    start: u32,
    end: u32,
}

/// A span of time within which no schedule starts or ends by date.
#[derive(Debug)]
struct TimeInterval {
    start: LocalDateTime,
    /// The last second; `None` for the last interval.
    end: Option<LocalDateTime>,
}

/// The number of days after which all weekly segments have occurred, for an interval that starts
/// within a day.
const DAYS: usize = 8;

/// One segment of one interval, as indexes, with its class.
#[derive(Debug)]
struct WeekCell {
    interval: usize,
    segment: usize,
    class: usize,
}

/// The classes of times of two routing tables.
pub(super) struct TimeAxis {
    segments: Vec<IntervalSegment>,
    intervals: Vec<TimeInterval>,
    cells: Vec<WeekCell>,
    /// One moment of each class.
    classes: Vec<LocalDateTime>,
}

/// Returns moments from `from` on such that each combination of these schedules that is active at
/// the same time is active at one of them.
pub fn distinct_moments<'s>(
    schedules: impl IntoIterator<Item = &'s CallSchedule>,
    from: LocalDateTime,
) -> Vec<LocalDateTime> {
    TimeAxis::new(schedules, from).classes
}

/// The distinct combinations of facts before and after. Classes with the same facts share one
/// entry.
pub(super) struct MomentSet {
    different: IndexSet<[RoutingMoment; 2]>,
    /// The entry of each class; `None` if the class was left out.
    of_class: Vec<Option<usize>>,
}

impl MomentSet {
    /// Returns the number of distinct entries.
    pub(super) fn len(&self) -> usize {
        self.different.len()
    }

    /// Returns the distinct entries.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[RoutingMoment; 2]> {
        self.different.iter()
    }
}

impl TimeAxis {
    /// Divides the time from `from` on into classes.
    pub(super) fn new<'s>(
        all_schedules: impl IntoIterator<Item = &'s CallSchedule>,
        from: LocalDateTime,
    ) -> Self {
        let mut schedules: Vec<&CallSchedule> = Vec::new();
        for schedule in all_schedules {
            if !schedules.contains(&schedule) {
                schedules.push(schedule);
            }
        }
        let segments = segments(&schedules);
        let intervals = intervals(&schedules, from);
        let repeating: Vec<FixedBitSet> = segments
            .iter()
            .map(|segment| schedules_where(&schedules, |schedule| repeats(schedule, segment)))
            .collect();
        let mut cells = Vec::new();
        let mut classes: IndexMap<FixedBitSet, LocalDateTime> = IndexMap::new();
        for (at, interval) in intervals.iter().enumerate() {
            let bounded =
                schedules_where(&schedules, |s| schedule_eval::in_bounds(s, interval.start));
            let dated = schedules_where(&schedules, |s| schedule_eval::in_range(s, interval.start));
            for (segment, moment) in interval.segments(&segments) {
                let mut hold = repeating[segment].clone();
                hold.union_with(&dated);
                hold.intersect_with(&bounded);
                let class = classes.entry(hold);
                cells.push(WeekCell {
                    interval: at,
                    segment,
                    class: class.index(),
                });
                class.or_insert(moment);
            }
        }
        TimeAxis {
            segments,
            intervals,
            cells,
            classes: classes.into_values().collect(),
        }
    }

    /// Evaluates each class; `decided` returns `None` to leave a class out.
    pub(super) fn moment_set(
        &self,
        decided: impl Fn(LocalDateTime) -> Option<[RoutingMoment; 2]>,
    ) -> MomentSet {
        let mut different = IndexSet::new();
        let classes = self.classes.iter();
        let of_class = classes
            .map(|at| decided(*at).map(|moments| different.insert_full(moments).0))
            .collect();
        MomentSet {
            different,
            of_class,
        }
    }

    /// Returns the times of some entries.
    pub(super) fn time_set(&self, moments: &MomentSet, entries: &FixedBitSet) -> TimeSet {
        let is_member =
            |cell: &WeekCell| moments.of_class[cell.class].is_some_and(|at| entries.contains(at));
        let last_interval = self.intervals.len() - 1;
        let mut every_week = FixedBitSet::with_capacity(self.segments.len());
        for cell in &self.cells {
            if cell.interval == last_interval {
                every_week.set(cell.segment, is_member(cell));
            }
        }
        let mut except: Vec<DateException> = Vec::new();
        for cells in self.cells.chunk_by(|a, b| a.interval == b.interval) {
            let interval = &self.intervals[cells[0].interval];
            let Some(end) = interval.end else { continue };
            let like_every_week =
                |cell: &WeekCell| every_week.contains(cell.segment) == is_member(cell);
            if cells.iter().all(like_every_week) {
                continue;
            }
            let members = cells.iter().filter(|cell| is_member(cell));
            let segments: Vec<usize> = members.map(|cell| cell.segment).collect();
            let whole = |pattern| DateException {
                start: interval.start,
                end,
                pattern,
            };
            let exceptions = match segments.len() {
                0 => vec![whole(WeekPattern::Never)],
                all if all == cells.len() => vec![whole(WeekPattern::Always)],
                // A few days are listed one by one, not as weekly times.
                _ if every_week.is_clear() && interval.is_short() => {
                    interval.spans(segments.iter().map(|at| &self.segments[*at]))
                }
                _ => vec![whole(WeekPattern::Weekly(self.week(segments.into_iter())))],
            };
            for next in exceptions {
                match except.last_mut() {
                    Some(last) if last.pattern == next.pattern && follows(last.end, next.start) => {
                        last.end = next.end;
                    }
                    _ => except.push(next),
                }
            }
        }
        TimeSet {
            from: self.intervals[0].start,
            weekly: self.week(every_week.ones()),
            except,
        }
    }

    /// Returns the weekly times of some segments.
    fn week(&self, segments: impl Iterator<Item = usize>) -> WeeklyTimes {
        let mut week = WeeklyTimes::default();
        for segment in segments {
            let IntervalSegment { day, start, end } = self.segments[segment];
            week.add(day, TimeSpan::from_exclusive_end(start, end).as_slice());
        }
        week
    }
}

/// Returns the set of schedules for which the predicate holds.
fn schedules_where(
    schedules: &[&CallSchedule],
    predicate: impl Fn(&CallSchedule) -> bool,
) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(schedules.len());
    for (at, schedule) in schedules.iter().enumerate() {
        set.set(at, predicate(schedule));
    }
    set
}

/// Returns whether a weekly time of the schedule includes a segment.
fn repeats(schedule: &CallSchedule, segment: &IntervalSegment) -> bool {
    let is_in =
        |span: &TimeSpan| (span.start.seconds()..span.end_exclusive()).contains(&segment.start);
    let week = schedule.week.as_ref();
    week.is_some_and(|week| week.spans_on(segment.day).iter().any(is_in))
}

/// Divides the week wherever a span starts or ends.
fn segments(schedules: &[&CallSchedule]) -> Vec<IntervalSegment> {
    const DAY: u32 = 86_400;
    let mut segments = Vec::new();
    for day in DayOfWeek::ALL {
        let weeks = schedules.iter().flat_map(|schedule| &schedule.week);
        let spans = weeks.flat_map(|week| week.spans_on(day));
        let span_ends = spans.flat_map(|span| [span.start.seconds(), span.end_exclusive()]);
        let cuts: BTreeSet<u32> = span_ends.chain([0, DAY]).collect();
        let ends = cuts.iter().skip(1);
        segments.extend(cuts.iter().zip(ends).map(|(start, end)| IntervalSegment {
            day,
            start: *start,
            end: *end,
        }));
    }
    segments
}

/// Divides the time from `from` on wherever dates start or end.
fn intervals(schedules: &[&CallSchedule], from: LocalDateTime) -> Vec<TimeInterval> {
    let mut cuts: BTreeSet<LocalDateTime> = BTreeSet::new();
    for schedule in schedules {
        let ranges = schedule.ranges.iter();
        let dates = ranges.map(|range| (range.start, Some(range.end)));
        for (start, end) in dates.chain([(schedule.start, schedule.end)]) {
            cuts.extend(start);
            cuts.extend(end.and_then(first_moment_after));
        }
    }
    let later = cuts.into_iter().filter(|cut| *cut > from);
    let starts: Vec<LocalDateTime> = std::iter::once(from).chain(later).collect();
    let ends = starts.iter().skip(1).map(|next| second_before(*next));
    let intervals = starts.iter().zip(ends.chain([None]));
    intervals
        .map(|(start, end)| TimeInterval { start: *start, end })
        .collect()
}

/// Returns the first moment after a span of dates with this end.
fn first_moment_after(end: LocalDateTime) -> Option<LocalDateTime> {
    if DateRange::has_ended(end, end) {
        Some(end)
    } else {
        second_after(end)
    }
}

/// Returns the next second; `None` at the largest representable time.
fn second_after(at: LocalDateTime) -> Option<LocalDateTime> {
    at.checked_add(Span::new().seconds(1)).ok()
}

/// Returns the previous second; `None` at the smallest representable time.
fn second_before(at: LocalDateTime) -> Option<LocalDateTime> {
    at.checked_sub(Span::new().seconds(1)).ok()
}

/// Returns whether `start` is the second after `end`.
fn follows(end: LocalDateTime, start: LocalDateTime) -> bool {
    second_after(end) == Some(start)
}

impl TimeInterval {
    /// Returns whether the interval is shorter than a week.
    fn is_short(&self) -> bool {
        let week = self.start.checked_add(Span::new().days(7));
        let ends_in_it = |end| week.is_ok_and(|week| end < week);
        self.end.is_some_and(ends_in_it)
    }

    /// Returns the spans of these segments in the interval, in order.
    fn spans<'s>(&self, segments: impl Iterator<Item = &'s IntervalSegment>) -> Vec<DateException> {
        let mut parts: Vec<_> = segments.flat_map(|segment| self.parts(segment)).collect();
        parts.sort_unstable();
        let spans = parts.into_iter().map(|(start, end)| DateException {
            start,
            end,
            pattern: WeekPattern::Always,
        });
        spans.collect()
    }

    /// Returns each segment that occurs in the interval, with its first moment there.
    fn segments(&self, all: &[IntervalSegment]) -> impl Iterator<Item = (usize, LocalDateTime)> {
        let segments = all.iter().enumerate();
        segments.filter_map(|(at, segment)| Some((at, self.parts(segment).next()?.0)))
    }

    /// Returns the first and last second of each occurrence of a segment in the first [`DAYS`] days
    /// of the interval.
    fn parts(
        &self,
        segment: &IntervalSegment,
    ) -> impl Iterator<Item = (LocalDateTime, LocalDateTime)> {
        let IntervalSegment { day, start, end } = *segment;
        let dates = successors(Some(self.start.date()), |date| date.tomorrow().ok()).take(DAYS);
        let midnights = dates.map(|date| date.at(0, 0, 0, 0));
        let of_day = midnights.filter(move |midnight| DayOfWeek::from_datetime(*midnight) == day);
        of_day.filter_map(move |midnight| {
            let time = |seconds: u32| {
                let since = SignedDuration::from_secs(i64::from(seconds));
                midnight.checked_add(since).ok()
            };
            let start = time(start)?.max(self.start);
            let segment_end = time(end - 1)?;
            let end = self.end.map_or(segment_end, |last| segment_end.min(last));
            (start <= end).then_some((start, end))
        })
    }
}

//! Schedules: when a condition or state is active.

use serde_json::Value;

use super::{DateRange, LocalDateTime, TimeSpan};

/// A day of the week; Monday is first, as in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl DayOfWeek {
    /// All days in order.
    pub const ALL: [DayOfWeek; 7] = [
        DayOfWeek::Monday,
        DayOfWeek::Tuesday,
        DayOfWeek::Wednesday,
        DayOfWeek::Thursday,
        DayOfWeek::Friday,
        DayOfWeek::Saturday,
        DayOfWeek::Sunday,
    ];

    /// Returns the weekday of a moment.
    pub fn from_datetime(at: LocalDateTime) -> DayOfWeek {
        let monday_first = at.weekday().to_monday_zero_offset();
        DayOfWeek::ALL[usize::from(monday_first.unsigned_abs()) % 7]
    }

    /// Returns the API's key, which is also the long form in YAML.
    pub fn name(self) -> &'static str {
        match self {
            DayOfWeek::Monday => "monday",
            DayOfWeek::Tuesday => "tuesday",
            DayOfWeek::Wednesday => "wednesday",
            DayOfWeek::Thursday => "thursday",
            DayOfWeek::Friday => "friday",
            DayOfWeek::Saturday => "saturday",
            DayOfWeek::Sunday => "sunday",
        }
    }

    /// Returns the short form in YAML: `mon`.
    pub fn short_name(self) -> &'static str {
        &self.name()[..3]
    }

    /// Parses the long or short form.
    pub fn parse(text: &str) -> Option<DayOfWeek> {
        let is = |day: &DayOfWeek| text == day.name() || text == day.short_name();
        DayOfWeek::ALL.into_iter().find(is)
    }

    /// Returns the next day; Sunday is followed by Monday.
    pub fn next(self) -> DayOfWeek {
        DayOfWeek::ALL[(self as usize + 1) % 7]
    }

    /// Returns the days from this day to `last`, across the end of the week: `fri` to `mon` are
    /// four days.
    pub fn days_through(self, last: DayOfWeek) -> Vec<DayOfWeek> {
        let mut days = vec![self];
        while days.last() != Some(&last) {
            let next = days.last().map_or(last, |day| day.next());
            days.push(next);
        }
        days
    }
}

/// Weekly times. A daily schedule is a week of equal days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeeklyTimes([Vec<TimeSpan>; 7]);

impl WeeklyTimes {
    /// Creates the same times for all seven days.
    pub fn every_day(spans: &[TimeSpan]) -> Self {
        let mut week = WeeklyTimes::default();
        for day in DayOfWeek::ALL {
            week.add(day, spans);
        }
        week
    }

    /// Adds spans to a day and merges adjacent ones.
    pub fn add(&mut self, day: DayOfWeek, spans: &[TimeSpan]) {
        let slot = &mut self.0[day as usize];
        let mut all = std::mem::take(slot);
        all.extend_from_slice(spans);
        *slot = TimeSpan::merge(all);
    }

    /// Returns the spans of a day, ordered and not overlapping.
    pub fn spans_on(&self, day: DayOfWeek) -> &[TimeSpan] {
        &self.0[day as usize]
    }

    /// Returns all other times of the week.
    pub fn complement(&self) -> WeeklyTimes {
        let mut rest = WeeklyTimes::default();
        for day in DayOfWeek::ALL {
            let ends = self.spans_on(day).iter().map(|span| span.end_exclusive());
            let starts = self.spans_on(day).iter().map(|span| span.start.seconds());
            let gaps = std::iter::once(0).chain(ends).zip(starts.chain([86_400]));
            let gaps = gaps.filter_map(|(start, over)| TimeSpan::from_exclusive_end(start, over));
            rest.add(day, &gaps.collect::<Vec<_>>());
        }
        rest
    }

    /// Returns whether there are no times.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Returns whether the times are 24/7.
    pub fn is_always(&self) -> bool {
        self.0.iter().all(|day| day[..] == [TimeSpan::ALL_DAY])
    }

    /// Returns the spans of every day, if all days are equal.
    pub fn same_every_day(&self) -> Option<&[TimeSpan]> {
        let first = &self.0[0];
        self.0.iter().all(|day| day == first).then_some(first)
    }

    /// Returns runs of days with equal spans, Monday first, without empty days.
    pub fn day_runs(&self) -> Vec<(DayOfWeek, DayOfWeek, &[TimeSpan])> {
        let mut runs: Vec<(DayOfWeek, DayOfWeek, &[TimeSpan])> = Vec::new();
        for day in DayOfWeek::ALL {
            let spans = self.spans_on(day);
            match runs.last_mut() {
                Some((_, last, same)) if *same == spans && last.next() == day => *last = day,
                _ => runs.push((day, day, spans)),
            }
        }
        runs.retain(|(_, _, spans)| !spans.is_empty());
        runs
    }
}

/// A schedule: active at the weekly times or in one of the date ranges, within the start and end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallSchedule {
    /// The start, which limits daily and weekly times \[seed\].
    pub start: Option<LocalDateTime>,
    /// The end of the schedule.
    pub end: Option<LocalDateTime>,
    /// The weekly times; `None` if there are only dates.
    pub week: Option<WeeklyTimes>,
    /// The date ranges, ordered and unique.
    pub ranges: Vec<DateRange>,
    /// Unknown triggers, in the API's form.
    pub other: Vec<Value>,
}

impl CallSchedule {
    /// Creates a schedule of weekly times.
    pub fn weekly(week: WeeklyTimes) -> Self {
        CallSchedule {
            week: Some(week),
            ..CallSchedule::default()
        }
    }

    /// Creates a schedule that is always active.
    pub fn always() -> Self {
        CallSchedule::weekly(WeeklyTimes::every_day(&[TimeSpan::ALL_DAY]))
    }

    /// Returns whether the schedule is always active.
    pub fn is_always(&self) -> bool {
        let unbounded = self.start.is_none() && self.end.is_none();
        unbounded && self.week.as_ref().is_some_and(WeeklyTimes::is_always)
    }

    /// Sets the date ranges in normal form.
    pub fn with_ranges(mut self, mut ranges: Vec<DateRange>) -> Self {
        ranges.sort();
        ranges.dedup();
        self.ranges = ranges;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> TimeSpan {
        TimeSpan::parse(text).unwrap().0
    }

    #[test]
    fn week_of_equal_days_equals_daily_schedule() {
        let mut week = WeeklyTimes::default();
        for day in DayOfWeek::ALL {
            week.add(day, &[span("09:00-17:00")]);
        }
        assert_eq!(week, WeeklyTimes::every_day(&[span("09:00-17:00")]));
        assert!(week.same_every_day().is_some());
        assert!(WeeklyTimes::every_day(&[span("00:00-12:00"), span("12:00-24:00")]).is_always());
    }

    #[test]
    fn complement_contains_all_other_times() {
        let mut week = WeeklyTimes::every_day(&[span("08:00-12:00"), span("13:00-24:00")]);
        week.add(DayOfWeek::Sunday, &[TimeSpan::ALL_DAY]);
        let rest = week.complement();
        let monday: Vec<String> = rest
            .spans_on(DayOfWeek::Monday)
            .iter()
            .map(TimeSpan::to_string)
            .collect();
        assert_eq!(monday, ["00:00-08:00", "12:00-13:00"]);
        assert!(rest.spans_on(DayOfWeek::Sunday).is_empty());
        assert_eq!(rest.complement(), week);
        assert!(WeeklyTimes::default().complement().is_always());
    }

    #[test]
    fn day_runs_join_neighbors_and_omit_empty_days() {
        let mut week = WeeklyTimes::default();
        for day in DayOfWeek::Monday.days_through(DayOfWeek::Thursday) {
            week.add(day, &[span("08:00-16:00")]);
        }
        week.add(DayOfWeek::Friday, &[span("08:00-12:00")]);
        let runs: Vec<_> = week
            .day_runs()
            .into_iter()
            .map(|(a, b, _)| (a.short_name(), b.short_name()))
            .collect();
        assert_eq!(runs, [("mon", "thu"), ("fri", "fri")]);
        assert_eq!(DayOfWeek::Friday.days_through(DayOfWeek::Monday).len(), 4);
    }
}

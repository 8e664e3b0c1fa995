//! When a condition holds.

use serde_json::Value;

use super::{DateRange, DateTime, TimeSpan};

/// A day of the week, Monday first as in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// The week in order.
    pub const ALL: [Day; 7] = [
        Day::Monday,
        Day::Tuesday,
        Day::Wednesday,
        Day::Thursday,
        Day::Friday,
        Day::Saturday,
        Day::Sunday,
    ];

    /// The day of a moment.
    pub fn of(at: DateTime) -> Day {
        let monday_first = at.weekday().to_monday_zero_offset();
        Day::ALL[usize::from(monday_first.unsigned_abs()) % 7]
    }

    /// The API's key, which is also the long form in YAML.
    pub fn name(self) -> &'static str {
        match self {
            Day::Monday => "monday",
            Day::Tuesday => "tuesday",
            Day::Wednesday => "wednesday",
            Day::Thursday => "thursday",
            Day::Friday => "friday",
            Day::Saturday => "saturday",
            Day::Sunday => "sunday",
        }
    }

    /// The short form in YAML: `mon`.
    pub fn short(self) -> &'static str {
        &self.name()[..3]
    }

    /// Reads either form.
    pub fn parse(text: &str) -> Option<Day> {
        let is = |day: &Day| text == day.name() || text == day.short();
        Day::ALL.into_iter().find(is)
    }

    /// The day after, round the week.
    pub fn next(self) -> Day {
        Day::ALL[(self as usize + 1) % 7]
    }

    /// From this day to `last`, round the week: `fri` to `mon` are four days.
    pub fn through(self, last: Day) -> Vec<Day> {
        let mut days = vec![self];
        while days.last() != Some(&last) {
            let next = days.last().map_or(last, |day| day.next());
            days.push(next);
        }
        days
    }
}

/// The parts of a week that repeat. A daily schedule is a week of equal days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Week([Vec<TimeSpan>; 7]);

impl Week {
    /// The same on all seven days.
    pub fn daily(spans: &[TimeSpan]) -> Self {
        let mut week = Week::default();
        for day in Day::ALL {
            week.add(day, spans);
        }
        week
    }

    /// Adds spans to a day; what touches becomes one.
    pub fn add(&mut self, day: Day, spans: &[TimeSpan]) {
        let slot = &mut self.0[day as usize];
        let mut all = std::mem::take(slot);
        all.extend_from_slice(spans);
        *slot = TimeSpan::merge(all);
    }

    /// The spans of a day, in order, apart from each other.
    pub fn on(&self, day: Day) -> &[TimeSpan] {
        &self.0[day as usize]
    }

    /// All other times.
    pub fn complement(&self) -> Week {
        let mut rest = Week::default();
        for day in Day::ALL {
            let ends = self.on(day).iter().map(|span| span.over());
            let starts = self.on(day).iter().map(|span| span.start.seconds());
            let gaps = std::iter::once(0).chain(ends).zip(starts.chain([86_400]));
            let gaps = gaps.filter_map(|(start, over)| TimeSpan::until(start, over));
            rest.add(day, &gaps.collect::<Vec<_>>());
        }
        rest
    }

    /// Whether it holds at no time.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Whether it holds at every time: 24/7.
    pub fn is_always(&self) -> bool {
        self.0.iter().all(|day| day[..] == [TimeSpan::ALL_DAY])
    }

    /// The spans of every day, where all days are equal.
    pub fn same_every_day(&self) -> Option<&[TimeSpan]> {
        let first = &self.0[0];
        self.0.iter().all(|day| day == first).then_some(first)
    }

    /// Runs of days with equal spans, Monday first, without the days that have none.
    pub fn runs(&self) -> Vec<(Day, Day, &[TimeSpan])> {
        let mut runs: Vec<(Day, Day, &[TimeSpan])> = Vec::new();
        for day in Day::ALL {
            let spans = self.on(day);
            match runs.last_mut() {
                Some((_, last, same)) if *same == spans && last.next() == day => *last = day,
                _ => runs.push((day, day, spans)),
            }
        }
        runs.retain(|(_, _, spans)| !spans.is_empty());
        runs
    }
}

/// When something holds: at the times of the week or in one of the date ranges, as far as the bounds
/// allow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    /// Nothing before this. Bounds a daily or weekly schedule \[seed\].
    pub start: Option<DateTime>,
    /// Nothing after this.
    pub end: Option<DateTime>,
    /// The times that repeat every week; `None` where only dates count.
    pub week: Option<Week>,
    /// The dates, in order, each once.
    pub ranges: Vec<DateRange>,
    /// Triggers that we do not know, in the API's form.
    pub other: Vec<Value>,
}

impl Schedule {
    /// A schedule of weekly times alone.
    pub fn weekly(week: Week) -> Self {
        Schedule {
            week: Some(week),
            ..Schedule::default()
        }
    }

    /// A schedule that holds at every time.
    pub fn always() -> Self {
        Schedule::weekly(Week::daily(&[TimeSpan::ALL_DAY]))
    }

    /// Whether it holds at every time.
    pub fn is_always(&self) -> bool {
        let unbounded = self.start.is_none() && self.end.is_none();
        unbounded && self.week.as_ref().is_some_and(Week::is_always)
    }

    /// Puts date ranges into their normal form.
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
    fn equal_days_are_a_daily_schedule() {
        let mut week = Week::default();
        for day in Day::ALL {
            week.add(day, &[span("09:00-17:00")]);
        }
        assert_eq!(week, Week::daily(&[span("09:00-17:00")]));
        assert!(week.same_every_day().is_some());
        assert!(Week::daily(&[span("00:00-12:00"), span("12:00-24:00")]).is_always());
    }

    #[test]
    fn what_is_not_in_a_week_is_in_its_complement() {
        let mut week = Week::daily(&[span("08:00-12:00"), span("13:00-24:00")]);
        week.add(Day::Sunday, &[TimeSpan::ALL_DAY]);
        let rest = week.complement();
        let monday: Vec<String> = rest
            .on(Day::Monday)
            .iter()
            .map(TimeSpan::to_string)
            .collect();
        assert_eq!(monday, ["00:00-08:00", "12:00-13:00"]);
        assert!(rest.on(Day::Sunday).is_empty());
        assert_eq!(rest.complement(), week);
        assert!(Week::default().complement().is_always());
    }

    #[test]
    fn runs_join_neighbours_and_leave_out_free_days() {
        let mut week = Week::default();
        for day in Day::Monday.through(Day::Thursday) {
            week.add(day, &[span("08:00-16:00")]);
        }
        week.add(Day::Friday, &[span("08:00-12:00")]);
        let runs: Vec<_> = week
            .runs()
            .into_iter()
            .map(|(a, b, _)| (a.short(), b.short()))
            .collect();
        assert_eq!(runs, [("mon", "thu"), ("fri", "fri")]);
        assert_eq!(Day::Friday.through(Day::Monday).len(), 4);
    }
}

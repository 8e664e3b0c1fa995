//! Evaluates whether a schedule is active at a moment.

use crate::model::{CallSchedule, DateRange, DayOfWeek, LocalDateTime, TimeOfDay, WeeklyTimes};

/// Returns whether `schedule` is active at `at`, to the second. Unknown triggers are never active.
pub fn is_active(schedule: &CallSchedule, at: LocalDateTime) -> bool {
    let repeats = || schedule.week.as_ref().is_some_and(|week| in_week(week, at));
    in_bounds(schedule, at) && (in_range(schedule, at) || repeats())
}

/// Returns whether a moment is within the start and end of a schedule.
pub(super) fn in_bounds(schedule: &CallSchedule, at: LocalDateTime) -> bool {
    let has_begun = schedule.start.is_none_or(|start| start <= at);
    has_begun
        && schedule
            .end
            .is_none_or(|end| !DateRange::has_ended(end, at))
}

/// Returns whether a moment is in one of the date ranges.
pub(super) fn in_range(schedule: &CallSchedule, at: LocalDateTime) -> bool {
    let mut ranges = schedule.ranges.iter();
    let has_begun = |range: &DateRange| range.start.is_none_or(|start| start <= at);
    ranges.any(|range| has_begun(range) && !DateRange::has_ended(range.end, at))
}

/// Returns whether a moment is in one of these weekly times.
pub(super) fn in_week(week: &WeeklyTimes, at: LocalDateTime) -> bool {
    let time = TimeOfDay::from_datetime(at);
    let mut spans = week.spans_on(DayOfWeek::from_datetime(at)).iter();
    spans.any(|span| span.start <= time && time.seconds() < span.end_exclusive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeSpan;

    fn at(text: &str) -> LocalDateTime {
        text.parse().unwrap()
    }

    fn nights() -> CallSchedule {
        let (today, tomorrow) = TimeSpan::parse("22:00-06:00").unwrap();
        let mut week = WeeklyTimes::default();
        week.add(DayOfWeek::Friday, &[today]);
        week.add(DayOfWeek::Saturday, &[tomorrow.unwrap()]);
        CallSchedule::weekly(week)
    }

    #[test]
    fn span_over_midnight_is_active_on_two_days() {
        let nights = nights();
        for (when, expected) in [
            ("2026-11-27T21:59:59", false),
            ("2026-11-27T22:00:00", true),
            ("2026-11-27T23:59:59", true),
            ("2026-11-28T00:00:00", true),
            ("2026-11-28T05:59:59", true),
            ("2026-11-28T06:00:00", false),
            ("2026-11-28T22:30:00", false),
        ] {
            assert_eq!(is_active(&nights, at(when)), expected, "{when}");
        }
    }

    #[test]
    fn start_and_end_limit_weekly_times() {
        let bounded = CallSchedule {
            start: Some(at("2026-11-27T23:00:00")),
            end: Some(at("2026-12-04T23:00:00")),
            ..nights()
        };
        for (when, expected) in [
            ("2026-11-27T22:30:00", false),
            ("2026-11-27T23:00:00", true),
            ("2026-12-04T22:59:59", true),
            ("2026-12-04T23:00:00", false),
        ] {
            assert_eq!(is_active(&bounded, at(when)), expected, "{when}");
        }
    }

    #[test]
    fn date_range_includes_both_ends_and_may_lack_a_start() {
        let range = |start: Option<&str>, end: &str| DateRange {
            start: start.map(at),
            end: at(end),
        };
        let dates = CallSchedule::default().with_ranges(vec![
            range(None, "2026-01-31T23:59:59"),
            range(Some("2026-11-26T00:00:00"), "2026-11-29T23:59:59"),
        ]);
        for (when, expected) in [
            ("1999-01-01T00:00:00", true),
            ("2026-02-01T00:00:00", false),
            ("2026-11-26T00:00:00", true),
            ("2026-11-29T23:59:59", true),
            ("2026-11-30T00:00:00", false),
        ] {
            assert_eq!(is_active(&dates, at(when)), expected, "{when}");
        }
        assert!(!is_active(
            &CallSchedule::default(),
            at("2026-11-26T00:00:00")
        ));
    }
}

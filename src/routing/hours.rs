//! Whether a schedule holds at a moment.

use crate::model::{DateRange, DateTime, Day, Schedule, TimeOfDay, Week};

/// Whether `schedule` holds at `at`, to the second. Triggers that we do not know
/// never hold.
pub fn holds(schedule: &Schedule, at: DateTime) -> bool {
    let repeats = || schedule.week.as_ref().is_some_and(|week| in_week(week, at));
    in_bounds(schedule, at) && (in_range(schedule, at) || repeats())
}

/// Whether the bounds of a schedule allow this moment.
pub(super) fn in_bounds(schedule: &Schedule, at: DateTime) -> bool {
    let has_begun = schedule.start.is_none_or(|start| start <= at);
    has_begun && schedule.end.is_none_or(|end| !DateRange::is_over(end, at))
}

/// Whether this moment is in one of the date ranges.
pub(super) fn in_range(schedule: &Schedule, at: DateTime) -> bool {
    let mut ranges = schedule.ranges.iter();
    let has_begun = |range: &DateRange| range.start.is_none_or(|start| start <= at);
    ranges.any(|range| has_begun(range) && !DateRange::is_over(range.end, at))
}

/// Whether this moment is one of these times of the week.
pub(super) fn in_week(week: &Week, at: DateTime) -> bool {
    let time = TimeOfDay::of(at);
    let mut spans = week.on(Day::of(at)).iter();
    spans.any(|span| span.start <= time && time.seconds() < span.over())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TimeSpan;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    fn nights() -> Schedule {
        let (today, tomorrow) = TimeSpan::parse("22:00-06:00").unwrap();
        let mut week = Week::default();
        week.add(Day::Friday, &[today]);
        week.add(Day::Saturday, &[tomorrow.unwrap()]);
        Schedule::weekly(week)
    }

    #[test]
    fn a_night_belongs_to_two_days() {
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
            assert_eq!(holds(&nights, at(when)), expected, "{when}");
        }
    }

    #[test]
    fn bounds_cut_what_repeats() {
        let bounded = Schedule {
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
            assert_eq!(holds(&bounded, at(when)), expected, "{when}");
        }
    }

    #[test]
    fn a_range_includes_both_ends_and_may_have_begun() {
        let range = |start: Option<&str>, end: &str| DateRange {
            start: start.map(at),
            end: at(end),
        };
        let dates = Schedule::default().with_ranges(vec![
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
            assert_eq!(holds(&dates, at(when)), expected, "{when}");
        }
        assert!(!holds(&Schedule::default(), at("2026-11-26T00:00:00")));
    }
}

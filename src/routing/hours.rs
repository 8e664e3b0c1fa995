//! Whether a schedule holds at a moment.

use crate::model::{DateTime, Day, Schedule, TimeOfDay};

/// Whether `schedule` holds at `at`, to the second, both ends included. Triggers that we do not know
/// never hold.
pub fn holds(schedule: &Schedule, at: DateTime) -> bool {
    let begun = schedule.start.is_none_or(|start| start <= at);
    let over = schedule.end.is_some_and(|end| end < at);
    if !begun || over {
        return false;
    }
    let in_week = schedule.week.as_ref().is_some_and(|week| {
        let time = TimeOfDay::of(at);
        let spans = week.on(Day::of(at)).iter();
        spans.into_iter().any(|s| s.start <= time && time <= s.end)
    });
    let in_range = || {
        let mut ranges = schedule.ranges.iter();
        ranges.any(|range| range.start.is_none_or(|start| start <= at) && at <= range.end)
    };
    in_week || in_range()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DateRange, TimeSpan, Week};

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
            ("2026-11-28T06:00:00", true),
            ("2026-11-28T06:00:01", false),
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
            ("2026-12-04T23:00:00", true),
            ("2026-12-04T23:00:01", false),
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

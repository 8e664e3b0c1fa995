//! Warns about weekly times that probably leave something out, or that are too many.

use super::helpers::Place;
use crate::config::types::ScheduleSpec;
use crate::diagnostic::DiagnosticCode;
use crate::model::{DayOfWeek, TimeOfDay, WeeklyTimes};

/// The most time spans of a day that the RingCentral app offers \[field\].
const MOST_SPANS: usize = 20;
/// The end of a day in seconds after midnight.
const END_OF_DAY: u32 = 24 * 3600;
/// The number of mornings that make a night shift a habit.
const HABIT: usize = 3;

/// Validates the daily and weekly times of a schedule as a whole.
pub(super) fn validate_week(schedule: &ScheduleSpec, at: &mut Place<'_>) {
    let Some(week) = schedule.week() else {
        return;
    };
    let key = match &schedule.weekly {
        Some(_) => "weekly",
        None => "daily",
    };
    for day in DayOfWeek::ALL {
        let count = week.spans_on(day).len();
        if count > MOST_SPANS {
            let message = format!("{} has {count} time spans", day.name());
            at.key(key)
                .report(DiagnosticCode::ManySpans, message)
                .label(format!("the RingCentral app offers {MOST_SPANS} a day"))
                .help("join spans, or allow the warning if your account accepts them");
            break;
        }
    }
    if let Some((day, end)) = uncovered_morning(&week) {
        let name = day.name();
        let message =
            format!("the night before {name} ends at midnight: {name} 00:00-{end} is open");
        at.key(key)
            .report(DiagnosticCode::NightGap, message)
            .label(format!("on other days the night lasts until {end}"))
            .help(format!(
                "a time over midnight belongs to the day on which it starts; add `{}: 00:00-{end}`, \
                 or allow the warning",
                day.short_name()
            ));
    }
}

/// Returns the day whose morning is left out, and the end of the mornings of other days.
fn uncovered_morning(week: &WeeklyTimes) -> Option<(DayOfWeek, TimeOfDay)> {
    let morning = |day: DayOfWeek| {
        let first = week.spans_on(day).first()?;
        (first.start.seconds() == 0).then(|| first.end_exclusive())
    };
    let usual = DayOfWeek::ALL.into_iter().find_map(|day| {
        let end = morning(day).filter(|end| *end < END_OF_DAY)?;
        let same = DayOfWeek::ALL
            .into_iter()
            .filter(|day| morning(*day) == Some(end));
        (same.count() >= HABIT).then_some(end)
    })?;
    let evening_before = |day: &DayOfWeek| {
        let mut days = DayOfWeek::ALL.into_iter();
        let before = days.find(|before| before.next() == *day)?;
        let last = week.spans_on(before).last()?;
        (last.end_exclusive() == END_OF_DAY).then_some(())
    };
    let mut days = DayOfWeek::ALL.into_iter();
    let day = days.find(|day| morning(*day).is_none() && evening_before(day).is_some())?;
    Some((day, TimeOfDay::from_seconds(usual)?))
}

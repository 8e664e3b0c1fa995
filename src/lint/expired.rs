//! Lints: rules and forwarding whose dates have passed, and calendars whose last date is near.

use jiff::Span;

use super::{LintKind, LintSubject, LintUser, LintWarning};
use crate::model::{CallSchedule, DateRange, LocalDateTime, StateId, StateSchedule};

/// Warns about enabled rules whose dates have passed, and about forward-all-calls with past dates.
pub(super) fn lint_expired(user: &LintUser<'_>, warnings: &mut Vec<LintWarning>) {
    for (index, rule) in user.handling.rules().iter().enumerate() {
        let conditions = rule.rule.conditions.as_ref();
        let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
        let end = schedule.and_then(|schedule| ended_on(schedule, user.today));
        if let Some(end) = end
            && rule.rule.enabled != Some(false)
        {
            let end = DateRange::format_end(end);
            warnings.push(LintWarning::new(
                LintKind::Expired,
                LintSubject::Rule(index),
                &["conditions", "schedule"],
                format!("this rule has expired: its last date was {end}"),
                "set new dates, or remove the rule",
            ));
        }
    }
    warnings.extend(lint_ended_forwarding(user));
}

/// Warns about forward-all-calls with past dates, unless the file switches it off.
fn lint_ended_forwarding(user: &LintUser<'_>) -> Option<LintWarning> {
    let forwarding = user.handling.state(StateId::FORWARD_ALL_CALLS)?;
    let StateSchedule::Own(schedule) = forwarding.state.schedule.as_ref()? else {
        return None;
    };
    let end = DateRange::format_end(ended_on(schedule, user.today)?);
    let (kind, message, help) = match forwarding.state.enabled {
        Some(false) => return None,
        Some(true) => (
            LintKind::ForwardingLeftOn,
            format!("forward-all-calls is still enabled, but its dates ended on {end}"),
            "switch it off with `enabled: false`, or set new dates",
        ),
        None => (
            LintKind::Expired,
            format!("the dates of forward-all-calls ended on {end}: switching it on has no effect"),
            "set new dates, or remove them",
        ),
    };
    let subject = LintSubject::State(forwarding.id.clone());
    Some(LintWarning::new(
        kind,
        subject,
        &["schedule"],
        message,
        help,
    ))
}

/// Returns the last moment of a schedule that is never active again from `today` on.
pub(super) fn ended_on(schedule: &CallSchedule, today: LocalDateTime) -> Option<LocalDateTime> {
    let repeats = schedule.week.as_ref().is_some_and(|week| !week.is_empty());
    if !schedule.other.is_empty() || (!repeats && schedule.ranges.is_empty()) {
        return None;
    }
    let last_range = schedule.ranges.iter().map(|range| range.end).max();
    let last = match (repeats, schedule.end) {
        (true, end) => end?,
        (false, Some(end)) => end.min(last_range?),
        (false, None) => last_range?,
    };
    (last < today).then_some(last)
}

/// Calendars are reported this many days before their last date.
const NOTICE_DAYS: i64 = 60;

/// Returns the message and the help for a calendar whose last date is `last`, if that is near or
/// has passed.
pub fn ending_calendar(last: LocalDateTime, today: LocalDateTime) -> Option<(String, String)> {
    let soon = today.checked_add(Span::new().days(NOTICE_DAYS)).ok()?;
    if last.date() > soon.date() {
        return None;
    }
    let tense = if last < today { "was" } else { "is" };
    let end = DateRange::format_end(last);
    Some((
        format!("this calendar's last date {tense} {end}"),
        "add next year's dates".to_owned(),
    ))
}

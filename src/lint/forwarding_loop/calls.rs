//! Sample calls for the loop search: one for each class of calls that these users handle
//! differently.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Span;

use super::loop_end;
use crate::lint::LintUser;
use crate::model::{
    CallSchedule, DayOfWeek, LocalDateTime, RuleDefinition, StateId, StateSchedule, TimeOfDay,
};

/// The largest number of sample numbers. Rules that distinguish more classes are checked in part.
const MAX_CALLS: usize = 100;

/// Returns one caller for each class that the forwarding rules of these users distinguish, and one
/// unlisted caller.
pub(super) fn sample_callers<'a>(among: &[&LintUser<'a>]) -> Vec<Option<&'a str>> {
    let rules = among.iter().flat_map(|user| rules_of(user));
    let listed = rules.map(|rule| {
        let conditions = rule.conditions.as_ref();
        let callers = conditions.map(|conditions| &conditions.caller_ids);
        let numbers = callers.into_iter().flatten();
        let numbers = numbers.map(|caller| caller.number.as_str());
        (forwards_calls(rule), numbers.collect())
    });
    // A caller ID may be partial and then matches by prefix. [seed]
    one_per_class(listed.collect(), |number, length| number.get(..length))
}

/// Returns one called number for each class that a user's forwarding rules distinguish, and one
/// unlisted number.
pub(super) fn sample_called_numbers<'a>(user: &LintUser<'a>) -> Vec<Option<&'a str>> {
    let listed = rules_of(user).map(|rule| {
        let conditions = rule.conditions.as_ref();
        let called = conditions.map(|conditions| &conditions.called_numbers);
        let numbers = called.into_iter().flatten().map(String::as_str);
        (forwards_calls(rule), numbers.collect())
    });
    one_per_class(listed.collect(), |number, length| {
        (number.len() == length).then_some(number)
    })
}

/// Returns the rules of a user that are not switched off.
fn rules_of<'a>(user: &LintUser<'a>) -> impl Iterator<Item = &'a RuleDefinition> {
    let rules = user.handling.rules().iter().map(|rule| &rule.rule);
    rules.filter(|rule| rule.enabled != Some(false))
}

/// Returns whether a rule forwards calls to an extension.
fn forwards_calls(rule: &RuleDefinition) -> bool {
    rule.dispatching.as_ref().and_then(loop_end).is_some()
}

/// Returns one number of the forwarding rules for each set of rules that a number can match.
/// `prefix` returns the part of a number, of a given length, that a listed number would have to
/// equal.
fn one_per_class<'a>(
    rules: Vec<(bool, Vec<&'a str>)>,
    prefix: impl Fn(&'a str, usize) -> Option<&'a str>,
) -> Vec<Option<&'a str>> {
    let mut listed: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    let mut lengths: BTreeSet<usize> = BTreeSet::new();
    let mut forwarded: BTreeSet<&str> = BTreeSet::new();
    for (rule, (forwards, numbers)) in rules.iter().enumerate() {
        for number in numbers {
            listed.entry(number).or_default().insert(rule);
            lengths.insert(number.len());
        }
        if *forwards {
            forwarded.extend(numbers);
        }
    }
    let matching = |number: &'a str| -> BTreeSet<usize> {
        let beginnings = lengths.iter().filter_map(|length| prefix(number, *length));
        beginnings
            .filter_map(|beginning| listed.get(beginning))
            .flatten()
            .copied()
            .collect()
    };
    let mut seen: HashSet<BTreeSet<usize>> = HashSet::new();
    let distinct = forwarded
        .into_iter()
        .filter(|number| seen.insert(matching(number)));
    [None]
        .into_iter()
        .chain(distinct.take(MAX_CALLS).map(Some))
        .collect()
}

/// Returns moments such that each combination of active schedules of these users occurs at one of
/// them. Schedules that are active at the same time are so at the start of the latest one.
pub(super) fn sample_times(among: &[&LintUser<'_>]) -> BTreeSet<LocalDateTime> {
    // The users may live in different time zones.
    let Some(today) = among.iter().map(|user| user.today).min() else {
        return BTreeSet::new();
    };
    let schedules: Vec<&CallSchedule> = among.iter().flat_map(|user| schedules_of(user)).collect();
    let second_after = |at: LocalDateTime| at.checked_add(Span::new().seconds(1)).ok();
    let mut dates = BTreeSet::from([today]);
    let mut times = BTreeSet::from([0]);
    for schedule in schedules {
        let ranges = schedule
            .ranges
            .iter()
            .map(|range| (range.start, Some(range.end)));
        for (start, end) in ranges.chain([(schedule.start, schedule.end)]) {
            dates.extend(start);
            dates.extend(end.and_then(second_after));
        }
        let spans = schedule
            .week
            .iter()
            .flat_map(|week| DayOfWeek::ALL.map(|day| week.spans_on(day)));
        for span in spans.flatten() {
            times.extend([span.start.seconds(), span.end.seconds() + 1]);
        }
    }
    dates.retain(|date| *date >= today);
    let times: Vec<TimeOfDay> = times
        .into_iter()
        .filter_map(TimeOfDay::from_seconds)
        .collect();
    let mut moments = dates.clone();
    for date in dates {
        let days = (0..8).filter_map(|days| date.date().checked_add(Span::new().days(days)).ok());
        for day in days {
            let midnight = day.at(0, 0, 0, 0);
            let span = |time: &TimeOfDay| Span::new().seconds(time.seconds());
            moments.extend(
                times
                    .iter()
                    .filter_map(|time| midnight.checked_add(span(time)).ok()),
            );
        }
    }
    moments
}

/// Returns the schedules of a user's rules, work hours and forward-all-calls.
fn schedules_of<'a>(user: &LintUser<'a>) -> Vec<&'a CallSchedule> {
    let rules = user.handling.rules().iter();
    let of_rules = rules.filter_map(|rule| rule.rule.conditions.as_ref()?.schedule.as_ref());
    let states = [StateId::WORK_HOURS, StateId::FORWARD_ALL_CALLS].into_iter();
    let of_states =
        states.filter_map(
            |id| match user.handling.state(id)?.state.schedule.as_ref()? {
                StateSchedule::Own(schedule) => Some(&**schedule),
                StateSchedule::Inherited(_) => None,
            },
        );
    of_rules.chain(of_states).collect()
}

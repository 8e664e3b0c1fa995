//! The calls that are tried: few, and among them one of each sort that these users tell apart.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Span;

use super::end;
use crate::lint::User;
use crate::model::{DateTime, Day, Rule, Schedule, StateId, StateSchedule, TimeOfDay};

/// How many numbers are tried at most: who sorts callers further than this is not followed to the last.
const MOST: usize = 100;

/// The callers that forwarding rules of these users tell apart, and one whom no rule lists.
pub(super) fn callers<'a>(among: &[&User<'a>]) -> Vec<Option<&'a str>> {
    let rules = among.iter().flat_map(|user| rules(user));
    let listed = rules.map(|rule| {
        let conditions = rule.conditions.as_ref();
        let callers = conditions.map(|conditions| &conditions.caller_ids);
        let numbers = callers.into_iter().flatten();
        let numbers = numbers.map(|caller| caller.number.as_str());
        (forwards(rule), numbers.collect())
    });
    // A caller id may be partial.
    one_of_each(listed.collect(), |number, length| number.get(..length))
}

/// The dialled numbers that forwarding rules of a user tell apart, and one that no rule lists.
pub(super) fn dialled<'a>(user: &User<'a>) -> Vec<Option<&'a str>> {
    let listed = rules(user).map(|rule| {
        let conditions = rule.conditions.as_ref();
        let called = conditions.map(|conditions| &conditions.called_numbers);
        let numbers = called.into_iter().flatten().map(String::as_str);
        (forwards(rule), numbers.collect())
    });
    one_of_each(listed.collect(), |number, length| {
        (number.len() == length).then_some(number)
    })
}

fn rules<'a>(user: &User<'a>) -> impl Iterator<Item = &'a Rule> {
    let rules = user.handling.rules().iter().map(|held| &held.rule);
    rules.filter(|rule| rule.enabled != Some(false))
}

fn forwards(rule: &Rule) -> bool {
    rule.dispatching.as_ref().and_then(end).is_some()
}

/// Out of the numbers in rules that forward, one for each set of rules that such a number meets. `meets`
/// gives the listed number of a length that a number would meet.
fn one_of_each<'a>(
    rules: Vec<(bool, Vec<&'a str>)>,
    meets: impl Fn(&'a str, usize) -> Option<&'a str>,
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
    let met = |number: &'a str| -> BTreeSet<usize> {
        let beginnings = lengths.iter().filter_map(|length| meets(number, *length));
        let met = beginnings.filter_map(|beginning| listed.get(beginning));
        met.flatten().copied().collect()
    };
    let mut seen: HashSet<BTreeSet<usize>> = HashSet::new();
    let telling = forwarded
        .into_iter()
        .filter(|number| seen.insert(met(number)));
    [None]
        .into_iter()
        .chain(telling.take(MOST).map(Some))
        .collect()
}

/// Moments of which one lies in every time that the schedules of these users tell from others: whatever
/// holds together holds together when the last part of it begins.
pub(super) fn moments(among: &[&User<'_>]) -> BTreeSet<DateTime> {
    // The day begins earlier for some of them than for others.
    let Some(today) = among.iter().map(|user| user.today).min() else {
        return BTreeSet::new();
    };
    let schedules: Vec<&Schedule> = among.iter().flat_map(|user| schedules(user)).collect();
    let second_after = |at: DateTime| at.checked_add(Span::new().seconds(1)).ok();
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
            .flat_map(|week| Day::ALL.map(|day| week.on(day)));
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

fn schedules<'a>(user: &User<'a>) -> Vec<&'a Schedule> {
    let rules = user.handling.rules().iter();
    let of_rules = rules.filter_map(|held| held.rule.conditions.as_ref()?.schedule.as_ref());
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

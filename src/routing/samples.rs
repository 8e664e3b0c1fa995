//! Proptest strategies for call handling and calls. They use few numbers and times, so that
//! conditions overlap.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::IncomingCall;
use crate::model::{
    CallDestination, CallDispatching, CallHandling, CallSchedule, CallerId, DateRange, DayOfWeek,
    DispatchType, LiveRule, LocalDateTime, RuleConditions, RuleDefinition, StateId, StateRule,
    StateSchedule, StateSettings, TimeSpan, WeeklyTimes,
};

/// Caller numbers: some share a prefix, and one has no listed prefix.
const CALLERS: [&str; 6] = [
    "+16501111111",
    "+16501112222",
    "+16502222222",
    "+16503333333",
    "+4930123456",
    "+442071234567",
];
/// Numbers that rules list: complete numbers and prefixes.
const LISTED: [&str; 6] = [
    "+16501111111",
    "+1650",
    "+1650111",
    "+16502222222",
    "+4930",
    "+4930123456",
];
const CALLED: [&str; 3] = ["+16505550101", "+16505550102", "+16505550103"];
const SPANS: [&str; 5] = [
    "all-day",
    "08:00-16:00",
    "09:30-12:00",
    "00:00-08:00",
    "22:00-24:00",
];

/// Returns the first moment of the sample calls, a Monday.
pub(crate) fn first() -> LocalDateTime {
    jiff::civil::date(2026, 11, 16).at(0, 0, 0, 0)
}

fn moment() -> impl Strategy<Value = LocalDateTime> {
    // Within four weeks, and often near the ends of spans.
    let second = select(vec![
        0, 1, 28_800, 34_200, 43_200, 43_201, 57_600, 57_601, 79_200, 86_399,
    ]);
    let second = prop_oneof![second, 0..86_400_i64];
    (0..28_i64, second).prop_map(|(day, second)| {
        first() + jiff::Span::new().days(day) + jiff::Span::new().seconds(second)
    })
}

fn week() -> impl Strategy<Value = WeeklyTimes> {
    let days = select(vec![
        (DayOfWeek::Monday, DayOfWeek::Friday),
        (DayOfWeek::Saturday, DayOfWeek::Sunday),
        (DayOfWeek::Tuesday, DayOfWeek::Tuesday),
        (DayOfWeek::Monday, DayOfWeek::Sunday),
    ]);
    vec((days, select(&SPANS[..])), 1..3).prop_map(|parts| {
        let mut week = WeeklyTimes::default();
        for ((from, to), span) in parts {
            let (span, _) = TimeSpan::parse(span).unwrap();
            for day in from.days_through(to) {
                week.add(day, &[span]);
            }
        }
        week
    })
}

fn range() -> impl Strategy<Value = DateRange> {
    (moment(), moment()).prop_map(|(one, other)| DateRange {
        start: Some(one.min(other)),
        end: one.max(other),
    })
}

fn schedule() -> impl Strategy<Value = CallSchedule> {
    let weekly = (week(), option::of(moment()), option::of(moment()));
    let weekly = weekly.prop_map(|(week, start, end)| CallSchedule {
        start,
        end,
        ..CallSchedule::weekly(week)
    });
    let dates = vec(range(), 1..3).prop_map(|ranges| CallSchedule::default().with_ranges(ranges));
    prop_oneof![2 => weekly, 1 => dates]
}

fn conditions() -> impl Strategy<Value = RuleConditions> {
    let state = select(vec![
        None,
        None,
        Some(StateId::WORK_HOURS),
        Some(StateId::AFTER_HOURS),
    ]);
    let parts = (
        vec(select(&LISTED[..]), 0..3),
        vec(select(&CALLED[..2]), 0..2),
        option::of(schedule()),
        state,
        prop::bool::weighted(0.05),
    );
    let conditions = parts.prop_map(|(callers, called, schedule, state, odd)| RuleConditions {
        caller_ids: callers
            .into_iter()
            .map(|number| CallerId {
                number: number.to_owned(),
                name: None,
            })
            .collect(),
        called_numbers: called.into_iter().map(str::to_owned).collect(),
        schedule,
        state: state.map(StateId::from),
        other: if odd {
            vec![serde_json::json!({"type": "Mood"})]
        } else {
            Vec::new()
        },
    });
    conditions.prop_map(RuleConditions::normalized)
}

fn dispatching() -> impl Strategy<Value = CallDispatching> {
    let end = select(vec!["+16509990001", "+16509990002", "+16509990003", ""]);
    end.prop_map(|number| CallDispatching {
        dispatch_type: Some(DispatchType::Terminate),
        terminate: Some(match number {
            "" => CallDestination::Voicemail {
                owner: None,
                greeting: None,
            },
            number => CallDestination::PhoneNumber {
                number: number.to_owned(),
                name: None,
            },
        }),
        ..CallDispatching::default()
    })
}

fn rules() -> impl Strategy<Value = Vec<LiveRule>> {
    let enabled = prop::bool::weighted(0.9);
    let rule = (enabled, conditions(), any::<bool>(), dispatching());
    let rule = rule.prop_map(|(enabled, conditions, queue, dispatching)| RuleDefinition {
        name: String::new(),
        enabled: Some(enabled),
        conditions: Some(conditions),
        queue_calls_included: Some(queue),
        dispatching: Some(dispatching),
    });
    vec(rule, 0..6).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        let named = rules.map(|(at, rule)| LiveRule {
            id: None,
            rule: RuleDefinition {
                name: format!("rule {at}"),
                ..rule
            },
        });
        named.collect()
    })
}

fn states() -> impl Strategy<Value = Vec<StateRule>> {
    let switch = || prop::bool::weighted(0.2);
    let parts = (
        (switch(), schedule(), dispatching()),
        (switch(), dispatching()),
        (option::weighted(0.8, week()), dispatching(), dispatching()),
        option::of((option::of(week()), dispatching())),
    );
    parts.prop_map(|(forward, dnd, work, agent)| {
        let own = |schedule: CallSchedule| StateSchedule::Own(Box::new(schedule));
        let state = |id: &str, enabled, schedule, dispatching| StateRule {
            id: StateId::from(id),
            state: StateSettings { enabled, schedule },
            dispatching,
        };
        let (hours, within, outside) = work;
        let hours = hours.map_or_else(CallSchedule::always, CallSchedule::weekly);
        let mut states = vec![
            state(
                StateId::FORWARD_ALL_CALLS,
                Some(forward.0),
                Some(own(forward.1)),
                forward.2,
            ),
            state(StateId::DND, Some(dnd.0), None, dnd.1),
        ];
        if !hours.is_always() {
            states.push(state(StateId::AFTER_HOURS, Some(true), None, outside));
        }
        states.push(state(
            StateId::WORK_HOURS,
            Some(true),
            Some(own(hours)),
            within,
        ));
        if let Some((week, dispatching)) = agent {
            let schedule = match week {
                Some(week) => own(CallSchedule::weekly(week)),
                None => StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS)),
            };
            states.push(state(StateId::AGENT, None, Some(schedule), dispatching));
        }
        states
    })
}

/// Generates one user's call handling.
pub(crate) fn handling() -> impl Strategy<Value = CallHandling> {
    (rules(), states()).prop_map(|(rules, states)| CallHandling {
        rules: Some(rules),
        states: Some(states),
    })
}

/// Generates call handling before and after a change of a few parts. Sometimes rules or states were
/// not read.
pub(crate) fn before_and_after() -> impl Strategy<Value = (CallHandling, CallHandling)> {
    let keep = vec(any::<bool>(), 6);
    let unread = select(vec![
        (false, false),
        (false, false),
        (true, false),
        (false, true),
    ]);
    let parts = (handling(), handling(), keep, any::<bool>(), unread);
    parts.prop_map(|(mut before, other, keep, states, unread)| {
        let kept = before.rules().iter().zip(&keep);
        let kept = kept.filter(|(_, keep)| **keep).map(|(rule, _)| rule);
        let new = other.rules().iter().take(2);
        let mut after = CallHandling {
            rules: Some(kept.chain(new).cloned().collect()),
            states: if states {
                other.states.clone()
            } else {
                before.states.clone()
            },
        };
        for world in [&mut before, &mut after] {
            world.rules = world.rules.take().filter(|_| !unread.0);
            world.states = world.states.take().filter(|_| !unread.1);
        }
        (before, after)
    })
}

/// Generates a call that often meets conditions of [`handling`].
pub(crate) fn call() -> impl Strategy<Value = IncomingCall> {
    let from = option::weighted(0.9, select(&CALLERS[..]));
    let to = option::weighted(0.9, select(&CALLED[..]));
    (from, to, moment(), prop::bool::weighted(0.3)).prop_map(|(from, to, at, queue)| IncomingCall {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        at,
        queue,
    })
}

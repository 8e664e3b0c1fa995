//! Proptest strategies for call handling and calls. They use few numbers and times, so that
//! conditions overlap.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::IncomingCall;
use crate::model::{
    CallDestination, CallDispatching, CallHandling, CallSchedule, CallerId, DateRange, DayOfWeek,
    DispatchType, LocalDateTime, RuleConditions, RuleDefinition, StateId, StateRule, StateSchedule,
    StateSettings, TimeSpan, UserRule, WeeklyTimes,
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
    let span_end = select(vec![
        0, 1, 28_800, 34_200, 43_200, 43_201, 57_600, 57_601, 79_200, 86_399,
    ]);
    let second = prop_oneof![span_end, 0..86_400_i64];
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
    let bounded_week = (week(), option::of(moment()), option::of(moment()));
    let weekly = bounded_week.prop_map(|(week, start, end)| CallSchedule {
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
    let conditions =
        parts.prop_map(
            |(callers, called, schedule, state, is_unknown)| RuleConditions {
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
                other: vec![serde_json::json!({"type": "Mood"}); usize::from(is_unknown)],
            },
        );
    conditions.prop_map(RuleConditions::without_duplicates)
}

fn dispatching() -> impl Strategy<Value = CallDispatching> {
    let forward = |number: &str| CallDestination::PhoneNumber {
        number: number.to_owned(),
        name: None,
    };
    let voicemail = CallDestination::Voicemail {
        owner: None,
        greeting: None,
    };
    let forwards = ["+16509990001", "+16509990002", "+16509990003"].map(forward);
    let destinations: Vec<_> = forwards.into_iter().chain([voicemail]).collect();
    select(destinations).prop_map(|destination| CallDispatching {
        dispatch_type: Some(DispatchType::Terminate),
        terminate: Some(destination),
        ..CallDispatching::default()
    })
}

fn rules() -> impl Strategy<Value = Vec<UserRule>> {
    let is_enabled = prop::bool::weighted(0.9);
    let parts = (is_enabled, conditions(), any::<bool>(), dispatching());
    vec(parts, 0..6).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        let user_rules =
            rules.map(
                |(index, (is_enabled, conditions, queue, dispatching))| UserRule {
                    id: None,
                    rule: RuleDefinition {
                        name: format!("rule {index}"),
                        enabled: Some(is_enabled),
                        conditions: Some(conditions),
                        queue_calls_included: Some(queue),
                        dispatching: Some(dispatching),
                    },
                },
            );
        user_rules.collect()
    })
}

fn states() -> impl Strategy<Value = Vec<StateRule>> {
    let switch = || prop::bool::weighted(0.2);
    let parts = (
        (switch(), schedule(), dispatching()),
        (switch(), dispatching()),
        option::weighted(0.8, week()),
        (dispatching(), dispatching()),
        option::of((option::of(week()), dispatching())),
    );
    parts.prop_map(|(forwarding, dnd, week, (in_hours, after_hours), agent)| {
        let own = |schedule: CallSchedule| StateSchedule::Own(Box::new(schedule));
        let state = |id: &str, enabled, schedule, dispatching| StateRule {
            id: StateId::from(id),
            state: StateSettings { enabled, schedule },
            dispatching,
        };
        let work_hours = week.map_or_else(CallSchedule::always, CallSchedule::weekly);
        let (is_on, schedule, dispatching) = forwarding;
        let schedule = Some(own(schedule));
        let mut states = vec![
            state(
                StateId::FORWARD_ALL_CALLS,
                Some(is_on),
                schedule,
                dispatching,
            ),
            state(StateId::DND, Some(dnd.0), None, dnd.1),
        ];
        if !work_hours.is_always() {
            states.push(state(StateId::AFTER_HOURS, Some(true), None, after_hours));
        }
        states.push(state(
            StateId::WORK_HOURS,
            Some(true),
            Some(own(work_hours)),
            in_hours,
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
    let deletions = vec(any::<bool>(), 6);
    // Whether the rules and the states are read.
    let reads = select(vec![
        (true, true),
        (true, true),
        (false, true),
        (true, false),
    ]);
    let parts = (handling(), handling(), deletions, any::<bool>(), reads);
    parts.prop_map(|(before, other, deletions, new_states, reads)| {
        let rules = before.rules().iter().zip(&deletions);
        let unchanged = rules
            .filter(|(_, is_deleted)| !**is_deleted)
            .map(|(rule, _)| rule);
        let new = other.rules().iter().take(2);
        let after = CallHandling {
            rules: Some(unchanged.chain(new).cloned().collect()),
            states: if new_states { &other } else { &before }.states.clone(),
        };
        let as_read = |CallHandling { rules, states }| CallHandling {
            rules: rules.filter(|_| reads.0),
            states: states.filter(|_| reads.1),
        };
        (as_read(before), as_read(after))
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

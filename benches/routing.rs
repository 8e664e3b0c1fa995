//! Measures how fast calls are decided, and how long the caller impact needs.
//!
//! `cargo bench --bench routing`. Reports only; nothing is asserted.

use callrules::model::{
    CallDestination, CallDispatching, CallHandling, CallSchedule, CallerId, DateRange, DayOfWeek,
    DispatchType, LiveRule, LocalDateTime, RuleConditions, RuleDefinition, StateId, StateRule,
    StateSchedule, StateSettings, TimeSpan, WeeklyTimes,
};
use callrules::routing::{IncomingCall, RoutingAssumptions, RoutingTable, compute_impact};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn time_at(day: i64, second: i64) -> LocalDateTime {
    let first = jiff::civil::date(2026, 11, 16).at(0, 0, 0, 0);
    first + jiff::Span::new().days(day) + jiff::Span::new().seconds(second)
}

fn phone_number(n: usize) -> String {
    format!("+1650{n:07}")
}

fn forward_to(n: usize) -> CallDispatching {
    CallDispatching {
        dispatch_type: Some(DispatchType::Terminate),
        terminate: Some(CallDestination::PhoneNumber {
            number: phone_number(9_000_000 + n),
            name: None,
        }),
        ..CallDispatching::default()
    }
}

fn weekdays(span: &str) -> WeeklyTimes {
    let mut week = WeeklyTimes::default();
    if let Ok((span, _)) = TimeSpan::parse(span) {
        for day in DayOfWeek::Monday.days_through(DayOfWeek::Friday) {
            week.add(day, &[span]);
        }
    }
    week
}

/// Returns a user with this many rules and callers. Every third rule has dates, every third weekly
/// times, every third a state.
fn user_handling(rules: usize, callers: usize) -> CallHandling {
    let rule = |n: usize| {
        let from = (n * callers / rules)..((n + 1) * callers / rules);
        let day = i64::try_from(n % 300).unwrap_or_default();
        let conditions = RuleConditions {
            caller_ids: from
                .map(|n| CallerId {
                    number: phone_number(n),
                    name: None,
                })
                .collect(),
            schedule: match n % 3 {
                0 => Some(CallSchedule::default().with_ranges(vec![DateRange {
                    start: Some(time_at(day, 0)),
                    end: time_at(day, 86_399),
                }])),
                1 => Some(CallSchedule::weekly(weekdays("09:00-12:00"))),
                _ => None,
            },
            state: (n % 3 == 2).then(|| StateId::from(StateId::AFTER_HOURS)),
            ..RuleConditions::default()
        };
        LiveRule {
            id: Some(n.to_string()),
            rule: RuleDefinition {
                name: format!("rule {n}"),
                enabled: Some(true),
                conditions: Some(conditions),
                queue_calls_included: Some(false),
                dispatching: Some(forward_to(n)),
            },
        }
    };
    let state = |id: &str, enabled, schedule: Option<CallSchedule>| StateRule {
        id: StateId::from(id),
        state: StateSettings {
            enabled: Some(enabled),
            schedule: schedule.map(|schedule| StateSchedule::Own(Box::new(schedule))),
        },
        dispatching: forward_to(id.len()),
    };
    CallHandling {
        rules: Some((0..rules).map(rule).collect()),
        states: Some(vec![
            state(StateId::FORWARD_ALL_CALLS, false, None),
            state(StateId::DND, false, None),
            state(
                StateId::WORK_HOURS,
                true,
                Some(CallSchedule::weekly(weekdays("08:00-16:00"))),
            ),
            state(StateId::AFTER_HOURS, true, None),
        ]),
    }
}

/// Returns the handling with another destination in its first rule.
fn with_changed_rule(user: &CallHandling) -> CallHandling {
    let mut changed = user.clone();
    if let Some(first) = changed.rules.iter_mut().flatten().next() {
        first.rule.dispatching = Some(forward_to(1_000));
    }
    changed
}

fn sample_calls() -> Vec<IncomingCall> {
    let call = |n: usize| IncomingCall {
        from: Some(phone_number(n * 7 % 200)),
        to: None,
        at: time_at(
            i64::try_from(n % 28).unwrap_or_default(),
            i64::try_from(n * 977 % 86_400).unwrap_or_default(),
        ),
        queue: false,
    };
    (0..10_000).map(call).collect()
}

/// Decides calls to one user, made from the user's rules.
#[divan::bench(args = [(5, 50), (200, 5_000)])]
fn decide(bencher: Bencher<'_, '_>, (rules, callers): (usize, usize)) {
    let user = user_handling(rules, callers);
    let table = RoutingTable::new(&user);
    let calls = sample_calls();
    bencher.counter(ItemsCount::new(calls.len())).bench(|| {
        for call in &calls {
            black_box(table.decide(black_box(call), RoutingAssumptions::default()));
        }
    });
}

/// Computes the impact for many users with five rules each, one of which changes.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5)]
fn impact_of_users(bencher: Bencher<'_, '_>, users: usize) {
    let before = user_handling(5, 50);
    let after = with_changed_rule(&before);
    bencher.counter(ItemsCount::new(users)).bench(|| {
        for _ in 0..users {
            black_box(compute_impact(
                black_box(&before),
                black_box(&after),
                time_at(0, 0),
            ));
        }
    });
}

/// Computes the impact for one user with many rules and numbers.
#[divan::bench(args = [(50, 1_000), (200, 5_000)])]
fn impact_of_a_large_user(bencher: Bencher<'_, '_>, (rules, callers): (usize, usize)) {
    let before = user_handling(rules, callers);
    let after = with_changed_rule(&before);
    bencher.bench(|| {
        black_box(compute_impact(
            black_box(&before),
            black_box(&after),
            time_at(0, 0),
        ))
    });
}

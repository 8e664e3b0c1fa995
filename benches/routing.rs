//! Measures how fast calls are decided, and how long the caller impact and the search for
//! forwarding loops need.
//!
//! `cargo bench --bench routing`. Reports only; nothing is asserted.

use std::sync::Arc;

use callrules::lint::{CrossUserLints, LintSubject, LintUser, lint_user};
use callrules::model::{
    AccountExtension, CallDestination, CallDispatching, CallHandling, CallSchedule, CallerId,
    DateRange, DayOfWeek, DispatchType, ExtensionDirectory, ExtensionId, LocalDateTime,
    RuleConditions, RuleDefinition, StateId, StateRule, StateSchedule, StateSettings, TimeSpan,
    UserRule, WeeklyTimes,
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
        UserRule {
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

/// Returns the extension id of a user.
fn extension_id(user: usize) -> ExtensionId {
    ExtensionId((1_000_000 + user).to_string())
}

/// Returns users who each forward calls to three others, chosen at random: the calls of one caller,
/// those of the morning or afternoon, and all others. If `overlap` is false, users with an even
/// number forward only in the morning and only to users with an odd number, and these only in the
/// afternoon, so that no call ever loops.
fn forwarding_users(users: usize, overlap: bool) -> Vec<CallHandling> {
    let mut random = 7_usize;
    let mut forward = |user: usize| {
        // A linear congruential generator, whose high bits are random enough.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let other = (random >> 33) % users;
        let to = if overlap {
            other
        } else {
            other / 2 * 2 + (user + 1) % 2
        };
        CallDispatching {
            dispatch_type: Some(DispatchType::Terminate),
            terminate: Some(CallDestination::Extension(extension_id(to))),
            ..CallDispatching::default()
        }
    };
    let handlings = (0..users).map(|user| {
        let span = ["08:00-12:00", "12:00-16:00"][user % 2];
        let mut conditions = RuleConditions {
            schedule: Some(CallSchedule::weekly(weekdays(span))),
            ..RuleConditions::default()
        };
        let mut rule = |name: &str, conditions: &RuleConditions| UserRule {
            id: None,
            rule: RuleDefinition {
                name: name.to_owned(),
                enabled: Some(true),
                conditions: Some(conditions.clone()),
                queue_calls_included: Some(false),
                dispatching: Some(forward(user)),
            },
        };
        let timed = rule("timed", &conditions);
        conditions.caller_ids = Arc::from([CallerId {
            number: phone_number(user),
            name: None,
        }]);
        let mut rules = vec![rule("caller", &conditions), timed];
        if overlap {
            rules.push(rule("always", &RuleConditions::default()));
        }
        CallHandling {
            rules: Some(rules),
            states: None,
        }
    });
    handlings.collect()
}

/// Searches for loops among users who all forward to each other.
#[divan::bench(args = [2_500, 5_000, 10_000, 20_000], sample_count = 3)]
fn forwarding_loops(bencher: Bencher<'_, '_>, users: usize) {
    bench_loops(bencher, &forwarding_users(users, true));
}

/// Searches among users who never forward at the same time, which is the slowest case.
#[divan::bench(args = [2_500, 5_000, 10_000, 20_000], sample_count = 3)]
fn forwarding_without_loops(bencher: Bencher<'_, '_>, users: usize) {
    bench_loops(bencher, &forwarding_users(users, false));
}

fn bench_loops(bencher: Bencher<'_, '_>, handlings: &[CallHandling]) {
    let extension = |user: usize| AccountExtension {
        id: extension_id(user),
        number: None,
        name: format!("User {user}"),
        email: None,
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    let directory = ExtensionDirectory::new((0..handlings.len()).map(extension).collect());
    let collect_lints = || {
        let mut lints = CrossUserLints::default();
        for (user, handling) in handlings.iter().enumerate() {
            let id = extension_id(user);
            let user_to_lint = LintUser {
                id: &id,
                handling,
                today: time_at(0, 0),
                declared: (0..handling.rules().len()).map(LintSubject::Rule).collect(),
            };
            lints.add(user, lint_user(&user_to_lint, &directory));
        }
        lints
    };
    bencher
        .counter(ItemsCount::new(handlings.len()))
        .with_inputs(collect_lints)
        .bench_values(|lints| black_box(lints.finish(&directory)));
}

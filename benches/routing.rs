//! How fast calls are decided, and how long it takes to tell what callers will notice.
//!
//! `cargo bench --bench routing`. Reports; nothing is asserted.

use callrules::model::{
    CallHandling, CallerId, Conditions, DateRange, DateTime, Day, Destination, DispatchType,
    Dispatching, HeldRule, Rule, Schedule, State, StateId, StateRule, StateSchedule, TimeSpan,
    Week,
};
use callrules::routing::{Call, Supposing, Table, impact};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn at(day: i64, second: i64) -> DateTime {
    let first = jiff::civil::date(2026, 11, 16).at(0, 0, 0, 0);
    first + jiff::Span::new().days(day) + jiff::Span::new().seconds(second)
}

fn number(n: usize) -> String {
    format!("+1650{n:07}")
}

fn forward(n: usize) -> Dispatching {
    Dispatching {
        kind: Some(DispatchType::Terminate),
        at_once: Some(Destination::PhoneNumber {
            number: number(9_000_000 + n),
            name: None,
        }),
        ..Dispatching::default()
    }
}

fn weekdays(span: &str) -> Week {
    let mut week = Week::default();
    if let Ok((span, _)) = TimeSpan::parse(span) {
        for day in Day::Monday.through(Day::Friday) {
            week.add(day, &[span]);
        }
    }
    week
}

/// A user with so many rules, which share so many callers; every third has dates, every third times of
/// the week, every third a state.
fn user(rules: usize, callers: usize) -> CallHandling {
    let rule = |n: usize| {
        let from = (n * callers / rules)..((n + 1) * callers / rules);
        let day = i64::try_from(n % 300).unwrap_or_default();
        let conditions = Conditions {
            caller_ids: from
                .map(|n| CallerId {
                    number: number(n),
                    name: None,
                })
                .collect(),
            schedule: match n % 3 {
                0 => Some(Schedule::default().with_ranges(vec![DateRange {
                    start: Some(at(day, 0)),
                    end: at(day, 86_399),
                }])),
                1 => Some(Schedule::weekly(weekdays("09:00-12:00"))),
                _ => None,
            },
            state: (n % 3 == 2).then(|| StateId::from(StateId::AFTER_HOURS)),
            ..Conditions::default()
        };
        HeldRule {
            id: Some(n.to_string()),
            rule: Rule {
                name: format!("rule {n}"),
                enabled: Some(true),
                conditions: Some(conditions),
                queue_calls_included: Some(false),
                dispatching: Some(forward(n)),
            },
        }
    };
    let state = |id: &str, enabled, schedule: Option<Schedule>| StateRule {
        id: StateId::from(id),
        state: State {
            enabled: Some(enabled),
            schedule: schedule.map(|schedule| StateSchedule::Own(Box::new(schedule))),
        },
        dispatching: forward(id.len()),
    };
    CallHandling {
        rules: Some((0..rules).map(rule).collect()),
        states: Some(vec![
            state(StateId::FORWARD_ALL_CALLS, false, None),
            state(StateId::DND, false, None),
            state(
                StateId::WORK_HOURS,
                true,
                Some(Schedule::weekly(weekdays("08:00-16:00"))),
            ),
            state(StateId::AFTER_HOURS, true, None),
        ]),
    }
}

/// The same with its first rule led elsewhere.
fn changed(user: &CallHandling) -> CallHandling {
    let mut changed = user.clone();
    if let Some(first) = changed.rules.iter_mut().flatten().next() {
        first.rule.dispatching = Some(forward(1_000));
    }
    changed
}

fn calls() -> Vec<Call> {
    let call = |n: usize| Call {
        from: Some(number(n * 7 % 200)),
        to: None,
        at: at(
            i64::try_from(n % 28).unwrap_or_default(),
            i64::try_from(n * 977 % 86_400).unwrap_or_default(),
        ),
        queue: false,
    };
    (0..10_000).map(call).collect()
}

/// Calls to one user, out of its rules.
#[divan::bench(args = [(5, 50), (200, 5_000)])]
fn decide(bencher: Bencher<'_, '_>, (rules, callers): (usize, usize)) {
    let user = user(rules, callers);
    let table = Table::new(&user);
    let calls = calls();
    bencher.counter(ItemsCount::new(calls.len())).bench(|| {
        for call in &calls {
            black_box(table.decide(black_box(call), Supposing::default()));
        }
    });
}

/// What callers notice, for so many users with five rules each, one of which changes.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5)]
fn impact_of_users(bencher: Bencher<'_, '_>, users: usize) {
    let before = user(5, 50);
    let after = changed(&before);
    bencher.counter(ItemsCount::new(users)).bench(|| {
        for _ in 0..users {
            black_box(impact(black_box(&before), black_box(&after), at(0, 0)));
        }
    });
}

/// What callers notice of one user with many rules and numbers.
#[divan::bench(args = [(50, 1_000), (200, 5_000)])]
fn impact_of_a_large_user(bencher: Bencher<'_, '_>, (rules, callers): (usize, usize)) {
    let before = user(rules, callers);
    let after = changed(&before);
    bencher.bench(|| black_box(impact(black_box(&before), black_box(&after), at(0, 0))));
}

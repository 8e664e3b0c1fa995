use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::lint::CrossUserLints;
use crate::model::{
    CallerId, DayOfWeek, DispatchType, RuleDefinition, TimeSpan, UserRule, WeeklyTimes,
};
use crate::routing::samples::first;

const LISTED_CALLERS: [&str; 3] = ["+1650", "+16501", "+49"];
const CALLERS: [Option<&str>; 4] = [
    None,
    Some("+16500000000"),
    Some("+16501000000"),
    Some("+49000"),
];
const CALLED: [&str; 2] = ["+16505550101", "+16505550102"];
const SPANS: [&str; 3] = ["08:00-12:00", "11:00-14:00", "13:00-18:00"];

/// The forward of a rule to the user with an index.
#[derive(Debug, Clone)]
struct SampleForward {
    caller: Option<String>,
    called: Option<String>,
    span: Option<String>,
    to: usize,
}

fn id(user: usize) -> ExtensionId {
    ExtensionId(user.to_string())
}

fn extension(user: usize) -> AccountExtension {
    AccountExtension {
        id: id(user),
        number: Some(user.to_string()),
        name: format!("User {user}"),
        email: None,
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }
}

fn directory(users: usize) -> ExtensionDirectory {
    ExtensionDirectory::new((0..users).map(extension).collect())
}

fn handling(forwards: &[SampleForward]) -> CallHandling {
    let rule = |forward: &SampleForward| {
        let schedule = forward.span.as_deref().map(|span| {
            let mut week = WeeklyTimes::default();
            week.add(DayOfWeek::Monday, &[TimeSpan::parse(span).unwrap().0]);
            CallSchedule::weekly(week)
        });
        let caller_ids = forward.caller.iter().map(|number| CallerId {
            number: number.clone(),
            name: None,
        });
        RuleDefinition {
            name: String::new(),
            enabled: Some(true),
            conditions: Some(RuleConditions {
                caller_ids: caller_ids.collect(),
                called_numbers: forward.called.iter().cloned().collect(),
                schedule,
                ..RuleConditions::default()
            }),
            queue_calls_included: None,
            dispatching: Some(CallDispatching {
                dispatch_type: Some(DispatchType::Terminate),
                terminate: Some(CallDestination::Extension(id(forward.to))),
                ..CallDispatching::default()
            }),
        }
    };
    let rules = forwards.iter().map(|forward| UserRule {
        id: None,
        rule: rule(forward),
    });
    CallHandling {
        rules: Some(rules.collect()),
        states: None,
    }
}

/// Returns the users of `forwards` that can be in a loop, with their indexes.
fn forwarding_users(handlings: &[CallHandling]) -> Vec<(usize, ForwardingUser)> {
    let directory = directory(handlings.len());
    let indexed = handlings.iter().enumerate();
    let users = indexed.filter_map(|(user, handling)| {
        let rules = 0..handling.rules().len();
        let user = LintUser {
            id: &id(user),
            handling,
            today: first(),
            declared: rules.map(LintSubject::Rule).collect(),
        };
        let forwards = ForwardingUser::from_user(&user, &directory)?;
        Some((forwards.id.0.parse().unwrap(), forwards))
    });
    users.collect()
}

fn loop_warnings(handlings: &[CallHandling]) -> Vec<(usize, LintWarning)> {
    let lints = CrossUserLints {
        forwards: forwarding_users(handlings),
        ..CrossUserLints::default()
    };
    lints.finish(&directory(handlings.len()))
}

fn always_to(to: usize) -> SampleForward {
    SampleForward {
        caller: None,
        called: None,
        span: None,
        to,
    }
}

/// Returns users who forward to each other in a ring, each with other conditions.
fn ring(users: usize) -> Vec<CallHandling> {
    let handlings = (0..users).map(|user| {
        let to = (user + 1) % users;
        let special = SampleForward {
            caller: Some(format!("+1650{user:07}")),
            called: Some(format!("+1408{user:07}")),
            span: Some(format!("{:02}:{:02}-23:00", user / 60 % 20, user % 60)),
            to,
        };
        handling(&[special, always_to(to)])
    });
    handlings.collect()
}

#[test]
fn components_without_a_loop_are_skipped() {
    let components = |edges: &[(usize, usize)], users: usize| {
        let handlings: Vec<CallHandling> = (0..users)
            .map(|user| {
                let own = edges.iter().filter(|(from, _)| *from == user);
                handling(&own.map(|(_, to)| always_to(*to)).collect::<Vec<_>>())
            })
            .collect();
        let users = forwarding_users(&handlings);
        let components = connected_users(&users).into_iter();
        components
            .map(|component| component.iter().map(|at| users[*at].0).collect())
            .collect::<Vec<Vec<usize>>>()
    };
    let chain: Vec<(usize, usize)> = (0..999).map(|user| (user, user + 1)).collect();
    assert_eq!(components(&chain, 1_000), [[0; 0]; 0]);
    let edges = [
        (0, 1),
        (5, 1),
        (1, 5),
        (5, 2),
        (2, 4),
        (4, 3),
        (3, 2),
        (3, 6),
    ];
    let expected: [&[usize]; 2] = [&[1, 5], &[2, 3, 4]];
    assert_eq!(components(&edges, 7), expected);
}

#[test]
fn component_is_reported_once_with_few_names() {
    let warnings = loop_warnings(&ring(20));
    assert_eq!(warnings.len(), 1);
    insta::assert_snapshot!(warnings[0].1.message, @"calls are forwarded in a loop: User 0 (0) → User 1 (1) → User 2 (2) → User 3 (3) → User 4 (4) → User 5 (5) → User 6 (6) → User 7 (7) → 12 more users → User 0 (0)");
    // Users 0 to 3 form a loop of four; 1 and 2 also forward to each other.
    let two_loops = [
        handling(&[always_to(1)]),
        handling(&[SampleForward {
            span: Some(SPANS[0].to_owned()),
            ..always_to(2)
        }]),
        handling(&[
            SampleForward {
                span: Some(SPANS[0].to_owned()),
                ..always_to(1)
            },
            always_to(3),
        ]),
        handling(&[always_to(0)]),
    ];
    let [(1, warning)] = &loop_warnings(&two_loops)[..] else {
        panic!("one loop is reported, at user 1");
    };
    insta::assert_snapshot!(format!("{}\n{}", warning.message, warning.help), @"
    calls are forwarded in a loop: User 1 (1) → User 2 (2) → User 1 (1)
    give one of them another destination, such as voicemail, and check again: 2 more of the users who forward to each other can be in other loops
    ");
}

/// Each sample call is decided once per user, so a constant number of them makes the search linear.
#[test]
fn number_of_sample_calls_does_not_grow_with_users() {
    for users in [400, 800] {
        let forwards = forwarding_users(&ring(users));
        let search = LoopSearch::new(forwards.iter().map(|(_, user)| user));
        assert_eq!(search.sample_calls().count(), MAX_SAMPLE_CALLS);
        let by_number = search.members.iter();
        assert!(by_number.map(|member| member.called_numbers.len()).max() <= Some(MAX_NUMBERS));
    }
}

fn forward(users: usize) -> impl Strategy<Value = SampleForward> {
    let caller = option::weighted(0.4, select(&LISTED_CALLERS[..]));
    let called = option::weighted(0.2, select(&CALLED[..]));
    let span = option::weighted(0.5, select(&SPANS[..]));
    let parts = (caller, called, span, 0..users);
    parts.prop_map(|(caller, called, span, to)| SampleForward {
        caller: caller.map(str::to_owned),
        called: called.map(str::to_owned),
        span: span.map(str::to_owned),
        to,
    })
}

/// Follows calls from a user at each hour, one by one, and returns whether one comes back.
fn comes_back(tables: &[RoutingTable<'_>], start: usize) -> bool {
    let next = |user: usize, call: &IncomingCall| -> Option<usize> {
        let handler = tables[user].decide(call, RoutingAssumptions::default());
        match &handler.dispatching()?.terminate {
            Some(CallDestination::Extension(to)) => to.0.parse().ok().filter(|to| *to != user),
            _ => None,
        }
    };
    let called_numbers = [None].into_iter().chain(CALLED.map(Some));
    let calls = called_numbers.flat_map(|to| {
        CALLERS.into_iter().flat_map(move |from| {
            (0..24).map(move |hour| IncomingCall {
                from: from.map(str::to_owned),
                to: to.map(str::to_owned),
                at: first() + jiff::Span::new().hours(hour),
                queue: false,
            })
        })
    });
    calls.into_iter().any(|call| {
        let onward = IncomingCall {
            to: None,
            ..call.clone()
        };
        let path = successors(next(start, &call), |user| next(*user, &onward));
        path.take(tables.len()).any(|user| user == start)
    })
}

proptest! {
    /// A component is reported exactly if a call comes back to one of its users, at such a user.
    #[test]
    fn loops_are_those_of_calls_followed_one_by_one(
        forwards in (2..6_usize).prop_flat_map(|users| vec(vec(forward(users), 0..3), users)),
    ) {
        let handlings: Vec<CallHandling> = forwards.iter().map(|own| handling(own)).collect();
        let tables: Vec<RoutingTable<'_>> = handlings.iter().map(RoutingTable::new).collect();
        let users = 0..forwards.len();
        let mut reaches: Vec<Vec<bool>> = forwards
            .iter()
            .map(|own| users.clone().map(|to| own.iter().any(|forward| forward.to == to)).collect())
            .collect();
        for (via, from, to) in users.clone().flat_map(|via| {
            let users = users.clone();
            users.clone().flat_map(move |from| users.clone().map(move |to| (via, from, to)))
        }) {
            reaches[from][to] |= reaches[from][via] && reaches[via][to];
        }
        let looping: Vec<usize> = users.filter(|user| comes_back(&tables, *user)).collect();
        let is_connected = |one: usize, other: usize| reaches[one][other] && reaches[other][one];
        let reported: Vec<usize> = loop_warnings(&handlings).iter().map(|(user, _)| *user).collect();
        for user in &reported {
            prop_assert!(looping.contains(user), "{user} of {looping:?}");
        }
        for user in &looping {
            let warnings = reported.iter().filter(|reported| is_connected(*user, **reported));
            prop_assert_eq!(warnings.count(), 1, "{} of {:?}", user, reported);
        }
    }
}

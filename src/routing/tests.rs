use proptest::prelude::*;

use super::samples::{call, handling};
use super::*;
use crate::model::{
    CallHandling, CallerId, Conditions, DispatchType, Dispatching, HeldRule, Rule, Schedule,
    StateId, StateSchedule, TimeSpan, Week,
};

fn rule(name: &str, conditions: Conditions) -> HeldRule {
    HeldRule {
        id: None,
        rule: Rule {
            name: name.to_owned(),
            enabled: Some(true),
            conditions: Some(conditions),
            ..Rule::default()
        },
    }
}

/// Every mixture of the three kinds of condition, in the order of the vendor's table.
#[test]
fn priorities_are_the_vendors() {
    let caller_ids = vec![CallerId {
        number: "+1650".to_owned(),
        name: None,
    }];
    let mixed = |timed: bool, caller: bool, called: bool| Conditions {
        caller_ids: if caller { caller_ids.clone() } else { vec![] },
        called_numbers: if called {
            vec!["+1".to_owned()]
        } else {
            vec![]
        },
        schedule: timed.then(Schedule::always),
        ..Conditions::default()
    };
    for (timed, caller, called, expected) in [
        (true, true, true, 10),
        (false, true, true, 9),
        (true, true, false, 8),
        (true, false, true, 7),
        (false, true, false, 6),
        (false, false, true, 5),
        (true, false, false, 4),
    ] {
        let conditions = mixed(timed, caller, called);
        assert_eq!(priority(&conditions), expected);
        if timed {
            let by_state = Conditions {
                schedule: None,
                state: Some(StateId::from(StateId::AFTER_HOURS)),
                ..conditions
            };
            assert_eq!(
                priority(&by_state),
                expected,
                "a state counts as a schedule"
            );
        }
    }
}

#[test]
fn two_rules_of_one_priority_are_told_both() {
    let at = |text: &str| {
        let mut week = Week::default();
        week.add(
            crate::model::Day::Monday,
            &[TimeSpan::parse(text).unwrap().0],
        );
        Conditions {
            schedule: Some(Schedule::weekly(week)),
            ..Conditions::default()
        }
    };
    let handling = CallHandling {
        rules: Some(vec![
            rule("morning", at("08:00-12:00")),
            rule("day", at("09:00-17:00")),
        ]),
        states: None,
    };
    let table = Table::new(&handling);
    let handler = |time: &str| {
        let call = Call {
            from: None,
            to: None,
            at: format!("2026-11-23T{time}").parse().unwrap(),
            queue: false,
        };
        table.decide(&call, Supposing::default())
    };
    let [morning, day] = handling.rules() else {
        panic!("two rules were made");
    };
    assert_eq!(handler("08:30:00"), Handler::Rule(morning));
    assert_eq!(handler("10:00:00"), Handler::Ambiguous(vec![morning, day]));
    assert_eq!(handler("12:00:00"), Handler::Rule(day));
    assert_eq!(handler("16:59:59"), Handler::Rule(day));
    assert_eq!(handler("17:00:00"), Handler::UnreadStates);
}

#[test]
fn targets_that_ring_the_same_way_are_one_flow() {
    let group = |app, seconds| crate::model::RingGroup {
        enabled: true,
        seconds: Some(seconds),
        start_offset: 0,
        targets: vec![crate::model::RingTarget::Apps { app, of: None }],
    };
    let [mobile, desktop] = crate::model::App::ALL;
    let ring = |kind, ring| Dispatching {
        kind: Some(kind),
        ring: Some(ring),
        ..Dispatching::default()
    };
    let apart = vec![group(mobile, 20), group(desktop, 20)];
    let mut together = vec![group(mobile, 20)];
    together[0].targets.extend(group(desktop, 20).targets);
    let at_once = Flow::of(&ring(DispatchType::RingAtOnce, apart.clone()));
    let in_one_group = Flow::of(&ring(DispatchType::RingAtOnce, together));
    assert_eq!(at_once.rings, in_one_group.rings);
    let in_order = Flow::of(&ring(DispatchType::RingInOrder, apart));
    let begins: Vec<u64> = in_order.rings.iter().map(|ring| ring.after).collect();
    assert_eq!(begins, [0, 20]);
    assert_eq!((at_once.seconds(), in_order.seconds()), (20, 40));
}

/// The hierarchy once more, word for word as the vendor's pages have it, without tables and sets: the name
/// of what takes the call; of several rules of one priority all names.
fn by_the_book(user: &CallHandling, call: &Call) -> String {
    let state = |id: &str| user.states().iter().find(|state| state.id.as_str() == id);
    let own = |id: &str| match &state(id)?.state.schedule {
        Some(StateSchedule::Own(schedule)) => Some(schedule.clone()),
        _ => None,
    };
    let working = own("work-hours").is_none_or(|hours| holds(&hours, call.at));
    let is_on = |id: &str| state(id).is_some_and(|state| state.state.enabled == Some(true));
    let dated = own("forward-all-calls").is_none_or(|dates| holds(&dates, call.at));
    for (id, takes) in [
        ("forward-all-calls", is_on("forward-all-calls") && dated),
        ("dnd", is_on("dnd")),
    ] {
        match (takes, call.queue) {
            (true, true) => return "skips".to_owned(),
            (true, false) => return id.to_owned(),
            (false, _) => {}
        }
    }
    let mut best: Vec<(usize, String)> = Vec::new();
    for HeldRule { rule, .. } in user.rules() {
        let conditions = rule.conditions.clone().unwrap_or_default();
        let from = call.from.as_deref().unwrap_or("none");
        let (callers, called) = (&conditions.caller_ids, &conditions.called_numbers);
        let caller = callers.iter().any(|id| from.starts_with(&id.number));
        let dialled = call.to.as_ref().is_some_and(|to| called.contains(to));
        let timed = conditions
            .schedule
            .as_ref()
            .is_none_or(|s| holds(s, call.at));
        let in_state = conditions
            .state
            .as_ref()
            .is_none_or(|state| working == (state.as_str() == "work-hours"));
        let all = rule.enabled == Some(true)
            && (callers.is_empty() || caller)
            && (called.is_empty() || dialled)
            && timed
            && in_state
            && conditions.other.is_empty()
            && (!call.queue || rule.queue_calls_included == Some(true));
        let has_time = conditions.schedule.is_some() || conditions.state.is_some();
        let row = (has_time, !callers.is_empty(), !called.is_empty());
        let table = [
            (false, false, false),
            (true, false, false),
            (false, false, true),
            (false, true, false),
            (true, false, true),
            (true, true, false),
            (false, true, true),
            (true, true, true),
        ];
        let rank = table.iter().position(|known| *known == row).unwrap();
        if all {
            best.push((rank, rule.name.clone()));
        }
    }
    let highest = best.iter().map(|(rank, _)| *rank).max();
    let names: Vec<String> = { best.into_iter() }
        .filter(|(rank, _)| Some(*rank) == highest)
        .map(|(_, name)| name)
        .collect();
    let on_duty = || match &state("agent")?.state.schedule {
        Some(StateSchedule::Own(hours)) => Some(holds(hours, call.at)),
        _ => Some(working),
    };
    match (names.is_empty(), call.queue) {
        (false, _) => names.join(" or "),
        (true, true) if on_duty() == Some(true) => "agent".to_owned(),
        (true, true) => "skips".to_owned(),
        (true, false) if working => "work-hours".to_owned(),
        (true, false) => "after-hours".to_owned(),
    }
}

proptest! {
    #[test]
    fn calls_are_decided_by_the_book(
        handling in handling(),
        calls in proptest::collection::vec(call(), 20),
    ) {
        let table = Table::new(&handling);
        for call in &calls {
            let decided = match table.decide(call, Supposing::default()) {
                Handler::Rule(held) => held.rule.name.clone(),
                Handler::Ambiguous(either) => {
                    let mut names: Vec<_> = { either.iter() }
                        .map(|held| handling.rules().iter().position(|rule| rule == *held))
                        .collect();
                    names.sort();
                    let names = names.into_iter().flatten();
                    let names = names.map(|at| handling.rules()[at].rule.name.clone());
                    names.collect::<Vec<_>>().join(" or ")
                }
                Handler::State(state) => state.id.to_string(),
                Handler::QueueSkips(_) => "skips".to_owned(),
                Handler::NoState(id) => id.to_owned(),
                Handler::UnreadStates => "unread".to_owned(),
            };
            prop_assert_eq!(decided, by_the_book(&handling, call), "{:?}", call);
        }
    }

    /// The table decides with sets of rules; the story is told rule by rule. They agree.
    #[test]
    fn the_decision_and_its_story_agree(handling in handling(), call in call()) {
        let table = Table::new(&handling);
        let (handler, steps) = table.explain(&call);
        prop_assert_eq!(&handler, &table.decide(&call, Supposing::default()));
        let takes = |verdict: Verdict| {
            let steps = steps.iter();
            let steps = steps.filter(move |step| step.verdict == verdict);
            steps.map(|step| &step.considered)
        };
        let taken: Vec<_> = takes(Verdict::Takes).collect();
        match &handler {
            Handler::Rule(held) => {
                let conditions = held.rule.conditions.as_ref().unwrap();
                prop_assert_eq!(taken, [&Considered::Rule(held, priority(conditions))]);
            }
            Handler::Ambiguous(either) => {
                prop_assert!(taken.is_empty());
                prop_assert_eq!(takes(Verdict::MayTake).count(), either.len());
            }
            Handler::State(state) => {
                let told = taken.iter().map(|told| match told {
                    Considered::State(id) => *id,
                    Considered::Rule(..) => "a rule",
                });
                prop_assert_eq!(told.collect::<Vec<_>>(), [state.id.as_str()]);
            }
            Handler::QueueSkips(_) | Handler::NoState(_) | Handler::UnreadStates => {}
        }
        // Whoever is outranked matches, at no higher priority than the one that takes the call.
        if let Handler::Rule(held) = &handler {
            let highest = priority(held.rule.conditions.as_ref().unwrap());
            for outranked in takes(Verdict::Outranked) {
                if let Considered::Rule(_, priority) = outranked {
                    prop_assert!(*priority < highest);
                }
            }
        }
    }
}

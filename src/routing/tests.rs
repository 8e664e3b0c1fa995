use proptest::prelude::*;

use super::samples::{call, handling};
use super::*;
use crate::model::{
    CallHandling, CallerId, Conditions, DispatchType, Dispatching, HeldRule, Rule, Schedule,
    StateId, TimeSpan, Week,
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

proptest! {
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

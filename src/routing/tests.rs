use std::collections::BTreeSet;

use proptest::prelude::*;

use super::samples::{call, handling};
use super::*;
use crate::model::{
    CallDispatching, CallHandling, CallSchedule, CallerId, DispatchType, RuleConditions,
    RuleDefinition, StateId, StateSchedule, TimeSpan, UserRule, WeeklyTimes,
};

fn rule(name: &str, conditions: RuleConditions) -> UserRule {
    UserRule {
        id: None,
        rule: RuleDefinition {
            name: name.to_owned(),
            enabled: Some(true),
            conditions: Some(conditions),
            ..RuleDefinition::default()
        },
    }
}

/// All combinations of the three kinds of condition, in the order of RingCentral's table. \[seed\]
#[test]
fn priority_matches_documented_table() {
    let caller_ids = vec![CallerId {
        number: "+1650".to_owned(),
        name: None,
    }];
    let mixed = |timed: bool, caller: bool, called: bool| RuleConditions {
        caller_ids: if caller { caller_ids.clone() } else { vec![] }.into(),
        called_numbers: if called {
            vec!["+1".to_owned()]
        } else {
            vec![]
        },
        schedule: timed.then(CallSchedule::always),
        ..RuleConditions::default()
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
            let by_state = RuleConditions {
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
fn rules_of_equal_priority_are_ambiguous() {
    let at = |text: &str| {
        let mut week = WeeklyTimes::default();
        week.add(
            crate::model::DayOfWeek::Monday,
            &[TimeSpan::parse(text).unwrap().0],
        );
        RuleConditions {
            schedule: Some(CallSchedule::weekly(week)),
            ..RuleConditions::default()
        }
    };
    let handling = CallHandling {
        rules: Some(vec![
            rule("morning", at("08:00-12:00")),
            rule("day", at("09:00-17:00")),
        ]),
        states: None,
    };
    let table = RoutingTable::new(&handling);
    let handler = |time: &str| {
        let call = IncomingCall {
            from: None,
            to: None,
            at: format!("2026-11-23T{time}").parse().unwrap(),
            queue: false,
        };
        table.decide(&call, RoutingAssumptions::default())
    };
    let [morning, day] = handling.rules() else {
        panic!("two rules were made");
    };
    assert_eq!(handler("08:30:00"), CallHandler::Rule(morning));
    assert_eq!(
        handler("10:00:00"),
        CallHandler::Ambiguous(vec![morning, day])
    );
    assert_eq!(handler("12:00:00"), CallHandler::Rule(day));
    assert_eq!(handler("16:59:59"), CallHandler::Rule(day));
    assert_eq!(handler("17:00:00"), CallHandler::UnreadStates);
}

#[test]
fn call_flows_of_equal_ringing_are_equal() {
    let group = |app, seconds| crate::model::RingGroup {
        enabled: true,
        seconds: Some(seconds),
        start_offset: 0,
        targets: vec![crate::model::RingTarget::Apps {
            platform: app,
            owner: None,
        }],
    };
    let [mobile, desktop] = crate::model::AppPlatform::ALL;
    let ring = |kind, ring| CallDispatching {
        dispatch_type: Some(kind),
        ring: Some(ring),
        ..CallDispatching::default()
    };
    let apart = vec![group(mobile, 20), group(desktop, 20)];
    let mut together = vec![group(mobile, 20)];
    together[0].targets.extend(group(desktop, 20).targets);
    let at_once = CallFlow::from_dispatching(&ring(DispatchType::RingAtOnce, apart.clone()));
    let in_one_group = CallFlow::from_dispatching(&ring(DispatchType::RingAtOnce, together));
    assert_eq!(at_once.rings, in_one_group.rings);
    let in_order = CallFlow::from_dispatching(&ring(DispatchType::RingInOrder, apart));
    let begins: Vec<u64> = in_order.rings.iter().map(|ring| ring.after).collect();
    assert_eq!(begins, [0, 20]);
    assert_eq!((at_once.seconds(), in_order.seconds()), (20, 40));
}

/// Decides a call by a literal reading of RingCentral's pages, without tables and sets. Returns the
/// name of the handler, or all names of rules of equal priority.
fn reference_decision(user: &CallHandling, call: &IncomingCall) -> String {
    let state = |id: &str| user.states().iter().find(|state| state.id.as_str() == id);
    let own = |id: &str| match &state(id)?.state.schedule {
        Some(StateSchedule::Own(schedule)) => Some(schedule.clone()),
        _ => None,
    };
    let working = own("work-hours").is_none_or(|hours| is_active(&hours, call.at));
    let is_on = |id: &str| state(id).is_some_and(|state| state.state.enabled == Some(true));
    let dated = own("forward-all-calls").is_none_or(|dates| is_active(&dates, call.at));
    for (id, is_active_now) in [
        ("forward-all-calls", is_on("forward-all-calls") && dated),
        ("dnd", is_on("dnd")),
    ] {
        match (is_active_now, call.queue) {
            (true, true) => return "skips".to_owned(),
            (true, false) => return id.to_owned(),
            (false, _) => {}
        }
    }
    let mut best: Vec<(usize, String)> = Vec::new();
    for UserRule { rule, .. } in user.rules() {
        let conditions = rule.conditions.clone().unwrap_or_default();
        let from = call.from.as_deref().unwrap_or("none");
        let (callers, called) = (&conditions.caller_ids, &conditions.called_numbers);
        let caller = callers.iter().any(|id| from.starts_with(&id.number));
        let is_called = call.to.as_ref().is_some_and(|to| called.contains(to));
        let timed = conditions
            .schedule
            .as_ref()
            .is_none_or(|s| is_active(s, call.at));
        let in_state = conditions
            .state
            .as_ref()
            .is_none_or(|state| working == (state.as_str() == "work-hours"));
        let all = rule.enabled == Some(true)
            && (callers.is_empty() || caller)
            && (called.is_empty() || is_called)
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
    let names: Vec<String> = best
        .into_iter()
        .filter(|(rank, _)| Some(*rank) == highest)
        .map(|(_, name)| name)
        .collect();
    let on_duty = || match &state("agent")?.state.schedule {
        Some(StateSchedule::Own(hours)) => Some(is_active(hours, call.at)),
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
    fn decisions_match_reference_decision(
        handling in handling(),
        calls in proptest::collection::vec(call(), 20),
    ) {
        let table = RoutingTable::new(&handling);
        for call in &calls {
            let decided = match table.decide(call, RoutingAssumptions::default()) {
                CallHandler::Rule(user_rule) => user_rule.rule.name.clone(),
                CallHandler::Ambiguous(either) => {
                    let names: BTreeSet<&str> =
                        either.iter().map(|user_rule| &*user_rule.rule.name).collect();
                    names.into_iter().collect::<Vec<_>>().join(" or ")
                }
                CallHandler::State(state) => state.id.to_string(),
                CallHandler::QueueSkips(_) => "skips".to_owned(),
                CallHandler::NoState(id) => id.to_owned(),
                CallHandler::UnreadStates => "unread".to_owned(),
            };
            prop_assert_eq!(decided, reference_decision(&handling, call), "{:?}", call);
        }
    }

    /// `decide` uses sets of rules and `explain` checks rule by rule; both agree.
    #[test]
    fn explanation_agrees_with_decision(handling in handling(), call in call()) {
        let table = RoutingTable::new(&handling);
        let (handler, steps) = table.explain(&call);
        prop_assert_eq!(&handler, &table.decide(&call, RoutingAssumptions::default()));
        let with_result = |result: CandidateResult| {
            let matching = steps.iter().filter(move |step| step.result == result);
            matching.map(|step| &step.candidate)
        };
        let handling_candidates: Vec<_> = with_result(CandidateResult::Handles).collect();
        match &handler {
            CallHandler::Rule(user_rule) => {
                let conditions = user_rule.rule.conditions.as_ref().unwrap();
                prop_assert_eq!(handling_candidates, [&RuleCandidate::Rule(user_rule, priority(conditions))]);
            }
            CallHandler::Ambiguous(either) => {
                prop_assert!(handling_candidates.is_empty());
                prop_assert_eq!(with_result(CandidateResult::MayHandle).count(), either.len());
            }
            CallHandler::State(state) => {
                let names = handling_candidates.iter().map(|candidate| match candidate {
                    RuleCandidate::State(id) => *id,
                    RuleCandidate::Rule(..) => "a rule",
                });
                prop_assert_eq!(names.collect::<Vec<_>>(), [state.id.as_str()]);
            }
            CallHandler::QueueSkips(_) | CallHandler::NoState(_) | CallHandler::UnreadStates => {}
        }
        // An outranked rule has a lower priority than the one that handles the call.
        if let CallHandler::Rule(user_rule) = &handler {
            let highest = priority(user_rule.rule.conditions.as_ref().unwrap());
            for outranked in with_result(CandidateResult::Outranked) {
                if let RuleCandidate::Rule(_, priority) = outranked {
                    prop_assert!(*priority < highest);
                }
            }
        }
    }
}

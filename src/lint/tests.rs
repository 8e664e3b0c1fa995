use proptest::prelude::*;

use super::*;
use crate::routing::samples::{call, first, handling};
use crate::routing::{CallFlow, HandlerIndex, RoutingAssumptions};

/// Lints one user on the day of the first sample call.
fn warnings(handling: &CallHandling) -> Vec<LintWarning> {
    let id = ExtensionId("1".to_owned());
    let user = LintUser {
        id: &id,
        handling,
        today: first(),
        declared: all_subjects(handling),
    };
    lint_user(&user, &ExtensionDirectory::default()).warnings
}

fn all_subjects(handling: &CallHandling) -> HashSet<LintSubject> {
    let rules = (0..handling.rules().len()).map(LintSubject::Rule);
    let states = handling.states().iter().map(|state| &state.id);
    rules
        .chain(states.cloned().map(LintSubject::State))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// No rule that handles a call is reported as unreachable, and each ambiguous pair is reported
    /// once.
    #[test]
    fn rule_that_handles_a_call_is_not_reported_as_unreachable(
        handling in handling(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let reported = warnings(&handling);
        let table = RoutingTable::new(&handling);
        let switched_off = RoutingAssumptions {
            forward_all_calls: Some(false),
            dnd: Some(false),
            ..RoutingAssumptions::default()
        };
        let unreachable_kinds = [LintKind::NeverMatches, LintKind::Shadowed, LintKind::Expired];
        for call in &calls {
            match table.decide_index(call, switched_off) {
                HandlerIndex::Rule(rule) => {
                    let subject = LintSubject::Rule(rule);
                    let wrong = reported
                        .iter()
                        .find(|warning| warning.subject == subject && unreachable_kinds.contains(&warning.kind));
                    prop_assert!(wrong.is_none(), "{:?} handles {:?}", wrong, call);
                }
                HandlerIndex::Ambiguous(rules) => {
                    let flow = |rule: usize| {
                        let dispatching = handling.rules()[rule].rule.dispatching.as_ref();
                        dispatching.map(CallFlow::from_dispatching)
                    };
                    for pair in rules.windows(2).filter(|pair| flow(pair[0]) != flow(pair[1])) {
                        let one = LintSubject::Rule(pair[0]);
                        let other = LintSubject::Rule(pair[1]);
                        let is_pair = |warning: &&LintWarning| {
                            warning.kind == LintKind::Ambiguous && warning.subject == other && warning.other == Some(one.clone())
                        };
                        prop_assert_eq!(reported.iter().filter(is_pair).count(), 1, "{:?} {:?}", pair, call);
                    }
                }
                _ => {}
            }
        }
    }

    /// A rule that is reported as unreachable handles none of the sample calls, and is reported by
    /// one lint only.
    #[test]
    fn rule_reported_as_unreachable_handles_no_call(
        handling in handling(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let reported = warnings(&handling);
        let both = |kind| reported.iter().filter(move |warning| warning.kind == kind).map(|warning| &warning.subject);
        for rule in both(LintKind::Shadowed) {
            prop_assert!(!both(LintKind::NeverMatches).any(|other| other == rule));
        }
        let table = RoutingTable::new(&handling);
        for index in 0..handling.rules().len() {
            let is_unreachable = reported.iter().any(|warning| {
                let kinds = [LintKind::NeverMatches, LintKind::Shadowed];
                warning.subject == LintSubject::Rule(index) && kinds.contains(&warning.kind)
            });
            if !is_unreachable {
                continue;
            }
            for call in &calls {
                let handler = table.decide_index(call, RoutingAssumptions::default());
                prop_assert_ne!(handler, HandlerIndex::Rule(index));
            }
        }
    }
}

use proptest::prelude::*;

use super::*;
use crate::routing::samples::{call, first, handling};
use crate::routing::{Flow, Handler, Supposing};

/// The warnings of one user from the first moment of the samples on.
fn warnings(handling: &CallHandling) -> Vec<Warning> {
    let id = ExtensionId("1".to_owned());
    let user = User {
        id: &id,
        handling,
        today: first(),
        declared: everything(handling),
    };
    look(&user, &Directory::default()).warnings
}

fn everything(handling: &CallHandling) -> HashSet<Subject> {
    let rules = (0..handling.rules().len()).map(Subject::Rule);
    let states = handling.states().iter();
    let states = states.map(|state| Subject::State(state.id.clone()));
    rules.chain(states).collect()
}

/// The place of a rule among those of its user.
fn place(handling: &CallHandling, rule: &crate::model::HeldRule) -> usize {
    let mut rules = handling.rules().iter();
    rules.position(|held| std::ptr::eq(held, rule)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// A rule that takes a call can take one, and rules between which nobody can choose are told.
    #[test]
    fn what_takes_a_call_is_not_told_to_take_none(
        handling in handling(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let told = warnings(&handling);
        let table = Table::new(&handling);
        let switched_off = Supposing {
            forward_all_calls: Some(false),
            dnd: Some(false),
            ..Supposing::default()
        };
        let takes_none = [Kind::NeverMatches, Kind::Shadowed, Kind::Over];
        for call in &calls {
            match table.decide(call, switched_off) {
                Handler::Rule(rule) => {
                    let subject = Subject::Rule(place(&handling, rule));
                    let wrong = told
                        .iter()
                        .find(|told| told.subject == subject && takes_none.contains(&told.kind));
                    prop_assert!(wrong.is_none(), "{:?} takes {:?}", wrong, call);
                }
                Handler::Ambiguous(rules) => {
                    let flow = |rule: &crate::model::HeldRule| rule.rule.dispatching.as_ref().map(Flow::of);
                    for pair in rules.windows(2).filter(|pair| flow(pair[0]) != flow(pair[1])) {
                        let one = Subject::Rule(place(&handling, pair[0]));
                        let other = Subject::Rule(place(&handling, pair[1]));
                        let is_it = |told: &&Warning| {
                            told.kind == Kind::Ambiguous && told.subject == other && told.other == Some(one.clone())
                        };
                        prop_assert_eq!(told.iter().filter(is_it).count(), 1, "{:?} {:?}", pair, call);
                    }
                }
                _ => {}
            }
        }
    }

    /// What is told to take no call takes none of those drawn, and is one of the two.
    #[test]
    fn what_is_told_to_take_none_takes_none(
        handling in handling(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let told = warnings(&handling);
        let both = |kind| told.iter().filter(move |told| told.kind == kind).map(|told| &told.subject);
        for rule in both(Kind::Shadowed) {
            prop_assert!(!both(Kind::NeverMatches).any(|other| other == rule));
        }
        let table = Table::new(&handling);
        for (at, held) in handling.rules().iter().enumerate() {
            let none = told.iter().any(|told| {
                let kinds = [Kind::NeverMatches, Kind::Shadowed];
                told.subject == Subject::Rule(at) && kinds.contains(&told.kind)
            });
            if !none {
                continue;
            }
            for call in &calls {
                let handler = table.decide(call, Supposing::default());
                prop_assert!(!matches!(handler, Handler::Rule(rule) if std::ptr::eq(rule, held)));
            }
        }
    }
}

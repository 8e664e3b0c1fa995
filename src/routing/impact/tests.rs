use proptest::prelude::*;

use super::super::samples::{before_and_after, call, first};
use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// The effects include exactly the calls whose outcome changes. Sample calls are decided one by
    /// one, without classes.
    #[test]
    fn effects_cover_exactly_the_changed_calls(
        (before, after) in before_and_after(),
        calls in proptest::collection::vec(call(), 200),
    ) {
        let effects = compute_impact(&before, &after, first());
        let partition = CallPartition::new(&before, &after, first());
        for given in partition.scenarios() {
            let assumptions = given.assumptions();
            for call in &calls {
                let [was, is] = partition
                    .tables
                    .each_ref()
                    .map(|table| table.decide(call, assumptions).outcome());
                let matching: Vec<_> = effects
                    .iter()
                    .filter(|effect| effect.has_assumptions(given) && effect.covers(call))
                    .collect();
                // Reported already for the switches as set, or for both off.
                if !partition.is_noticeable(given, &partition.moments_at(call.at, assumptions)) {
                    prop_assert!(matching.is_empty(), "{given:?} {call:?} is reported twice");
                    continue;
                }
                // A user in no queue receives no queue calls.
                if call.queue && partition.sources == [false] {
                    continue;
                }
                if !was.differs(&is) {
                    prop_assert!(matching.is_empty(), "{call:?} is reported: {matching:?}");
                    continue;
                }
                prop_assert_eq!(matching.len(), 1, "{:?} {:?}: {:?} -> {:?}", given, call, was, is);
                prop_assert!(!matching[0].before.differs(&was));
                prop_assert!(!matching[0].after.differs(&is));
            }
        }
    }

    /// An empty change has no effect, and a change has an effect exactly if its reversal has one.
    #[test]
    fn effects_are_empty_exactly_if_those_of_the_reversal_are((before, after) in before_and_after()) {
        prop_assert_eq!(compute_impact(&before, &before.clone(), first()), vec![]);
        let there = compute_impact(&before, &after, first());
        let back = compute_impact(&after, &before, first());
        prop_assert_eq!(there.is_empty(), back.is_empty());
    }

    /// Each call is in exactly one class and one time slot, which has its outcome and handler.
    #[test]
    fn partition_contains_each_call_once(
        (before, after) in before_and_after(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let views = partition_calls(&before, &after, first());
        let partition = CallPartition::new(&before, &after, first());
        let any_queue = partition.sources != [false];
        for call in calls.iter().filter(|call| any_queue || !call.queue) {
            let matching: Vec<_> = views
                .iter()
                .filter(|view| {
                    view.through.covers(call.queue)
                        && view.callers.contains_prefix(call.from.as_deref())
                        && view.called.covers(call.to.as_deref())
                })
                .collect();
            prop_assert_eq!(matching.len(), 1, "{:?}", call);
            let slots = [&matching[0].before, &matching[0].after];
            for (table, slots) in partition.tables.iter().zip(slots) {
                let handler = table.decide(call, RoutingAssumptions::default());
                let slots: Vec<_> = slots.iter().filter(|slot| slot.times.covers(call.at)).collect();
                prop_assert_eq!(slots.len(), 1, "{:?}", call);
                prop_assert!(!slots[0].outcome.differs(&handler.outcome()));
                prop_assert!(slots[0].by.contains(&handler));
            }
        }
    }
}

use proptest::prelude::*;

use super::super::samples::{call, first, two_worlds};
use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// No call whose outcome changes is left out, and no call is told whose outcome does not: calls are
    /// drawn and decided one by one, without classes.
    #[test]
    fn what_is_told_is_what_changes(
        (before, after) in two_worlds(),
        calls in proptest::collection::vec(call(), 200),
    ) {
        let effects = impact(&before, &after, first());
        let worlds = Worlds { before: Table::new(&before), after: Table::new(&after) };
        for given in worlds.givens() {
            let supposing = given.supposing();
            for call in &calls {
                let outcome = |table: &Table<'_>| table.decide(call, supposing).outcome();
                let (was, is) = (outcome(&worlds.before), outcome(&worlds.after));
                let telling: Vec<_> = { effects.iter() }
                    .filter(|effect| effect.is_given(given) && effect.covers(call))
                    .collect();
                // Told already, with the switches as they are set or both off.
                let at = worlds.both().map(|table| table.at(call.at, supposing));
                let [then, now] = at;
                if !worlds.tells(given, &(then, now)) {
                    prop_assert!(telling.is_empty(), "{given:?} {call:?} is told twice");
                    continue;
                }
                // A queue call to a user who is in no queue does not exist.
                if call.queue && worlds.through() == [false] {
                    continue;
                }
                if !was.differs(&is) {
                    prop_assert!(telling.is_empty(), "{call:?} is told: {telling:?}");
                    continue;
                }
                prop_assert_eq!(telling.len(), 1, "{:?} {:?}: {:?} -> {:?}", given, call, was, is);
                prop_assert!(!telling[0].before.differs(&was));
                prop_assert!(!telling[0].after.differs(&is));
            }
        }
    }

    /// A change of nothing has no effect, and what has none has none when it is undone.
    #[test]
    fn there_and_back((before, after) in two_worlds()) {
        prop_assert_eq!(impact(&before, &before.clone(), first()), vec![]);
        let there = impact(&before, &after, first());
        let back = impact(&after, &before, first());
        prop_assert_eq!(there.is_empty(), back.is_empty());
    }

    /// Every call is in one view and one slot of it, which tells what becomes of the call and by what.
    #[test]
    fn a_survey_tells_every_call(
        (before, after) in two_worlds(),
        calls in proptest::collection::vec(call(), 100),
    ) {
        let views = survey(&before, &after, first());
        let worlds = Worlds { before: Table::new(&before), after: Table::new(&after) };
        let any_queue = worlds.through() != [false];
        for call in calls.iter().filter(|call| any_queue || !call.queue) {
            let telling: Vec<_> = { views.iter() }
                .filter(|view| {
                    view.through.covers(call.queue)
                        && view.callers.covers_beginning(call.from.as_deref())
                        && view.called.covers(call.to.as_deref())
                })
                .collect();
            prop_assert_eq!(telling.len(), 1, "{:?}", call);
            for (table, slots) in [
                (&worlds.before, &telling[0].before),
                (&worlds.after, &telling[0].after),
            ] {
                let handler = table.decide(call, Supposing::default());
                let slots: Vec<_> = slots.iter().filter(|slot| slot.times.covers(call.at)).collect();
                prop_assert_eq!(slots.len(), 1, "{:?}", call);
                prop_assert!(!slots[0].outcome.differs(&handler.outcome()));
                prop_assert!(slots[0].by.contains(&handler));
            }
        }
    }
}

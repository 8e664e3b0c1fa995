//! All calls of a user: who is treated alike, and what becomes of them at which times.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

use super::boxes::{Class, Merged, Through, merge};
use super::outcomes::{Key, Outcomes};
use super::people::People;
use super::times::{Moments, Times};
use super::{Axes, Worlds};
use crate::model::{CallHandling, DateTime};
use crate::routing::decide::{Handler, Parts};
use crate::routing::outcome::Outcome;
use crate::routing::table::{Supposing, Table};

/// Calls that are treated alike at every time, in both worlds.
#[derive(Debug, Clone, PartialEq)]
pub struct View<'a> {
    /// Direct calls, queue calls, or both.
    pub through: Through,
    /// Who calls.
    pub callers: People,
    /// The number that was dialled.
    pub called: People,
    /// What becomes of them in one world, each time of the week in one slot.
    pub before: Vec<Slot<'a>>,
    /// What becomes of them in the other.
    pub after: Vec<Slot<'a>>,
}

/// Times at which callers notice the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot<'a> {
    /// What they notice.
    pub outcome: Outcome,
    /// What takes the calls: several things may treat callers alike.
    pub by: Vec<Handler<'a>>,
    /// When.
    pub times: Times,
}

/// Every call from `from` on, local to the user, with the switches as they are set, in two worlds; in one,
/// where both are the same. Conditions that we do not know are taken not to hold.
pub fn survey<'a>(
    before: &'a CallHandling,
    after: &'a CallHandling,
    from: DateTime,
) -> Vec<View<'a>> {
    let worlds = Worlds {
        before: Table::new(before),
        after: Table::new(after),
    };
    let axes = worlds.axes(from);
    let moments = axes
        .times
        .moments(|at| Some(worlds.both().map(|table| table.at(at, SUPPOSING)).into()));
    let mut surveyor = Surveyor {
        worlds: &worlds,
        axes: &axes,
        moments: &moments,
        outcomes: Outcomes::default(),
    };
    let classes = surveyor.classes();
    let profiles: Vec<_> = { classes.into_iter() }
        .map(|class| (surveyor.profile(class), class))
        .collect();
    let views = merge(profiles).into_iter();
    views.map(|alike| surveyor.view(&alike)).collect()
}

/// What is taken for granted: nothing.
const SUPPOSING: Supposing = Supposing {
    forward_all_calls: None,
    dnd: None,
    working: None,
    unknown_conditions: false,
};

/// The outcomes of one class of calls in both worlds, by moment.
type Profile = Vec<[usize; 2]>;

struct Surveyor<'s, 'a> {
    worlds: &'s Worlds<'a>,
    axes: &'s Axes<'a>,
    moments: &'s Moments,
    outcomes: Outcomes,
}

impl<'a> Surveyor<'_, 'a> {
    fn classes(&self) -> Vec<Class> {
        let Axes {
            callers,
            called,
            through,
            ..
        } = self.axes;
        let mut classes = Vec::new();
        for &queue in *through {
            for (called, _) in called.classes() {
                classes.extend(callers.classes().map(|(caller, _)| Class {
                    queue,
                    caller,
                    called,
                }));
            }
        }
        classes
    }

    /// What takes the calls of a class, by moment, in both worlds.
    fn handlers(&self, class: Class) -> Vec<[Handler<'a>; 2]> {
        let from = self.axes.callers.rules(class.caller);
        let to = self.axes.called.rules(class.called);
        let moments = self.moments.iter();
        let decided = moments.map(|(then, now)| {
            let [before, after] = self.worlds.both();
            [(before, then, 0), (after, now, 1)].map(|(table, at, world)| {
                let parts = Parts {
                    from: &from[world],
                    to: &to[world],
                    at,
                    queue: class.queue,
                };
                table.decide_parts(&parts, SUPPOSING)
            })
        });
        decided.collect()
    }

    fn profile(&mut self, class: Class) -> Profile {
        let handlers = self.handlers(class);
        let both = handlers.iter();
        both.map(|both| both.each_ref().map(|handler| self.outcomes.id(handler)))
            .collect()
    }

    fn view(&self, alike: &Merged<Profile>) -> View<'a> {
        let [before, after] = [0, 1].map(|world| self.slots(alike, world));
        View {
            // Who is in no queue gets direct calls alone.
            through: match self.axes.through {
                [_] => Through::Direct,
                _ => alike.through,
            },
            callers: self.axes.callers.people(&alike.callers),
            called: self.axes.called.people(&alike.called),
            before,
            after,
        }
    }

    fn slots(&self, alike: &Merged<Profile>, world: usize) -> Vec<Slot<'a>> {
        let mut when: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
        for (moment, outcomes) in alike.what.iter().enumerate() {
            let none = || FixedBitSet::with_capacity(self.moments.len());
            let times = when.entry(outcomes[world]).or_insert_with(none);
            times.insert(moment);
        }
        let mut by: BTreeMap<usize, IndexMap<Key, Handler<'a>>> = BTreeMap::new();
        let members = self.classes().into_iter().filter(|class| {
            alike.callers.contains(class.caller)
                && alike.called.contains(class.called)
                && alike.through.covers(class.queue)
        });
        for class in members {
            let handlers = self.handlers(class).into_iter();
            for (outcomes, [before, after]) in alike.what.iter().zip(handlers) {
                let handler = if world == 0 { before } else { after };
                let known = by.entry(outcomes[world]).or_default();
                known.entry(Key::of(&handler)).or_insert(handler);
            }
        }
        let slots = when.into_iter();
        slots
            .map(|(outcome, times)| Slot {
                outcome: self.outcomes.get(outcome).clone(),
                by: { by.remove(&outcome).into_iter() }
                    .flat_map(IndexMap::into_values)
                    .collect(),
                times: self.axes.times.times(self.moments, &times),
            })
            .collect()
    }
}

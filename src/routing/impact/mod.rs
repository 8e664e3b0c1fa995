//! What callers will notice of a change: the calls whose handling differs between two worlds.
//!
//! Computed, not guessed. The conditions of both worlds cut all calls into finitely many classes: callers
//! that are on the same lists, numbers dialled that are on the same lists, times at which the same
//! schedules hold, direct and queue calls, and how the user has switched forward-all-calls and do not
//! disturb. One call of each class is decided in both worlds. What differs is merged into few boxes.

mod boxes;
mod outcomes;
pub(super) mod people;
mod survey;
#[cfg(test)]
mod tests;
pub(super) mod times;

use outcomes::Outcomes;

pub use boxes::Through;
pub use people::People;
pub use survey::{Slot, View, survey};
pub use times::{Except, Pattern, Times};

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

use super::decide::Parts;
use super::table::{Moment, Supposing, Table};
use super::{Call, Outcome};
use crate::model::{CallHandling, DateTime, StateId};

/// Calls that are handled otherwise than before, all in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What is supposed of the user beside the call.
    pub given: Given,
    /// Direct calls, queue calls, or both.
    pub through: Through,
    /// Who calls.
    pub callers: People,
    /// The number that was dialled.
    pub called: People,
    /// When.
    pub times: Times,
    /// What callers have noticed so far.
    pub before: Outcome,
    /// What they will notice.
    pub after: Outcome,
}

/// What an effect supposes of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// How the user's switches stand.
    pub switches: Switches,
    /// That it is within working hours, or outside them; told only where the states were not read.
    pub working: Option<bool>,
    /// That conditions which we do not know hold, or do not; told only where there are any.
    pub unknown_conditions: Option<bool>,
    /// That no interaction rule takes the call; told where they were not read.
    pub no_rule: bool,
}

/// How a user's own switches stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switches {
    /// As they are set, before the change and after it.
    AsSet,
    /// Neither is on.
    BothOff,
    /// Forward-all-calls is on.
    ForwardAllCalls,
    /// Do not disturb is on.
    Dnd,
}

impl Given {
    /// The same for a decision.
    pub fn supposing(self) -> Supposing {
        let (forward_all_calls, dnd) = match self.switches {
            Switches::AsSet => (None, None),
            Switches::BothOff => (Some(false), Some(false)),
            Switches::ForwardAllCalls => (Some(true), Some(false)),
            Switches::Dnd => (Some(false), Some(true)),
        };
        Supposing {
            forward_all_calls,
            dnd,
            working: self.working,
            unknown_conditions: self.unknown_conditions == Some(true),
        }
    }
}

impl Effect {
    /// Whether it tells of calls at which this is so.
    pub fn is_given(&self, given: Given) -> bool {
        let holds = |open: Option<bool>, is: Option<bool>| open.is_none() || open == is;
        self.given.switches == given.switches
            && holds(self.given.working, given.working)
            && holds(self.given.unknown_conditions, given.unknown_conditions)
    }

    /// Whether it tells of this call, where what it supposes is so.
    pub fn covers(&self, call: &Call) -> bool {
        self.through.covers(call.queue)
            && self.callers.covers_beginning(call.from.as_deref())
            && self.called.covers(call.to.as_deref())
            && self.times.covers(call.at)
    }
}

/// What callers will notice from `from` on, local to the user, when `before` becomes `after`.
pub fn impact(before: &CallHandling, after: &CallHandling, from: DateTime) -> Vec<Effect> {
    let worlds = Worlds {
        before: Table::new(before),
        after: Table::new(after),
    };
    let axes = worlds.axes(from);
    let givens = worlds.givens().into_iter();
    let effects = givens.flat_map(|given| worlds.effects(&axes, given));
    effects.fold(Vec::new(), told_once)
}

/// Adds an effect; one that is there already for the other side of what nobody can know is so on both.
fn told_once(mut effects: Vec<Effect>, effect: Effect) -> Vec<Effect> {
    let other_side = |open: Option<bool>| open.map(|side| !side);
    let Given {
        working,
        unknown_conditions,
        ..
    } = effect.given;
    for given in [
        Given {
            working: other_side(working),
            ..effect.given
        },
        Given {
            unknown_conditions: other_side(unknown_conditions),
            ..effect.given
        },
    ] {
        if given == effect.given {
            continue;
        }
        let mirrored = Effect {
            given,
            ..effect.clone()
        };
        if let Some(at) = effects.iter().position(|known| *known == mirrored) {
            let both = effects.remove(at);
            let sides = |one: Option<bool>, other| one.filter(|_| one == other);
            let given = Given {
                working: sides(given.working, working),
                unknown_conditions: sides(given.unknown_conditions, unknown_conditions),
                ..given
            };
            return told_once(effects, Effect { given, ..both });
        }
    }
    effects.push(effect);
    effects
}

struct Worlds<'a> {
    before: Table<'a>,
    after: Table<'a>,
}

/// The classes of each part of a call.
struct Axes<'a> {
    callers: people::Axis<'a>,
    called: people::Axis<'a>,
    times: times::Axis,
    through: &'static [bool],
}

impl Axes<'_> {
    /// Callers together with the numbers that they dial, where no rule tells them apart: the rules that
    /// they leave in question in both worlds, and their classes.
    fn people(&self) -> IndexMap<people::Rules, Vec<(usize, usize)>> {
        let mut people: IndexMap<people::Rules, Vec<(usize, usize)>> = IndexMap::new();
        for (caller, from) in self.callers.classes() {
            for (called, to) in self.called.classes() {
                let both = |world: usize| &from[world] & &to[world];
                let alike = people.entry([both(0), both(1)]);
                alike.or_default().push((caller, called));
            }
        }
        people
    }
}

impl<'a> Worlds<'a> {
    fn axes(&self, from: DateTime) -> Axes<'a> {
        Axes {
            callers: people::Axis::of_callers(&self.before, &self.after),
            called: people::Axis::of_called(&self.before, &self.after),
            times: times::Axis::new(&self.before, &self.after, from),
            through: self.through(),
        }
    }

    fn both(&self) -> [&Table<'a>; 2] {
        [&self.before, &self.after]
    }

    fn are_states_read(&self) -> bool {
        let mut both = self.both().into_iter();
        both.all(|table| table.handling.states.is_some())
    }

    /// Direct calls; and queue calls, where the user may get any.
    fn through(&self) -> &'static [bool] {
        let may_get_any = self.both().into_iter().any(|table| {
            let is_agent = table.handling.state(StateId::AGENT).is_some();
            is_agent || (table.handling.states.is_none() && !table.for_queues.is_clear())
        });
        if may_get_any {
            &[false, true]
        } else {
            &[false]
        }
    }

    /// All that must be supposed of the user: the switches as they are set and as they may be set
    /// tomorrow, and either side of what nobody can know.
    fn givens(&self) -> Vec<Given> {
        let asks = |table: &Table<'_>| table.asks_for_hours();
        let has_unknown = |table: &Table<'_>| !table.unknown.is_clear();
        let both = self.both();
        let either = |is_open: bool| -> &'static [Option<bool>] {
            if is_open {
                &[Some(true), Some(false)]
            } else {
                &[None]
            }
        };
        let hours = either(!self.are_states_read() && both.into_iter().any(asks));
        let unknown = either(both.into_iter().any(has_unknown));
        let are_rules_read = both.into_iter().all(|table| table.handling.rules.is_some());
        let mut givens = Vec::new();
        for switches in self.switches() {
            for working in hours {
                givens.extend(unknown.iter().map(|unknown_conditions| Given {
                    switches,
                    working: *working,
                    unknown_conditions: *unknown_conditions,
                    no_rule: !are_rules_read
                        && matches!(switches, Switches::AsSet | Switches::BothOff),
                }));
            }
        }
        givens
    }

    fn switches(&self) -> Vec<Switches> {
        let mut switches = vec![Switches::AsSet];
        if !self.are_states_read() {
            return switches;
        }
        let is_on = |id| self.both().map(|table| table.is_switched_on(id));
        let (forwards, dnd) = (is_on(StateId::FORWARD_ALL_CALLS), is_on(StateId::DND));
        let are = |wanted: (bool, bool)| forwards == [wanted.0; 2] && dnd == [wanted.1; 2];
        // A switch that the change itself turns was not on before and after.
        let stays = |switch: [bool; 2]| switch[0] == switch[1];
        let others = [
            (Switches::BothOff, !are((false, false))),
            (
                Switches::ForwardAllCalls,
                !are((true, false)) && stays(forwards),
            ),
            (Switches::Dnd, !are((false, true)) && stays(dnd)),
        ];
        let others = others.into_iter().filter(|(_, is_told)| *is_told);
        switches.extend(others.map(|(switches, _)| switches));
        switches
    }

    /// Whether anything is told of this moment with switches that stand so: what they do not make
    /// different is told with the switches as they are set, and while its schedule does not hold,
    /// forwarding is as if it were off.
    fn tells(&self, given: Given, at: &(Moment, Moment)) -> bool {
        let as_set = Given {
            switches: Switches::AsSet,
            ..given
        };
        let stands = |given: Given| {
            let supposing = given.supposing();
            [
                self.before.overriding(&at.0, supposing),
                self.after.overriding(&at.1, supposing),
            ]
        };
        match given.switches {
            Switches::AsSet => true,
            _ if stands(given) == stands(as_set) => false,
            Switches::ForwardAllCalls => stands(given).contains(&Some(StateId::FORWARD_ALL_CALLS)),
            Switches::BothOff | Switches::Dnd => true,
        }
    }

    fn effects(&self, axes: &Axes<'_>, given: Given) -> Vec<Effect> {
        let mut outcomes = Outcomes::default();
        let supposing = given.supposing();
        let [before, after] = self.both();
        let moments = axes.times.moments(|at| {
            let both = (before.at(at, supposing), after.at(at, supposing));
            self.tells(given, &both).then_some(both)
        });
        let mut tiles = boxes::Tiles::new(moments.len());
        for ([who_before, who_after], classes) in axes.people() {
            for &queue in axes.through {
                for (time, (then, now)) in moments.iter().enumerate() {
                    let parts = |people, at| Parts {
                        from: people,
                        to: people,
                        at,
                        queue,
                    };
                    let (was, is) = (parts(&who_before, then), parts(&who_after, now));
                    let was = outcomes.id(&before.decide_parts(&was, supposing));
                    let is = outcomes.id(&after.decide_parts(&is, supposing));
                    if was == is {
                        continue;
                    }
                    for &(caller, called) in &classes {
                        let class = boxes::Class {
                            queue,
                            caller,
                            called,
                        };
                        tiles.add((was, is), class, time);
                    }
                }
            }
        }
        let effect = |found: boxes::Merged<((usize, usize), FixedBitSet)>| Effect {
            given,
            // Who is in no queue gets direct calls alone: not worth a word.
            through: match axes.through {
                [_] => Through::Any,
                _ => found.through,
            },
            callers: axes.callers.people(&found.callers),
            called: axes.called.people(&found.called),
            times: axes.times.times(&moments, &found.what.1),
            before: outcomes.get(found.what.0.0).clone(),
            after: outcomes.get(found.what.0.1).clone(),
        };
        tiles.merge().into_iter().map(effect).collect()
    }
}

//! What callers will notice of a change: the calls that are handled differently before and after
//! it.
//!
//! The result is exact. The conditions before and after divide all calls into finitely many
//! classes: callers on the same lists, called numbers on the same lists, times with the same active
//! schedules, direct and queue calls, and the positions of the switches forward-all-calls and do
//! not disturb. One call of each class is decided before and after. Classes with a difference are
//! merged into few regions.

pub(super) mod number_sets;
mod outcomes;
mod partition;
mod regions;
#[cfg(test)]
mod tests;
pub(super) mod time_sets;

use outcomes::OutcomeTable;

pub use number_sets::NumberSet;
pub use partition::{CallClass, TimeSlot, partition_calls};
pub use regions::CallSource;
pub use time_sets::{DateException, TimeSet, WeekPattern};

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

use super::decide::DecisionParts;
use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable};
use super::{CallOutcome, IncomingCall};
use crate::model::{CallHandling, LocalDateTime, StateId};

/// Calls that a change handles differently, all in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutingEffect {
    /// Assumptions about the user under which the effect occurs.
    pub given: EffectAssumptions,
    /// Direct calls, queue calls, or both.
    pub through: CallSource,
    /// The callers with this effect.
    pub callers: NumberSet,
    /// The called numbers with this effect.
    pub called: NumberSet,
    /// The times with this effect.
    pub times: TimeSet,
    /// What callers notice before the change.
    pub before: CallOutcome,
    /// What callers notice after the change.
    pub after: CallOutcome,
}

/// Assumptions about the user under which an effect occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectAssumptions {
    /// The positions of the user's switches.
    pub switches: ToggleState,
    /// Whether it is work hours; set only if the states were not read.
    pub working: Option<bool>,
    /// Whether unknown conditions are met; set only if there are any.
    pub unknown_conditions: Option<bool>,
    /// Whether no interaction rule matches the call; set if the rules were not read.
    pub no_rule: bool,
}

/// The positions of a user's own switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToggleState {
    /// As they are set before and after the change.
    AsSet,
    /// Both switches are off.
    BothOff,
    /// Forward-all-calls is on, do not disturb is off.
    ForwardAllCalls,
    /// Do not disturb is on.
    Dnd,
}

impl EffectAssumptions {
    /// Converts the assumptions for a decision.
    pub fn assumptions(self) -> RoutingAssumptions {
        let (forward_all_calls, dnd) = match self.switches {
            ToggleState::AsSet => (None, None),
            ToggleState::BothOff => (Some(false), Some(false)),
            ToggleState::ForwardAllCalls => (Some(true), Some(false)),
            ToggleState::Dnd => (Some(false), Some(true)),
        };
        RoutingAssumptions {
            forward_all_calls,
            dnd,
            working: self.working,
            unknown_conditions: self.unknown_conditions == Some(true),
        }
    }
}

impl RoutingEffect {
    /// Returns whether the effect occurs under these assumptions.
    pub fn has_assumptions(&self, given: EffectAssumptions) -> bool {
        let holds = |open: Option<bool>, is: Option<bool>| open.is_none() || open == is;
        self.given.switches == given.switches
            && holds(self.given.working, given.working)
            && holds(self.given.unknown_conditions, given.unknown_conditions)
    }

    /// Returns whether the effect includes a call, if its assumptions hold.
    pub fn covers(&self, call: &IncomingCall) -> bool {
        self.through.covers(call.queue)
            && self.callers.contains_prefix(call.from.as_deref())
            && self.called.covers(call.to.as_deref())
            && self.times.covers(call.at)
    }
}

/// Returns what callers will notice from `from` on (in the user's time zone) when `before` becomes
/// `after`.
pub fn compute_impact(
    before: &CallHandling,
    after: &CallHandling,
    from: LocalDateTime,
) -> Vec<RoutingEffect> {
    let tables = BeforeAfter {
        before: RoutingTable::new(before),
        after: RoutingTable::new(after),
    };
    let axes = tables.call_partition(from);
    let scenarios = tables.scenarios().into_iter();
    let effects = scenarios.flat_map(|given| tables.compute_effects(&axes, given));
    effects.fold(Vec::new(), merge_complementary)
}

/// Adds an effect. If the same effect exists under the opposite assumption, both become one without
/// that assumption.
fn merge_complementary(
    mut effects: Vec<RoutingEffect>,
    effect: RoutingEffect,
) -> Vec<RoutingEffect> {
    let other_side = |open: Option<bool>| open.map(|side| !side);
    let EffectAssumptions {
        working,
        unknown_conditions,
        ..
    } = effect.given;
    for given in [
        EffectAssumptions {
            working: other_side(working),
            ..effect.given
        },
        EffectAssumptions {
            unknown_conditions: other_side(unknown_conditions),
            ..effect.given
        },
    ] {
        if given == effect.given {
            continue;
        }
        let mirrored = RoutingEffect {
            given,
            ..effect.clone()
        };
        if let Some(at) = effects.iter().position(|known| *known == mirrored) {
            let both = effects.remove(at);
            let if_equal = |left: Option<bool>, right| left.filter(|_| left == right);
            let given = EffectAssumptions {
                working: if_equal(given.working, working),
                unknown_conditions: if_equal(given.unknown_conditions, unknown_conditions),
                ..given
            };
            return merge_complementary(effects, RoutingEffect { given, ..both });
        }
    }
    effects.push(effect);
    effects
}

/// The routing tables before and after a change.
struct BeforeAfter<'a> {
    before: RoutingTable<'a>,
    after: RoutingTable<'a>,
}

/// The classes of callers, called numbers, times and sources of calls.
struct CallPartition<'a> {
    callers: number_sets::NumberAxis<'a>,
    called: number_sets::NumberAxis<'a>,
    times: time_sets::TimeAxis,
    through: &'static [bool],
}

impl CallPartition<'_> {
    /// Groups the pairs of caller class and called class by the rules that they match before and
    /// after the change.
    fn number_sets(&self) -> IndexMap<number_sets::RuleSet, Vec<(usize, usize)>> {
        let mut groups: IndexMap<number_sets::RuleSet, Vec<(usize, usize)>> = IndexMap::new();
        for (caller, from) in self.callers.classes() {
            for (called, to) in self.called.classes() {
                let both = |world: usize| &from[world] & &to[world];
                let group = groups.entry([both(0), both(1)]);
                group.or_default().push((caller, called));
            }
        }
        groups
    }
}

impl<'a> BeforeAfter<'a> {
    /// Divides all calls from `from` on into classes.
    fn call_partition(&self, from: LocalDateTime) -> CallPartition<'a> {
        CallPartition {
            callers: number_sets::NumberAxis::caller_axis(&self.before, &self.after),
            called: number_sets::NumberAxis::called_axis(&self.before, &self.after),
            times: time_sets::TimeAxis::new(&self.before, &self.after, from),
            through: self.call_sources(),
        }
    }

    /// Returns the tables before and after the change.
    fn both(&self) -> [&RoutingTable<'a>; 2] {
        [&self.before, &self.after]
    }

    /// Returns whether the states are known before and after.
    fn are_states_read(&self) -> bool {
        let mut both = self.both().into_iter();
        both.all(|table| table.handling.states.is_some())
    }

    /// Returns the values of `queue` to check: direct calls, and queue calls if the user may
    /// receive any.
    fn call_sources(&self) -> &'static [bool] {
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

    /// Returns the assumptions to check: the switches as they are and as the user may set them, and
    /// both values of each unknown fact.
    fn scenarios(&self) -> Vec<EffectAssumptions> {
        let asks = |table: &RoutingTable<'_>| table.needs_hours();
        let has_unknown = |table: &RoutingTable<'_>| !table.unknown.is_clear();
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
        let mut scenarios = Vec::new();
        for switches in self.toggle_states() {
            for working in hours {
                scenarios.extend(unknown.iter().map(|unknown_conditions| EffectAssumptions {
                    switches,
                    working: *working,
                    unknown_conditions: *unknown_conditions,
                    no_rule: !are_rules_read
                        && matches!(switches, ToggleState::AsSet | ToggleState::BothOff),
                }));
            }
        }
        scenarios
    }

    /// Returns the switch positions to check.
    fn toggle_states(&self) -> Vec<ToggleState> {
        let mut switches = vec![ToggleState::AsSet];
        if !self.are_states_read() {
            return switches;
        }
        let is_on = |id| self.both().map(|table| table.is_switched_on(id));
        let (forwards, dnd) = (is_on(StateId::FORWARD_ALL_CALLS), is_on(StateId::DND));
        let are = |wanted: (bool, bool)| forwards == [wanted.0; 2] && dnd == [wanted.1; 2];
        // If the change itself sets a switch, the switch was not on both before and after.
        let stays = |switch: [bool; 2]| switch[0] == switch[1];
        let others = [
            (ToggleState::BothOff, !are((false, false))),
            (
                ToggleState::ForwardAllCalls,
                !are((true, false)) && stays(forwards),
            ),
            (ToggleState::Dnd, !are((false, true)) && stays(dnd)),
        ];
        let others = others.into_iter().filter(|(_, is_checked)| *is_checked);
        switches.extend(others.map(|(switches, _)| switches));
        switches
    }

    /// Returns whether these switch positions can make a difference at a moment. Effects that do
    /// not depend on the switches are reported for the positions as set. Forwarding without an
    /// active schedule counts as off.
    fn is_noticeable(&self, given: EffectAssumptions, at: &(RoutingMoment, RoutingMoment)) -> bool {
        let as_set = EffectAssumptions {
            switches: ToggleState::AsSet,
            ..given
        };
        let overriding = |given: EffectAssumptions| {
            let assumptions = given.assumptions();
            [
                self.before.overriding_state(&at.0, assumptions),
                self.after.overriding_state(&at.1, assumptions),
            ]
        };
        match given.switches {
            ToggleState::AsSet => true,
            _ if overriding(given) == overriding(as_set) => false,
            ToggleState::ForwardAllCalls => {
                overriding(given).contains(&Some(StateId::FORWARD_ALL_CALLS))
            }
            ToggleState::BothOff | ToggleState::Dnd => true,
        }
    }

    /// Returns the effects under one set of assumptions.
    fn compute_effects(
        &self,
        axes: &CallPartition<'_>,
        given: EffectAssumptions,
    ) -> Vec<RoutingEffect> {
        let mut outcomes = OutcomeTable::default();
        let assumptions = given.assumptions();
        let [before, after] = self.both();
        let moments = axes.times.moment_set(|at| {
            let both = (
                before.moment_at(at, assumptions),
                after.moment_at(at, assumptions),
            );
            self.is_noticeable(given, &both).then_some(both)
        });
        let mut regions = regions::RegionBuilder::new(moments.len());
        for ([rules_before, rules_after], classes) in axes.number_sets() {
            for &queue in axes.through {
                for (time, (then, now)) in moments.iter().enumerate() {
                    let parts = |rules, at| DecisionParts {
                        from: rules,
                        to: rules,
                        at,
                        queue,
                    };
                    let (was, is) = (parts(&rules_before, then), parts(&rules_after, now));
                    let was = outcomes.intern(&before.decide_parts(&was, assumptions));
                    let is = outcomes.intern(&after.decide_parts(&is, assumptions));
                    if was == is {
                        continue;
                    }
                    for &(caller, called) in &classes {
                        let class = regions::RegionClass {
                            queue,
                            caller,
                            called,
                        };
                        regions.add((was, is), class, time);
                    }
                }
            }
        }
        let effect = |region: regions::MergedRegion<((usize, usize), FixedBitSet)>| RoutingEffect {
            given,
            // A user in no queue receives only direct calls, so the source is not reported.
            through: match axes.through {
                [_] => CallSource::Any,
                _ => region.through,
            },
            callers: axes.callers.number_set(&region.callers),
            called: axes.called.number_set(&region.called),
            times: axes.times.time_set(&moments, &region.value.1),
            before: outcomes.get(region.value.0.0).clone(),
            after: outcomes.get(region.value.0.1).clone(),
        };
        regions.merge_regions().into_iter().map(effect).collect()
    }
}

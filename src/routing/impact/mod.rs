//! What callers will notice of a change: the calls that are handled differently before and after
//! it.
//!
//! The result is exact. The conditions before and after divide all calls into finitely many
//! classes: callers on the same lists, called numbers on the same lists, times with the same active
//! schedules, direct and queue calls, and the positions of the switches forward-all-calls and do
//! not disturb. One call of each class is decided before and after. Classes with a difference are
//! merged into few regions.

pub(super) mod number_sets;
mod partition;
mod regions;
#[cfg(test)]
mod tests;
pub(super) mod time_sets;

use partition::{CallPartition, HandlerTable};
use regions::RegionClass;

pub use number_sets::NumberSet;
pub use partition::{CallClass, TimeSlot, partition_calls};
pub use regions::CallSource;
pub use time_sets::{DateException, TimeSet, WeekPattern, distinct_moments};

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// Assumptions about a user under which an effect occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectAssumptions {
    /// The positions of the user's switches.
    pub switches: SwitchState,
    /// Whether it is work hours; set only if the states were not read.
    pub working: Option<bool>,
    /// Whether unknown conditions are met; set only if there are any.
    pub unknown_conditions: Option<bool>,
    /// Whether this covers only calls that match no interaction rule, because the rules were not
    /// read.
    pub no_rule: bool,
}

/// The positions of a user's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SwitchState {
    /// As they are on the account.
    AsSet,
    /// Neither forward-all-calls nor do not disturb is on.
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
            SwitchState::AsSet => (None, None),
            SwitchState::BothOff => (Some(false), Some(false)),
            SwitchState::ForwardAllCalls => (Some(true), Some(false)),
            SwitchState::Dnd => (Some(false), Some(true)),
        };
        RoutingAssumptions {
            forward_all_calls,
            dnd,
            working: self.working,
            unknown_conditions: self.unknown_conditions == Some(true),
        }
    }

    /// Returns the assumptions that differ only in the value of one unknown fact.
    fn complements(self) -> impl Iterator<Item = EffectAssumptions> {
        let working = self.working.map(|working| EffectAssumptions {
            working: Some(!working),
            ..self
        });
        let unknown_conditions = self.unknown_conditions.map(|are_met| EffectAssumptions {
            unknown_conditions: Some(!are_met),
            ..self
        });
        working.into_iter().chain(unknown_conditions)
    }

    /// Returns what two sets of assumptions agree on.
    fn common(self, other: EffectAssumptions) -> EffectAssumptions {
        let if_equal = |left: Option<bool>, right| left.filter(|_| left == right);
        EffectAssumptions {
            working: if_equal(self.working, other.working),
            unknown_conditions: if_equal(self.unknown_conditions, other.unknown_conditions),
            ..self
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
    let partition = CallPartition::new(before, after, from);
    let scenarios = partition.scenarios().into_iter();
    let effects = scenarios.flat_map(|given| partition.effects(given));
    effects.fold(Vec::new(), merge_complementary)
}

/// Adds an effect. If the same effect exists under the opposite assumption, both become one without
/// that assumption.
fn merge_complementary(
    mut effects: Vec<RoutingEffect>,
    effect: RoutingEffect,
) -> Vec<RoutingEffect> {
    for given in effect.given.complements() {
        let mirrored = RoutingEffect {
            given,
            ..effect.clone()
        };
        if let Some(at) = effects.iter().position(|known| *known == mirrored) {
            effects.remove(at);
            let merged = RoutingEffect {
                given: given.common(effect.given),
                ..effect
            };
            return merge_complementary(effects, merged);
        }
    }
    effects.push(effect);
    effects
}

impl CallPartition<'_> {
    /// Returns whether the states are known before and after.
    fn are_states_read(&self) -> bool {
        let mut tables = self.tables.iter();
        tables.all(|table| table.handling.states.is_some())
    }

    /// Returns the assumptions to check: the switches as they are and as the user may set them, and
    /// both values of each unknown fact.
    fn scenarios(&self) -> Vec<EffectAssumptions> {
        let values = |is_unknown: bool| -> &'static [Option<bool>] {
            if is_unknown {
                &[Some(true), Some(false)]
            } else {
                &[None]
            }
        };
        let needs_hours = self.tables.iter().any(RoutingTable::needs_hours);
        let hours = values(needs_hours && !self.are_states_read());
        let unknown = values(self.tables.iter().any(|table| !table.unknown.is_clear()));
        let mut tables = self.tables.iter();
        let are_rules_read = tables.all(|table| table.handling.rules.is_some());
        let mut scenarios = Vec::new();
        for switches in self.switch_states() {
            let can_match_rules = matches!(switches, SwitchState::AsSet | SwitchState::BothOff);
            for &working in hours {
                scenarios.extend(unknown.iter().map(|&unknown_conditions| EffectAssumptions {
                    switches,
                    working,
                    unknown_conditions,
                    no_rule: !are_rules_read && can_match_rules,
                }));
            }
        }
        scenarios
    }

    /// Returns the switch positions to check.
    fn switch_states(&self) -> Vec<SwitchState> {
        let mut positions = vec![SwitchState::AsSet];
        if !self.are_states_read() {
            return positions;
        }
        let is_on = |id| self.tables.each_ref().map(|table| table.is_switched_on(id));
        let (forwards, dnd) = (is_on(StateId::FORWARD_ALL_CALLS), is_on(StateId::DND));
        let are_set =
            |position: (bool, bool)| (forwards, dnd) == ([position.0; 2], [position.1; 2]);
        // If the change itself sets a switch, the switch was not on both before and after.
        let stays = |switch: [bool; 2]| switch[0] == switch[1];
        if !are_set((false, false)) {
            positions.push(SwitchState::BothOff);
        }
        if !are_set((true, false)) && stays(forwards) {
            positions.push(SwitchState::ForwardAllCalls);
        }
        if !are_set((false, true)) && stays(dnd) {
            positions.push(SwitchState::Dnd);
        }
        positions
    }

    /// Returns whether these switch positions can make a difference at a moment. Effects that do
    /// not depend on the switches are reported for the positions as set. Forwarding without an
    /// active schedule counts as off.
    fn is_noticeable(&self, given: EffectAssumptions, moments: &[RoutingMoment; 2]) -> bool {
        let overriding = |switches| {
            let assumptions = EffectAssumptions { switches, ..given }.assumptions();
            [0, 1].map(|side| self.tables[side].overriding_state(&moments[side], assumptions))
        };
        let states = overriding(given.switches);
        match given.switches {
            SwitchState::AsSet => true,
            _ if states == overriding(SwitchState::AsSet) => false,
            SwitchState::ForwardAllCalls => states.contains(&Some(StateId::FORWARD_ALL_CALLS)),
            SwitchState::BothOff | SwitchState::Dnd => true,
        }
    }

    /// Returns the effects under one set of assumptions.
    fn effects(&self, given: EffectAssumptions) -> Vec<RoutingEffect> {
        let assumptions = given.assumptions();
        let moments = self.times.moment_set(|at| {
            let moments = self.moments_at(at, assumptions);
            self.is_noticeable(given, &moments).then_some(moments)
        });
        let mut handlers = HandlerTable::default();
        let mut changed_classes = Vec::new();
        for (rules, classes) in self.class_groups() {
            for &queue in self.sources {
                let profile =
                    self.decide_group(&rules, queue, &moments, assumptions, &mut handlers);
                let mut times: IndexMap<[usize; 2], FixedBitSet> = IndexMap::new();
                for (time, decided) in profile.into_iter().enumerate() {
                    let outcomes = decided.map(|handler| handlers.outcome_id(handler));
                    if outcomes[0] != outcomes[1] {
                        let none = || FixedBitSet::with_capacity(moments.len());
                        times.entry(outcomes).or_insert_with(none).insert(time);
                    }
                }
                changed_classes.extend(times.into_iter().flat_map(|difference| {
                    classes.iter().map(move |&(caller, called)| {
                        let class = RegionClass {
                            queue,
                            called,
                            caller,
                        };
                        (difference.clone(), class)
                    })
                }));
            }
        }
        let regions = regions::merge_regions(changed_classes).into_iter();
        let effects = regions.map(|region| {
            let ([before, after], times) = &region.value;
            RoutingEffect {
                given,
                // A user in no queue receives only direct calls, so the source is not reported.
                through: match self.sources {
                    [_] => CallSource::Any,
                    _ => region.through,
                },
                callers: self.callers.number_set(&region.callers),
                called: self.called.number_set(&region.called),
                times: self.times.time_set(&moments, times),
                before: handlers.outcomes[*before].clone(),
                after: handlers.outcomes[*after].clone(),
            }
        });
        effects.collect()
    }
}

//! Divides all calls to a user into classes that are handled in the same way at every time.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

use super::number_sets::NumberSet;
use super::outcomes::{OutcomeKey, OutcomeTable};
use super::regions::{CallSource, MergedRegion, RegionClass, merge_regions};
use super::time_sets::{MomentSet, TimeSet};
use super::{BeforeAfter, CallPartition};
use crate::model::{CallHandling, LocalDateTime};
use crate::routing::decide::{CallHandler, DecisionParts};
use crate::routing::outcome::CallOutcome;
use crate::routing::table::{RoutingAssumptions, RoutingTable};

/// Calls that are handled in the same way at every time, before and after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct CallClass<'a> {
    /// Direct calls, queue calls, or both.
    pub through: CallSource,
    /// The callers of this class.
    pub callers: NumberSet,
    /// The called numbers of this class.
    pub called: NumberSet,
    /// How they are handled before the change. Each moment is in exactly one slot.
    pub before: Vec<TimeSlot<'a>>,
    /// How they are handled after the change.
    pub after: Vec<TimeSlot<'a>>,
}

/// Times at which callers notice the same outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSlot<'a> {
    /// What callers notice in this slot.
    pub outcome: CallOutcome,
    /// The handlers: several rules may have the same outcome.
    pub by: Vec<CallHandler<'a>>,
    /// The times of this slot.
    pub times: TimeSet,
}

/// Partitions all calls from `from` on (in the user's time zone), with the switches as they are
/// set, before and after a change. Unknown conditions count as not met.
pub fn partition_calls<'a>(
    before: &'a CallHandling,
    after: &'a CallHandling,
    from: LocalDateTime,
) -> Vec<CallClass<'a>> {
    let tables = BeforeAfter {
        before: RoutingTable::new(before),
        after: RoutingTable::new(after),
    };
    let axes = tables.call_partition(from);
    let moments = axes.times.moment_set(|at| {
        Some(
            tables
                .both()
                .map(|table| table.moment_at(at, ASSUMPTIONS))
                .into(),
        )
    });
    let mut partitioner = CallPartitioner {
        tables: &tables,
        axes: &axes,
        moments: &moments,
        outcomes: OutcomeTable::default(),
    };
    let classes = partitioner.classes();
    let profiles: Vec<_> = classes
        .into_iter()
        .map(|class| (partitioner.profile(class), class))
        .collect();
    merge_regions(profiles)
        .into_iter()
        .map(|region| partitioner.call_class(&region))
        .collect()
}

/// No assumptions: the switches as set, unknown conditions not met.
const ASSUMPTIONS: RoutingAssumptions = RoutingAssumptions {
    forward_all_calls: None,
    dnd: None,
    working: None,
    unknown_conditions: false,
};

/// The outcome ids of one class, before and after, for each moment.
type HandlerProfile = Vec<[usize; 2]>;

/// The tables, classes and moments to combine.
struct CallPartitioner<'s, 'a> {
    tables: &'s BeforeAfter<'a>,
    axes: &'s CallPartition<'a>,
    moments: &'s MomentSet,
    outcomes: OutcomeTable,
}

impl<'a> CallPartitioner<'_, 'a> {
    /// Returns all combinations of source, caller class and called class.
    fn classes(&self) -> Vec<RegionClass> {
        let CallPartition {
            callers,
            called,
            through,
            ..
        } = self.axes;
        let mut classes = Vec::new();
        for &queue in *through {
            for (called, _) in called.classes() {
                classes.extend(callers.classes().map(|(caller, _)| RegionClass {
                    queue,
                    caller,
                    called,
                }));
            }
        }
        classes
    }

    /// Returns the handlers of a class before and after, for each moment.
    fn handlers(&self, class: RegionClass) -> Vec<[CallHandler<'a>; 2]> {
        let from = self.axes.callers.rules(class.caller);
        let to = self.axes.called.rules(class.called);
        let moments = self.moments.iter();
        let decided = moments.map(|(then, now)| {
            let [before, after] = self.tables.both();
            [(before, then, 0), (after, now, 1)].map(|(table, at, side)| {
                let parts = DecisionParts {
                    from: &from[side],
                    to: &to[side],
                    at,
                    queue: class.queue,
                };
                table.decide_parts(&parts, ASSUMPTIONS)
            })
        });
        decided.collect()
    }

    /// Returns the outcome ids of a class.
    fn profile(&mut self, class: RegionClass) -> HandlerProfile {
        let handlers = self.handlers(class);
        let both = handlers.iter();
        both.map(|both| both.each_ref().map(|handler| self.outcomes.intern(handler)))
            .collect()
    }

    /// Describes a region as a class of calls.
    fn call_class(&self, region: &MergedRegion<HandlerProfile>) -> CallClass<'a> {
        let [before, after] = [0, 1].map(|side| self.time_slots(region, side));
        CallClass {
            // A user in no queue receives only direct calls.
            through: match self.axes.through {
                [_] => CallSource::Direct,
                _ => region.through,
            },
            callers: self.axes.callers.number_set(&region.callers),
            called: self.axes.called.number_set(&region.called),
            before,
            after,
        }
    }

    /// Groups the moments of a region by outcome.
    fn time_slots(&self, region: &MergedRegion<HandlerProfile>, side: usize) -> Vec<TimeSlot<'a>> {
        let mut when: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
        for (moment, outcomes) in region.value.iter().enumerate() {
            let none = || FixedBitSet::with_capacity(self.moments.len());
            let times = when.entry(outcomes[side]).or_insert_with(none);
            times.insert(moment);
        }
        let mut by: BTreeMap<usize, IndexMap<OutcomeKey, CallHandler<'a>>> = BTreeMap::new();
        let members = self.classes().into_iter().filter(|class| {
            region.callers.contains(class.caller)
                && region.called.contains(class.called)
                && region.through.covers(class.queue)
        });
        for class in members {
            let handlers = self.handlers(class).into_iter();
            for (outcomes, [before, after]) in region.value.iter().zip(handlers) {
                let handler = if side == 0 { before } else { after };
                let known = by.entry(outcomes[side]).or_default();
                known
                    .entry(OutcomeKey::from_handler(&handler))
                    .or_insert(handler);
            }
        }
        let slots = when.into_iter();
        slots
            .map(|(outcome, times)| TimeSlot {
                outcome: self.outcomes.get(outcome).clone(),
                by: { by.remove(&outcome).into_iter() }
                    .flat_map(IndexMap::into_values)
                    .collect(),
                times: self.axes.times.time_set(self.moments, &times),
            })
            .collect()
    }
}

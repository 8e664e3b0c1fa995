//! Divides all calls to a user into classes that are handled in the same way at every time.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use indexmap::{IndexMap, IndexSet};

use super::number_sets::{NumberAxis, NumberSet, RuleSet};
use super::regions::{CallSource, MergedRegion, RegionClass, merge_regions};
use super::time_sets::{MomentSet, TimeAxis, TimeSet};
use crate::model::{CallHandling, LocalDateTime, StateId};
use crate::routing::decide::{CallHandler, DecisionParts, HandlerIndex};
use crate::routing::outcome::CallOutcome;
use crate::routing::table::{RoutingAssumptions, RoutingMoment, RoutingTable};

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

/// The ids of the handlers before and after, for each moment.
type HandlerProfile = Vec<[usize; 2]>;

/// Each distinct handler and each distinct outcome once, so that millions of decisions can be
/// compared quickly. Outcomes that callers cannot distinguish have the same id.
#[derive(Default)]
pub(super) struct HandlerTable {
    /// The handlers, with the side of the change (0 before, 1 after), and their outcome ids.
    handlers: IndexMap<(usize, HandlerIndex), usize>,
    pub(super) outcomes: Vec<CallOutcome>,
}

impl HandlerTable {
    /// Returns the id of a handler of the table of this side.
    fn intern(&mut self, side: usize, handler: HandlerIndex, table: &RoutingTable<'_>) -> usize {
        let key = (side, handler);
        if let Some(id) = self.handlers.get_index_of(&key) {
            return id;
        }
        let outcome = table.handler(&key.1).outcome();
        let mut outcomes = self.outcomes.iter();
        let equal_outcome = outcomes.position(|known| !known.differs(&outcome));
        let outcome_id = equal_outcome.unwrap_or_else(|| {
            self.outcomes.push(outcome);
            self.outcomes.len() - 1
        });
        self.handlers.insert_full(key, outcome_id).0
    }

    /// Returns the id of what callers notice of a handler.
    pub(super) fn outcome_id(&self, handler: usize) -> usize {
        self.handlers[handler]
    }
}

/// All calls from a moment on, divided into classes of callers, called numbers, times and sources.
pub(super) struct CallPartition<'a> {
    /// The routing tables before and after the change.
    pub(super) tables: [RoutingTable<'a>; 2],
    pub(super) callers: NumberAxis<'a>,
    pub(super) called: NumberAxis<'a>,
    pub(super) times: TimeAxis,
    /// The values of `queue` to check: direct calls, and queue calls if the user may receive any.
    pub(super) sources: &'static [bool],
}

impl<'a> CallPartition<'a> {
    /// Divides all calls from `from` on into classes.
    pub(super) fn new(
        before: &'a CallHandling,
        after: &'a CallHandling,
        from: LocalDateTime,
    ) -> Self {
        let tables = [before, after].map(RoutingTable::new);
        let may_get_queue_calls = tables.iter().any(|table| {
            let is_agent = table.handling.state(StateId::AGENT).is_some();
            is_agent || (table.handling.states.is_none() && !table.for_queues.is_clear())
        });
        CallPartition {
            callers: NumberAxis::caller_axis(&tables),
            called: NumberAxis::called_axis(&tables),
            times: TimeAxis::new(tables.iter().flat_map(RoutingTable::schedules), from),
            sources: if may_get_queue_calls {
                &[false, true]
            } else {
                &[false]
            },
            tables,
        }
    }

    /// Returns the handler with this id.
    fn handler(&self, handlers: &HandlerTable, id: usize) -> CallHandler<'a> {
        let ((side, handler), _) = handlers
            .handlers
            .get_index(id)
            .expect("the id was interned");
        self.tables[*side].handler(handler)
    }

    /// Evaluates the schedules before and after the change at a moment.
    pub(super) fn moments_at(
        &self,
        at: LocalDateTime,
        assumptions: RoutingAssumptions,
    ) -> [RoutingMoment; 2] {
        let tables = self.tables.each_ref();
        tables.map(|table| table.moment_at(at, assumptions))
    }

    /// Groups the pairs of caller class and called class by the rules that they match before and
    /// after the change.
    pub(super) fn class_groups(&self) -> IndexMap<RuleSet, Vec<(usize, usize)>> {
        let mut groups: IndexMap<RuleSet, Vec<(usize, usize)>> = IndexMap::new();
        for (caller, from) in self.callers.classes() {
            for (called, to) in self.called.classes() {
                let rules = [0, 1].map(|side| &from[side] & &to[side]);
                groups.entry(rules).or_default().push((caller, called));
            }
        }
        groups
    }

    /// Decides the calls of a group from one source at each moment.
    pub(super) fn decide_group(
        &self,
        rules: &RuleSet,
        queue: bool,
        moments: &MomentSet,
        assumptions: RoutingAssumptions,
        handlers: &mut HandlerTable,
    ) -> HandlerProfile {
        let mut decide = |side: usize, at: &RoutingMoment| {
            let parts = DecisionParts {
                from: &rules[side],
                to: &rules[side],
                at,
                queue,
            };
            let table = &self.tables[side];
            handlers.intern(side, table.decide_parts(&parts, assumptions), table)
        };
        let moments = moments.iter();
        moments
            .map(|[before, after]| [decide(0, before), decide(1, after)])
            .collect()
    }
}

/// Partitions all calls from `from` on (in the user's time zone), with the switches as they are
/// set, before and after a change. Unknown conditions count as not met.
pub fn partition_calls<'a>(
    before: &'a CallHandling,
    after: &'a CallHandling,
    from: LocalDateTime,
) -> Vec<CallClass<'a>> {
    let assumptions = RoutingAssumptions::default();
    let partition = CallPartition::new(before, after, from);
    let times = &partition.times;
    let moments = times.moment_set(|at| Some(partition.moments_at(at, assumptions)));
    let mut handlers = HandlerTable::default();
    let mut profiles: BTreeMap<RegionClass, HandlerProfile> = BTreeMap::new();
    for (rules, classes) in partition.class_groups() {
        for &queue in partition.sources {
            let profile =
                partition.decide_group(&rules, queue, &moments, assumptions, &mut handlers);
            profiles.extend(classes.iter().map(|&(caller, called)| {
                let class = RegionClass {
                    queue,
                    called,
                    caller,
                };
                (class, profile.clone())
            }));
        }
    }
    let outcomes_of = |profile: &HandlerProfile| -> Vec<[usize; 2]> {
        let decided = profile.iter();
        decided
            .map(|both| both.map(|handler| handlers.outcome_id(handler)))
            .collect()
    };
    let classes = profiles.iter();
    let regions = merge_regions(classes.map(|(class, profile)| (outcomes_of(profile), *class)));
    let call_class = |region: MergedRegion<Vec<[usize; 2]>>| {
        let members: Vec<&HandlerProfile> = profiles
            .iter()
            .filter(|(class, _)| region.contains(class))
            .map(|(_, profile)| profile)
            .collect();
        let time_slots = |side: usize| {
            let mut slots: BTreeMap<usize, (FixedBitSet, IndexSet<usize>)> = BTreeMap::new();
            for profile in &members {
                for (moment, decided) in profile.iter().enumerate() {
                    let handler = decided[side];
                    let slot = slots.entry(handlers.outcome_id(handler)).or_default();
                    slot.0.grow(moments.len());
                    slot.0.insert(moment);
                    slot.1.insert(handler);
                }
            }
            slots
                .into_iter()
                .map(|(outcome, (times, by))| TimeSlot {
                    outcome: handlers.outcomes[outcome].clone(),
                    by: by
                        .into_iter()
                        .map(|id| partition.handler(&handlers, id))
                        .collect(),
                    times: partition.times.time_set(&moments, &times),
                })
                .collect()
        };
        CallClass {
            // A user in no queue receives only direct calls.
            through: match partition.sources {
                [_] => CallSource::Direct,
                _ => region.through,
            },
            callers: partition.callers.number_set(&region.callers),
            called: partition.called.number_set(&region.called),
            before: time_slots(0),
            after: time_slots(1),
        }
    };
    regions.into_iter().map(call_class).collect()
}

//! A user's call handling, compiled to decide many calls.
//!
//! The enabled rules are sorted by priority; the index of a rule in this list is its rank. For each
//! caller, called number and moment the table knows the set of ranks whose condition is met. The
//! lowest rank in the intersection of the three sets handles the call, unless forward-all-calls or
//! do not disturb overrides all rules. If several rules of the same priority match, the call is
//! `Ambiguous`. If none matches, the state of that moment handles the call.

use fixedbitset::FixedBitSet;

use super::number_index::NumberIndex;
use super::schedule_eval::is_active;
use crate::model::{
    CallHandling, CallSchedule, LocalDateTime, RuleConditions, StateId, StateRule, StateSchedule,
    UserRule,
};

/// One user's call handling, compiled to decide calls.
#[derive(Debug)]
pub struct RoutingTable<'a> {
    pub(super) handling: &'a CallHandling,
    /// The enabled rules, highest priority first. The sets hold ranks: indexes of this list.
    pub(super) rules: Vec<CompiledRule<'a>>,
    pub(super) callers: NumberIndex<'a>,
    pub(super) called: NumberIndex<'a>,
    /// Each distinct schedule with the rules that apply only at its times.
    timed: Vec<(&'a CallSchedule, FixedBitSet)>,
    in_work_hours: FixedBitSet,
    in_after_hours: FixedBitSet,
    pub(super) for_queues: FixedBitSet,
    /// Rules with a condition that callrules does not know.
    pub(super) unknown: FixedBitSet,
}

/// An enabled rule with its priority.
#[derive(Debug)]
pub(super) struct CompiledRule<'a> {
    pub(super) priority: u8,
    /// The index of the rule in the user's list.
    pub(super) index: usize,
    pub(super) conditions: &'a RuleConditions,
}

/// The facts about a moment that routing depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoutingMoment {
    /// The rules whose time conditions are met.
    pub(super) rules: FixedBitSet,
    /// Whether the schedule of forward-all-calls is active.
    pub(super) forwarding: bool,
    /// Whether it is work hours.
    pub(super) working: bool,
    /// Whether the schedule of the agent state is active.
    pub(super) agent: bool,
}

/// Assumptions that override the call handling, or fill in what it does not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoutingAssumptions {
    /// Whether forward-all-calls is on.
    pub forward_all_calls: Option<bool>,
    /// Whether do not disturb is on.
    pub dnd: Option<bool>,
    /// Whether it is work hours.
    pub working: Option<bool>,
    /// Whether unknown conditions are met.
    pub unknown_conditions: bool,
}

/// Returns the priority of a rule with these conditions: 10 to 4 \[seed\], or 0 without a known
/// condition. A state condition counts as a schedule \[inferred\].
pub fn priority(conditions: &RuleConditions) -> u8 {
    let timed = conditions.schedule.is_some() || conditions.state.is_some();
    let caller = !conditions.caller_ids.is_empty();
    let called = !conditions.called_numbers.is_empty();
    match (timed, caller, called) {
        (true, true, true) => 10,
        (false, true, true) => 9,
        (true, true, false) => 8,
        (true, false, true) => 7,
        (false, true, false) => 6,
        (false, false, true) => 5,
        (true, false, false) => 4,
        (false, false, false) => 0,
    }
}

/// Returns whether a condition of this rule is unknown to callrules.
pub fn has_unknown(conditions: &RuleConditions) -> bool {
    let unknown_state = conditions
        .state
        .as_ref()
        .is_some_and(|state| !matches!(state.as_str(), StateId::WORK_HOURS | StateId::AFTER_HOURS));
    let has_unknown_trigger = |schedule: &CallSchedule| !schedule.other.is_empty();
    unknown_state
        || !conditions.other.is_empty()
        || conditions
            .schedule
            .as_ref()
            .is_some_and(has_unknown_trigger)
}

impl<'a> RoutingTable<'a> {
    /// Compiles a user's call handling.
    pub fn new(handling: &'a CallHandling) -> Self {
        let rules = compile_rules(handling.rules());
        let none = || FixedBitSet::with_capacity(rules.len());
        let mut table = RoutingTable {
            handling,
            callers: NumberIndex::with_rule_count(rules.len()),
            called: NumberIndex::with_rule_count(rules.len()),
            timed: Vec::new(),
            in_work_hours: none(),
            in_after_hours: none(),
            for_queues: none(),
            unknown: none(),
            rules: Vec::new(),
        };
        for (rank, compiled) in rules.iter().enumerate() {
            let callers = compiled.conditions.caller_ids.iter();
            table
                .callers
                .add(rank, callers.map(|id| id.number.as_str()));
            let called = compiled.conditions.called_numbers.iter();
            table.called.add(rank, called.map(String::as_str));
            table.add_times(rank, compiled.conditions, rules.len());
            let rule = &handling.rules()[compiled.index].rule;
            let for_queues = rule.queue_calls_included == Some(true);
            table.for_queues.set(rank, for_queues);
            table.unknown.set(rank, has_unknown(compiled.conditions));
        }
        table.rules = rules;
        table
    }

    /// Records the time conditions of a rule.
    fn add_times(&mut self, rank: usize, conditions: &'a RuleConditions, rule_count: usize) {
        match conditions.state.as_ref().map(StateId::as_str) {
            Some(StateId::WORK_HOURS) => self.in_work_hours.insert(rank),
            Some(StateId::AFTER_HOURS) => self.in_after_hours.insert(rank),
            _ => {}
        }
        let Some(schedule) = &conditions.schedule else {
            return;
        };
        match self.timed.iter_mut().find(|(known, _)| *known == schedule) {
            Some((_, same)) => same.insert(rank),
            None => {
                let mut same = FixedBitSet::with_capacity(rule_count);
                same.insert(rank);
                self.timed.push((schedule, same));
            }
        }
    }

    /// Returns the call handling that the table was compiled from.
    pub fn handling(&self) -> &'a CallHandling {
        self.handling
    }

    /// Evaluates the schedules at a moment in the user's time zone.
    pub fn moment_at(&self, at: LocalDateTime, assumptions: RoutingAssumptions) -> RoutingMoment {
        let working = assumptions
            .working
            .unwrap_or_else(|| self.is_work_hours(at));
        let mut rules = FixedBitSet::with_capacity(self.rules.len());
        rules.insert_range(..);
        for (schedule, only) in &self.timed {
            // An unknown trigger may be active, so its rules stay in the set.
            if !is_active(schedule, at) && schedule.other.is_empty() {
                rules.difference_with(only);
            }
        }
        rules.difference_with(if working {
            &self.in_after_hours
        } else {
            &self.in_work_hours
        });
        RoutingMoment {
            rules,
            forwarding: self.schedule_is_active(StateId::FORWARD_ALL_CALLS, at, working),
            working,
            agent: self.schedule_is_active(StateId::AGENT, at, working),
        }
    }

    /// Returns whether the work hours schedule is active; without one it always is.
    fn is_work_hours(&self, at: LocalDateTime) -> bool {
        let hours = self.schedule(StateId::WORK_HOURS);
        hours.is_none_or(|hours| is_active(hours, at))
    }

    /// Returns whether the schedule of a state is active; a state without a schedule always is.
    fn schedule_is_active(&self, state: &str, at: LocalDateTime, working: bool) -> bool {
        let state = self.handling.state(state);
        match state.and_then(|state| state.state.schedule.as_ref()) {
            Some(StateSchedule::Own(schedule)) => is_active(schedule, at),
            Some(StateSchedule::Inherited(from)) if from.as_str() == StateId::AFTER_HOURS => {
                !working
            }
            Some(StateSchedule::Inherited(_)) => working,
            None => true,
        }
    }

    /// Returns the rank of the rule with this index in the user's list, if it is enabled and has
    /// conditions.
    pub(super) fn rank(&self, index: usize) -> Option<usize> {
        self.rules.iter().position(|rule| rule.index == index)
    }

    /// Returns the state's own schedule.
    pub(super) fn schedule(&self, state: &str) -> Option<&'a CallSchedule> {
        let state: Option<&'a StateRule> = self.handling.state(state);
        match state?.state.schedule.as_ref()? {
            StateSchedule::Own(schedule) => Some(schedule),
            StateSchedule::Inherited(_) => None,
        }
    }

    /// Returns whether a rule depends on work hours or after hours.
    pub(super) fn needs_hours(&self) -> bool {
        !(self.in_work_hours.is_clear() && self.in_after_hours.is_clear())
    }

    /// Returns all schedules of rules and states.
    pub fn schedules(&self) -> impl Iterator<Item = &'a CallSchedule> {
        let states = [
            StateId::FORWARD_ALL_CALLS,
            StateId::WORK_HOURS,
            StateId::AGENT,
        ];
        let of_states = states.into_iter().filter_map(|state| self.schedule(state));
        let of_rules = self.timed.iter().map(|(schedule, _)| *schedule);
        of_rules.chain(of_states)
    }
}

/// Returns the enabled rules, highest priority first; rules of equal priority keep their order.
fn compile_rules(rules: &[UserRule]) -> Vec<CompiledRule<'_>> {
    let all = rules.iter().enumerate();
    let enabled = all.filter(|(_, user_rule)| user_rule.rule.enabled != Some(false));
    let mut compiled: Vec<CompiledRule<'_>> = enabled
        .filter_map(|(index, user_rule)| {
            let conditions = user_rule.rule.conditions.as_ref()?;
            Some(CompiledRule {
                priority: priority(conditions),
                index,
                conditions,
            })
        })
        .collect();
    compiled.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    compiled
}

//! A user's call handling, compiled to decide many calls.
//!
//! For each caller, called number and moment the table knows the set of rules whose condition it
//! meets. The first rule in the intersection of the three sets handles the call.

use fixedbitset::FixedBitSet;

use super::number_index::NumberIndex;
use super::schedule_eval::is_active;
use crate::model::{
    CallHandling, CallSchedule, LiveRule, LocalDateTime, RuleConditions, StateId, StateRule,
    StateSchedule,
};

/// One user's call handling, compiled to decide calls.
#[derive(Debug)]
pub struct RoutingTable<'a> {
    pub(super) handling: &'a CallHandling,
    /// The enabled rules, highest priority first. The sets hold indexes of this list.
    pub(super) lines: Vec<CompiledRule<'a>>,
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
    pub(super) rule: usize,
    conditions: &'a RuleConditions,
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
        let lines = compile_rules(handling.rules());
        let none = || FixedBitSet::with_capacity(lines.len());
        let mut table = RoutingTable {
            handling,
            callers: NumberIndex::with_rule_count(lines.len()),
            called: NumberIndex::with_rule_count(lines.len()),
            timed: Vec::new(),
            in_work_hours: none(),
            in_after_hours: none(),
            for_queues: none(),
            unknown: none(),
            lines: Vec::new(),
        };
        for (at, line) in lines.iter().enumerate() {
            let callers = line.conditions.caller_ids.iter();
            table.callers.add(at, callers.map(|id| id.number.as_str()));
            let called = line.conditions.called_numbers.iter();
            table.called.add(at, called.map(String::as_str));
            table.add_times(at, line.conditions, lines.len());
            let rule = &handling.rules()[line.rule].rule;
            let for_queues = rule.queue_calls_included == Some(true);
            table.for_queues.set(at, for_queues);
            table.unknown.set(at, has_unknown(line.conditions));
        }
        table.lines = lines;
        table
    }

    /// Records the time conditions of a rule.
    fn add_times(&mut self, at: usize, conditions: &'a RuleConditions, rules: usize) {
        match conditions.state.as_ref().map(StateId::as_str) {
            Some(StateId::WORK_HOURS) => self.in_work_hours.insert(at),
            Some(StateId::AFTER_HOURS) => self.in_after_hours.insert(at),
            _ => {}
        }
        let Some(schedule) = &conditions.schedule else {
            return;
        };
        match self.timed.iter_mut().find(|(known, _)| *known == schedule) {
            Some((_, same)) => same.insert(at),
            None => {
                let mut rules_at_times = FixedBitSet::with_capacity(rules);
                rules_at_times.insert(at);
                self.timed.push((schedule, rules_at_times));
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
        let mut rules = FixedBitSet::with_capacity(self.lines.len());
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
    pub(super) fn schedules(&self) -> impl Iterator<Item = &'a CallSchedule> {
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
fn compile_rules(rules: &[LiveRule]) -> Vec<CompiledRule<'_>> {
    let enabled = rules.iter().enumerate();
    let enabled = enabled.filter(|(_, live_rule)| live_rule.rule.enabled != Some(false));
    let mut lines: Vec<CompiledRule<'_>> = Vec::new();
    for (rule, live_rule) in enabled {
        if let Some(conditions) = &live_rule.rule.conditions {
            lines.push(CompiledRule {
                priority: priority(conditions),
                rule,
                conditions,
            });
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.priority));
    lines
}

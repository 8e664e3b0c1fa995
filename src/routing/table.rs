//! A user's call handling, made ready to decide many calls.
//!
//! Every condition is turned into the set of rules that it leaves in question. A call is then decided by
//! the sets of its caller, its dialled number and its moment: the first rule in all of them takes it.

use fixedbitset::FixedBitSet;

use super::hours::holds;
use super::numbers::Numbers;
use crate::model::{
    CallHandling, Conditions, DateTime, HeldRule, Schedule, StateId, StateRule, StateSchedule,
};

/// One user's call handling, ready for calls.
#[derive(Debug)]
pub struct Table<'a> {
    pub(super) handling: &'a CallHandling,
    /// The enabled rules, highest priority first: what stands in a set is an index of this.
    pub(super) lines: Vec<Line<'a>>,
    pub(super) callers: Numbers<'a>,
    pub(super) called: Numbers<'a>,
    /// Schedules, each once, with the rules that hold at its times alone.
    timed: Vec<(&'a Schedule, FixedBitSet)>,
    in_work_hours: FixedBitSet,
    in_after_hours: FixedBitSet,
    pub(super) for_queues: FixedBitSet,
    /// Rules with a condition that we do not know.
    pub(super) unknown: FixedBitSet,
}

/// An enabled rule.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) priority: u8,
    /// Its place among the rules of the user.
    pub(super) rule: usize,
    conditions: &'a Conditions,
}

/// What a moment decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The rules that it leaves in question.
    pub(super) rules: FixedBitSet,
    /// Whether the schedule of forward-all-calls holds.
    pub(super) forwarding: bool,
    /// Whether it is within working hours.
    pub(super) working: bool,
    /// Whether the user takes queue calls as an agent.
    pub(super) agent: bool,
}

/// What is taken for granted, in the place of what the handling says or leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Supposing {
    /// Forward-all-calls is switched so.
    pub forward_all_calls: Option<bool>,
    /// Do not disturb is switched so.
    pub dnd: Option<bool>,
    /// It is within working hours, or not.
    pub working: Option<bool>,
    /// Conditions that we do not know hold.
    pub unknown_conditions: bool,
}

/// The priority of a rule with these conditions, 10 to 4 \[seed\]; a state condition counts as a schedule
/// \[inferred\]. 0 for a rule with none that we know.
pub fn priority(conditions: &Conditions) -> u8 {
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

/// Whether a condition of this rule is one that we do not know.
pub fn has_unknown(conditions: &Conditions) -> bool {
    let odd_state = conditions
        .state
        .as_ref()
        .is_some_and(|state| !matches!(state.as_str(), StateId::WORK_HOURS | StateId::AFTER_HOURS));
    let odd_times = |schedule: &Schedule| !schedule.other.is_empty();
    odd_state || !conditions.other.is_empty() || conditions.schedule.as_ref().is_some_and(odd_times)
}

impl<'a> Table<'a> {
    /// Makes a user's call handling ready.
    pub fn new(handling: &'a CallHandling) -> Self {
        let lines = lines(handling.rules());
        let none = || FixedBitSet::with_capacity(lines.len());
        let mut table = Table {
            handling,
            callers: Numbers::of(lines.len()),
            called: Numbers::of(lines.len()),
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

    fn add_times(&mut self, at: usize, conditions: &'a Conditions, rules: usize) {
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
                let mut alone = FixedBitSet::with_capacity(rules);
                alone.insert(at);
                self.timed.push((schedule, alone));
            }
        }
    }

    /// The call handling that this was made of.
    pub fn handling(&self) -> &'a CallHandling {
        self.handling
    }

    /// What a moment, local to the user, decides.
    pub fn at(&self, at: DateTime, supposing: Supposing) -> Moment {
        let working = supposing.working.unwrap_or_else(|| self.is_working(at));
        let mut rules = FixedBitSet::with_capacity(self.lines.len());
        rules.insert_range(..);
        for (schedule, only) in &self.timed {
            // Whether a trigger that we do not know holds is not ours to say.
            if !holds(schedule, at) && schedule.other.is_empty() {
                rules.difference_with(only);
            }
        }
        rules.difference_with(match working {
            true => &self.in_after_hours,
            false => &self.in_work_hours,
        });
        Moment {
            rules,
            forwarding: self.holds(StateId::FORWARD_ALL_CALLS, at, working),
            working,
            agent: self.holds(StateId::AGENT, at, working),
        }
    }

    fn is_working(&self, at: DateTime) -> bool {
        let hours = self.schedule(StateId::WORK_HOURS);
        hours.is_none_or(|hours| holds(hours, at))
    }

    /// Whether the schedule of a state holds; one without a schedule of its own always does.
    fn holds(&self, state: &str, at: DateTime, working: bool) -> bool {
        let state = self.handling.state(state);
        match state.and_then(|state| state.state.schedule.as_ref()) {
            Some(StateSchedule::Own(schedule)) => holds(schedule, at),
            Some(StateSchedule::Inherited(from)) if from.as_str() == StateId::AFTER_HOURS => {
                !working
            }
            Some(StateSchedule::Inherited(_)) => working,
            None => true,
        }
    }

    /// The schedule that a state has of its own.
    pub(super) fn schedule(&self, state: &str) -> Option<&'a Schedule> {
        let state: Option<&'a StateRule> = self.handling.state(state);
        match state?.state.schedule.as_ref()? {
            StateSchedule::Own(schedule) => Some(schedule),
            StateSchedule::Inherited(_) => None,
        }
    }

    /// Whether a rule is for working hours alone, or for the time outside them.
    pub(super) fn asks_for_hours(&self) -> bool {
        !(self.in_work_hours.is_clear() && self.in_after_hours.is_clear())
    }

    /// Every schedule that decides something, those of the states included.
    pub(super) fn schedules(&self) -> impl Iterator<Item = &'a Schedule> {
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

/// The enabled rules, highest priority first, in the order given where it is equal.
fn lines(rules: &[HeldRule]) -> Vec<Line<'_>> {
    let enabled = rules.iter().enumerate();
    let enabled = enabled.filter(|(_, held)| held.rule.enabled != Some(false));
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (rule, held) in enabled {
        if let Some(conditions) = &held.rule.conditions {
            lines.push(Line {
                priority: priority(conditions),
                rule,
                conditions,
            });
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.priority));
    lines
}

//! Why a call is taken as it is: each thing that was considered, and what came of it.

use super::decide::Parts;
use super::hours::holds;
use super::table::{Moment, Supposing, Table, has_unknown};
use super::{Call, Handler};
use crate::model::{Conditions, HeldRule, StateId};

/// One thing that was considered.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'a> {
    /// What.
    pub considered: Considered<'a>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Something that may take a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Considered<'a> {
    /// A state, by id.
    State(&'static str),
    /// An interaction rule, with its priority.
    Rule(&'a HeldRule, u8),
}

/// What came of considering something.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It takes the call.
    Takes,
    /// It takes the call, or one of the others of its priority does.
    MayTake,
    /// It would take the call, but a rule of higher priority does.
    Outranked,
    /// It is switched off.
    Off,
    /// The user does not have it.
    Absent,
    /// It was not read.
    Unread,
    /// It does not match, for these reasons.
    Misses(Vec<Miss>),
}

/// Why something does not match a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// Its schedule does not hold now.
    Time,
    /// It is for other working hours: the call comes within, or outside them.
    Hours {
        /// Whether the call comes within working hours.
        working: bool,
    },
    /// The caller is not listed.
    Caller,
    /// The number dialled is not listed.
    Called,
    /// The call comes through a queue, and the rule is for direct calls alone.
    Queue,
    /// It has a condition that we do not know.
    Unknown,
    /// It has no condition at all.
    NoConditions,
}

impl<'a> Table<'a> {
    /// What takes this call, and each thing that was considered on the way, in order. Rules that were
    /// not needed any more are told too.
    pub fn explain(&self, call: &Call) -> (Handler<'a>, Vec<Step<'a>>) {
        let supposing = Supposing::default();
        let moment = self.at(call.at, supposing);
        let parts = Parts {
            from: &self.callers.by_prefix(call.from.as_deref()),
            to: &self.called.exactly(call.to.as_deref()),
            at: &moment,
            queue: call.queue,
        };
        let handler = self.decide_parts(&parts, supposing);
        let mut steps = Vec::new();
        let forwarding = self.switched(StateId::FORWARD_ALL_CALLS, moment.forwarding);
        let is_forwarded = forwarding == Verdict::Takes;
        let mut say = |considered, verdict| {
            steps.push(Step {
                considered,
                verdict,
            })
        };
        say(Considered::State(StateId::FORWARD_ALL_CALLS), forwarding);
        if is_forwarded {
            return (handler, steps);
        }
        let dnd = self.switched(StateId::DND, true);
        let is_busy = dnd == Verdict::Takes;
        say(Considered::State(StateId::DND), dnd);
        if is_busy {
            return (handler, steps);
        }
        for (held, priority) in self.in_order() {
            let verdict = self.verdict(held, call, &moment, &handler);
            say(Considered::Rule(held, priority), verdict);
        }
        for (id, verdict) in self.states_after_rules(&moment, call.queue, &handler) {
            say(Considered::State(id), verdict);
        }
        (handler, steps)
    }

    /// All rules, those that are switched off included, highest priority first.
    fn in_order(&self) -> Vec<(&'a HeldRule, u8)> {
        let priority = |held: &HeldRule| {
            let conditions = held.rule.conditions.as_ref();
            conditions.map(super::priority).unwrap_or_default()
        };
        let rules = self.handling.rules().iter();
        let mut rules: Vec<_> = rules.map(|held| (held, priority(held))).collect();
        rules.sort_by_key(|(_, priority)| std::cmp::Reverse(*priority));
        rules
    }

    fn switched(&self, state: &'static str, holds: bool) -> Verdict {
        if self.handling.states.is_none() {
            Verdict::Unread
        } else if self.handling.state(state).is_none() {
            Verdict::Absent
        } else if !self.is_switched_on(state) {
            Verdict::Off
        } else if !holds {
            Verdict::Misses(vec![Miss::Time])
        } else {
            Verdict::Takes
        }
    }

    fn verdict(
        &self,
        held: &HeldRule,
        call: &Call,
        moment: &Moment,
        handler: &Handler<'_>,
    ) -> Verdict {
        if held.rule.enabled == Some(false) {
            return Verdict::Off;
        }
        let misses = self.misses(held, call, moment);
        let is_it = |other: &HeldRule| std::ptr::eq(other, held);
        match handler {
            _ if !misses.is_empty() => Verdict::Misses(misses),
            Handler::Rule(taken) if is_it(taken) => Verdict::Takes,
            Handler::Ambiguous(either) if either.iter().any(|other| is_it(other)) => {
                Verdict::MayTake
            }
            _ => Verdict::Outranked,
        }
    }

    fn misses(&self, held: &HeldRule, call: &Call, moment: &Moment) -> Vec<Miss> {
        let Some(conditions) = &held.rule.conditions else {
            return vec![Miss::NoConditions];
        };
        let Conditions {
            caller_ids,
            called_numbers,
            schedule,
            state,
            other: _,
        } = conditions;
        let begins = |id: &crate::model::CallerId| {
            let from = call.from.as_deref().unwrap_or_default();
            from.starts_with(&id.number)
        };
        let is_called = |number: &String| Some(number.as_str()) == call.to.as_deref();
        let in_hours = match state.as_ref().map(StateId::as_str) {
            Some(StateId::WORK_HOURS) => moment.working,
            Some(StateId::AFTER_HOURS) => !moment.working,
            _ => true,
        };
        let in_time = schedule
            .as_ref()
            .is_none_or(|schedule| holds(schedule, call.at) || !schedule.other.is_empty());
        let takes_queues = held.rule.queue_calls_included == Some(true);
        let checks = [
            (
                caller_ids.is_empty() || caller_ids.iter().any(begins),
                Miss::Caller,
            ),
            (
                called_numbers.is_empty() || called_numbers.iter().any(is_called),
                Miss::Called,
            ),
            (in_time, Miss::Time),
            (
                in_hours,
                Miss::Hours {
                    working: moment.working,
                },
            ),
            (takes_queues || !call.queue, Miss::Queue),
            (!has_unknown(conditions), Miss::Unknown),
        ];
        let missed = checks.into_iter().filter(|(is_met, _)| !is_met);
        missed.map(|(_, miss)| miss).collect()
    }

    /// The states that take what no rule does.
    fn states_after_rules(
        &self,
        moment: &Moment,
        queue: bool,
        handler: &Handler<'_>,
    ) -> Vec<(&'static str, Verdict)> {
        let by_rule = matches!(handler, Handler::Rule(_) | Handler::Ambiguous(_));
        let verdict = |id: &'static str, holds: bool, miss: Miss| {
            let verdict = if self.handling.states.is_none() {
                Verdict::Unread
            } else if !holds {
                Verdict::Misses(vec![miss])
            } else if by_rule {
                Verdict::Outranked
            } else if self.handling.state(id).is_none() {
                Verdict::Absent
            } else {
                Verdict::Takes
            };
            (id, verdict)
        };
        let hours = Miss::Hours {
            working: moment.working,
        };
        if queue {
            return vec![verdict(StateId::AGENT, moment.agent, Miss::Time)];
        }
        vec![
            verdict(StateId::WORK_HOURS, moment.working, hours),
            verdict(StateId::AFTER_HOURS, !moment.working, hours),
        ]
    }
}

//! Explains a decision: each candidate in order, and its result.

use super::decide::DecisionParts;
use super::schedule_eval::is_active;
use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable, has_unknown};
use super::{CallHandler, IncomingCall};
use crate::model::{LiveRule, RuleConditions, StateId};

/// A candidate and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep<'a> {
    /// The state or rule that was checked.
    pub candidate: RuleCandidate<'a>,
    /// The result of the check.
    pub result: CandidateResult,
}

/// A state or rule that can handle calls.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleCandidate<'a> {
    /// A state, identified by its id.
    State(&'static str),
    /// An interaction rule, with its priority.
    Rule(&'a LiveRule, u8),
}

/// The result of checking a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum CandidateResult {
    /// The candidate handles the call.
    Handles,
    /// The candidate or another one of the same priority handles the call.
    MayHandle,
    /// The candidate matches, but a rule of a higher priority handles the call.
    Outranked,
    /// The candidate is switched off.
    Off,
    /// The user does not have this state.
    Absent,
    /// The states were not read.
    Unread,
    /// The candidate does not match, for these reasons.
    Mismatches(Vec<MismatchReason>),
}

/// Why a candidate does not match a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MismatchReason {
    /// Its schedule is not active.
    Time,
    /// It requires work hours or after hours, and the call comes at the other time.
    Hours {
        /// Whether the call comes during work hours.
        working: bool,
    },
    /// The caller is not on its list.
    Caller,
    /// The called number is not on its list.
    Called,
    /// The call comes through a queue, and the rule includes only direct calls.
    Queue,
    /// It has a condition that callrules does not know.
    Unknown,
    /// It has no conditions at all.
    NoConditions,
}

impl<'a> RoutingTable<'a> {
    /// Returns the handler of a call and all candidates in order, including rules that were
    /// outranked.
    pub fn explain(&self, call: &IncomingCall) -> (CallHandler<'a>, Vec<TraceStep<'a>>) {
        let assumptions = RoutingAssumptions::default();
        let moment = self.moment_at(call.at, assumptions);
        let parts = DecisionParts {
            from: &self.callers.prefix_matches(call.from.as_deref()),
            to: &self.called.exact_matches(call.to.as_deref()),
            at: &moment,
            queue: call.queue,
        };
        let handler = self.decide_parts(&parts, assumptions);
        let mut steps = Vec::new();
        let forwarding = self.switched_state(StateId::FORWARD_ALL_CALLS, moment.forwarding);
        let is_forwarded = forwarding == CandidateResult::Handles;
        let mut add = |candidate, result| steps.push(TraceStep { candidate, result });
        add(RuleCandidate::State(StateId::FORWARD_ALL_CALLS), forwarding);
        if is_forwarded {
            return (handler, steps);
        }
        let dnd = self.switched_state(StateId::DND, true);
        let is_busy = dnd == CandidateResult::Handles;
        add(RuleCandidate::State(StateId::DND), dnd);
        if is_busy {
            return (handler, steps);
        }
        for (live_rule, priority) in self.candidates_in_order() {
            let result = Self::candidate_result(live_rule, call, &moment, &handler);
            add(RuleCandidate::Rule(live_rule, priority), result);
        }
        for (id, result) in self.states_after_rules(&moment, call.queue, &handler) {
            add(RuleCandidate::State(id), result);
        }
        (handler, steps)
    }

    /// Returns all rules, including disabled ones, highest priority first.
    fn candidates_in_order(&self) -> Vec<(&'a LiveRule, u8)> {
        let priority = |live_rule: &LiveRule| {
            let conditions = live_rule.rule.conditions.as_ref();
            conditions.map(super::priority).unwrap_or_default()
        };
        let rules = self.handling.rules().iter();
        let mut rules: Vec<_> = rules
            .map(|live_rule| (live_rule, priority(live_rule)))
            .collect();
        rules.sort_by_key(|(_, priority)| std::cmp::Reverse(*priority));
        rules
    }

    /// Returns the result for a state with a switch; `holds` is whether its schedule is active.
    fn switched_state(&self, state: &'static str, holds: bool) -> CandidateResult {
        if self.handling.states.is_none() {
            CandidateResult::Unread
        } else if self.handling.state(state).is_none() {
            CandidateResult::Absent
        } else if !self.is_switched_on(state) {
            CandidateResult::Off
        } else if !holds {
            CandidateResult::Mismatches(vec![MismatchReason::Time])
        } else {
            CandidateResult::Handles
        }
    }

    /// Returns the result for an interaction rule.
    fn candidate_result(
        live_rule: &LiveRule,
        call: &IncomingCall,
        moment: &RoutingMoment,
        handler: &CallHandler<'_>,
    ) -> CandidateResult {
        if live_rule.rule.enabled == Some(false) {
            return CandidateResult::Off;
        }
        let mismatches = Self::mismatches(live_rule, call, moment);
        let is_it = |other: &LiveRule| std::ptr::eq(other, live_rule);
        match handler {
            _ if !mismatches.is_empty() => CandidateResult::Mismatches(mismatches),
            CallHandler::Rule(rule) if is_it(rule) => CandidateResult::Handles,
            CallHandler::Ambiguous(either) if either.iter().any(|other| is_it(other)) => {
                CandidateResult::MayHandle
            }
            _ => CandidateResult::Outranked,
        }
    }

    /// Returns the conditions of a rule that the call does not meet.
    fn mismatches(
        live_rule: &LiveRule,
        call: &IncomingCall,
        moment: &RoutingMoment,
    ) -> Vec<MismatchReason> {
        let Some(conditions) = &live_rule.rule.conditions else {
            return vec![MismatchReason::NoConditions];
        };
        let RuleConditions {
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
            .is_none_or(|schedule| is_active(schedule, call.at) || !schedule.other.is_empty());
        let includes_queue_calls = live_rule.rule.queue_calls_included == Some(true);
        let checks = [
            (
                caller_ids.is_empty() || caller_ids.iter().any(begins),
                MismatchReason::Caller,
            ),
            (
                called_numbers.is_empty() || called_numbers.iter().any(is_called),
                MismatchReason::Called,
            ),
            (in_time, MismatchReason::Time),
            (
                in_hours,
                MismatchReason::Hours {
                    working: moment.working,
                },
            ),
            (includes_queue_calls || !call.queue, MismatchReason::Queue),
            (!has_unknown(conditions), MismatchReason::Unknown),
        ];
        checks
            .into_iter()
            .filter(|(is_met, _)| !is_met)
            .map(|(_, reason)| reason)
            .collect()
    }

    /// Returns the results for the states that handle calls without a matching rule.
    fn states_after_rules(
        &self,
        moment: &RoutingMoment,
        queue: bool,
        handler: &CallHandler<'_>,
    ) -> Vec<(&'static str, CandidateResult)> {
        let by_rule = matches!(handler, CallHandler::Rule(_) | CallHandler::Ambiguous(_));
        let result = |id: &'static str, holds: bool, mismatch: MismatchReason| {
            let result = if self.handling.states.is_none() {
                CandidateResult::Unread
            } else if !holds {
                CandidateResult::Mismatches(vec![mismatch])
            } else if by_rule {
                CandidateResult::Outranked
            } else if self.handling.state(id).is_none() {
                CandidateResult::Absent
            } else {
                CandidateResult::Handles
            };
            (id, result)
        };
        let hours = MismatchReason::Hours {
            working: moment.working,
        };
        if queue {
            return vec![result(StateId::AGENT, moment.agent, MismatchReason::Time)];
        }
        vec![
            result(StateId::WORK_HOURS, moment.working, hours),
            result(StateId::AFTER_HOURS, !moment.working, hours),
        ]
    }
}

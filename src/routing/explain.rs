//! Explains a decision: each candidate in order, and its result.

use super::decide::DecisionParts;
use super::schedule_eval::is_active;
use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable};
use super::{CallHandler, HandlerIndex, IncomingCall};
use crate::model::{StateId, UserRule};

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
    Rule(&'a UserRule, u8),
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
        let index = self.decide_parts(&parts, assumptions);
        let mut steps = Vec::new();
        for (id, is_scheduled) in [
            (StateId::FORWARD_ALL_CALLS, moment.forwarding),
            (StateId::DND, true),
        ] {
            let result = self.switched_state(id, is_scheduled);
            let handles = result == CandidateResult::Handles;
            let candidate = RuleCandidate::State(id);
            steps.push(TraceStep { candidate, result });
            if handles {
                return (self.handler(&index), steps);
            }
        }
        steps.extend(self.rule_steps(call, &parts, &index));
        steps.extend(self.states_after_rules(&moment, call.queue, &index));
        (self.handler(&index), steps)
    }

    /// Returns the steps of all rules, including disabled ones, highest priority first.
    fn rule_steps(
        &self,
        call: &IncomingCall,
        parts: &DecisionParts<'_>,
        handler: &HandlerIndex,
    ) -> Vec<TraceStep<'a>> {
        let rules = self.handling.rules().iter().enumerate();
        let mut candidates: Vec<(usize, u8, &UserRule)> = rules
            .map(|(index, user_rule)| {
                let conditions = user_rule.rule.conditions.as_ref();
                let priority = conditions.map(super::priority).unwrap_or_default();
                (index, priority, user_rule)
            })
            .collect();
        candidates.sort_by_key(|(_, priority, _)| std::cmp::Reverse(*priority));
        let steps = candidates.into_iter().map(|(index, priority, user_rule)| {
            let result = if user_rule.rule.enabled == Some(false) {
                CandidateResult::Off
            } else {
                match (self.mismatches(index, call, parts), handler) {
                    (reasons, _) if !reasons.is_empty() => CandidateResult::Mismatches(reasons),
                    (_, HandlerIndex::Rule(rule)) if *rule == index => CandidateResult::Handles,
                    (_, HandlerIndex::Ambiguous(rules)) if rules.contains(&index) => {
                        CandidateResult::MayHandle
                    }
                    _ => CandidateResult::Outranked,
                }
            };
            TraceStep {
                candidate: RuleCandidate::Rule(user_rule, priority),
                result,
            }
        });
        steps.collect()
    }

    /// Returns the result for a state with a switch.
    fn switched_state(&self, state: &'static str, is_scheduled: bool) -> CandidateResult {
        if self.handling.states.is_none() {
            CandidateResult::Unread
        } else if self.handling.state(state).is_none() {
            CandidateResult::Absent
        } else if !self.is_switched_on(state) {
            CandidateResult::Off
        } else if !is_scheduled {
            CandidateResult::Mismatches(vec![MismatchReason::Time])
        } else {
            CandidateResult::Handles
        }
    }

    /// Returns the conditions of an enabled rule that the call does not meet.
    fn mismatches(
        &self,
        rule: usize,
        call: &IncomingCall,
        parts: &DecisionParts<'_>,
    ) -> Vec<MismatchReason> {
        let Some(rank) = self.rank(rule) else {
            return vec![MismatchReason::NoConditions];
        };
        let conditions = self.rules[rank].conditions;
        let working = parts.at.working;
        let in_hours = match conditions.state.as_ref().map(StateId::as_str) {
            Some(StateId::WORK_HOURS) => working,
            Some(StateId::AFTER_HOURS) => !working,
            _ => true,
        };
        let in_time = conditions
            .schedule
            .as_ref()
            .is_none_or(|schedule| is_active(schedule, call.at) || !schedule.other.is_empty());
        let checks = [
            (parts.from.contains(rank), MismatchReason::Caller),
            (parts.to.contains(rank), MismatchReason::Called),
            (in_time, MismatchReason::Time),
            (in_hours, MismatchReason::Hours { working }),
            (
                self.for_queues.contains(rank) || !call.queue,
                MismatchReason::Queue,
            ),
            (!self.unknown.contains(rank), MismatchReason::Unknown),
        ];
        let unmet = checks.into_iter().filter(|(is_met, _)| !is_met);
        unmet.map(|(_, reason)| reason).collect()
    }

    /// Returns the steps of the states that handle calls without a matching rule.
    fn states_after_rules(
        &self,
        moment: &RoutingMoment,
        queue: bool,
        handler: &HandlerIndex,
    ) -> Vec<TraceStep<'a>> {
        let by_rule = matches!(handler, HandlerIndex::Rule(_) | HandlerIndex::Ambiguous(_));
        let step = |id: &'static str, is_active: bool, mismatch: MismatchReason| TraceStep {
            candidate: RuleCandidate::State(id),
            result: if self.handling.states.is_none() {
                CandidateResult::Unread
            } else if !is_active {
                CandidateResult::Mismatches(vec![mismatch])
            } else if by_rule {
                CandidateResult::Outranked
            } else if self.handling.state(id).is_none() {
                CandidateResult::Absent
            } else {
                CandidateResult::Handles
            },
        };
        if queue {
            return vec![step(StateId::AGENT, moment.agent, MismatchReason::Time)];
        }
        let RoutingMoment { working, .. } = *moment;
        let hours = MismatchReason::Hours { working };
        vec![
            step(StateId::WORK_HOURS, working, hours),
            step(StateId::AFTER_HOURS, !working, hours),
        ]
    }
}

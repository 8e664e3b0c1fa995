//! The reason why a rule or state handles a call, or doesn't.

use crate::model::{CallSchedule, RuleConditions, StateId, StateSchedule, UserRule};
use crate::routing::{CallHandler, CandidateResult, MismatchReason, RuleCandidate, TraceStep};
use crate::simulate::CallTrace;

/// Returns the id of the state or the name of the rule that was considered.
pub(super) fn candidate_name<'s>(step: &'s TraceStep<'_>) -> &'s str {
    match &step.candidate {
        RuleCandidate::State(id) => id,
        RuleCandidate::Rule(user_rule, _) => &user_rule.rule.name,
    }
}

/// Returns whether the rule or state matches the call, even if another one has priority.
pub(super) fn is_matched(step: &TraceStep<'_>) -> bool {
    matches!(
        step.result,
        CandidateResult::Handles | CandidateResult::MayHandle | CandidateResult::Outranked
    )
}

/// Returns whether the rule or state handles the call, or may handle it.
pub(super) fn is_handling(step: &TraceStep<'_>) -> bool {
    matches!(
        step.result,
        CandidateResult::Handles | CandidateResult::MayHandle
    )
}

/// Returns why the rule or state handles the call, or doesn't.
pub(super) fn step_reason(trace: &CallTrace<'_>, step: &TraceStep<'_>) -> String {
    match &step.candidate {
        RuleCandidate::Rule(user_rule, _) => rule_reason(trace, user_rule, &step.result),
        RuleCandidate::State(id) => state_reason(trace, id, &step.result),
    }
}

fn rule_reason(trace: &CallTrace<'_>, user_rule: &UserRule, verdict: &CandidateResult) -> String {
    let matches = || {
        user_rule
            .rule
            .conditions
            .as_ref()
            .map(matching_conditions)
            .unwrap_or_default()
    };
    match verdict {
        CandidateResult::Handles => matches(),
        CandidateResult::MayHandle => {
            format!("{}, and so does another rule of this priority", matches())
        }
        CandidateResult::Outranked if !trace.undecided_rules().is_empty() => matches(),
        CandidateResult::Outranked => format!(
            "{}, but a rule of higher priority handles the call",
            matches()
        ),
        CandidateResult::Off => "disabled".to_owned(),
        CandidateResult::Absent | CandidateResult::Unread => "not checked".to_owned(),
        CandidateResult::Mismatches(misses) => {
            let reasons: Vec<String> = misses
                .iter()
                .map(|miss| mismatch_reason(trace, user_rule, *miss))
                .collect();
            reasons.join("; ")
        }
    }
}

/// Returns the conditions that match: `caller id and state match`.
fn matching_conditions(conditions: &RuleConditions) -> String {
    let RuleConditions {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other: _,
    } = conditions;
    let parts = [
        (!caller_ids.is_empty(), "caller id"),
        (!called_numbers.is_empty(), "called number"),
        (schedule.is_some(), "schedule"),
        (state.is_some(), "state"),
    ];
    let names: Vec<&str> = parts
        .into_iter()
        .filter_map(|(is_set, name)| is_set.then_some(name))
        .collect();
    match &names[..] {
        [] => "matches every call".to_owned(),
        [name] => format!("{name} matches"),
        [first @ .., last] => format!("{} and {last} match", first.join(", ")),
    }
}

fn mismatch_reason(trace: &CallTrace<'_>, user_rule: &UserRule, miss: MismatchReason) -> String {
    let is_declared = trace.known.file.is_some();
    let text = match miss {
        MismatchReason::Caller if trace.call.from.is_none() => "the caller has no number",
        MismatchReason::Caller => "the caller isn't in its list",
        MismatchReason::Called if trace.call.to.is_none() => "the called number isn't known",
        MismatchReason::Called => "the called number isn't in its list",
        MismatchReason::Time => {
            let conditions = user_rule.rule.conditions.as_ref();
            let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
            if schedule.is_some_and(|schedule| has_expired(schedule, trace)) {
                "it has expired"
            } else {
                "its schedule doesn't include this time"
            }
        }
        MismatchReason::Hours { working: true } => {
            "applies after hours only, and this is within work hours"
        }
        MismatchReason::Hours { working: false } => {
            "applies in work hours only, and this is outside them"
        }
        MismatchReason::Queue => "doesn't apply to queue calls",
        MismatchReason::Unknown => "has a condition that callrules doesn't support",
        MismatchReason::NoConditions if is_declared => "its conditions aren't set in the file",
        MismatchReason::NoConditions => "has no conditions",
    };
    text.to_owned()
}

fn state_reason(trace: &CallTrace<'_>, id: &str, verdict: &CandidateResult) -> String {
    let is_declared = trace.known.file.is_some();
    let state = trace.known.handling.state(id).map(|state| &state.state);
    let text = match (id, verdict) {
        (_, CandidateResult::Off)
            if is_declared && state.is_none_or(|state| state.enabled.is_none()) =>
        {
            "assumed off (not set in the file)"
        }
        (_, CandidateResult::Off) => "disabled",
        (StateId::AGENT, CandidateResult::Absent) if is_declared => "not set in the file",
        (_, CandidateResult::Absent) => "the user doesn't have this state",
        (_, CandidateResult::Unread) => "not checked",
        (StateId::FORWARD_ALL_CALLS, CandidateResult::Mismatches(_)) => {
            let own_schedule = match state.and_then(|state| state.schedule.as_ref()) {
                Some(StateSchedule::Own(schedule)) => Some(schedule),
                _ => None,
            };
            if own_schedule.is_some_and(|schedule| has_expired(schedule, trace)) {
                "still enabled, but expired"
            } else {
                "enabled, but its schedule doesn't include this time"
            }
        }
        (StateId::FORWARD_ALL_CALLS | StateId::DND, _) => "enabled",
        (_, CandidateResult::Outranked) => match trace.handler {
            CallHandler::Ambiguous(_) => "one of the rules handles the call",
            _ => "a rule handles the call",
        },
        (StateId::WORK_HOURS, CandidateResult::Mismatches(_)) => "this is outside work hours",
        (StateId::AFTER_HOURS, CandidateResult::Mismatches(_)) => "this is within work hours",
        (_, CandidateResult::Mismatches(_)) => "the user doesn't accept queue calls at this time",
        (StateId::WORK_HOURS, _) => "this is within work hours",
        (StateId::AFTER_HOURS, _) => "this is outside work hours",
        (_, _) => "the user accepts queue calls at this time",
    };
    text.to_owned()
}

/// Returns whether a schedule's last date is before the call.
fn has_expired(schedule: &CallSchedule, trace: &CallTrace<'_>) -> bool {
    let at = trace.call.at;
    let last = schedule.ranges.iter().map(|range| range.end).max();
    let has_ended = schedule.end.is_some_and(|end| end < at);
    let has_only_dates = schedule.week.is_none() && schedule.other.is_empty();
    has_ended || has_only_dates && last.is_some_and(|last| last < at)
}

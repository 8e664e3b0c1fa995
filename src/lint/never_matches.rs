//! Lints: rules that never match a call, and rules that match the same call with the same priority.

use super::{KeyPath, LintKind, LintSubject, LintUser, LintWarning, expired};
use crate::model::{StateId, UserRule};
use crate::routing::{CallFlow, Reachability, RuleReachability};

/// Warns about rules that match no call, and about rules of which other rules match every call.
pub(super) fn lint_never_matches(
    user: &LintUser<'_>,
    reachability: &Reachability<'_, '_>,
    warnings: &mut Vec<LintWarning>,
) {
    for (index, rule) in user.handling.rules().iter().enumerate() {
        match reachability.for_rule(index) {
            Some(RuleReachability::NoCall) if !is_expired(rule, user) => {
                warnings.push(no_call_warning(index, rule));
            }
            Some(RuleReachability::Outranked(by)) => {
                warnings.push(shadowed_warning(index, &by, user));
            }
            _ => {}
        }
    }
}

/// Returns whether the dates of a rule have passed, which is a lint of its own.
fn is_expired(rule: &UserRule, user: &LintUser<'_>) -> bool {
    let conditions = rule.rule.conditions.as_ref();
    let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
    schedule.is_some_and(|schedule| expired::ended_on(schedule, user.today).is_some())
}

/// Builds the warning about a rule whose conditions never hold together.
fn no_call_warning(index: usize, rule: &UserRule) -> LintWarning {
    let conditions = rule.rule.conditions.as_ref();
    let state = conditions.and_then(|conditions| conditions.state.as_ref());
    let timed = conditions.is_some_and(|conditions| conditions.schedule.is_some());
    let (message, help, keys): (_, _, KeyPath) = match (state.map(StateId::as_str), timed) {
        (Some(StateId::AFTER_HOURS), false) => (
            "this rule never matches: it applies after hours, but work hours are 24/7",
            "set the work hours, or remove the rule",
            &["conditions", "state"],
        ),
        (Some(_), true) => (
            "this rule never matches: its schedule and its state never hold at the same time",
            "correct the schedule or the state, or remove the rule",
            &["conditions", "schedule"],
        ),
        _ => (
            "this rule never matches: its times never occur",
            "correct the times and the date limits, or remove the rule",
            &["conditions", "schedule"],
        ),
    };
    let subject = LintSubject::Rule(index);
    LintWarning::new(LintKind::NeverMatches, subject, keys, message, help)
}

/// The number of outranking rules that a message names.
const MAX_OUTRANKING: usize = 2;

/// Builds the warning about a rule whose calls all match rules of a higher priority.
fn shadowed_warning(index: usize, by: &[usize], user: &LintUser<'_>) -> LintWarning {
    let first = by.iter().take(MAX_OUTRANKING);
    let mut names: Vec<String> = first
        .map(|rule| format!("`{}`", user.rule_name(*rule)))
        .collect();
    match by.len().saturating_sub(MAX_OUTRANKING) {
        0 => {}
        1 => names.push("another rule".to_owned()),
        more => names.push(format!("{more} other rules")),
    }
    let verb = if by.len() == 1 { "matches" } else { "match" };
    LintWarning {
        other: by.first().map(|rule| LintSubject::Rule(*rule)),
        ..LintWarning::new(
            LintKind::Shadowed,
            LintSubject::Rule(index),
            &["conditions"],
            format!(
                "this rule never applies: {} {verb} all its calls first",
                names.join(" and ")
            ),
            "the rule with more conditions wins: add a condition here, narrow the other rule, or remove this one",
        )
    }
}

/// Warns about pairs of rules that can match the same call with the same priority and handle it
/// differently. RingCentral does not document which one wins. [seed]
pub(super) fn lint_ambiguous(
    user: &LintUser<'_>,
    reachability: &Reachability<'_, '_>,
    warnings: &mut Vec<LintWarning>,
) {
    let flow = |rule: usize| {
        let dispatching = user.handling.rules()[rule].rule.dispatching.as_ref();
        dispatching.map(CallFlow::from_dispatching)
    };
    for (first, second) in reachability.overlapping() {
        // An undeclared dispatching may equal the other one.
        let (Some(first_flow), Some(second_flow)) = (flow(first), flow(second)) else {
            continue;
        };
        if first_flow == second_flow {
            continue;
        }
        // Reported on a rule that a file declares, because that one can be fixed.
        let (subject, other) = if user.declared.contains(&LintSubject::Rule(second)) {
            (second, first)
        } else {
            (first, second)
        };
        let name = user.rule_name(other);
        warnings.push(LintWarning {
            other: Some(LintSubject::Rule(other)),
            ..LintWarning::new(
                LintKind::Ambiguous,
                LintSubject::Rule(subject),
                &["conditions"],
                format!("this rule and `{name}` match the same calls and have the same priority"),
                "add a condition to one of them, or make sure that they can't overlap",
            )
        });
    }
}

//! Lint: rules that never match a call.

use super::{LintKind, LintSubject, LintUser, LintWarning, expired};
use crate::model::{LiveRule, StateId};
use crate::routing::{Reachability, RuleReachability};

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
fn is_expired(rule: &LiveRule, user: &LintUser<'_>) -> bool {
    let conditions = rule.rule.conditions.as_ref();
    let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
    schedule.is_some_and(|schedule| expired::ended_on(schedule, user.today).is_some())
}

/// Builds the warning about a rule whose conditions never hold together.
fn no_call_warning(index: usize, rule: &LiveRule) -> LintWarning {
    let conditions = rule.rule.conditions.as_ref();
    let state = conditions.and_then(|conditions| conditions.state.as_ref());
    let timed = conditions.is_some_and(|conditions| conditions.schedule.is_some());
    let (message, help, keys): (_, _, &'static [&'static str]) =
        match (state.map(StateId::as_str), timed) {
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
    LintWarning {
        kind: LintKind::NeverMatches,
        subject: LintSubject::Rule(index),
        keys,
        other: None,
        message: message.to_owned(),
        help: help.to_owned(),
    }
}

/// The number of outranking rules that a message names.
const MAX_OUTRANKING: usize = 2;

/// Builds the warning about a rule whose calls all match rules of a higher priority.
fn shadowed_warning(index: usize, by: &[usize], user: &LintUser<'_>) -> LintWarning {
    let names = by.iter().map(|rule| format!("`{}`", user.rule_name(*rule)));
    let mut names: Vec<String> = names.take(MAX_OUTRANKING).collect();
    match by.len().saturating_sub(MAX_OUTRANKING) {
        0 => {}
        1 => names.push("another rule".to_owned()),
        more => names.push(format!("{more} other rules")),
    }
    let verb = if by.len() == 1 { "matches" } else { "match" };
    LintWarning {
        kind: LintKind::Shadowed,
        subject: LintSubject::Rule(index),
        keys: &["conditions"],
        other: by.first().map(|rule| LintSubject::Rule(*rule)),
        message: format!(
            "this rule never applies: {} {verb} all its calls first",
            names.join(" and ")
        ),
        help: "the rule with more conditions wins: add a condition here, narrow the other rule, or remove this one"
            .to_owned(),
    }
}

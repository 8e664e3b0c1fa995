//! Rules that take no call, whatever happens.

use super::{Kind, Subject, User, Warning, over};
use crate::model::{HeldRule, StateId};
use crate::routing::{Chance, Chances};

pub(super) fn check(user: &User<'_>, chances: &Chances<'_, '_>, found: &mut Vec<Warning>) {
    for (at, held) in user.handling.rules().iter().enumerate() {
        match chances.of(at) {
            Some(Chance::NoCall) if !is_over(held, user) => found.push(no_call(at, held)),
            Some(Chance::Outranked(by)) => found.push(outranked(at, &by, user)),
            _ => {}
        }
    }
}

/// What has had its time is told as that.
fn is_over(held: &HeldRule, user: &User<'_>) -> bool {
    let conditions = held.rule.conditions.as_ref();
    let schedule = conditions.and_then(|conditions| conditions.schedule.as_ref());
    schedule.is_some_and(|schedule| over::since(schedule, user.today).is_some())
}

fn no_call(at: usize, held: &HeldRule) -> Warning {
    let conditions = held.rule.conditions.as_ref();
    let state = conditions.and_then(|conditions| conditions.state.as_ref());
    let timed = conditions.is_some_and(|conditions| conditions.schedule.is_some());
    let (message, help, keys): (_, _, &'static [&'static str]) = match (
        state.map(StateId::as_str),
        timed,
    ) {
        (Some(StateId::AFTER_HOURS), false) => (
            "this rule takes no call: it is for the time after hours, and work hours are around the clock",
            "set the work hours, or remove the rule",
            &["conditions", "state"],
        ),
        (Some(_), true) => (
            "this rule takes no call: its schedule and its state never hold together",
            "correct the schedule or the state, or remove the rule",
            &["conditions", "schedule"],
        ),
        _ => (
            "this rule takes no call: its times never come",
            "correct the times and their bounds, or remove the rule",
            &["conditions", "schedule"],
        ),
    };
    Warning {
        kind: Kind::NeverMatches,
        subject: Subject::Rule(at),
        keys,
        other: None,
        message: message.to_owned(),
        help: help.to_owned(),
    }
}

/// How many rules are named.
const MOST: usize = 2;

fn outranked(at: usize, by: &[usize], user: &User<'_>) -> Warning {
    let names = by.iter().map(|rule| format!("`{}`", user.rule_name(*rule)));
    let mut names: Vec<String> = names.take(MOST).collect();
    match by.len().saturating_sub(MOST) {
        0 => {}
        1 => names.push("another rule".to_owned()),
        more => names.push(format!("{more} other rules")),
    }
    let take = if by.len() == 1 { "takes" } else { "take" };
    Warning {
        kind: Kind::Shadowed,
        subject: Subject::Rule(at),
        keys: &["conditions"],
        other: by.first().map(|rule| Subject::Rule(*rule)),
        message: format!(
            "no call is left for this rule: {} {take} every call that it matches",
            names.join(" and ")
        ),
        help: "the rule with more conditions wins: add one here, narrow the other, or remove this rule"
            .to_owned(),
    }
}

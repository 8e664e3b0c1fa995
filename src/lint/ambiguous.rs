//! Two rules that match one call, where nothing says which takes it.

use super::{Kind, Subject, User, Warning};
use crate::routing::{Chances, Flow};

pub(super) fn check(user: &User<'_>, chances: &Chances<'_, '_>, found: &mut Vec<Warning>) {
    let rules = user.handling.rules();
    let flow = |rule: usize| rules[rule].rule.dispatching.as_ref().map(Flow::of);
    for (first, second) in chances.meeting() {
        // What is not declared of one of them may be what the other says.
        let (Some(one), Some(another)) = (flow(first), flow(second)) else {
            continue;
        };
        if one == another {
            continue;
        }
        // It is told where a person can mend it.
        let (subject, other) = match user.declared.contains(&Subject::Rule(second)) {
            true => (second, first),
            false => (first, second),
        };
        let name = user.rule_name(other);
        found.push(Warning {
            kind: Kind::Ambiguous,
            subject: Subject::Rule(subject),
            keys: &["conditions"],
            other: Some(Subject::Rule(other)),
            message: format!(
                "this rule and `{name}` match the same calls, and neither comes first"
            ),
            help: "give one of them a condition more, or let their conditions exclude each other"
                .to_owned(),
        });
    }
}

//! Two rules that match one call, where nothing says which takes it.

use super::{Kind, Subject, User, Warning};
use crate::routing::{Chances, Flow};

pub(super) fn check(user: &User<'_>, chances: &Chances<'_, '_>, found: &mut Vec<Warning>) {
    let rules = user.handling.rules();
    let flow = |rule: usize| rules[rule].rule.dispatching.as_ref().map(Flow::of);
    for (first, second) in chances.meeting() {
        // What is not declared of one of them may be what the other says.
        let (Some(one), Some(other)) = (flow(first), flow(second)) else {
            continue;
        };
        if one == other {
            continue;
        }
        let name = user.rule_name(first);
        found.push(Warning {
            kind: Kind::Ambiguous,
            subject: Subject::Rule(second),
            keys: &["conditions"],
            other: Some(Subject::Rule(first)),
            message: format!(
                "this rule and `{name}` match the same calls, and neither comes first"
            ),
            help: "give one of them a condition more, or let their conditions exclude each other"
                .to_owned(),
        });
    }
}

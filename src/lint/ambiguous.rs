//! Lint: two rules that match the same call with the same priority.
//!
//! RingCentral does not document which one wins. [seed]

use super::{LintKind, LintSubject, LintUser, LintWarning};
use crate::routing::{CallFlow, Reachability};

/// Warns about pairs of rules that can match the same call with the same priority and handle it
/// differently.
pub(super) fn lint_ambiguous(
    user: &LintUser<'_>,
    reachability: &Reachability<'_, '_>,
    warnings: &mut Vec<LintWarning>,
) {
    let rules = user.handling.rules();
    let flow = |rule: usize| {
        rules[rule]
            .rule
            .dispatching
            .as_ref()
            .map(CallFlow::from_dispatching)
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
            kind: LintKind::Ambiguous,
            subject: LintSubject::Rule(subject),
            keys: &["conditions"],
            other: Some(LintSubject::Rule(other)),
            message: format!(
                "this rule and `{name}` match the same calls and have the same priority"
            ),
            help: "add a condition to one of them, or make sure that they can't overlap".to_owned(),
        });
    }
}

//! Checks of the conditions of an interaction rule, which has at most one condition of each type. A
//! call must meet all of them. [docs, inferred]

use serde_json::Value;

use super::{BodyCheckContext, BodyFindings, MIN_CALLER_ID_DIGITS, MIN_DIALABLE_DIGITS, schedule};

/// Checks the list of conditions.
pub(crate) fn check(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    conditions: Option<&Value>,
) {
    let at = "conditions";
    let Some(conditions) = findings.require_array(conditions, at, 1) else {
        return;
    };
    let mut types: Vec<&str> = Vec::new();
    for (i, condition) in conditions.iter().enumerate() {
        let at = format!("{at}[{i}]");
        let kind = condition
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if types.contains(&kind) {
            findings.push_invalid(&at, format_args!("a second condition of type {kind}"));
        }
        types.push(kind);
        match kind {
            "Interaction" => check_callers(findings, condition, &at),
            "Schedule" => {
                let at = format!("{at}.schedule");
                schedule::check(
                    findings,
                    condition.get("schedule"),
                    &at,
                    &schedule::ANY_SCHEDULE,
                );
            }
            "State" => {
                check_state(findings, context, condition, &format!("{at}.state.id"));
                if !conditions.iter().any(names_a_number) {
                    let message = "a State condition requires a caller id or called number";
                    findings.push_invalid(&at, message);
                }
            }
            _ if context.is_in_live_body(condition) => {}
            _ => findings.push_invalid(
                &format!("{at}.type"),
                "Interaction, Schedule or State is required",
            ),
        }
    }
}

/// Checks caller ids and called numbers. Both keys are required, and an empty list matches any
/// number. The items of `to` are strings. \[spec\]
fn check_callers(findings: &mut BodyFindings, condition: &Value, at: &str) {
    let callers = findings.require_array(condition.get("from"), &format!("{at}.from"), 0);
    for (i, caller) in callers.into_iter().flatten().enumerate() {
        let at = format!("{at}.from[{i}]");
        let Some(caller) = findings.require_object(Some(caller), &at) else {
            continue;
        };
        findings.require_phone_number(
            caller.get("phoneNumber"),
            &format!("{at}.phoneNumber"),
            MIN_CALLER_ID_DIGITS,
        );
        if !caller.get("name").is_some_and(Value::is_string) {
            findings.push_invalid(&format!("{at}.name"), "a name is required");
        }
    }
    let called = findings.require_array(condition.get("to"), &format!("{at}.to"), 0);
    for (i, number) in called.into_iter().flatten().enumerate() {
        findings.require_phone_number(Some(number), &format!("{at}.to[{i}]"), MIN_DIALABLE_DIGITS);
    }
}

/// Checks a reference to a state. A rule may refer to work hours and after hours, and to another
/// state only if it already does. [spec, inferred]
fn check_state(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    condition: &Value,
    at: &str,
) {
    let id = &condition["state"]["id"];
    let live_conditions = context.live["conditions"].as_array().into_iter().flatten();
    let mut live_states = live_conditions.filter(|condition| condition["type"] == "State");
    if !id.is_string() || !live_states.any(|condition| condition["state"]["id"] == *id) {
        findings.require_one_of(Some(id), at, &["work-hours", "after-hours"]);
    }
}

/// Returns whether this condition contains at least one caller id or called number. [seed: required
/// with State]
fn names_a_number(condition: &Value) -> bool {
    let is_nonempty = |key: &str| {
        condition[key]
            .as_array()
            .is_some_and(|numbers| !numbers.is_empty())
    };
    condition["type"] == "Interaction" && (is_nonempty("from") || is_nonempty("to"))
}

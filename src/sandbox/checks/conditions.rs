//! Checks of the conditions of an interaction rule, which has at most one condition of each type. A
//! call must meet all of them. [docs, inferred]

use super::{BodyPart, MIN_CALLER_ID_DIGITS, MIN_DIALABLE_DIGITS, schedule};
use crate::sandbox::json;

/// Checks the list of conditions.
pub(crate) fn check(conditions: &BodyPart) {
    let Some(conditions) = conditions.require_array(1) else {
        return;
    };
    let mut types: Vec<&str> = Vec::new();
    for condition in &conditions {
        let kind = condition.kind();
        if types.contains(&kind) {
            condition.invalid(format_args!("a second condition of type {kind}"));
        }
        types.push(kind);
        match kind {
            "Interaction" => check_callers(condition),
            "Schedule" => schedule::check(&condition.get("schedule"), &schedule::ANY_SCHEDULE),
            "State" => {
                check_state(&condition.get_in("state", "id"));
                if !conditions.iter().any(names_a_number) {
                    condition.invalid("a State condition requires a caller id or called number");
                }
            }
            _ if condition.is_live() => {}
            _ => {
                let message = "Interaction, Schedule or State is required";
                condition.get("type").invalid(message);
            }
        }
    }
}

/// Checks caller ids and called numbers. Both keys are required, and an empty list matches any
/// number. The items of `to` are strings. [spec; a caller id without a name is accepted: field]
fn check_callers(condition: &BodyPart) {
    for caller in condition.get("from").require_array(0).into_iter().flatten() {
        if caller.require_object().is_some() {
            let (number, name) = (caller.get("phoneNumber"), caller.get("name"));
            number.require_phone_number(MIN_CALLER_ID_DIGITS);
            name.check_optional_text();
        }
    }
    for number in condition.get("to").require_array(0).into_iter().flatten() {
        number.require_phone_number(MIN_DIALABLE_DIGITS);
    }
}

/// Checks a reference to a state. A rule may refer to work hours and after hours, and to another
/// state only if it already does. [spec, inferred]
fn check_state(id: &BodyPart) {
    let mut live_conditions = json::items(id.check.live, "conditions");
    let is_live = id.as_str().is_some_and(|id| {
        live_conditions.any(|live| live["type"] == "State" && live["state"]["id"] == id)
    });
    if !is_live {
        id.require_one_of(&["work-hours", "after-hours"]);
    }
}

/// Returns whether this condition contains at least one caller id or called number. [seed: required
/// with State]
fn names_a_number(condition: &BodyPart) -> bool {
    let has_items = |key: &str| !condition.get(key).items().is_empty();
    condition.kind() == "Interaction" && (has_items("from") || has_items("to"))
}

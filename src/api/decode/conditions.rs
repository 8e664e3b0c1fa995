//! Decodes the conditions of an interaction rule.

use serde_json::Value;

use super::{array_items, explicit_name, schedule, text_or_number};
use crate::model::{CallerId, RuleConditions, StateId};

/// Decodes a list of conditions.
pub(in crate::api) fn decode_conditions(value: &Value) -> RuleConditions {
    let mut conditions = RuleConditions::default();
    let mut numbers = false;
    for condition in array_items(Some(value)) {
        let known = match condition.get("type").and_then(Value::as_str) {
            // A second condition of the same type must hold too, so it is not the same as a longer
            // list.
            Some("Interaction") if !numbers => {
                numbers = decode_interaction(condition, &mut conditions);
                numbers
            }
            Some("Schedule") if conditions.schedule.is_none() => {
                conditions.schedule = condition.get("schedule").map(schedule::decode_schedule);
                conditions.schedule.is_some()
            }
            Some("State") if conditions.state.is_none() => {
                let id = condition
                    .get("state")
                    .and_then(|state| text_or_number(state.get("id")));
                conditions.state = id.map(StateId);
                conditions.state.is_some()
            }
            _ => false,
        };
        if !known {
            conditions.other.push(condition.clone());
        }
    }
    conditions.without_duplicates()
}

/// Decodes caller IDs and called numbers. `to` holds plain numbers \[spec\] or objects with a
/// number \[docs\].
fn decode_interaction(condition: &Value, conditions: &mut RuleConditions) -> bool {
    let caller = |caller: &Value| {
        let number = phone_number(caller)?;
        let name = explicit_name(&number, caller);
        Some(CallerId { number, name })
    };
    let from: Option<Vec<CallerId>> = array_items(condition.get("from"))
        .iter()
        .map(caller)
        .collect();
    let to: Option<Vec<String>> = array_items(condition.get("to"))
        .iter()
        .map(phone_number)
        .collect();
    let (Some(from), Some(to)) = (from, to) else {
        return false;
    };
    conditions.caller_ids = from.into();
    conditions.called_numbers = to;
    true
}

/// Returns a number that is plain text or in an object.
pub(in crate::api) fn phone_number(value: &Value) -> Option<String> {
    text_or_number(Some(value)).or_else(|| text_or_number(value.get("phoneNumber")))
}

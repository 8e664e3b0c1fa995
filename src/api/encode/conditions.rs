//! Encodes the conditions of interaction rules and the condition of a state.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::actions::{has_type, set_key};
use super::schedule;
use crate::api::decode;
use crate::api::decode::conditions::phone_number;
use crate::api::decode::{array_items, explicit_name, text_or_number};
use crate::model::{CallSchedule, CallerId, RuleConditions, StateId};

/// Encodes declared conditions, which are complete. Unknown live conditions stay unless conditions
/// of their type are declared.
pub(super) fn encode_conditions(live: Option<&Value>, desired: &RuleConditions) -> Value {
    let known = live
        .map(decode::conditions::decode_conditions)
        .unwrap_or_default();
    let of_type = |kind: &str| find_condition(live, kind);
    let mut conditions = Vec::new();
    if !desired.caller_ids.is_empty() || !desired.called_numbers.is_empty() {
        conditions.push(encode_interaction(of_type("Interaction"), desired));
    }
    if let Some(times) = &desired.schedule {
        conditions.push(encode_schedule_condition(of_type("Schedule"), times));
    }
    if let Some(id) = &desired.state {
        conditions.push(encode_state_condition(of_type("State"), id));
    }
    if desired.other.is_empty() {
        // A second condition of a known type is not declared, so it is removed.
        let is_unknown = |condition: &&Value| {
            let kind = condition.get("type").and_then(Value::as_str);
            !matches!(kind, Some("Interaction" | "Schedule" | "State"))
        };
        conditions.extend(known.other.iter().filter(is_unknown).cloned());
    } else {
        conditions.extend(desired.other.iter().cloned());
    }
    Value::Array(conditions)
}

/// Encodes caller IDs and called numbers. Both keys are required, and an empty list means any. `to`
/// holds plain numbers; `name` is required in `from` \[spec\].
fn encode_interaction(live: Option<&Value>, desired: &RuleConditions) -> Value {
    // The lists may be long, so each is scanned once.
    let mut callers: HashMap<String, &Value> = HashMap::new();
    for caller in array_items(live.and_then(|live| live.get("from"))) {
        if let Some(number) = phone_number(caller) {
            // Of two entries with the same number, the one that decoding uses is kept.
            let name = |caller: &Value| explicit_name(&number, caller);
            match callers.get(&number) {
                Some(kept) if name(kept) <= name(caller) => {}
                _ => {
                    callers.insert(number, caller);
                }
            }
        }
    }
    let from = desired.caller_ids.iter().map(|caller| {
        let same = callers.get(&caller.number).copied();
        encode_caller_id(same, caller)
    });
    let from: Value = from.collect();
    let mut condition = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Interaction" }));
    set_key(&mut condition, "from", from);
    set_key(&mut condition, "to", json!(desired.called_numbers));
    condition
}

/// Encodes one caller ID.
fn encode_caller_id(live: Option<&Value>, desired: &CallerId) -> Value {
    let mut caller = match live {
        Some(live @ Value::Object(_)) => live.clone(),
        _ => json!({ "phoneNumber": desired.number }),
    };
    let name = desired
        .name
        .clone()
        .or_else(|| text_or_number(caller.get("name")));
    set_key(
        &mut caller,
        "name",
        json!(name.unwrap_or_else(|| desired.number.clone())),
    );
    caller
}

/// Encodes a schedule condition.
fn encode_schedule_condition(live: Option<&Value>, desired: &CallSchedule) -> Value {
    let mut condition = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Schedule" }));
    let times = schedule::encode_schedule(condition.get("schedule"), desired);
    set_key(&mut condition, "schedule", times);
    condition
}

/// Encodes a state condition. Responses hold the whole state, requests only its id \[spec\].
fn encode_state_condition(live: Option<&Value>, id: &StateId) -> Value {
    let mut condition = live.cloned().unwrap_or_else(|| json!({ "type": "State" }));
    set_key(&mut condition, "state", json!({ "id": id.as_str() }));
    condition
}

/// Encodes the conditions of a state with its own schedule.
pub(super) fn own_schedule_conditions(live: Option<&Value>, desired: &CallSchedule) -> Value {
    json!([encode_schedule_condition(
        find_condition(live, "Schedule"),
        desired
    )])
}

/// Returns the first condition of a type.
fn find_condition<'a>(live: Option<&'a Value>, kind: &str) -> Option<&'a Value> {
    let mut conditions = array_items(live).iter();
    conditions.find(|condition| has_type(condition, kind))
}

/// Encodes the conditions of a state that inherits the schedule of another one.
pub(super) fn inherited_conditions(id: &StateId) -> Value {
    json!([{ "type": "State", "state": { "id": id.as_str() } }])
}

/// Converts live conditions to the form of a request.
pub(super) fn to_writable(live: &Value) -> Value {
    array_items(Some(live))
        .iter()
        .map(condition_to_writable)
        .collect()
}

/// Converts one live condition to the form of a request.
fn condition_to_writable(condition: &Value) -> Value {
    let mut writable = condition.clone();
    match condition.get("type").and_then(Value::as_str) {
        Some("State") => {
            if let Some(id) = condition
                .get("state")
                .and_then(|state| text_or_number(state.get("id")))
            {
                set_key(&mut writable, "state", json!({ "id": id }));
            }
        }
        Some("Interaction") => {
            let callers = array_items(condition.get("from"))
                .iter()
                .map(|live| match phone_number(live) {
                    Some(number) => encode_caller_id(Some(live), &CallerId { number, name: None }),
                    None => live.clone(),
                });
            let called = array_items(condition.get("to")).iter();
            let called =
                called.map(|live| phone_number(live).map_or_else(|| live.clone(), Value::from));
            set_key(&mut writable, "from", callers.collect());
            set_key(&mut writable, "to", called.collect());
        }
        Some("Schedule") => {
            if let Some(times) = condition.get("schedule") {
                set_key(&mut writable, "schedule", schedule::to_writable(times));
            }
        }
        _ => {}
    }
    writable
}

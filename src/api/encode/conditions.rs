//! Encodes the conditions of interaction rules and the condition of a state.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{schedule, set_key};
use crate::api::decode;
use crate::api::decode::conditions::phone_number;
use crate::api::decode::{array_items, explicit_name, text_or_number};
use crate::model::{CallSchedule, CallerId, RuleConditions, StateId};

/// Encodes declared conditions, which are complete. Unknown live conditions stay unless conditions
/// of their type are declared.
pub(super) fn encode_conditions(live: Option<&Value>, wanted: &RuleConditions) -> Value {
    let known = live
        .map(decode::conditions::decode_conditions)
        .unwrap_or_default();
    let of_type = |kind: &str| {
        let is_kind = |c: &&Value| c.get("type").and_then(Value::as_str) == Some(kind);
        array_items(live).iter().find(is_kind)
    };
    let mut laid = Vec::new();
    if !wanted.caller_ids.is_empty() || !wanted.called_numbers.is_empty() {
        laid.push(encode_interaction(of_type("Interaction"), wanted));
    }
    if let Some(times) = &wanted.schedule {
        laid.push(encode_schedule_condition(of_type("Schedule"), times));
    }
    if let Some(id) = &wanted.state {
        laid.push(encode_state_condition(of_type("State"), id));
    }
    if wanted.other.is_empty() {
        // A second condition of a known type is not declared, so it is removed.
        let is_unknown = |condition: &&Value| {
            let kind = condition.get("type").and_then(Value::as_str);
            !matches!(kind, Some("Interaction" | "Schedule" | "State"))
        };
        laid.extend(known.other.iter().filter(is_unknown).cloned());
    } else {
        laid.extend(wanted.other.iter().cloned());
    }
    Value::Array(laid)
}

/// Encodes caller IDs and called numbers. Both keys are required, and an empty list means any. `to`
/// holds plain numbers; `name` is required in `from` \[spec\].
fn encode_interaction(live: Option<&Value>, wanted: &RuleConditions) -> Value {
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
    let from = wanted.caller_ids.iter().map(|caller| {
        let same = callers.get(&caller.number).copied();
        encode_caller_id(same, caller)
    });
    let from: Value = from.collect();
    let mut laid = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Interaction" }));
    set_key(&mut laid, "from", from);
    set_key(&mut laid, "to", json!(wanted.called_numbers));
    laid
}

/// Encodes one caller ID.
fn encode_caller_id(live: Option<&Value>, wanted: &CallerId) -> Value {
    let mut laid = match live {
        Some(live @ Value::Object(_)) => live.clone(),
        _ => json!({ "phoneNumber": wanted.number }),
    };
    let name = wanted
        .name
        .clone()
        .or_else(|| text_or_number(laid.get("name")));
    set_key(
        &mut laid,
        "name",
        json!(name.unwrap_or_else(|| wanted.number.clone())),
    );
    laid
}

/// Encodes a schedule condition.
fn encode_schedule_condition(live: Option<&Value>, wanted: &CallSchedule) -> Value {
    let mut laid = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Schedule" }));
    let times = schedule::encode_schedule(laid.get("schedule"), wanted);
    set_key(&mut laid, "schedule", times);
    laid
}

/// Encodes a state condition. Responses hold the whole state, requests only its id \[spec\].
fn encode_state_condition(live: Option<&Value>, id: &StateId) -> Value {
    let mut laid = live.cloned().unwrap_or_else(|| json!({ "type": "State" }));
    set_key(&mut laid, "state", json!({ "id": id.as_str() }));
    laid
}

/// Encodes the conditions of a state with its own schedule.
pub(super) fn own_schedule_conditions(live: Option<&Value>, wanted: &CallSchedule) -> Value {
    let is_schedule = |c: &&Value| c.get("type").and_then(Value::as_str) == Some("Schedule");
    let live = array_items(live).iter().find(is_schedule);
    json!([encode_schedule_condition(live, wanted)])
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
    let mut laid = condition.clone();
    match condition.get("type").and_then(Value::as_str) {
        Some("State") => {
            if let Some(id) = condition
                .get("state")
                .and_then(|state| text_or_number(state.get("id")))
            {
                set_key(&mut laid, "state", json!({ "id": id }));
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
            set_key(&mut laid, "from", callers.collect());
            set_key(&mut laid, "to", called.collect());
        }
        Some("Schedule") => {
            if let Some(times) = condition.get("schedule") {
                set_key(&mut laid, "schedule", schedule::to_writable(times));
            }
        }
        _ => {}
    }
    laid
}

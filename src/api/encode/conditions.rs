//! Encodes the conditions of interaction rules and the condition of a state.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::RuleOwner;
use super::actions::{has_type, set_key};
use super::list_order::insert_new_items;
use super::ring_target::set_name;
use super::schedule;
use crate::api::decode::conditions::phone_number;
use crate::api::decode::{array_items, text_or_number};
use crate::model::{CallSchedule, CallerId, RuleConditions, StateId, number_key};

/// Encodes declared conditions, which are complete. Each live condition keeps its place; unknown
/// ones stay unless others are declared.
pub(super) fn encode_conditions(
    live: Option<&Value>,
    desired: &RuleConditions,
    owner: RuleOwner<'_>,
) -> Value {
    let mut declared = declared_conditions(live, desired, owner);
    let mut raw: Vec<&Value> = desired.other.iter().collect();
    let mut conditions = Vec::new();
    for condition in array_items(live) {
        let kind = condition.get("type").and_then(Value::as_str);
        if let Some(at) = declared.iter().position(|(own, _)| kind == Some(own)) {
            conditions.push(declared.remove(at).1);
        } else if let Some(at) = raw.iter().position(|other| *other == condition) {
            conditions.push(raw.remove(at).clone());
        } else if desired.other.is_empty() && !kind.is_some_and(is_known_type) {
            // A second condition of a known type is not declared, so it is removed.
            conditions.push(condition.clone());
        }
    }
    conditions.extend(declared.into_iter().map(|(_, condition)| condition));
    conditions.extend(raw.into_iter().cloned());
    Value::Array(conditions)
}

/// Returns whether conditions of this type are declared by their parts.
fn is_known_type(kind: &str) -> bool {
    matches!(kind, "Interaction" | "Schedule" | "State")
}

/// Encodes the declared conditions of known types over the live ones. Returns them with their
/// types.
fn declared_conditions(
    live: Option<&Value>,
    desired: &RuleConditions,
    owner: RuleOwner<'_>,
) -> Vec<(&'static str, Value)> {
    let mut declared = Vec::new();
    if !desired.caller_ids.is_empty() || !desired.called_numbers.is_empty() {
        let live = find_condition(live, "Interaction");
        declared.push(("Interaction", encode_interaction(live, desired)));
    }
    if let Some(times) = &desired.schedule {
        let live = find_condition(live, "Schedule");
        declared.push(("Schedule", encode_schedule_condition(live, times, owner)));
    }
    if let Some(id) = &desired.state {
        let live = find_condition(live, "State");
        declared.push(("State", encode_state_condition(live, id)));
    }
    declared
}

/// Encodes caller IDs and called numbers. Both keys are required, and an empty list means any. `to`
/// holds plain numbers; `name` is required in `from` \[spec\].
fn encode_interaction(live: Option<&Value>, desired: &RuleConditions) -> Value {
    let mut condition = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Interaction" }));
    let callers = encode_callers(condition.get("from"), &desired.caller_ids);
    set_key(&mut condition, "from", callers);
    let called = encode_called_numbers(condition.get("to"), &desired.called_numbers);
    set_key(&mut condition, "to", called);
    condition
}

/// Encodes caller IDs. Live ones keep their order.
fn encode_callers(live: Option<&Value>, desired: &[CallerId]) -> Value {
    // The lists may be long, so each is scanned once.
    let declared: HashMap<&str, &CallerId> = desired
        .iter()
        .map(|caller| (number_key(&caller.number), caller))
        .collect();
    let kept = array_items(live).iter().filter_map(|caller| {
        let number = phone_number(caller).unwrap_or_default();
        let (key, declared) = declared.get_key_value(number_key(&number))?;
        Some((*key, encode_caller_id(caller, declared)))
    });
    insert_new_items(
        kept.collect(),
        desired,
        |caller| number_key(&caller.number),
        new_caller_id,
    )
    .into()
}

/// Encodes a declared caller ID over a live one. A caller without a declared name keeps its name.
fn encode_caller_id(live: &Value, desired: &CallerId) -> Value {
    let mut caller = match live {
        Value::Object(_) => live.clone(),
        _ => json!({ "phoneNumber": desired.number }),
    };
    set_name(&mut caller, desired.name.as_ref());
    caller
}

/// Encodes a new caller ID, whose name is the number if none is declared.
fn new_caller_id(desired: &CallerId) -> Value {
    let name = desired.name.as_ref().unwrap_or(&desired.number);
    json!({ "phoneNumber": desired.number, "name": name })
}

/// Encodes called numbers. Live ones keep their order.
fn encode_called_numbers(live: Option<&Value>, desired: &[String]) -> Value {
    let declared: HashSet<&str> = desired.iter().map(|number| number_key(number)).collect();
    let kept = array_items(live).iter().filter_map(|live| {
        let number = phone_number(live)?;
        let key = declared.get(number_key(&number))?;
        Some((*key, json!(number)))
    });
    insert_new_items(
        kept.collect(),
        desired,
        |number| number_key(number),
        |number| json!(number),
    )
    .into()
}

/// Encodes a schedule condition.
fn encode_schedule_condition(
    live: Option<&Value>,
    desired: &CallSchedule,
    owner: RuleOwner<'_>,
) -> Value {
    let mut condition = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Schedule" }));
    let times = schedule::encode_schedule(condition.get("schedule"), desired, owner.now);
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
pub(super) fn own_schedule_conditions(
    live: Option<&Value>,
    desired: &CallSchedule,
    owner: RuleOwner<'_>,
) -> Value {
    let live = find_condition(live, "Schedule");
    json!([encode_schedule_condition(live, desired, owner)])
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
            let called = array_items(condition.get("to")).iter();
            let called =
                called.map(|live| phone_number(live).map_or_else(|| live.clone(), Value::from));
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

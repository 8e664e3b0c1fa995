//! Conditions: of interaction rules, and the one of a state.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{schedule, set};
use crate::model::{CallerId, Conditions, Schedule, StateId};
use crate::wire::convert;
use crate::wire::convert::conditions::number;
use crate::wire::convert::{list, name_beside, string};

/// Declared conditions say all of them; the ones that we do not know stay unless others of their kind
/// are declared.
pub(super) fn lay(live: Option<&Value>, wanted: &Conditions) -> Value {
    let known = live
        .map(convert::conditions::conditions)
        .unwrap_or_default();
    let of_type = |kind: &str| {
        let is_kind = |c: &&Value| c.get("type").and_then(Value::as_str) == Some(kind);
        list(live).iter().find(is_kind)
    };
    let mut laid = Vec::new();
    if !wanted.caller_ids.is_empty() || !wanted.called_numbers.is_empty() {
        laid.push(interaction(of_type("Interaction"), wanted));
    }
    if let Some(times) = &wanted.schedule {
        laid.push(scheduled(of_type("Schedule"), times));
    }
    if let Some(id) = &wanted.state {
        laid.push(in_state(of_type("State"), id));
    }
    if wanted.other.is_empty() {
        // A second one of a type that we know is said to be gone, as all that is not declared.
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

/// Both keys are required, an empty list means anyone; `to` is written as plain numbers; `name` is
/// required in `from` \[spec\].
fn interaction(live: Option<&Value>, wanted: &Conditions) -> Value {
    // Lists may be long: each is gone through once.
    let mut callers: HashMap<String, &Value> = HashMap::new();
    for caller in list(live.and_then(|live| live.get("from"))) {
        if let Some(number) = number(caller) {
            // Of two with one number that one counts which counts when they are read.
            let name = |caller: &Value| name_beside(&number, caller);
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
        caller_id(same, caller)
    });
    let from: Value = from.collect();
    let mut laid = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Interaction" }));
    set(&mut laid, "from", from);
    set(&mut laid, "to", json!(wanted.called_numbers));
    laid
}

fn caller_id(live: Option<&Value>, wanted: &CallerId) -> Value {
    let mut laid = match live {
        Some(live @ Value::Object(_)) => live.clone(),
        _ => json!({ "phoneNumber": wanted.number }),
    };
    let name = wanted.name.clone().or_else(|| string(laid.get("name")));
    set(
        &mut laid,
        "name",
        json!(name.unwrap_or_else(|| wanted.number.clone())),
    );
    laid
}

fn scheduled(live: Option<&Value>, wanted: &Schedule) -> Value {
    let mut laid = live
        .cloned()
        .unwrap_or_else(|| json!({ "type": "Schedule" }));
    let times = schedule::lay(laid.get("schedule"), wanted);
    set(&mut laid, "schedule", times);
    laid
}

/// Answers hold the whole state, requests its id \[spec\].
fn in_state(live: Option<&Value>, id: &StateId) -> Value {
    let mut laid = live.cloned().unwrap_or_else(|| json!({ "type": "State" }));
    set(&mut laid, "state", json!({ "id": id.as_str() }));
    laid
}

/// A state that holds at times of its own.
pub(super) fn own_schedule(live: Option<&Value>, wanted: &Schedule) -> Value {
    let is_schedule = |c: &&Value| c.get("type").and_then(Value::as_str) == Some("Schedule");
    let live = list(live).iter().find(is_schedule);
    json!([scheduled(live, wanted)])
}

/// A state that holds whenever another does.
pub(super) fn inherited(id: &StateId) -> Value {
    json!([{ "type": "State", "state": { "id": id.as_str() } }])
}

/// Live conditions as a request may hold them.
pub(super) fn writable(live: &Value) -> Value {
    list(Some(live)).iter().map(writable_one).collect()
}

fn writable_one(condition: &Value) -> Value {
    let mut laid = condition.clone();
    match condition.get("type").and_then(Value::as_str) {
        Some("State") => {
            if let Some(id) = condition
                .get("state")
                .and_then(|state| string(state.get("id")))
            {
                set(&mut laid, "state", json!({ "id": id }));
            }
        }
        Some("Interaction") => {
            let callers = list(condition.get("from"))
                .iter()
                .map(|live| match number(live) {
                    Some(number) => caller_id(Some(live), &CallerId { number, name: None }),
                    None => live.clone(),
                });
            let called = list(condition.get("to")).iter();
            let called = called.map(|live| number(live).map_or_else(|| live.clone(), Value::from));
            set(&mut laid, "from", callers.collect());
            set(&mut laid, "to", called.collect());
        }
        Some("Schedule") => {
            if let Some(times) = condition.get("schedule") {
                set(&mut laid, "schedule", schedule::writable(times));
            }
        }
        _ => {}
    }
    laid
}

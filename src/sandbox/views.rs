//! What reads show: stored resources, completed with what the system knows about them.
//! [spec: response schemas]

use serde_json::{Map, Value, json};

use super::account::{Account, Extension};
use super::defaults::{self, STATE_IDS};

/// The states of a user in the order of lists; those the sandbox does not know (`busy`) come last.
pub(crate) fn state_ids(extension: &Extension) -> Vec<&str> {
    let known = STATE_IDS
        .into_iter()
        .filter(|id| extension.states.contains_key(*id));
    let others = extension.states.keys().map(String::as_str);
    known
        .chain(others.filter(|id| !STATE_IDS.contains(id)))
        .collect()
}

/// A state: `{id, enabled, displayName, conditions}`.
pub(crate) fn state(extension: &Extension, id: &str) -> Option<Value> {
    let stored = extension.states.get(id)?.as_object()?;
    let mut shown = Map::new();
    shown.insert("id".into(), id.into());
    shown.insert("enabled".into(), true.into());
    shown.insert("displayName".into(), defaults::state_name(id).into());
    shown.insert("conditions".into(), json!([]));
    shown.extend(stored.clone());
    for condition in shown
        .get_mut("conditions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if condition["type"] == "State" {
            refer_to_state(condition, extension);
        }
    }
    Some(Value::Object(shown))
}

/// A state's reference shows the schedule that it inherits. \[spec\]
fn refer_to_state(condition: &mut Value, extension: &Extension) {
    let id = condition["state"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let inherited = extension
        .states
        .get(&id)
        .map(|state| state["conditions"].clone());
    let reference = json!({
        "id": id,
        "displayName": defaults::state_name(&id),
        "conditions": inherited.unwrap_or_else(|| json!([])),
    });
    if let Some(fields) = condition.as_object_mut() {
        fields.insert("state".into(), reference);
    }
}

/// A state rule with its state embedded, so that the states need not be read as well. \[seed\]
pub(crate) fn state_rule(account: &Account, extension: &Extension, id: &str) -> Option<Value> {
    let stored = extension.state_rules.get(id)?;
    let state = state(extension, id)?;
    let mut dispatching = stored["dispatching"].clone();
    defaults::name_targets(&mut dispatching, account, extension);
    Some(json!({
        "id": id,
        "displayName": state["displayName"],
        "dispatching": dispatching,
        "state": state,
    }))
}

/// An interaction rule as it stands in a list or by itself.
pub(crate) fn interaction_rule(
    account: &Account,
    extension: &Extension,
    rule: &Value,
    in_list: bool,
) -> Value {
    let mut shown = rule.clone();
    for condition in shown
        .get_mut("conditions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        match condition["type"].as_str() {
            Some("State") => show_whole_state(condition, extension),
            Some("Interaction") if account.called_numbers_as_objects => {
                show_called_numbers_as_objects(condition, account);
            }
            _ => {}
        }
    }
    if let Some(dispatching) = shown.get_mut("dispatching") {
        defaults::name_targets(dispatching, account, extension);
    }
    if in_list
        && account.list_without_dispatching
        && let Some(fields) = shown.as_object_mut()
    {
        fields.shift_remove("dispatching");
        fields.insert("dispatchingRef".into(), json!({ "ruleId": rule["id"] }));
    }
    shown
}

/// The condition names a state; reads show all of it. After hours may be gone: then it never holds.
/// [spec, inferred]
fn show_whole_state(condition: &mut Value, extension: &Extension) {
    let Some(id) = condition["state"]["id"].as_str() else {
        return;
    };
    let whole = state(extension, id).unwrap_or_else(|| {
        json!({ "id": id, "enabled": true, "displayName": defaults::state_name(id), "conditions": [] })
    });
    if let Some(fields) = condition.as_object_mut() {
        fields.insert("state".into(), whole);
    }
}

/// The form the guide shows. \[docs\]
fn show_called_numbers_as_objects(condition: &mut Value, account: &Account) {
    for number in condition
        .get_mut("to")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(text) = number.as_str() {
            let owner = account
                .extensions
                .iter()
                .find(|e| e.phone_numbers.iter().any(|n| n == text));
            let name = owner.map_or("", |owner| owner.name.as_str());
            *number = json!({ "phoneNumber": text, "name": name });
        }
    }
}

//! Response bodies: stored resources, completed with the fields that RingCentral adds. [spec:
//! response schemas]

use serde_json::{Map, Value, json};

use super::account::{SandboxAccount, SandboxExtension};
use super::defaults::{self, STATE_IDS};

/// Returns the states of a user in list order. States that the sandbox does not implement (`busy`)
/// come last.
pub(crate) fn state_ids(extension: &SandboxExtension) -> Vec<&str> {
    let system_ids = STATE_IDS
        .into_iter()
        .filter(|id| extension.states.contains_key(*id));
    let all_ids = extension.states.keys().map(String::as_str);
    system_ids
        .chain(all_ids.filter(|id| !STATE_IDS.contains(id)))
        .collect()
}

/// Returns a state: `{id, enabled, displayName, conditions}`.
pub(crate) fn present_state(extension: &SandboxExtension, id: &str) -> Option<Value> {
    let stored = extension.states.get(id)?.as_object()?;
    let mut body = Map::new();
    body.insert("id".into(), id.into());
    body.insert("enabled".into(), true.into());
    body.insert("displayName".into(), defaults::state_name(id).into());
    body.insert("conditions".into(), json!([]));
    body.extend(stored.clone());
    for condition in body
        .get_mut("conditions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if condition["type"] == "State" {
            expand_state_reference(condition, extension);
        }
    }
    Some(Value::Object(body))
}

/// Adds the inherited schedule to a state's reference to another state. \[spec\]
fn expand_state_reference(condition: &mut Value, extension: &SandboxExtension) {
    let id = condition["state"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let inherited_conditions = extension
        .states
        .get(&id)
        .map(|state| state["conditions"].clone());
    let reference = json!({
        "id": id,
        "displayName": defaults::state_name(&id),
        "conditions": inherited_conditions.unwrap_or_else(|| json!([])),
    });
    if let Some(fields) = condition.as_object_mut() {
        fields.insert("state".into(), reference);
    }
}

/// Returns a state rule with its state embedded, so that clients need not read the states too.
/// \[seed\]
pub(crate) fn present_state_rule(
    account: &SandboxAccount,
    extension: &SandboxExtension,
    id: &str,
) -> Option<Value> {
    let stored = extension.state_rules.get(id)?;
    let state = present_state(extension, id)?;
    let mut dispatching = stored["dispatching"].clone();
    defaults::name_targets(&mut dispatching, account, extension);
    Some(json!({
        "id": id,
        "displayName": state["displayName"],
        "dispatching": dispatching,
        "state": state,
    }))
}

/// Returns an interaction rule as part of a list or by itself.
pub(crate) fn present_interaction_rule(
    account: &SandboxAccount,
    extension: &SandboxExtension,
    rule: &Value,
    in_list: bool,
) -> Value {
    let mut body = rule.clone();
    for condition in body
        .get_mut("conditions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        match condition["type"].as_str() {
            Some("State") => embed_state(condition, extension),
            Some("Interaction") if account.called_numbers_as_objects => {
                called_numbers_to_objects(condition, account);
            }
            _ => {}
        }
    }
    if let Some(dispatching) = body.get_mut("dispatching") {
        defaults::name_targets(dispatching, account, extension);
    }
    if in_list
        && account.list_without_dispatching
        && let Some(fields) = body.as_object_mut()
    {
        fields.shift_remove("dispatching");
        fields.insert("dispatchingRef".into(), json!({ "ruleId": rule["id"] }));
    }
    body
}

/// Embeds the complete state in a condition that refers to it. If after hours does not exist, the
/// embedded state has no conditions, so it never applies. [spec, inferred]
fn embed_state(condition: &mut Value, extension: &SandboxExtension) {
    let Some(id) = condition["state"]["id"].as_str() else {
        return;
    };
    let state = present_state(extension, id).unwrap_or_else(|| {
        json!({ "id": id, "enabled": true, "displayName": defaults::state_name(id), "conditions": [] })
    });
    if let Some(fields) = condition.as_object_mut() {
        fields.insert("state".into(), state);
    }
}

/// Converts `to` to the form in the developer guide. \[docs\]
fn called_numbers_to_objects(condition: &mut Value, account: &SandboxAccount) {
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

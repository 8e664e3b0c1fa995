//! Response bodies: stored resources, completed with the fields that RingCentral adds. [spec:
//! response schemas]

use serde_json::{Value, json};

use super::account::{AccountUser, SandboxAccount, SandboxExtension, stable_id};
use super::defaults::{self, STATE_IDS};
use super::json::{conditions_mut, items_mut, remove, set_default, targets_mut};

/// Returns the states of a user in list order. States that the sandbox does not implement (`busy`)
/// come last.
pub(crate) fn state_ids(extension: &SandboxExtension) -> Vec<&str> {
    let has_state = |id: &&str| extension.states.contains_key(*id);
    let system_ids = STATE_IDS.into_iter().filter(has_state);
    let ids = extension.states.keys().map(String::as_str);
    let other_ids = ids.filter(|id| !STATE_IDS.contains(id));
    system_ids.chain(other_ids).collect()
}

/// Returns a state: `{id, enabled, displayName, conditions}`.
pub(crate) fn present_state(extension: &SandboxExtension, id: &str) -> Option<Value> {
    let stored = extension.states.get(id)?.as_object()?;
    let mut body = bare_state(id);
    for (key, value) in stored {
        body[key] = value.clone();
    }
    for condition in conditions_mut(&mut body, "State") {
        // A state that refers to another contains the inherited schedule. [spec]
        let id = condition["state"]["id"].as_str().unwrap_or_default();
        let inherited = extension.states.get(id);
        condition["state"] = json!({
            "id": id,
            "displayName": defaults::state_name(id),
            "conditions": inherited.map_or(&json!([]), |state| &state["conditions"]),
        });
    }
    Some(body)
}

/// Returns a state without conditions, which never applies.
fn bare_state(id: &str) -> Value {
    let name = defaults::state_name(id);
    json!({ "id": id, "enabled": true, "displayName": name, "conditions": [] })
}

/// Returns a state rule with its state embedded, so that clients need not read the states too.
/// \[seed\]
pub(crate) fn present_state_rule(user: AccountUser, id: &str) -> Option<Value> {
    let stored = user.user.state_rules.get(id)?;
    let state = present_state(user.user, id)?;
    let mut dispatching = stored["dispatching"].clone();
    name_targets(&mut dispatching, user);
    Some(json!({
        "id": id,
        "displayName": state["displayName"],
        "dispatching": dispatching,
        "state": state,
    }))
}

/// Returns an interaction rule by itself.
pub(crate) fn present_interaction_rule(user: AccountUser, rule: &Value) -> Value {
    let account = user.account;
    let mut body = rule.clone();
    for condition in conditions_mut(&mut body, "State") {
        // After hours may not exist. Then the embedded state never applies. [spec, inferred]
        if let Some(id) = condition["state"]["id"].as_str() {
            condition["state"] = present_state(user.user, id).unwrap_or_else(|| bare_state(id));
        }
    }
    if account.called_numbers_as_objects {
        for condition in conditions_mut(&mut body, "Interaction") {
            items_mut(condition, "to").for_each(|number| called_number_to_object(number, account));
        }
    }
    if let Some(dispatching) = body.get_mut("dispatching") {
        name_targets(dispatching, user);
    }
    body
}

/// Returns an interaction rule as part of a list.
pub(crate) fn present_listed_rule(user: AccountUser, rule: &Value) -> Value {
    let mut body = present_interaction_rule(user, rule);
    if user.account.list_without_dispatching && body.is_object() {
        remove(&mut body, "dispatching");
        body["dispatchingRef"] = json!({ "ruleId": rule["id"] });
    }
    body
}

/// Converts a number in `to` to the form in the developer guide. \[docs\]
fn called_number_to_object(number: &mut Value, account: &SandboxAccount) {
    if let Some(text) = number.as_str() {
        let has_number = |e: &&SandboxExtension| e.phone_numbers.iter().any(|n| n == text);
        let owner = account.extensions.iter().find(has_number);
        let name = owner.map_or("", |owner| owner.name.as_str());
        *number = json!({ "phoneNumber": text, "name": name });
    }
}

/// Adds the name of each known target, and the name and number of its device. [spec: names are
/// required in responses; field]
fn name_targets(dispatching: &mut Value, AccountUser { account, user }: AccountUser) {
    let extension_name = |id: &Value| {
        let extension = id.as_str().and_then(|id| account.extension_by_id(id));
        extension.map_or("Unknown extension", |extension| &extension.name)
    };
    for target in targets_mut(dispatching) {
        let name = match target["type"].as_str().unwrap_or_default() {
            kind @ ("AllMobileRingTarget" | "AllDesktopRingTarget") => {
                match target["extension"].get("id") {
                    Some(id) if *id != user.id.as_str() => extension_name(id),
                    _ => defaults::own_app_name(kind),
                }
            }
            "CoworkerRingTarget" | "ExtensionTerminatingTarget" => {
                extension_name(&target["extension"]["id"])
            }
            "DeviceRingTarget" => {
                let id = target["device"]["id"].as_str().unwrap_or_default();
                let device = user.device(id).or_else(|| account.device(id));
                let name = device.map_or("Device", |owned| &owned.device.name);
                if let Some(co_worker) = device.filter(|owned| owned.owner.id != user.id) {
                    set_default(target, "extension", json!({ "id": co_worker.owner.id }));
                }
                if let Some(reference) = target.get_mut("device") {
                    set_default(reference, "name", name);
                    if let Some(number) = device.and_then(|owned| owned.phone_number()) {
                        set_default(reference, "phoneNumber", number.as_str());
                    }
                }
                name
            }
            "HotdeskRingTarget" => {
                let id = stable_id(&[&user.id, "hotdesk"]);
                set_default(
                    target,
                    "device",
                    json!({ "id": id, "name": "Hot desk phone" }),
                );
                "Hot desk phone"
            }
            "IntegrationRingTarget" => "Integration",
            "VoiceMailTerminatingTarget" => "Voicemail",
            "PlayAnnouncementTerminatingTarget" => "PlayAnnouncement",
            "PhoneNumberTerminatingTarget" => {
                let number = target["destination"]["phoneNumber"].as_str();
                &number.unwrap_or_default().to_owned()
            }
            _ => continue,
        };
        set_default(target, "name", name);
    }
}

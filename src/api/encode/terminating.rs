//! Encodes the destination of a call.
//!
//! The API lists every destination that was ever set and selects one for each mode. A declaration
//! sets and selects its own destination; the others stay listed.

use serde_json::{Value, json};

use super::dispatching::{ActionList, encode_greeting, overwrite_keys};
use super::ring_target::cloud_destination;
use super::{EncodeError, RequiredFields, RequiredParts, remove_key, set_key};
use crate::api::decode::dispatching::matches_mode;
use crate::api::decode::{array_items, text_or_number};
use crate::model::{CallDestination, CallDispatching, CloudConnector, DispatchType};

const TERMINATING_ACTION: &str = "TerminatingAction";
const VOICEMAIL: &str = "VoiceMailTerminatingTarget";
const ANNOUNCEMENT: &str = "PlayAnnouncementTerminatingTarget";

/// The standard greetings of new targets. The ids come from RingCentral's guide \[seed\].
mod preset {
    pub(super) const VOICEMAIL: &str = "590080";
    pub(super) const ANNOUNCEMENT: &str = "66816";
}

/// The mode that a destination is used for.
#[derive(Clone, Copy)]
struct ForwardingMode {
    /// The value of the API's `dispatchingType`.
    dispatching_type: &'static str,
    /// The key that selects the destination of this mode.
    target_key: &'static str,
}

const NO_ANSWER: ForwardingMode = ForwardingMode {
    dispatching_type: "Ringing",
    target_key: "ringingTargetType",
};
const TERMINATE: ForwardingMode = ForwardingMode {
    dispatching_type: "Terminating",
    target_key: "terminatingTargetType",
};

/// Encodes the terminating action.
pub(super) fn encode_terminating_action(
    actions: &mut ActionList,
    wanted: &CallDispatching,
    kind: &DispatchType,
    demands: RequiredParts,
    fill: RequiredFields,
) -> Result<(), EncodeError> {
    let mut action = match actions.find(TERMINATING_ACTION) {
        Some(live) => live.clone(),
        None => json!({ "type": TERMINATING_ACTION, "targets": [] }),
    };
    if let Some(destination) = &wanted.no_answer {
        encode_destination(&mut action, destination, NO_ANSWER);
    }
    if let Some(destination) = &wanted.terminate {
        encode_destination(&mut action, destination, TERMINATE);
    }
    if fill == RequiredFields::Add {
        add_required(&mut action, demands);
    }
    let is_named = text_or_number(action.get(TERMINATE.target_key)).is_some();
    if *kind == DispatchType::Terminate && !is_named {
        return Err(EncodeError::MissingTerminate);
    }
    if array_items(action.get("targets")).is_empty() {
        return Ok(());
    }
    match actions.find(TERMINATING_ACTION) {
        Some(live) => *live = action,
        None => actions.insert_in_order(action),
    }
    Ok(())
}

/// Adds required targets. Voicemail is always listed [docs] and is the destination if none is set,
/// so that no call ends in silence.
fn add_required(action: &mut Value, demands: RequiredParts) {
    let modes = [
        (demands.no_answer, NO_ANSWER),
        (demands.terminate, TERMINATE),
    ];
    let modes = modes.iter().filter(|(demanded, _)| *demanded);
    let mut terminates = !array_items(action.get("targets")).is_empty();
    for (_, mode) in modes {
        terminates = true;
        if text_or_number(action.get(mode.target_key)).is_none() {
            set_key(action, mode.target_key, json!(VOICEMAIL));
        }
        if demands.announcements && !has_target(action, ANNOUNCEMENT, *mode) {
            let mut target = announcement();
            set_key(&mut target, "dispatchingType", json!(mode.dispatching_type));
            push_target(action, target);
        }
    }
    if terminates && !has_target(action, VOICEMAIL, NO_ANSWER) {
        push_target(action, voicemail());
    }
}

/// Returns a new voicemail target.
fn voicemail() -> Value {
    json!({ "type": VOICEMAIL, "prompt": { "greeting": preset_greeting(preset::VOICEMAIL) } })
}

/// Returns a new announcement target.
fn announcement() -> Value {
    json!({ "type": ANNOUNCEMENT, "prompt": { "greeting": preset_greeting(preset::ANNOUNCEMENT) } })
}

/// Returns a preset greeting.
fn preset_greeting(id: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": id } })
}

/// Returns whether a target of this type is listed for a mode.
fn has_target(action: &Value, kind: &str, mode: ForwardingMode) -> bool {
    array_items(action.get("targets"))
        .iter()
        .any(|target| matches_mode(target, kind, mode.dispatching_type))
}

/// Appends a target to the list.
fn push_target(action: &mut Value, target: Value) {
    if let Some(Value::Array(targets)) = action.get_mut("targets") {
        targets.push(target);
    }
}

/// Encodes and selects the destination for a mode.
fn encode_destination(action: &mut Value, wanted: &CallDestination, mode: ForwardingMode) {
    let kind = api_type(wanted);
    let targets = action.get_mut("targets").and_then(Value::as_array_mut);
    let live = targets.and_then(|targets| {
        targets
            .iter_mut()
            .find(|target| matches_mode(target, &kind, mode.dispatching_type))
    });
    match live {
        Some(target) => {
            let mode_said = target.get("dispatchingType").cloned();
            encode_destination_fields(target, wanted);
            // The mode follows from the key under which the target is declared.
            if let Some(mode) = mode_said {
                set_key(target, "dispatchingType", mode);
            }
        }
        None => {
            let mut target = match kind.as_str() {
                VOICEMAIL => voicemail(),
                ANNOUNCEMENT => announcement(),
                _ => json!({ "type": kind }),
            };
            encode_destination_fields(&mut target, wanted);
            if kind != VOICEMAIL {
                set_key(&mut target, "dispatchingType", json!(mode.dispatching_type));
            }
            push_target(action, target);
        }
    }
    set_key(action, mode.target_key, json!(kind));
}

/// Returns the API's type of a destination.
fn api_type(destination: &CallDestination) -> String {
    match destination {
        CallDestination::Voicemail { .. } => VOICEMAIL.to_owned(),
        CallDestination::Announcement { .. } => ANNOUNCEMENT.to_owned(),
        CallDestination::Extension(_) => "ExtensionTerminatingTarget".to_owned(),
        CallDestination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget".to_owned(),
        CallDestination::CloudConnector(_) => "CloudConnectorTerminatingTarget".to_owned(),
        CallDestination::Other(raw) => text_or_number(raw.get("type")).unwrap_or_default(),
    }
}

/// Sets the fields of a destination on its target.
fn encode_destination_fields(target: &mut Value, wanted: &CallDestination) {
    let play = |target: &mut Value, greeting: &Option<_>, preset: &str| {
        if let Some(greeting) = greeting {
            let live = target
                .get("prompt")
                .and_then(|prompt| prompt.get("greeting"));
            let greeting = encode_greeting(live, greeting, preset);
            let mut prompt = target.get("prompt").cloned().unwrap_or_else(|| json!({}));
            set_key(&mut prompt, "greeting", greeting);
            set_key(target, "prompt", prompt);
        }
    };
    match wanted {
        CallDestination::Voicemail {
            owner: of,
            greeting,
        } => {
            match of {
                Some(id) => set_key(target, "extension", json!({ "id": id })),
                None => remove_key(target, "extension"),
            }
            play(target, greeting, preset::VOICEMAIL);
        }
        CallDestination::Announcement { greeting } => play(target, greeting, preset::ANNOUNCEMENT),
        CallDestination::Extension(id) => set_key(target, "extension", json!({ "id": id })),
        CallDestination::PhoneNumber { number, name } => {
            set_destination(target, "phoneNumber", json!(number));
            set_name(target, name.as_ref());
        }
        CallDestination::CloudConnector(connector) => {
            let CloudConnector { name, .. } = connector;
            set_key(target, "destination", cloud_destination(connector));
            set_name(target, name.as_ref());
        }
        CallDestination::Other(raw) => overwrite_keys(target, raw),
    }
}

/// Sets the destination. A different number drops the old name.
fn set_destination(target: &mut Value, key: &str, value: Value) {
    let mut destination = target
        .get("destination")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if destination.get(key) != Some(&value) {
        remove_key(target, "name");
    }
    set_key(&mut destination, key, value);
    set_key(target, "destination", destination);
}

/// Sets or removes the name of a target.
fn set_name(target: &mut Value, name: Option<&String>) {
    if let Some(name) = name {
        set_key(target, "name", json!(name));
    }
}

//! Encodes the destination of a call.
//!
//! The API lists every destination that was ever set and selects one for each mode. A declaration
//! sets and selects its own destination; the others stay listed.

use serde_json::{Value, json};

use super::actions::{
    ActionList, TERMINATING, encode_greeting, overwrite_keys, remove_key, set_key,
};
use super::ring_target::{cloud_destination, set_name};
use super::{EncodeError, RequiredParts, RuleOwner};
use crate::api::decode::dispatching::{decode_destination, mailbox_owner, matches_mode};
use crate::api::decode::{array_items, text_or_number};
use crate::model::{
    CallDestination, CallDispatching, DispatchType, ExtensionId, GreetingSource, number_key,
};

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

/// Encodes the terminating action, with the targets that are `required`, if any.
pub(super) fn encode_terminating_action(
    actions: &mut ActionList,
    desired: &CallDispatching,
    dispatch_type: &DispatchType,
    required: Option<RequiredParts>,
    owner: RuleOwner<'_>,
) -> Result<(), EncodeError> {
    let live = actions.find(TERMINATING).map(|live| live.clone());
    let mut action = live.unwrap_or_else(|| json!({ "type": TERMINATING, "targets": [] }));
    let destinations = [
        (&desired.no_answer, NO_ANSWER),
        (&desired.terminate, TERMINATE),
    ];
    for (destination, mode) in destinations {
        if let Some(destination) = destination {
            encode_destination(&mut action, destination, mode, owner);
        }
    }
    if let Some(required) = required {
        add_required(&mut action, required);
    }
    let has_destination = text_or_number(action.get(TERMINATE.target_key)).is_some();
    if *dispatch_type == DispatchType::Terminate && !has_destination {
        return Err(EncodeError::MissingTerminate);
    }
    if array_items(action.get("targets")).is_empty() {
        return Ok(());
    }
    match actions.find(TERMINATING) {
        Some(live) => *live = action,
        None => actions.insert_in_order(action),
    }
    Ok(())
}

/// Adds required targets. Voicemail is always listed [docs] and is the destination if none is set,
/// so that no call ends in silence.
fn add_required(action: &mut Value, required: RequiredParts) {
    let modes = [
        (required.no_answer, NO_ANSWER),
        (required.terminate, TERMINATE),
    ];
    let mut terminates = !array_items(action.get("targets")).is_empty();
    for (_, mode) in modes.iter().filter(|(is_required, _)| *is_required) {
        terminates = true;
        if text_or_number(action.get(mode.target_key)).is_none() {
            set_key(action, mode.target_key, json!(VOICEMAIL));
        }
        if required.announcements && !has_target(action, ANNOUNCEMENT, *mode) {
            let mut target = new_target(ANNOUNCEMENT);
            set_key(&mut target, "dispatchingType", json!(mode.dispatching_type));
            push_target(action, target);
        }
    }
    if terminates && !has_target(action, VOICEMAIL, NO_ANSWER) {
        push_target(action, new_target(VOICEMAIL));
    }
}

/// Returns a new target of a type, with its standard greeting.
fn new_target(kind: &str) -> Value {
    let preset = match kind {
        VOICEMAIL => preset::VOICEMAIL,
        ANNOUNCEMENT => preset::ANNOUNCEMENT,
        _ => return json!({ "type": kind }),
    };
    let greeting = json!({ "effectiveGreetingType": "Preset", "preset": { "id": preset } });
    json!({ "type": kind, "prompt": { "greeting": greeting } })
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
fn encode_destination(
    action: &mut Value,
    desired: &CallDestination,
    mode: ForwardingMode,
    owner: RuleOwner<'_>,
) {
    let kind = api_type(desired);
    let targets = action.get_mut("targets").and_then(Value::as_array_mut);
    let live = targets.and_then(|targets| {
        let mut targets = targets.iter_mut();
        targets.find(|target| matches_mode(target, &kind, mode.dispatching_type))
    });
    match live {
        Some(target) => {
            let live_mode = target.get("dispatchingType").cloned();
            encode_destination_fields(target, desired, owner);
            // The mode follows from the key under which the target is declared.
            if let Some(mode) = live_mode {
                set_key(target, "dispatchingType", mode);
            }
        }
        None => {
            let mut target = new_target(&kind);
            encode_destination_fields(&mut target, desired, owner);
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
    let kind = match destination {
        CallDestination::Voicemail { .. } => VOICEMAIL,
        CallDestination::Announcement { .. } => ANNOUNCEMENT,
        CallDestination::Extension(_) => "ExtensionTerminatingTarget",
        CallDestination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget",
        CallDestination::CloudConnector(_) => "CloudConnectorTerminatingTarget",
        CallDestination::Other(raw) => return text_or_number(raw.get("type")).unwrap_or_default(),
    };
    kind.to_owned()
}

/// Sets the fields of a destination on its target.
fn encode_destination_fields(target: &mut Value, desired: &CallDestination, owner: RuleOwner<'_>) {
    match desired {
        CallDestination::Voicemail {
            owner: mailbox,
            greeting,
        } => {
            if mailbox_owner(target, owner.id) != *mailbox {
                encode_mailbox(target, mailbox.as_ref());
            }
            encode_prompt(target, greeting.as_ref(), preset::VOICEMAIL);
        }
        CallDestination::Announcement { greeting } => {
            encode_prompt(target, greeting.as_ref(), preset::ANNOUNCEMENT);
        }
        CallDestination::Extension(_) if decode_destination(target, owner.id) == *desired => {}
        CallDestination::Extension(id) => set_key(target, "extension", json!({ "id": id })),
        CallDestination::PhoneNumber { number, name } => {
            let mut destination = target
                .get("destination")
                .cloned()
                .unwrap_or_else(|| json!({}));
            let live = text_or_number(destination.get("phoneNumber")).unwrap_or_default();
            if number_key(&live) != number_key(number) {
                // A different number drops the old name.
                remove_key(target, "name");
                set_key(&mut destination, "phoneNumber", json!(number));
                set_key(target, "destination", destination);
            }
            set_name(target, name.as_ref());
        }
        CallDestination::CloudConnector(connector) => {
            let live = decode_destination(target, owner.id);
            let is_same = matches!(live, CallDestination::CloudConnector(live) if live.key() == connector.key());
            if !is_same {
                set_key(target, "destination", cloud_destination(connector));
            }
            set_name(target, connector.name.as_ref());
        }
        CallDestination::Other(raw) => overwrite_keys(target, raw),
    }
}

/// Sets the owner of a voicemail box under the key that the target has; `None` is the user's own
/// box.
fn encode_mailbox(target: &mut Value, owner: Option<&ExtensionId>) {
    let has_mailbox = target.get("mailbox").is_some();
    match owner {
        Some(id) if has_mailbox && target.get("extension").is_none() => {
            set_key(target, "mailbox", json!({ "id": id }));
        }
        Some(id) => set_key(target, "extension", json!({ "id": id })),
        None => {
            remove_key(target, "extension");
            remove_key(target, "mailbox");
        }
    }
}

/// Sets the greeting of a target, if one is declared.
fn encode_prompt(target: &mut Value, desired: Option<&GreetingSource>, preset: &str) {
    if let Some(desired) = desired {
        let mut prompt = target.get("prompt").cloned().unwrap_or_else(|| json!({}));
        let greeting = encode_greeting(prompt.get("greeting"), desired, preset);
        set_key(&mut prompt, "greeting", greeting);
        set_key(target, "prompt", prompt);
    }
}

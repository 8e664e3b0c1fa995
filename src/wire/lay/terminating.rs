//! Where a call ends.
//!
//! The API lists every target that has ever been set, and names the one that counts for each mode. A
//! declaration sets its own target and names it; the others stay listed.

use serde_json::{Value, json};

use super::dispatching::{Actions, lay_greeting, overlay};
use super::ring_target::cloud_destination;
use super::{Demands, Fill, Gap, set, unset};
use crate::model::{CloudConnector, Destination, DispatchType, Dispatching};
use crate::wire::convert::dispatching::serves;
use crate::wire::convert::{list, string};

const ACTION: &str = "TerminatingAction";
const VOICEMAIL: &str = "VoiceMailTerminatingTarget";
const ANNOUNCEMENT: &str = "PlayAnnouncementTerminatingTarget";

/// The standard greetings of a new target; the ids are those of the vendor's guide \[seed\].
mod preset {
    pub(super) const VOICEMAIL: &str = "590080";
    pub(super) const ANNOUNCEMENT: &str = "66816";
}

/// When a target is used.
#[derive(Clone, Copy)]
struct Mode {
    /// The API's `dispatchingType`.
    name: &'static str,
    /// The key that names the target that counts.
    key: &'static str,
}

const NO_ANSWER: Mode = Mode {
    name: "Ringing",
    key: "ringingTargetType",
};
const AT_ONCE: Mode = Mode {
    name: "Terminating",
    key: "terminatingTargetType",
};

pub(super) fn lay(
    actions: &mut Actions,
    wanted: &Dispatching,
    kind: &DispatchType,
    demands: Demands,
    fill: Fill,
) -> Result<(), Gap> {
    let mut action = match actions.find(ACTION) {
        Some(live) => live.clone(),
        None => json!({ "type": ACTION, "targets": [] }),
    };
    if let Some(destination) = &wanted.no_answer {
        lay_destination(&mut action, destination, NO_ANSWER);
    }
    if let Some(destination) = &wanted.at_once {
        lay_destination(&mut action, destination, AT_ONCE);
    }
    if fill == Fill::Mandatory {
        demand(&mut action, demands);
    }
    let is_named = string(action.get(AT_ONCE.key)).is_some();
    if *kind == DispatchType::Terminate && !is_named {
        return Err(Gap::AtOnce);
    }
    if list(action.get("targets")).is_empty() {
        return Ok(());
    }
    match actions.find(ACTION) {
        Some(live) => *live = action,
        None => actions.insert(action),
    }
    Ok(())
}

/// Adds what must be there: voicemail is always listed [docs], and is where a call goes when nothing
/// else is said. Never into silence.
fn demand(action: &mut Value, demands: Demands) {
    let modes = [(demands.no_answer, NO_ANSWER), (demands.at_once, AT_ONCE)];
    let modes = modes.iter().filter(|(demanded, _)| *demanded);
    let mut terminates = !list(action.get("targets")).is_empty();
    for (_, mode) in modes {
        terminates = true;
        if string(action.get(mode.key)).is_none() {
            set(action, mode.key, json!(VOICEMAIL));
        }
        if demands.announcements && !lists(action, ANNOUNCEMENT, *mode) {
            let mut target = announcement();
            set(&mut target, "dispatchingType", json!(mode.name));
            push(action, target);
        }
    }
    if terminates && !lists(action, VOICEMAIL, NO_ANSWER) {
        push(action, voicemail());
    }
}

fn voicemail() -> Value {
    json!({ "type": VOICEMAIL, "prompt": { "greeting": preset_greeting(preset::VOICEMAIL) } })
}

fn announcement() -> Value {
    json!({ "type": ANNOUNCEMENT, "prompt": { "greeting": preset_greeting(preset::ANNOUNCEMENT) } })
}

fn preset_greeting(id: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": id } })
}

fn lists(action: &Value, kind: &str, mode: Mode) -> bool {
    list(action.get("targets"))
        .iter()
        .any(|target| serves(target, kind, mode.name))
}

fn push(action: &mut Value, target: Value) {
    if let Some(Value::Array(targets)) = action.get_mut("targets") {
        targets.push(target);
    }
}

fn lay_destination(action: &mut Value, wanted: &Destination, mode: Mode) {
    let kind = api_type(wanted);
    let targets = action.get_mut("targets").and_then(Value::as_array_mut);
    let live = targets.and_then(|targets| {
        targets
            .iter_mut()
            .find(|target| serves(target, &kind, mode.name))
    });
    match live {
        Some(target) => {
            let mode_said = target.get("dispatchingType").cloned();
            lay_target(target, wanted);
            // What serves which mode is said by where it is declared.
            if let Some(mode) = mode_said {
                set(target, "dispatchingType", mode);
            }
        }
        None => {
            let mut target = match kind.as_str() {
                VOICEMAIL => voicemail(),
                ANNOUNCEMENT => announcement(),
                _ => json!({ "type": kind }),
            };
            lay_target(&mut target, wanted);
            if kind != VOICEMAIL {
                set(&mut target, "dispatchingType", json!(mode.name));
            }
            push(action, target);
        }
    }
    set(action, mode.key, json!(kind));
}

fn api_type(destination: &Destination) -> String {
    match destination {
        Destination::Voicemail { .. } => VOICEMAIL.to_owned(),
        Destination::Announcement { .. } => ANNOUNCEMENT.to_owned(),
        Destination::Extension(_) => "ExtensionTerminatingTarget".to_owned(),
        Destination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget".to_owned(),
        Destination::CloudConnector(_) => "CloudConnectorTerminatingTarget".to_owned(),
        Destination::Other(raw) => string(raw.get("type")).unwrap_or_default(),
    }
}

fn lay_target(target: &mut Value, wanted: &Destination) {
    let play = |target: &mut Value, greeting: &Option<_>, preset: &str| {
        if let Some(greeting) = greeting {
            let live = target
                .get("prompt")
                .and_then(|prompt| prompt.get("greeting"));
            let greeting = lay_greeting(live, greeting, preset);
            let mut prompt = target.get("prompt").cloned().unwrap_or_else(|| json!({}));
            set(&mut prompt, "greeting", greeting);
            set(target, "prompt", prompt);
        }
    };
    match wanted {
        Destination::Voicemail { of, greeting } => {
            match of {
                Some(id) => set(target, "extension", json!({ "id": id })),
                None => unset(target, "extension"),
            }
            play(target, greeting, preset::VOICEMAIL);
        }
        Destination::Announcement { greeting } => play(target, greeting, preset::ANNOUNCEMENT),
        Destination::Extension(id) => set(target, "extension", json!({ "id": id })),
        Destination::PhoneNumber { number, name } => {
            redirect(target, "phoneNumber", json!(number));
            rename(target, name.as_ref());
        }
        Destination::CloudConnector(connector) => {
            let CloudConnector { name, .. } = connector;
            set(target, "destination", cloud_destination(connector));
            rename(target, name.as_ref());
        }
        Destination::Other(raw) => overlay(target, raw),
    }
}

/// Another number has another name: the old one goes with it.
fn redirect(target: &mut Value, key: &str, value: Value) {
    let mut destination = target
        .get("destination")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if destination.get(key) != Some(&value) {
        unset(target, "name");
    }
    set(&mut destination, key, value);
    set(target, "destination", destination);
}

fn rename(target: &mut Value, name: Option<&String>) {
    if let Some(name) = name {
        set(target, "name", json!(name));
    }
}

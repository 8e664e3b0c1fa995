//! What happens to a call.

use serde_json::Value;

use super::{list, name_beside, string};
use crate::model::{
    App, CloudConnector, Destination, DispatchType, Dispatching, ExtensionId, Greeting, Prompt,
    RingGroup, RingTarget, Screening,
};

/// A dispatching of a rule of `owner`, complete.
pub(super) fn dispatching(value: &Value, owner: &ExtensionId) -> Dispatching {
    let mut read = Dispatching {
        kind: value
            .get("type")
            .and_then(Value::as_str)
            .map(DispatchType::parse),
        ..Dispatching::default()
    };
    let mut terminates = false;
    for action in list(value.get("actions")) {
        match action.get("type").and_then(Value::as_str) {
            Some("PlayWelcomePromptAction") => read.greeting = Some(prompt(action)),
            Some("PlayConnectingMessageAction") => read.connecting_message = Some(prompt(action)),
            Some("PlayConnectingPromptAction") => read.connecting_audio = Some(prompt(action)),
            Some("ScreeningAction") => read.screening = Some(screening(action)),
            Some("RingGroupAction") => {
                read.ring
                    .get_or_insert_default()
                    .push(ring_group(action, owner));
            }
            Some("RingAlwaysGroupAction") => {
                let group = ring_group(action, owner);
                read.ring_always = group.enabled.then_some(group.targets);
            }
            // Of several the first counts, which is the one that a declaration changes.
            Some("TerminatingAction") if !terminates => {
                terminates = true;
                terminating(action, owner, &mut read);
            }
            Some("TerminatingAction") => {}
            _ => read.other.push(action.clone()),
        }
    }
    if let Some(groups) = &mut read.ring {
        if read.kind != Some(DispatchType::Custom) {
            // Offsets count with this type alone [docs].
            groups.iter_mut().for_each(|group| group.start_offset = 0);
        }
        in_normal_order(groups, read.kind.as_ref());
    }
    read
}

/// Order counts only between groups that ring one after the other. Silent groups, and groups that
/// ring together, stand in an order of their own, so that equal meanings are equal values.
fn in_normal_order(groups: &mut [RingGroup], kind: Option<&DispatchType>) {
    let content = |group: &RingGroup| format!("{:?}{:?}", group.targets, group.seconds);
    match kind {
        Some(DispatchType::RingInOrder) => groups.sort_by_cached_key(|group| {
            let silent = !group.enabled;
            (
                silent,
                if silent {
                    content(group)
                } else {
                    String::new()
                },
            )
        }),
        _ => {
            groups.sort_by_cached_key(|group| (!group.enabled, group.start_offset, content(group)))
        }
    }
}

fn enabled(value: &Value) -> bool {
    value
        .get("enabled")
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

fn prompt(action: &Value) -> Prompt {
    match greeting(action.get("greeting")) {
        Some(greeting) if enabled(action) => Prompt::On(greeting),
        _ => Prompt::Off,
    }
}

fn greeting(value: Option<&Value>) -> Option<Greeting> {
    let value = value?;
    let id = |key: &str| {
        value
            .get(key)
            .and_then(|greeting| string(greeting.get("id")))
    };
    let wants_custom = value.get("effectiveGreetingType").and_then(Value::as_str) == Some("Custom");
    match id("custom") {
        Some(custom) if wants_custom => Some(Greeting::Custom(custom)),
        _ => id("preset").map(Greeting::Preset),
    }
}

fn screening(action: &Value) -> Screening {
    match string(action.get("screening")) {
        Some(when) if enabled(action) => Screening::On {
            when,
            result: string(action.get("screeningResult")),
        },
        _ => Screening::Off,
    }
}

fn ring_group(action: &Value, owner: &ExtensionId) -> RingGroup {
    let number = |key: &str| action.get(key).and_then(Value::as_u64);
    let targets = list(action.get("targets")).iter();
    let mut targets: Vec<RingTarget> = targets.map(|target| ring_target(target, owner)).collect();
    // They ring together: their order means nothing.
    targets.sort_by_cached_key(|target| format!("{target:?}"));
    RingGroup {
        enabled: enabled(action),
        seconds: number("duration"),
        start_offset: number("customStartOffset").unwrap_or(0),
        targets,
    }
}

/// A ring target; in the API's form where it is not understood.
pub(in crate::wire) fn ring_target(target: &Value, owner: &ExtensionId) -> RingTarget {
    known_ring_target(target, owner).unwrap_or_else(|| RingTarget::Other(target.clone()))
}

fn known_ring_target(target: &Value, owner: &ExtensionId) -> Option<RingTarget> {
    let apps = |app: App| RingTarget::Apps {
        app,
        of: others(target, owner),
    };
    let number = || string(target.get("destination")?.get("phoneNumber"));
    Some(match target.get("type")?.as_str()? {
        "AllMobileRingTarget" => apps(App::Mobile),
        "AllDesktopRingTarget" => apps(App::Desktop),
        "CoworkerRingTarget" => RingTarget::Coworker(extension(target)?),
        "PhoneNumberRingTarget" => RingTarget::PhoneNumber {
            name: name_beside(&number()?, target),
            number: number()?,
        },
        "DeviceRingTarget" => RingTarget::Device {
            id: string(target.get("device")?.get("id"))?,
            of: others(target, owner),
        },
        "HotdeskRingTarget" => RingTarget::Hotdesk,
        "ImsPhoneNumberRingTarget" => RingTarget::ImsPhoneNumber(number()?),
        "FmcPhoneNumberRingTarget" => RingTarget::FmcPhoneNumber(number()?),
        "IntegrationRingTarget" => {
            RingTarget::Integration(string(target.get("integration")?.get("type"))?)
        }
        "CloudConnectorRingTarget" => RingTarget::CloudConnector(cloud_connector(target)?),
        _ => return None,
    })
}

fn extension(target: &Value) -> Option<ExtensionId> {
    string(target.get("extension")?.get("id")).map(ExtensionId)
}

/// The extension of a target, unless it is the owner's own: that says nothing.
fn others(target: &Value, owner: &ExtensionId) -> Option<ExtensionId> {
    extension(target).filter(|id| id != owner)
}

fn cloud_connector(target: &Value) -> Option<CloudConnector> {
    let destination = target.get("destination")?;
    Some(CloudConnector {
        integration_id: string(destination.get("integrationId"))?,
        extension_number: string(destination.get("extensionNumber")),
        phone_number: string(destination.get("phoneNumber")),
        name: string(target.get("name")),
    })
}

/// Of all the targets that a terminating action lists, the ones that it names for each mode.
fn terminating(action: &Value, owner: &ExtensionId, read: &mut Dispatching) {
    let named = |key: &str, mode: &str| {
        let kind = string(action.get(key))?;
        let listed = list(action.get("targets")).iter();
        let target = { listed }.find(|target| serves(target, &kind, mode))?;
        Some(destination(target, owner))
    };
    read.no_answer = named("ringingTargetType", "Ringing");
    read.at_once = named("terminatingTargetType", "Terminating");
}

/// Whether a terminating target is of a type and serves a mode. Voicemail serves both \[docs\].
pub(in crate::wire) fn serves(target: &Value, kind: &str, mode: &str) -> bool {
    let is = |key: &str, wanted: &str| target.get(key).and_then(Value::as_str) == Some(wanted);
    let any_mode = target.get("dispatchingType").is_none() || kind == "VoiceMailTerminatingTarget";
    is("type", kind) && (any_mode || is("dispatchingType", mode))
}

fn destination(target: &Value, owner: &ExtensionId) -> Destination {
    known_destination(target, owner).unwrap_or_else(|| Destination::Other(target.clone()))
}

fn known_destination(target: &Value, owner: &ExtensionId) -> Option<Destination> {
    let greeting = || {
        greeting(
            target
                .get("prompt")
                .and_then(|prompt| prompt.get("greeting")),
        )
    };
    Some(match target.get("type")?.as_str()? {
        "VoiceMailTerminatingTarget" => Destination::Voicemail {
            of: others(target, owner),
            greeting: greeting(),
        },
        "PlayAnnouncementTerminatingTarget" => Destination::Announcement {
            greeting: greeting(),
        },
        "ExtensionTerminatingTarget" => Destination::Extension(extension(target)?),
        "PhoneNumberTerminatingTarget" => {
            let number = string(target.get("destination")?.get("phoneNumber"))?;
            Destination::PhoneNumber {
                name: name_beside(&number, target),
                number,
            }
        }
        "CloudConnectorTerminatingTarget" => Destination::CloudConnector(cloud_connector(target)?),
        _ => return None,
    })
}

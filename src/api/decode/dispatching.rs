//! Decodes how a call is handled.

use serde_json::Value;

use super::{array_items, explicit_name, text_or_number};
use crate::model::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, DispatchType,
    ExtensionId, GreetingSetting, GreetingSource, RingGroup, RingTarget,
};

/// Decodes the complete dispatching of a rule of `owner`.
pub(super) fn decode_dispatching(value: &Value, owner: &ExtensionId) -> CallDispatching {
    let mut read = CallDispatching {
        dispatch_type: value
            .get("type")
            .and_then(Value::as_str)
            .map(DispatchType::parse),
        ..CallDispatching::default()
    };
    let mut terminates = false;
    for action in array_items(value.get("actions")) {
        match action.get("type").and_then(Value::as_str) {
            Some("PlayWelcomePromptAction") => {
                read.greeting = Some(decode_greeting_setting(action));
            }
            Some("PlayConnectingMessageAction") => {
                read.connecting_message = Some(decode_greeting_setting(action));
            }
            Some("PlayConnectingPromptAction") => {
                read.connecting_audio = Some(decode_greeting_setting(action));
            }
            Some("ScreeningAction") => read.screening = Some(decode_screening(action)),
            Some("RingGroupAction") => {
                read.ring
                    .get_or_insert_default()
                    .push(decode_ring_group(action, owner));
            }
            Some("RingAlwaysGroupAction") => {
                let group = decode_ring_group(action, owner);
                read.ring_always = group.enabled.then_some(group.targets);
            }
            // The first one counts, which is also the one that a declaration changes.
            Some("TerminatingAction") if !terminates => {
                terminates = true;
                decode_terminating_action(action, owner, &mut read);
            }
            Some("TerminatingAction") => {}
            _ => read.other.push(action.clone()),
        }
    }
    if let Some(groups) = &mut read.ring {
        if read.dispatch_type != Some(DispatchType::Custom) {
            // Offsets count only with this type [docs].
            for group in groups.iter_mut() {
                group.start_offset = 0;
            }
        }
        normalize_order(groups, read.dispatch_type.as_ref());
    }
    read
}

/// Sorts groups that ring at the same time and silent groups, so that equal meanings are equal
/// values. Order counts only between groups that ring one after the other.
fn normalize_order(groups: &mut [RingGroup], kind: Option<&DispatchType>) {
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
            groups.sort_by_cached_key(|group| (!group.enabled, group.start_offset, content(group)));
        }
    }
}

/// Returns whether an action is enabled.
fn is_enabled(value: &Value) -> bool {
    value
        .get("enabled")
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

/// Decodes the greeting of a prompt action.
fn decode_greeting_setting(action: &Value) -> GreetingSetting {
    match decode_greeting(action.get("greeting")) {
        Some(greeting) if is_enabled(action) => GreetingSetting::On(greeting),
        _ => GreetingSetting::Off,
    }
}

/// Decodes a greeting: custom if it is effective, otherwise preset.
fn decode_greeting(value: Option<&Value>) -> Option<GreetingSource> {
    let value = value?;
    let id = |key: &str| {
        value
            .get(key)
            .and_then(|greeting| text_or_number(greeting.get("id")))
    };
    let wants_custom = value.get("effectiveGreetingType").and_then(Value::as_str) == Some("Custom");
    match id("custom") {
        Some(custom) if wants_custom => Some(GreetingSource::Custom(custom)),
        _ => id("preset").map(GreetingSource::Preset),
    }
}

/// Decodes a screening action.
fn decode_screening(action: &Value) -> CallScreening {
    match text_or_number(action.get("screening")) {
        Some(when) if is_enabled(action) => CallScreening::On {
            when,
            result: text_or_number(action.get("screeningResult")),
        },
        _ => CallScreening::Off,
    }
}

/// Decodes a ring group.
fn decode_ring_group(action: &Value, owner: &ExtensionId) -> RingGroup {
    let number = |key: &str| action.get(key).and_then(Value::as_u64);
    let targets = array_items(action.get("targets")).iter();
    let mut targets: Vec<RingTarget> = targets
        .map(|target| decode_ring_target(target, owner))
        .collect();
    // The targets ring at the same time, so their order has no meaning.
    targets.sort_by_cached_key(|target| format!("{target:?}"));
    RingGroup {
        enabled: is_enabled(action),
        seconds: number("duration"),
        start_offset: number("customStartOffset").unwrap_or(0),
        targets,
    }
}

/// Decodes a ring target. An unknown one is kept in the API's form.
pub(in crate::api) fn decode_ring_target(target: &Value, owner: &ExtensionId) -> RingTarget {
    decode_known_ring_target(target, owner).unwrap_or_else(|| RingTarget::Other(target.clone()))
}

/// Decodes a ring target of a known type.
fn decode_known_ring_target(target: &Value, owner: &ExtensionId) -> Option<RingTarget> {
    let apps = |app: AppPlatform| RingTarget::Apps {
        platform: app,
        owner: other_owner(target, owner),
    };
    let number = || text_or_number(target.get("destination")?.get("phoneNumber"));
    Some(match target.get("type")?.as_str()? {
        "AllMobileRingTarget" => apps(AppPlatform::Mobile),
        "AllDesktopRingTarget" => apps(AppPlatform::Desktop),
        "CoworkerRingTarget" => RingTarget::Coworker(extension_id(target)?),
        "PhoneNumberRingTarget" => RingTarget::PhoneNumber {
            name: explicit_name(&number()?, target),
            number: number()?,
        },
        "DeviceRingTarget" => RingTarget::Device {
            id: text_or_number(target.get("device")?.get("id"))?,
            owner: other_owner(target, owner),
        },
        "HotdeskRingTarget" => RingTarget::Hotdesk,
        "ImsPhoneNumberRingTarget" => RingTarget::ImsPhoneNumber(number()?),
        "FmcPhoneNumberRingTarget" => RingTarget::FmcPhoneNumber(number()?),
        "IntegrationRingTarget" => {
            RingTarget::Integration(text_or_number(target.get("integration")?.get("type"))?)
        }
        "CloudConnectorRingTarget" => RingTarget::CloudConnector(decode_cloud_connector(target)?),
        _ => return None,
    })
}

/// Returns the extension id of a target.
fn extension_id(target: &Value) -> Option<ExtensionId> {
    text_or_number(target.get("extension")?.get("id")).map(ExtensionId)
}

/// Returns the extension of a target, unless it is the owner.
fn other_owner(target: &Value, owner: &ExtensionId) -> Option<ExtensionId> {
    extension_id(target).filter(|id| id != owner)
}

/// Decodes the destination of a cloud connector.
fn decode_cloud_connector(target: &Value) -> Option<CloudConnector> {
    let destination = target.get("destination")?;
    Some(CloudConnector {
        integration_id: text_or_number(destination.get("integrationId"))?,
        extension_number: text_or_number(destination.get("extensionNumber")),
        phone_number: text_or_number(destination.get("phoneNumber")),
        name: text_or_number(target.get("name")),
    })
}

/// Decodes the destinations that a terminating action selects for each mode, among all that it
/// lists.
fn decode_terminating_action(action: &Value, owner: &ExtensionId, read: &mut CallDispatching) {
    let named = |key: &str, mode: &str| {
        let kind = text_or_number(action.get(key))?;
        let listed = array_items(action.get("targets")).iter();
        let target = { listed }.find(|target| matches_mode(target, &kind, mode))?;
        Some(decode_destination(target, owner))
    };
    read.no_answer = named("ringingTargetType", "Ringing");
    read.terminate = named("terminatingTargetType", "Terminating");
}

/// Returns whether a terminating target has a type and serves a mode. Voicemail serves both
/// \[docs\].
pub(in crate::api) fn matches_mode(target: &Value, kind: &str, mode: &str) -> bool {
    let is = |key: &str, wanted: &str| target.get(key).and_then(Value::as_str) == Some(wanted);
    let any_mode = target.get("dispatchingType").is_none() || kind == "VoiceMailTerminatingTarget";
    is("type", kind) && (any_mode || is("dispatchingType", mode))
}

/// Decodes a destination. An unknown one is kept in the API's form.
fn decode_destination(target: &Value, owner: &ExtensionId) -> CallDestination {
    decode_known_destination(target, owner)
        .unwrap_or_else(|| CallDestination::Other(target.clone()))
}

/// Decodes a destination of a known type.
fn decode_known_destination(target: &Value, owner: &ExtensionId) -> Option<CallDestination> {
    let greeting = || {
        decode_greeting(
            target
                .get("prompt")
                .and_then(|prompt| prompt.get("greeting")),
        )
    };
    Some(match target.get("type")?.as_str()? {
        "VoiceMailTerminatingTarget" => CallDestination::Voicemail {
            owner: other_owner(target, owner),
            greeting: greeting(),
        },
        "PlayAnnouncementTerminatingTarget" => CallDestination::Announcement {
            greeting: greeting(),
        },
        "ExtensionTerminatingTarget" => CallDestination::Extension(extension_id(target)?),
        "PhoneNumberTerminatingTarget" => {
            let number = text_or_number(target.get("destination")?.get("phoneNumber"))?;
            CallDestination::PhoneNumber {
                name: explicit_name(&number, target),
                number,
            }
        }
        "CloudConnectorTerminatingTarget" => {
            CallDestination::CloudConnector(decode_cloud_connector(target)?)
        }
        _ => return None,
    })
}

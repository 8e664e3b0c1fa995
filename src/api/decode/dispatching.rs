//! Decodes how a call is handled.

use serde_json::Value;

use super::{array_items, explicit_name, text_or_number, whole_number};
use crate::model::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, DispatchType,
    ExtensionId, GreetingSetting, GreetingSource, RingGroup, RingTarget,
};

/// Decodes the complete dispatching of a rule of `owner`.
pub(super) fn decode_dispatching(value: &Value, owner: &ExtensionId) -> CallDispatching {
    let mut dispatching = CallDispatching {
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
                dispatching.greeting = Some(decode_greeting_setting(action));
            }
            Some("PlayConnectingMessageAction") => {
                dispatching.connecting_message = Some(decode_greeting_setting(action));
            }
            Some("PlayConnectingPromptAction") => {
                dispatching.connecting_audio = Some(decode_greeting_setting(action));
            }
            Some("ScreeningAction") => dispatching.screening = Some(decode_screening(action)),
            Some("RingGroupAction") => {
                dispatching
                    .ring
                    .get_or_insert_default()
                    .push(decode_ring_group(action, owner));
            }
            Some("RingAlwaysGroupAction") => {
                let group = decode_ring_group(action, owner);
                dispatching.ring_always = group.enabled.then_some(group.targets);
            }
            // The first one counts, which is also the one that a declaration changes.
            Some("TerminatingAction") if !terminates => {
                terminates = true;
                decode_terminating_action(action, owner, &mut dispatching);
            }
            Some("TerminatingAction") => {}
            _ => dispatching.other.push(action.clone()),
        }
    }
    if let Some(groups) = &mut dispatching.ring
        && dispatching.dispatch_type != Some(DispatchType::Custom)
    {
        // Offsets count only with this type [docs].
        for group in groups {
            group.start_offset = 0;
        }
    }
    dispatching
}

/// Returns whether an action is enabled.
pub(in crate::api) fn is_enabled(value: &Value) -> bool {
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
pub(in crate::api) fn decode_greeting(value: Option<&Value>) -> Option<GreetingSource> {
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
    let number = |key: &str| whole_number(action.get(key));
    let targets = array_items(action.get("targets")).iter();
    RingGroup {
        enabled: is_enabled(action),
        seconds: number("duration"),
        start_offset: number("customStartOffset").unwrap_or(0),
        targets: targets
            .map(|target| decode_ring_target(target, owner))
            .collect(),
    }
}

/// Decodes a ring target. An unknown one is kept in the API's form.
pub(in crate::api) fn decode_ring_target(target: &Value, owner: &ExtensionId) -> RingTarget {
    decode_known_ring_target(target, owner).unwrap_or_else(|| RingTarget::Other(target.clone()))
}

/// Decodes a ring target of a known type.
fn decode_known_ring_target(target: &Value, owner: &ExtensionId) -> Option<RingTarget> {
    let apps = |platform: AppPlatform| RingTarget::Apps {
        platform,
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
            let kind = text_or_number(target.get("integration")?.get("type"))?;
            // The guide has other words than the specification, such as `MsTeamDirectRouting`. They
            // are kept in the API's form [docs].
            if !matches!(&*kind, "MsTeamsDirectRouting" | "FmcLite") {
                return None;
            }
            RingTarget::Integration(kind)
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

/// Returns the owner of a voicemail box, unless it is the user: `extension` \[spec\] or `mailbox`
/// \[field\].
pub(in crate::api) fn mailbox_owner(target: &Value, user: &ExtensionId) -> Option<ExtensionId> {
    let mailbox = || text_or_number(target.get("mailbox")?.get("id")).map(ExtensionId);
    extension_id(target)
        .or_else(mailbox)
        .filter(|id| id != user)
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
fn decode_terminating_action(
    action: &Value,
    owner: &ExtensionId,
    dispatching: &mut CallDispatching,
) {
    let selected = |key: &str, mode: &str| {
        let kind = text_or_number(action.get(key))?;
        let mut targets = array_items(action.get("targets")).iter();
        let target = targets.find(|target| matches_mode(target, &kind, mode))?;
        Some(decode_destination(target, owner))
    };
    dispatching.no_answer = selected("ringingTargetType", "Ringing");
    dispatching.terminate = selected("terminatingTargetType", "Terminating");
}

/// Returns whether a terminating target has a type and serves a mode. Voicemail serves both
/// \[docs\].
pub(in crate::api) fn matches_mode(target: &Value, kind: &str, mode: &str) -> bool {
    let is = |key: &str, value: &str| target.get(key).and_then(Value::as_str) == Some(value);
    let any_mode = target.get("dispatchingType").is_none() || kind == "VoiceMailTerminatingTarget";
    is("type", kind) && (any_mode || is("dispatchingType", mode))
}

/// Decodes a destination. An unknown one is kept in the API's form.
pub(in crate::api) fn decode_destination(target: &Value, owner: &ExtensionId) -> CallDestination {
    decode_known_destination(target, owner)
        .unwrap_or_else(|| CallDestination::Other(target.clone()))
}

/// Decodes a destination of a known type.
fn decode_known_destination(target: &Value, owner: &ExtensionId) -> Option<CallDestination> {
    let greeting = || decode_greeting(target.get("prompt")?.get("greeting"));
    Some(match target.get("type")?.as_str()? {
        "VoiceMailTerminatingTarget" => CallDestination::Voicemail {
            owner: mailbox_owner(target, owner),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decode(target: &Value) -> RingTarget {
        decode_ring_target(target, &ExtensionId("1".to_owned()))
    }

    #[test]
    fn integration_of_unknown_type_is_kept_in_the_form_of_the_api() {
        let target =
            |kind: &str| json!({"type": "IntegrationRingTarget", "integration": {"type": kind}});
        let known = target("MsTeamsDirectRouting");
        assert_eq!(
            decode(&known),
            RingTarget::Integration("MsTeamsDirectRouting".to_owned())
        );
        let guide = target("MsTeamDirectRouting");
        assert_eq!(decode(&guide), RingTarget::Other(guide.clone()));
    }

    #[test]
    fn placeholder_name_of_external_number_is_no_name() {
        let target = |name: &str| {
            json!({
                "type": "PhoneNumberRingTarget",
                "name": name,
                "destination": {"phoneNumber": "+14085550100"},
            })
        };
        let named = |name: Option<&str>| RingTarget::PhoneNumber {
            number: "+14085550100".to_owned(),
            name: name.map(str::to_owned),
        };
        assert_eq!(decode(&target("__EXTERNAL_NUMBER__")), named(None));
        assert_eq!(decode(&target("+14085550100")), named(None));
        assert_eq!(decode(&target("Taxi")), named(Some("Taxi")));
    }
}

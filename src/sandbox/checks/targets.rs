//! Checks of ring targets and terminating targets, and of the greetings that actions and targets
//! play.

use super::{BodyCheck, BodyPart, MIN_DIALABLE_DIGITS};
use crate::sandbox::defaults::{OWN_APPS, own_ring_target};

/// Returns which of the user's own devices and apps this target is, if it is one.
pub(super) fn own_target<'a>(target: &BodyPart<'a>) -> Option<&'a str> {
    own_ring_target(target.value?, target.check.user)
}

pub(super) fn check_ring_target(target: &BodyPart) {
    match target.kind() {
        app if OWN_APPS.contains(&app) => {
            check_optional_extension(target);
            if own_target(target).is_none() && !target.check.account.account.coworker_apps {
                let message = "a co-worker's apps are not available on this account";
                target.get("extension").unavailable(message);
            }
        }
        "CoworkerRingTarget" => check_extension(target),
        "PhoneNumberRingTarget" => {
            check_destination(target);
            target.get("name").check_optional_text();
        }
        "ImsPhoneNumberRingTarget" | "FmcPhoneNumberRingTarget" => check_destination(target),
        "DeviceRingTarget" => {
            let id = target.get_in("device", "id");
            let BodyCheck { account, user, .. } = target.check;
            let is_unknown = |id| user.device(id).or_else(|| account.device(id)).is_none();
            if id.require_text().is_some_and(is_unknown) {
                id.invalid("no such device on this account");
            }
            check_optional_extension(target);
        }
        "HotdeskRingTarget" => {}
        "IntegrationRingTarget" => {
            let kind = target.get_in("integration", "type");
            // The second spelling is that of the guide. [spec, docs]
            kind.require_one_of(&["MsTeamsDirectRouting", "MsTeamDirectRouting", "FmcLite"]);
        }
        "CloudConnectorRingTarget" => check_cloud_connector(target),
        _ if target.is_live() => {}
        _ => target.get("type").invalid("no such ring target"),
    }
}

pub(super) fn check_terminating_target(target: &BodyPart) {
    match target.kind() {
        "VoiceMailTerminatingTarget" => {
            check_prompt(target);
            check_optional_extension(target);
            return; // voicemail has no dispatchingType, because it applies to both modes
        }
        "PlayAnnouncementTerminatingTarget" => check_prompt(target),
        "ExtensionTerminatingTarget" => check_extension(target),
        "PhoneNumberTerminatingTarget" => {
            check_destination(target);
            target.get("name").check_optional_text();
        }
        "CloudConnectorTerminatingTarget" => check_cloud_connector(target),
        _ if target.is_live() => return,
        _ => return target.get("type").invalid("no such terminating target"),
    }
    let mode = target.get("dispatchingType");
    mode.require_one_of(&["Ringing", "Terminating"]);
}

fn check_extension(target: &BodyPart) {
    let id = target.get_in("extension", "id");
    let is_unknown = |id| target.check.account.extension_by_id(id).is_none();
    if id.require_text().is_some_and(is_unknown) {
        id.invalid("no such extension on this account");
    }
}

fn check_optional_extension(target: &BodyPart) {
    if target.get("extension").value.is_some() {
        check_extension(target);
    }
}

fn check_destination(target: &BodyPart) {
    let number = target.get_in("destination", "phoneNumber");
    number.require_phone_number(MIN_DIALABLE_DIGITS);
}

fn check_cloud_connector(target: &BodyPart) {
    let destination = target.get("destination");
    destination.get("integrationId").require_text();
    destination.get("extensionNumber").check_optional_text();
    destination.get("phoneNumber").check_optional_text();
    target.get("name").require_text();
}

fn check_prompt(target: &BodyPart) {
    check_greeting(&target.get_in("prompt", "greeting"));
}

/// Checks a greeting. `preset.id` is always required, `custom.id` only for a custom greeting.
/// [spec, docs; CMN-414: field]
pub(super) fn check_greeting(greeting: &BodyPart) {
    if greeting.require_object().is_none() {
        return;
    }
    let kind = greeting.get("effectiveGreetingType");
    let is_custom = kind.as_str() == Some("Custom");
    if !is_custom && kind.as_str() != Some("Preset") {
        kind.refuse("CMN-414", "Preset or Custom is required".to_owned());
    }
    greeting.get_in("preset", "id").require_text();
    let custom = greeting.get("custom");
    if is_custom || custom.value.is_some() {
        custom.get("id").require_text();
    }
}

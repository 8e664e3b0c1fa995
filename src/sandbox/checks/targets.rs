//! Checks of ring targets and terminating targets, and of the greetings that actions and targets
//! play.

use super::{BodyPart, MIN_DIALABLE_DIGITS};

/// Target types of the mobile and desktop apps.
pub(super) const APP_TARGET_TYPES: [&str; 2] = ["AllMobileRingTarget", "AllDesktopRingTarget"];

/// Returns whether this target is the user's own app, not a co-worker's.
pub(super) fn is_own_app(target: &BodyPart) -> bool {
    let id = target.get_in("extension", "id");
    let user = &target.check.user.id;
    APP_TARGET_TYPES.contains(&target.kind()) && id.value.is_none_or(|id| *id == user.as_str())
}

pub(super) fn check_ring_target(target: &BodyPart) {
    match target.kind() {
        app if APP_TARGET_TYPES.contains(&app) => {
            check_optional_extension(target);
            if !is_own_app(target) && !target.check.account.account.coworker_apps {
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
            let is_unknown = |id| target.check.account.device(id).is_none();
            if id.require_text().is_some_and(is_unknown) {
                id.invalid("no such device on this account");
            }
            check_optional_extension(target);
        }
        "HotdeskRingTarget" => {}
        "IntegrationRingTarget" => {
            let kind = target.get_in("integration", "type");
            kind.require_one_of(&["MsTeamsDirectRouting", "FmcLite"]);
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
/// \[spec, docs\]
pub(super) fn check_greeting(greeting: &BodyPart) {
    if greeting.require_object().is_none() {
        return;
    }
    let kind = greeting.get("effectiveGreetingType");
    let is_custom = kind.require_one_of(&["Custom", "Preset"]) == Some("Custom");
    greeting.get_in("preset", "id").require_text();
    let custom = greeting.get("custom");
    if is_custom || custom.value.is_some() {
        custom.get("id").require_text();
    }
}

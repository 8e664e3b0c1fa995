//! Checks of ring targets and terminating targets.

use serde_json::Value;

use super::{BodyCheckContext, BodyFindings, MIN_DIALABLE_DIGITS, dispatching::check_greeting};
use crate::sandbox::account::SandboxExtension;

/// Target types of the mobile and desktop apps.
pub(super) const APP_TARGET_TYPES: [&str; 2] = ["AllMobileRingTarget", "AllDesktopRingTarget"];

pub(super) fn is_app(target: &Value) -> bool {
    target["type"]
        .as_str()
        .is_some_and(|kind| APP_TARGET_TYPES.contains(&kind))
}

/// Returns whether this target is the user's own app of this type, not a co-worker's.
pub(super) fn is_own_app(target: &Value, app: &str, user: &SandboxExtension) -> bool {
    let id = target
        .get("extension")
        .and_then(|extension| extension.get("id"));
    target["type"] == app && id.is_none_or(|id| *id == user.id.as_str())
}

pub(super) fn check_ring_target(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    target: &Value,
    at: &str,
) {
    match target["type"].as_str().unwrap_or_default() {
        app if APP_TARGET_TYPES.contains(&app) => {
            check_optional_extension(findings, context, target, at);
            let feature = context.account.account.coworker_apps;
            if !is_own_app(target, app, context.extension) && !feature {
                let at = format!("{at}.extension");
                findings
                    .push_unavailable(&at, "a co-worker's apps are not available on this account");
            }
        }
        "CoworkerRingTarget" => check_extension(findings, context, target, at),
        "PhoneNumberRingTarget" => {
            check_destination(findings, target, at);
            findings.check_optional_text(target.get("name"), &format!("{at}.name"));
        }
        "ImsPhoneNumberRingTarget" | "FmcPhoneNumberRingTarget" => {
            check_destination(findings, target, at);
        }
        "DeviceRingTarget" => {
            let at_id = format!("{at}.device.id");
            let id = target.get("device").and_then(|device| device.get("id"));
            if let Some(id) = findings.require_text(id, &at_id)
                && context.account.device(id).is_none()
            {
                findings.push_invalid(&at_id, "no such device on this account");
            }
            check_optional_extension(findings, context, target, at);
        }
        "HotdeskRingTarget" => {}
        "IntegrationRingTarget" => {
            let kind = target
                .get("integration")
                .and_then(|integration| integration.get("type"));
            let at = format!("{at}.integration.type");
            findings.require_one_of(kind, &at, &["MsTeamsDirectRouting", "FmcLite"]);
        }
        "CloudConnectorRingTarget" => check_cloud_connector(findings, target, at),
        _ if context.is_in_live_body(target) => {}
        _ => findings.push_invalid(&format!("{at}.type"), "no such ring target"),
    }
}

pub(super) fn check_terminating_target(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    target: &Value,
    at: &str,
) {
    match target["type"].as_str().unwrap_or_default() {
        "VoiceMailTerminatingTarget" => {
            check_prompt(findings, target, at);
            check_optional_extension(findings, context, target, at);
            return; // voicemail has no dispatchingType, because it applies to both modes
        }
        "PlayAnnouncementTerminatingTarget" => check_prompt(findings, target, at),
        "ExtensionTerminatingTarget" => check_extension(findings, context, target, at),
        "PhoneNumberTerminatingTarget" => {
            check_destination(findings, target, at);
            findings.check_optional_text(target.get("name"), &format!("{at}.name"));
        }
        "CloudConnectorTerminatingTarget" => check_cloud_connector(findings, target, at),
        _ if context.is_in_live_body(target) => return,
        _ => return findings.push_invalid(&format!("{at}.type"), "no such terminating target"),
    }
    let mode = target.get("dispatchingType");
    findings.require_one_of(
        mode,
        &format!("{at}.dispatchingType"),
        &["Ringing", "Terminating"],
    );
}

fn check_extension(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    target: &Value,
    at: &str,
) {
    let at = format!("{at}.extension.id");
    let id = target
        .get("extension")
        .and_then(|extension| extension.get("id"));
    if let Some(id) = findings.require_text(id, &at)
        && context.account.extension_by_id(id).is_none()
    {
        findings.push_invalid(&at, "no such extension on this account");
    }
}

fn check_optional_extension(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    target: &Value,
    at: &str,
) {
    if target.get("extension").is_some() {
        check_extension(findings, context, target, at);
    }
}

fn check_destination(findings: &mut BodyFindings, target: &Value, at: &str) {
    let number = target
        .get("destination")
        .and_then(|destination| destination.get("phoneNumber"));
    findings.require_phone_number(
        number,
        &format!("{at}.destination.phoneNumber"),
        MIN_DIALABLE_DIGITS,
    );
}

fn check_cloud_connector(findings: &mut BodyFindings, target: &Value, at: &str) {
    let field = |key: &str| {
        target
            .get("destination")
            .and_then(|destination| destination.get(key))
    };
    findings.require_text(
        field("integrationId"),
        &format!("{at}.destination.integrationId"),
    );
    for key in ["extensionNumber", "phoneNumber"] {
        findings.check_optional_text(field(key), &format!("{at}.destination.{key}"));
    }
    findings.require_text(target.get("name"), &format!("{at}.name"));
}

fn check_prompt(findings: &mut BodyFindings, target: &Value, at: &str) {
    let greeting = target
        .get("prompt")
        .and_then(|prompt| prompt.get("greeting"));
    check_greeting(findings, greeting, &format!("{at}.prompt.greeting"));
}

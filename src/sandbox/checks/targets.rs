//! Ring targets and terminating targets.

use serde_json::Value;

use super::{COMPLETE, Findings, World, dispatching::check_greeting};
use crate::sandbox::account::Extension;

pub(super) const APPS: [&str; 2] = ["AllMobileRingTarget", "AllDesktopRingTarget"];

pub(super) fn is_app(target: &Value) -> bool {
    target["type"]
        .as_str()
        .is_some_and(|kind| APPS.contains(&kind))
}

/// Whether this target is the user's own app of this kind, not a co-worker's.
pub(super) fn is_own_app(target: &Value, app: &str, user: &Extension) -> bool {
    let id = target
        .get("extension")
        .and_then(|extension| extension.get("id"));
    target["type"] == app && id.is_none_or(|id| *id == user.id.as_str())
}

pub(super) fn check_ring(findings: &mut Findings, world: &World, target: &Value, at: &str) {
    match target["type"].as_str().unwrap_or_default() {
        app if APPS.contains(&app) => {
            check_optional_extension(findings, world, target, at);
            let feature = world.account.account.coworker_apps;
            if !is_own_app(target, app, world.extension) && !feature {
                let at = format!("{at}.extension");
                findings.unavailable(&at, "a co-worker's apps are not available on this account");
            }
        }
        "CoworkerRingTarget" => check_extension(findings, world, target, at),
        "PhoneNumberRingTarget" => {
            check_destination(findings, target, at);
            findings.optional_text(target.get("name"), &format!("{at}.name"));
        }
        "ImsPhoneNumberRingTarget" | "FmcPhoneNumberRingTarget" => {
            check_destination(findings, target, at);
        }
        "DeviceRingTarget" => {
            let at_id = format!("{at}.device.id");
            let id = target.get("device").and_then(|device| device.get("id"));
            if let Some(id) = findings.text(id, &at_id)
                && world.account.device(id).is_none()
            {
                findings.invalid(&at_id, "no such device on this account");
            }
            check_optional_extension(findings, world, target, at);
        }
        "HotdeskRingTarget" => {}
        "IntegrationRingTarget" => {
            let kind = target
                .get("integration")
                .and_then(|integration| integration.get("type"));
            let at = format!("{at}.integration.type");
            findings.one_of(kind, &at, &["MsTeamsDirectRouting", "FmcLite"]);
        }
        "CloudConnectorRingTarget" => check_cloud_connector(findings, target, at),
        _ if world.stands_already(target) => {}
        _ => findings.invalid(&format!("{at}.type"), "no such ring target"),
    }
}

pub(super) fn check_terminating(findings: &mut Findings, world: &World, target: &Value, at: &str) {
    match target["type"].as_str().unwrap_or_default() {
        "VoiceMailTerminatingTarget" => {
            check_prompt(findings, target, at);
            check_optional_extension(findings, world, target, at);
            return; // serves both modes, so it has no dispatchingType
        }
        "PlayAnnouncementTerminatingTarget" => check_prompt(findings, target, at),
        "ExtensionTerminatingTarget" => check_extension(findings, world, target, at),
        "PhoneNumberTerminatingTarget" => {
            check_destination(findings, target, at);
            findings.optional_text(target.get("name"), &format!("{at}.name"));
        }
        "CloudConnectorTerminatingTarget" => check_cloud_connector(findings, target, at),
        _ if world.stands_already(target) => return,
        _ => return findings.invalid(&format!("{at}.type"), "no such terminating target"),
    }
    let mode = target.get("dispatchingType");
    findings.one_of(
        mode,
        &format!("{at}.dispatchingType"),
        &["Ringing", "Terminating"],
    );
}

fn check_extension(findings: &mut Findings, world: &World, target: &Value, at: &str) {
    let at = format!("{at}.extension.id");
    let id = target
        .get("extension")
        .and_then(|extension| extension.get("id"));
    if let Some(id) = findings.text(id, &at)
        && world.account.by_id(id).is_none()
    {
        findings.invalid(&at, "no such extension on this account");
    }
}

fn check_optional_extension(findings: &mut Findings, world: &World, target: &Value, at: &str) {
    if target.get("extension").is_some() {
        check_extension(findings, world, target, at);
    }
}

fn check_destination(findings: &mut Findings, target: &Value, at: &str) {
    let number = target
        .get("destination")
        .and_then(|destination| destination.get("phoneNumber"));
    findings.phone_number(number, &format!("{at}.destination.phoneNumber"), COMPLETE);
}

fn check_cloud_connector(findings: &mut Findings, target: &Value, at: &str) {
    let part = |key: &str| {
        target
            .get("destination")
            .and_then(|destination| destination.get(key))
    };
    findings.text(
        part("integrationId"),
        &format!("{at}.destination.integrationId"),
    );
    for key in ["extensionNumber", "phoneNumber"] {
        findings.optional_text(part(key), &format!("{at}.destination.{key}"));
    }
    findings.text(target.get("name"), &format!("{at}.name"));
}

fn check_prompt(findings: &mut Findings, target: &Value, at: &str) {
    let greeting = target
        .get("prompt")
        .and_then(|prompt| prompt.get("greeting"));
    check_greeting(findings, greeting, &format!("{at}.prompt.greeting"));
}

//! Encodes ring targets over live ones.

use serde_json::{Value, json};

use super::actions::set_key;
use crate::api::decode::text_or_number;
use crate::model::{CloudConnector, ExtensionId, RingTarget, name_key};

/// A target of the live body.
#[derive(Debug, Clone)]
pub(super) struct LiveRingTarget {
    /// The target in the form of the API.
    pub(super) body: Value,
    /// The decoded target without its descriptive parts: see [`target_identity`].
    pub(super) identity: RingTarget,
}

/// Returns a target without its descriptive parts.
pub(super) fn target_identity(target: &RingTarget) -> RingTarget {
    match target {
        // Unknown targets are identified by their type.
        RingTarget::Other(raw) => RingTarget::Other(json!(raw.get("type"))),
        other => other.key(),
    }
}

/// Returns the live target that equals the declared one, with its unknown fields, or a new target.
pub(super) fn encode_ring_target<'a>(
    desired: &RingTarget,
    live: &mut impl Iterator<Item = &'a LiveRingTarget>,
) -> Value {
    let same = live.find(|live| is_same_target(desired, live));
    let mut target = same.map_or_else(|| new_ring_target(desired), |same| same.body.clone());
    if let RingTarget::PhoneNumber { name, .. }
    | RingTarget::CloudConnector(CloudConnector { name, .. }) = desired
    {
        set_name(&mut target, name.as_ref());
    }
    target
}

/// Returns whether a live target is the declared one, apart from its name.
pub(super) fn is_same_target(desired: &RingTarget, live: &LiveRingTarget) -> bool {
    match desired {
        RingTarget::Other(raw) => includes(&live.body, raw),
        _ => live.identity == target_identity(desired),
    }
}

/// Sets the name of a target, if one is declared that differs in more than its form.
pub(super) fn set_name(target: &mut Value, name: Option<&String>) {
    let live = text_or_number(target.get("name")).unwrap_or_default();
    if let Some(name) = name
        && name_key(name) != name_key(&live)
    {
        set_key(target, "name", json!(name));
    }
}

/// Returns whether a live value includes all parts of a declared one.
fn includes(live: &Value, raw: &Value) -> bool {
    match (live, raw) {
        (Value::Object(live), Value::Object(raw)) => {
            let mut entries = raw.iter();
            entries.all(|(key, raw)| live.get(key).is_some_and(|live| includes(live, raw)))
        }
        _ => live == raw,
    }
}

/// Returns a new ring target.
fn new_ring_target(desired: &RingTarget) -> Value {
    let (kind, key, value) = match desired {
        RingTarget::Apps { platform, owner } => {
            let kind = platform.api_type();
            return with_owner(json!({ "type": kind }), owner.as_ref());
        }
        RingTarget::Device { id, owner } => {
            let target = json!({ "type": "DeviceRingTarget", "device": { "id": id } });
            return with_owner(target, owner.as_ref());
        }
        RingTarget::Hotdesk => return json!({ "type": "HotdeskRingTarget" }),
        // Replaced by single devices before targets are encoded.
        RingTarget::DeskPhones => return json!({ "type": "DeviceRingTarget" }),
        RingTarget::Other(raw) => return raw.clone(),
        RingTarget::Coworker(id) => ("CoworkerRingTarget", "extension", json!({ "id": id })),
        RingTarget::PhoneNumber { number, .. } => {
            ("PhoneNumberRingTarget", "destination", phone(number))
        }
        RingTarget::ImsPhoneNumber(number) => {
            ("ImsPhoneNumberRingTarget", "destination", phone(number))
        }
        RingTarget::FmcPhoneNumber(number) => {
            ("FmcPhoneNumberRingTarget", "destination", phone(number))
        }
        RingTarget::Integration(kind) => (
            "IntegrationRingTarget",
            "integration",
            json!({ "type": kind }),
        ),
        RingTarget::CloudConnector(connector) => {
            let destination = cloud_destination(connector);
            ("CloudConnectorRingTarget", "destination", destination)
        }
    };
    json!({ "type": kind, key: value })
}

fn phone(number: &str) -> Value {
    json!({ "phoneNumber": number })
}

fn with_owner(mut target: Value, owner: Option<&ExtensionId>) -> Value {
    if let Some(id) = owner {
        set_key(&mut target, "extension", json!({ "id": id }));
    }
    target
}

/// Returns the destination object of a cloud connector.
pub(super) fn cloud_destination(connector: &CloudConnector) -> Value {
    let mut destination = json!({ "integrationId": connector.integration_id });
    if let Some(number) = &connector.extension_number {
        set_key(&mut destination, "extensionNumber", json!(number));
    }
    if let Some(number) = &connector.phone_number {
        set_key(&mut destination, "phoneNumber", json!(number));
    }
    destination
}

//! Encodes ring targets over live ones.

use serde_json::{Value, json};

use super::set_key;
use crate::model::{CloudConnector, RingTarget};

/// A live target and its decoded form.
pub(super) type KnownRingTarget = (Value, RingTarget);

/// Returns a target without its descriptive parts.
pub(super) fn target_identity(target: &RingTarget) -> RingTarget {
    match target {
        RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(CloudConnector {
            name: None,
            ..connector.clone()
        }),
        // Unknown targets are identified by their type.
        RingTarget::Other(raw) => RingTarget::Other(json!(raw.get("type"))),
        other => other.clone(),
    }
}

/// Returns the live target that equals the declared one, with its unknown fields, or a new target.
pub(super) fn encode_ring_target<'a>(
    wanted: &RingTarget,
    live: &mut impl Iterator<Item = &'a KnownRingTarget>,
) -> Value {
    let same = target_identity(wanted);
    let found = live.find(|(value, target)| match wanted {
        RingTarget::Other(raw) => includes(value, raw),
        _ => *target == same,
    });
    let mut laid = match found {
        Some((value, _)) => value.clone(),
        None => new_ring_target(wanted),
    };
    match wanted {
        RingTarget::PhoneNumber {
            name: Some(name), ..
        }
        | RingTarget::CloudConnector(CloudConnector {
            name: Some(name), ..
        }) => {
            set_key(&mut laid, "name", json!(name));
        }
        _ => {}
    }
    laid
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
fn new_ring_target(wanted: &RingTarget) -> Value {
    match wanted {
        RingTarget::Apps {
            platform: app,
            owner: None,
        } => json!({ "type": app.api_type() }),
        RingTarget::Apps {
            platform: app,
            owner: Some(id),
        } => {
            json!({ "type": app.api_type(), "extension": { "id": id } })
        }
        RingTarget::Coworker(id) => {
            json!({ "type": "CoworkerRingTarget", "extension": { "id": id } })
        }
        RingTarget::PhoneNumber { number, .. } => {
            json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::Device { id, owner: None } => {
            json!({ "type": "DeviceRingTarget", "device": { "id": id } })
        }
        RingTarget::Device {
            id,
            owner: Some(of),
        } => {
            json!({ "type": "DeviceRingTarget", "device": { "id": id }, "extension": { "id": of } })
        }
        RingTarget::Hotdesk => json!({ "type": "HotdeskRingTarget" }),
        RingTarget::ImsPhoneNumber(number) => {
            json!({ "type": "ImsPhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::FmcPhoneNumber(number) => {
            json!({ "type": "FmcPhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::Integration(kind) => {
            json!({ "type": "IntegrationRingTarget", "integration": { "type": kind } })
        }
        RingTarget::CloudConnector(connector) => {
            let destination = cloud_destination(connector);
            json!({ "type": "CloudConnectorRingTarget", "destination": destination })
        }
        RingTarget::Other(raw) => raw.clone(),
    }
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

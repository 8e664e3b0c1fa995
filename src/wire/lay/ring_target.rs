//! Something that rings: as it is on the account, or new.

use serde_json::{Value, json};

use super::set;
use crate::model::{CloudConnector, RingTarget};

/// A live target, and what it is.
pub(super) type Known = (Value, RingTarget);

/// A target without what only describes it.
pub(super) fn identity(target: &RingTarget) -> RingTarget {
    match target {
        RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(CloudConnector {
            name: None,
            ..connector.clone()
        }),
        // A target that we do not know is told by its type.
        RingTarget::Other(raw) => RingTarget::Other(json!(raw.get("type"))),
        other => other.clone(),
    }
}

/// The live target that is the wanted one, with all that we do not know of it; else a new one.
pub(super) fn lay_target<'a>(
    wanted: &RingTarget,
    live: &mut impl Iterator<Item = &'a Known>,
) -> Value {
    let same = identity(wanted);
    let found = live.find(|(value, target)| match wanted {
        RingTarget::Other(raw) => says(value, raw),
        _ => *target == same,
    });
    let mut laid = match found {
        Some((value, _)) => value.clone(),
        None => new_target(wanted),
    };
    match wanted {
        RingTarget::PhoneNumber {
            name: Some(name), ..
        }
        | RingTarget::CloudConnector(CloudConnector {
            name: Some(name), ..
        }) => {
            set(&mut laid, "name", json!(name));
        }
        _ => {}
    }
    laid
}

/// Whether a live value already says all that a declared one does.
fn says(live: &Value, raw: &Value) -> bool {
    match (live, raw) {
        (Value::Object(live), Value::Object(raw)) => {
            let mut entries = raw.iter();
            entries.all(|(key, raw)| live.get(key).is_some_and(|live| says(live, raw)))
        }
        _ => live == raw,
    }
}

fn new_target(wanted: &RingTarget) -> Value {
    match wanted {
        RingTarget::Apps { app, of: None } => json!({ "type": app.api_type() }),
        RingTarget::Apps { app, of: Some(id) } => {
            json!({ "type": app.api_type(), "extension": { "id": id } })
        }
        RingTarget::Coworker(id) => {
            json!({ "type": "CoworkerRingTarget", "extension": { "id": id } })
        }
        RingTarget::PhoneNumber { number, .. } => {
            json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::Device { id, of: None } => {
            json!({ "type": "DeviceRingTarget", "device": { "id": id } })
        }
        RingTarget::Device { id, of: Some(of) } => {
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

/// Where a cloud connector leads.
pub(super) fn cloud_destination(connector: &CloudConnector) -> Value {
    let mut destination = json!({ "integrationId": connector.integration_id });
    if let Some(number) = &connector.extension_number {
        set(&mut destination, "extensionNumber", json!(number));
    }
    if let Some(number) = &connector.phone_number {
        set(&mut destination, "phoneNumber", json!(number));
    }
    destination
}

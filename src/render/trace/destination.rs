//! The destination of a call as JSON.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::model::{
    CallDestination, CloudConnector, ExtensionDirectory, ExtensionId, GreetingSource,
};

/// Returns the schema of [`destination`]. RingCentral may add types with other keys.
pub(super) fn destination_schema(_: &mut SchemaGenerator) -> Schema {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json_schema!({
        "type": ["object", "null"],
        "required": ["type"],
        "additionalProperties": true,
        "properties": {
            "type": text("The API's name for this kind of destination."),
            "extensionNumber": text("The extension number of the user, queue or cloud connector."),
            "id": text("The id of the user or queue."),
            "name": text("The user's name, if neither number nor id is known."),
            "phoneNumber": text("The phone number, in E.164 format."),
            "integrationId": text("The id of the cloud connector's integration."),
            "greeting": {
                "type": "object",
                "description": "What the caller hears: a standard greeting or one of the user's recordings.",
                "properties": {
                    "preset": text("The id of a standard greeting."),
                    "custom": text("The id of the user's own recording."),
                },
            },
        },
    })
}

/// Returns the destination of a call: the API's type and the keys that identify the target.
pub(super) fn destination(end: &CallDestination, directory: &ExtensionDirectory) -> Value {
    let mut map = Map::new();
    let mut insert = |key: &str, value: Option<Value>| {
        map.extend(value.map(|value| (key.to_owned(), value)));
    };
    let number = |id: &ExtensionId| {
        directory
            .by_id(id)
            .and_then(|extension| extension.number.clone())
            .map(Value::from)
    };
    // Offline, the id is the identifier in the file, which is no id of the account.
    let id = |id: &ExtensionId| id.is_account_id().then(|| json!(id.0));
    let name = |id: &ExtensionId| {
        let has_other_key = number(id).is_some() || id.is_account_id();
        directory
            .by_id(id)
            .filter(|_| !has_other_key)
            .map(|extension| json!(extension.label()))
    };
    let kind = match end {
        CallDestination::Other(raw) => return raw.clone(),
        CallDestination::Voicemail { .. } => "VoiceMailTerminatingTarget",
        CallDestination::Announcement { .. } => "PlayAnnouncementTerminatingTarget",
        CallDestination::Extension(_) => "ExtensionTerminatingTarget",
        CallDestination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget",
        CallDestination::CloudConnector(_) => "CloudConnectorTerminatingTarget",
    };
    insert("type", Some(json!(kind)));
    match end {
        CallDestination::Voicemail { owner, greeting } => {
            if let Some(owner) = owner {
                insert("extensionNumber", number(owner));
                insert("id", id(owner));
                insert("name", name(owner));
            }
            insert("greeting", greeting.as_ref().map(greeting_value));
        }
        CallDestination::Announcement { greeting } => {
            insert("greeting", greeting.as_ref().map(greeting_value));
        }
        CallDestination::Extension(extension) => {
            insert("extensionNumber", number(extension));
            insert("id", id(extension));
            insert("name", name(extension));
        }
        CallDestination::PhoneNumber { number, .. } => insert("phoneNumber", Some(json!(number))),
        CallDestination::CloudConnector(CloudConnector {
            integration_id,
            extension_number,
            phone_number,
            name: _,
        }) => {
            insert("integrationId", Some(json!(integration_id)));
            insert(
                "extensionNumber",
                extension_number.as_ref().map(|n| json!(n)),
            );
            insert("phoneNumber", phone_number.as_ref().map(|n| json!(n)));
        }
        CallDestination::Other(_) => {}
    }
    Value::Object(map)
}

fn greeting_value(greeting: &GreetingSource) -> Value {
    match greeting {
        GreetingSource::Preset(id) => json!({ "preset": id }),
        GreetingSource::Custom(id) => json!({ "custom": id }),
    }
}

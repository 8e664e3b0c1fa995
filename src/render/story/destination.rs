//! Where a call ends, for scripts.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::model::{CloudConnector, Destination, Directory, ExtensionId, Greeting};

/// What [`destination`] says. The service may have types that are not known here, with keys of their own.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json_schema!({
        "type": ["object", "null"],
        "required": ["type"],
        "additionalProperties": true,
        "properties": {
            "type": text("The API's name for this kind of destination."),
            "extensionNumber": text("The number of the person or queue, or the number behind a connector."),
            "id": text("The id of the person or queue."),
            "name": text("The person, where neither number nor id is known."),
            "phoneNumber": text("The number."),
            "integrationId": text("The cloud connector."),
            "greeting": {
                "type": "object",
                "description": "What the caller hears: one of the service's recordings, or one of the user's.",
                "properties": {
                    "preset": text("The id of a standard greeting."),
                    "custom": text("The id of a recording of the user's own."),
                },
            },
        },
    })
}

/// Where a call ends: the API's type, and what tells it from others of that type.
pub(super) fn destination(end: &Destination, directory: &Directory) -> Value {
    let mut said = Map::new();
    let mut say = |key: &str, value: Option<Value>| {
        said.extend(value.map(|value| (key.to_owned(), value)));
    };
    let number = |id: &ExtensionId| {
        let number = directory.by_id(id).and_then(|person| person.number.clone());
        number.map(Value::from)
    };
    // Where no account is asked, ids are what files call people.
    let id = |id: &ExtensionId| id.is_given().then(|| json!(id.0));
    let called = |person: &ExtensionId| {
        let known = directory.by_id(person);
        let is_nameless = number(person).is_none() && !person.is_given();
        known
            .filter(|_| is_nameless)
            .map(|known| json!(known.label()))
    };
    let kind = match end {
        Destination::Other(raw) => return raw.clone(),
        Destination::Voicemail { .. } => "VoiceMailTerminatingTarget",
        Destination::Announcement { .. } => "PlayAnnouncementTerminatingTarget",
        Destination::Extension(_) => "ExtensionTerminatingTarget",
        Destination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget",
        Destination::CloudConnector(_) => "CloudConnectorTerminatingTarget",
    };
    say("type", Some(json!(kind)));
    match end {
        Destination::Voicemail { of, greeting } => {
            if let Some(of) = of {
                say("extensionNumber", number(of));
                say("id", id(of));
                say("name", called(of));
            }
            say("greeting", greeting.as_ref().map(recording));
        }
        Destination::Announcement { greeting } => {
            say("greeting", greeting.as_ref().map(recording));
        }
        Destination::Extension(person) => {
            say("extensionNumber", number(person));
            say("id", id(person));
            say("name", called(person));
        }
        Destination::PhoneNumber { number, .. } => say("phoneNumber", Some(json!(number))),
        Destination::CloudConnector(CloudConnector {
            integration_id,
            extension_number,
            phone_number,
            name: _,
        }) => {
            say("integrationId", Some(json!(integration_id)));
            say(
                "extensionNumber",
                extension_number.as_ref().map(|n| json!(n)),
            );
            say("phoneNumber", phone_number.as_ref().map(|n| json!(n)));
        }
        Destination::Other(_) => {}
    }
    Value::Object(said)
}

fn recording(greeting: &Greeting) -> Value {
    match greeting {
        Greeting::Preset(id) => json!({ "preset": id }),
        Greeting::Custom(id) => json!({ "custom": id }),
    }
}

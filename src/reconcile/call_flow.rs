//! Writes the path of a call in the words of the YAML files.

use serde_json::{Map, Value, json};

use crate::model::to_yaml::YamlWriter;
use crate::model::{CallScreening, GreetingUsage};
use crate::routing::CallFlow;

/// Returns what a caller notices of a call as a map: prompts, `rings`, `ringsAlways`, `endsAt`.
pub fn flow_to_yaml(words: YamlWriter<'_>, flow: &CallFlow) -> Value {
    let mut map = Map::new();
    let mut insert = |key: &str, value: Option<Value>| {
        map.extend(value.map(|value| (key.to_owned(), value)));
    };
    for (key, place, greeting) in [
        ("greeting", GreetingUsage::Greeting, &flow.greeting),
        (
            "connectingMessage",
            GreetingUsage::ConnectingMessage,
            &flow.connecting_message,
        ),
        (
            "connectingAudio",
            GreetingUsage::ConnectingAudio,
            &flow.connecting_audio,
        ),
    ] {
        insert(
            key,
            greeting
                .as_ref()
                .map(|greeting| words.greeting_value(place, greeting)),
        );
    }
    let screening = flow.screening.clone();
    let screening = screening.map(|(when, result)| CallScreening::On { when, result });
    insert(
        "screening",
        screening.map(|screening| words.screening(&screening)),
    );
    let target = |target| words.ring_target(target);
    let rings: Vec<Value> = flow
        .rings
        .iter()
        .map(|ring| {
            let targets: Vec<Value> = ring.targets.iter().map(target).collect();
            json!({ "targets": targets, "after": ring.after, "seconds": ring.seconds })
        })
        .collect();
    let always: Vec<Value> = flow.rings_always.iter().map(target).collect();
    insert("rings", (!rings.is_empty()).then(|| rings.into()));
    insert("ringsAlways", (!always.is_empty()).then(|| always.into()));
    insert(
        "endsAt",
        flow.end.as_ref().map(|end| words.destination(end)),
    );
    insert(
        "actions",
        (!flow.other.is_empty()).then(|| flow.other.clone().into()),
    );
    Value::Object(map)
}

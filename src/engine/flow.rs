//! The way of a call in the words of the YAML files.

use serde_json::{Map, Value, json};

use crate::model::words::Words;
use crate::model::{GreetingPlace, Screening};
use crate::routing::Flow;

/// Says what a caller notices of the way that a call takes: what is played, who `rings`, where it `endsAt`.
pub fn flow_in_words(words: Words<'_>, flow: &Flow) -> Value {
    let mut said = Map::new();
    let mut say = |key: &str, value: Option<Value>| {
        said.extend(value.map(|value| (key.to_owned(), value)));
    };
    for (key, place, greeting) in [
        ("greeting", GreetingPlace::Greeting, &flow.greeting),
        (
            "connectingMessage",
            GreetingPlace::ConnectingMessage,
            &flow.connecting_message,
        ),
        (
            "connectingAudio",
            GreetingPlace::ConnectingAudio,
            &flow.connecting_audio,
        ),
    ] {
        say(
            key,
            greeting
                .as_ref()
                .map(|greeting| words.recording(place, greeting)),
        );
    }
    let screening = flow.screening.clone();
    let screening = screening.map(|(when, result)| Screening::On { when, result });
    say(
        "screening",
        screening.map(|screening| words.screening(&screening)),
    );
    let target = |target| words.ring_target(target);
    let rings: Vec<Value> = { flow.rings.iter() }
        .map(|ring| {
            let targets: Vec<Value> = ring.targets.iter().map(target).collect();
            json!({ "targets": targets, "after": ring.after, "seconds": ring.seconds })
        })
        .collect();
    let always: Vec<Value> = flow.rings_always.iter().map(target).collect();
    say("rings", (!rings.is_empty()).then(|| rings.into()));
    say("ringsAlways", (!always.is_empty()).then(|| always.into()));
    say(
        "endsAt",
        flow.end.as_ref().map(|end| words.destination(end)),
    );
    say(
        "actions",
        (!flow.other.is_empty()).then(|| flow.other.clone().into()),
    );
    Value::Object(said)
}

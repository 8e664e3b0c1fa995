//! The list of actions of a dispatching, and the parts of actions that several modules encode.

use serde_json::{Map, Value, json};

use crate::api::decode::dispatching::decode_greeting;
use crate::model::GreetingSource;

pub(super) const RING_GROUP: &str = "RingGroupAction";
pub(super) const RING_ALWAYS: &str = "RingAlwaysGroupAction";
pub(super) const TERMINATING: &str = "TerminatingAction";

/// The actions of a dispatching in the API's order: prompts, ringing, destination.
pub(super) struct ActionList(pub(super) Vec<Value>);

impl ActionList {
    /// The action types in the API's order. Unknown actions come before the terminating action.
    const ORDER: [&str; 6] = [
        "PlayWelcomePromptAction",
        "PlayConnectingMessageAction",
        "PlayConnectingPromptAction",
        "ScreeningAction",
        RING_ALWAYS,
        RING_GROUP,
    ];

    /// Returns the first action of this type.
    pub(super) fn find(&mut self, kind: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|action| has_type(action, kind))
    }

    /// Returns all actions of this type.
    pub(super) fn of_type(&mut self, kind: &str) -> impl Iterator<Item = &mut Value> {
        let actions = self.0.iter_mut();
        actions.filter(move |action| has_type(action, kind))
    }

    /// Inserts an action after all actions that precede its type.
    pub(super) fn insert_in_order(&mut self, action: Value) {
        let kind = action_type(&action).unwrap_or_default();
        self.0.insert(self.position_of(kind), action);
    }

    /// Returns the position for a new action of this type: after all actions that precede it.
    pub(super) fn position_of(&self, kind: &str) -> usize {
        let rank = Self::rank(Some(kind));
        let mut actions = self.0.iter();
        let next = actions.position(|other| Self::rank(action_type(other)) > rank);
        next.unwrap_or(self.0.len())
    }

    fn rank(kind: Option<&str>) -> usize {
        let unknown = Self::ORDER.len();
        if kind == Some(TERMINATING) {
            return unknown + 1;
        }
        let position = Self::ORDER.iter().position(|other| Some(*other) == kind);
        position.unwrap_or(unknown)
    }
}

/// Returns the type of an action.
fn action_type(action: &Value) -> Option<&str> {
    action.get("type").and_then(Value::as_str)
}

/// Returns whether an object has this type.
pub(super) fn has_type(object: &Value, kind: &str) -> bool {
    action_type(object) == Some(kind)
}

/// Encodes a greeting. A custom greeting keeps a preset as well.
pub(super) fn encode_greeting(
    live: Option<&Value>,
    desired: &GreetingSource,
    preset: &str,
) -> Value {
    let mut greeting = live.cloned().unwrap_or_else(|| json!({}));
    if decode_greeting(live).as_ref() == Some(desired) {
        return greeting;
    }
    match desired {
        GreetingSource::Preset(id) => {
            set_key(&mut greeting, "effectiveGreetingType", json!("Preset"));
            set_key(&mut greeting, "preset", json!({ "id": id }));
        }
        GreetingSource::Custom(id) => {
            set_key(&mut greeting, "effectiveGreetingType", json!("Custom"));
            if greeting.get("preset").is_none() {
                set_key(&mut greeting, "preset", json!({ "id": preset }));
            }
            set_key(&mut greeting, "custom", json!({ "id": id }));
        }
    }
    greeting
}

/// Copies the keys of one object over those of another.
pub(super) fn overwrite_keys(live: &mut Value, raw: &Value) {
    for (key, value) in raw.as_object().into_iter().flatten() {
        set_key(live, key, value.clone());
    }
}

/// Sets a key of an object. Any other value becomes an object with that key.
pub(super) fn set_key(target: &mut Value, key: &str, value: Value) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(map) = target {
        map.insert(key.to_owned(), value);
    }
}

/// Removes a key of an object.
pub(super) fn remove_key(target: &mut Value, key: &str) {
    if let Value::Object(map) = target {
        map.shift_remove(key);
    }
}

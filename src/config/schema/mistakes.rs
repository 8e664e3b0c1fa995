//! What an editor says where a value is of another kind than it must be.
//!
//! Without words of ours editors name JSON's types, or the titles of schemas.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Gives lists, maps and truth values a message that says how to write them.
#[derive(Clone)]
pub(super) struct Kinds;

impl Transform for Kinds {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        match object.get("type").and_then(Value::as_str) {
            Some("boolean") => say(object, "expected `true` or `false`, without quotes"),
            Some("array") if object.contains_key("minItems") => {
                say(
                    object,
                    "expected a list with something in it, each entry behind a dash",
                );
            }
            Some("array") => say(object, "expected a list, each entry behind a dash"),
            Some("object") => map(object),
            _ => {}
        }
    }
}

fn say(schema: &mut Map<String, Value>, message: &str) {
    schema
        .entry("errorMessage")
        .or_insert_with(|| json!(message));
}

/// A map of keys is told in a rule of its own: beside the keys, the message would also take the place of
/// what is said of an unknown key or a missing one.
fn map(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return;
    }
    let Some(key) = schema.get("properties").and_then(first_key) else {
        return;
    };
    let message = format!("expected a map: keys such as `{key}`, without dashes before them");
    let rule = json!({ "type": "object", "errorMessage": message });
    schema.remove("type");
    if let Value::Array(rules) = schema.entry("allOf").or_insert_with(|| json!([])) {
        rules.push(rule);
    }
}

/// The first key that is taken.
fn first_key(properties: &Value) -> Option<&String> {
    let mut keys = properties.as_object()?.iter();
    keys.find(|(_, taken)| taken.is_object())
        .map(|(key, _)| key)
}

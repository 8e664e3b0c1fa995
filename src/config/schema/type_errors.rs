//! Error messages for values of the wrong type.
//!
//! Without a custom message, editors show JSON type names or schema titles.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Transform that adds a message with the expected syntax to lists, maps and booleans.
#[derive(Clone)]
pub(super) struct TypeErrorMessages;

impl Transform for TypeErrorMessages {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        match object.get("type").and_then(Value::as_str) {
            Some("boolean") => {
                add_type_errors(object, "expected `true` or `false`, without quotes");
            }
            Some("array") if object.contains_key("minItems") => {
                add_type_errors(
                    object,
                    "expected a list with at least one entry, each after a dash",
                );
            }
            Some("array") => add_type_errors(object, "expected a list, each entry after a dash"),
            Some("object") => add_map_error(object),
            _ => {}
        }
    }
}

fn add_type_errors(schema: &mut Map<String, Value>, message: &str) {
    schema
        .entry("errorMessage")
        .or_insert_with(|| json!(message));
}

/// Adds the message for a map as a constraint under `allOf`. Next to the keys, it would also
/// replace the messages for unknown and missing keys.
fn add_map_error(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return;
    }
    let Some(key) = schema.get("properties").and_then(first_key) else {
        return;
    };
    let message = format!("expected a map with keys such as `{key}`, without dashes");
    let rule = json!({ "type": "object", "errorMessage": message });
    schema.remove("type");
    if let Value::Array(rules) = schema.entry("allOf").or_insert_with(|| json!([])) {
        rules.push(rule);
    }
}

/// Returns the first key that is not rejected.
fn first_key(properties: &Value) -> Option<&String> {
    let mut keys = properties.as_object()?.iter();
    keys.find(|(_, schema)| schema.is_object())
        .map(|(key, _)| key)
}

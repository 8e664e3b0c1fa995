//! Examples of maps and lists, where an editor can show them.
//!
//! What stands under `examples` editors offer as values to complete, which they can do with plain values
//! alone. So an example of several lines stands in the hover text, as YAML and with its key.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use crate::yaml;

/// Moves the examples of maps and lists into the hover texts, which must be there.
pub(super) fn show(schema: &mut Schema) {
    if let Some(root) = schema.as_object_mut() {
        let whole_files = take(root);
        for example in &whole_files {
            add(root, &block(example));
        }
    }
    OfKeys.transform(schema);
}

#[derive(Clone)]
struct OfKeys;

impl Transform for OfKeys {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(Value::Object(properties)) = schema.get_mut("properties") else {
            return;
        };
        for (key, property) in properties {
            let Value::Object(property) = property else {
                continue;
            };
            for example in take(property) {
                add(property, &block(&json!({ key: example })));
            }
        }
    }
}

/// The examples of more than one line, which are no longer under `examples` then.
fn take(schema: &mut Map<String, Value>) -> Vec<Value> {
    let Some(Value::Array(examples)) = schema.get_mut("examples") else {
        return Vec::new();
    };
    let is_long = |example: &mut Value| example.is_object() || example.is_array();
    let taken = examples.extract_if(.., is_long).collect();
    if examples.is_empty() {
        schema.remove("examples");
    }
    taken
}

/// What a key says is said of each shape of its value too: editors show the first text they come upon.
fn add(schema: &mut Map<String, Value>, block: &str) {
    if let Some(Value::String(text)) = schema.get_mut("markdownDescription") {
        text.push_str(block);
    }
    for keyword in ["then", "else"] {
        if let Some(Value::Object(shape)) = schema.get_mut(keyword) {
            add(shape, block);
        }
    }
}

fn block(example: &Value) -> String {
    // JSON is YAML too.
    let text = yaml::write(example).unwrap_or_else(|_| format!("{example}\n"));
    format!("\n\n```yaml\n{text}```")
}

//! Examples of maps and lists in hover texts.
//!
//! Editors offer the values of `examples` as completions, which works only for scalars. Longer
//! examples become YAML in the hover text, with their key.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use crate::yaml;

/// Moves the examples of maps and lists to the hover texts, which must already exist.
pub(super) fn add_examples(schema: &mut Schema) {
    if let Some(root) = schema.as_object_mut() {
        let whole_files = extract_long_examples(root);
        for example in &whole_files {
            add_example(root, &block_example(example));
        }
    }
    KeyExamples.transform(schema);
}

#[derive(Clone)]
struct KeyExamples;

impl Transform for KeyExamples {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(Value::Object(properties)) = schema.get_mut("properties") else {
            return;
        };
        for (key, property) in properties {
            let Value::Object(property) = property else {
                continue;
            };
            for example in extract_long_examples(property) {
                add_example(property, &block_example(&json!({ key: example })));
            }
        }
    }
}

/// Removes the examples that are maps or lists from `examples` and returns them.
fn extract_long_examples(schema: &mut Map<String, Value>) -> Vec<Value> {
    let Some(Value::Array(examples)) = schema.get_mut("examples") else {
        return Vec::new();
    };
    let is_long = |example: &mut Value| example.is_object() || example.is_array();
    let long_examples = examples.extract_if(.., is_long).collect();
    if examples.is_empty() {
        schema.remove("examples");
    }
    long_examples
}

/// Appends an example to the hover text of a key and to the hover text of each shape of its value.
fn add_example(schema: &mut Map<String, Value>, block: &str) {
    if let Some(Value::String(text)) = schema.get_mut("markdownDescription") {
        text.push_str(block);
    }
    for keyword in ["then", "else"] {
        if let Some(Value::Object(shape)) = schema.get_mut(keyword) {
            add_example(shape, block);
        }
    }
}

fn block_example(example: &Value) -> String {
    // JSON is valid YAML, so it can be the fallback.
    let text = yaml::write(example).unwrap_or_else(|_| format!("{example}\n"));
    format!("\n\n```yaml\n{text}```")
}

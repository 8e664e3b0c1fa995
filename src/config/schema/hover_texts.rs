//! What editors show: hover texts, examples, and messages for values of the wrong type.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::for_each_object;
use crate::yaml;

/// Adds messages with the expected syntax to lists, maps and booleans. Without them, editors show
/// JSON type names or schema titles.
pub(super) fn add_type_errors(schema: &mut Schema) {
    for_each_object(schema, |object| {
        let message = match object.get("type").and_then(Value::as_str) {
            Some("boolean") => "expected `true` or `false`, without quotes",
            Some("array") if object.contains_key("minItems") => {
                "expected a list with at least one entry, each after a dash"
            }
            Some("array") => "expected a list, each entry after a dash",
            Some("object") => return add_map_error(object),
            _ => return,
        };
        object
            .entry("errorMessage")
            .or_insert_with(|| json!(message));
    });
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

/// Adapts descriptions from doc comments for editors.
pub(super) fn tidy_descriptions(schema: &mut Schema) {
    for_each_object(schema, describe_shapes);
    // Map snippets of list items are removed: editors offer the keys of the map there anyway.
    for_each_object(schema, |object| {
        let items = object.get_mut("items");
        let snippets = items.and_then(|items| items.get_mut("defaultSnippets"));
        if let Some(Value::Array(snippets)) = snippets {
            snippets.retain(|snippet| !snippet["body"].is_object());
        }
    });
    for_each_object(schema, join_paragraphs);
}

/// Copies the description of a key to the shapes of its value. Editors look for a description in
/// the shapes first.
fn describe_shapes(schema: &mut Map<String, Value>) {
    if let Some(description) = schema.get("description").cloned() {
        describe_nested_shapes(schema, &description);
    }
}

fn describe_nested_shapes(schema: &mut Map<String, Value>, description: &Value) {
    for keyword in ["then", "else"] {
        let Some(Value::Object(shape)) = schema.get_mut(keyword) else {
            continue;
        };
        if shape.contains_key("if") {
            describe_nested_shapes(shape, description);
        } else {
            shape.insert("description".to_owned(), description.clone());
        }
    }
}

/// Joins the lines of each paragraph and copies descriptions to `markdownDescription`.
///
/// Editors show each line break as a paragraph, and show Markdown markup in a `description`
/// literally. Text without markup is copied too, because editors otherwise show the
/// `markdownDescription` of the type.
fn join_paragraphs(object: &mut Map<String, Value>) {
    for list in ["examples", "defaultSnippets"] {
        if object.get(list) == Some(&json!([])) {
            object.remove(list);
        }
    }
    if let Some(Value::Array(meanings)) = object.get_mut("markdownEnumDescriptions") {
        for meaning in meanings {
            *meaning = json!(join_lines(meaning.as_str().unwrap_or_default()));
        }
    }
    if let Some(Value::String(text)) = object.get("description") {
        let text = join_lines(text);
        object.insert("markdownDescription".to_owned(), json!(text));
        object.insert("description".to_owned(), json!(text));
    }
}

fn join_lines(text: &str) -> String {
    let join_paragraph = |paragraph: &str| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    };
    let paragraphs: Vec<String> = text.split("\n\n").map(join_paragraph).collect();
    paragraphs.join("\n\n")
}

/// Moves the examples of maps and lists to the hover texts, which must already exist.
///
/// Editors offer the values of `examples` as completions, which works only for scalars. Longer
/// examples become YAML in the hover text, with their key.
pub(super) fn add_examples(schema: &mut Schema) {
    if let Some(root) = schema.as_object_mut() {
        for example in extract_long_examples(root) {
            add_example(root, &block_example(&example));
        }
    }
    for_each_object(schema, |object| {
        let properties = object.get_mut("properties").and_then(Value::as_object_mut);
        for (key, property) in properties.into_iter().flatten() {
            if let Value::Object(property) = property {
                for example in extract_long_examples(property) {
                    add_example(property, &block_example(&json!({ key: example })));
                }
            }
        }
    });
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

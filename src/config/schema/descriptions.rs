//! Descriptions for the hover texts of editors.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Adapts descriptions from doc comments for editors.
pub(super) fn tidy_descriptions(schema: &mut Schema) {
    ShapeDescriptions.transform(schema);
    ItemDescriptions.transform(schema);
    JoinParagraphs.transform(schema);
}

/// Transform that copies the description of a key to the shapes of its value. Editors look for a
/// description in the shapes first.
#[derive(Clone)]
struct ShapeDescriptions;

impl Transform for ShapeDescriptions {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut()
            && let Some(description) = object.get("description").cloned()
        {
            describe_shapes(object, &description);
        }
        transform_subschemas(self, schema);
    }
}

fn describe_shapes(schema: &mut Map<String, Value>, description: &Value) {
    for keyword in ["then", "else"] {
        let Some(Value::Object(shape)) = schema.get_mut(keyword) else {
            continue;
        };
        if shape.contains_key("if") {
            describe_shapes(shape, description);
        } else {
            shape.insert("description".to_owned(), description.clone());
        }
    }
}

/// Transform that removes map snippets from list items, because editors offer the keys of the map
/// there anyway.
#[derive(Clone)]
struct ItemDescriptions;

impl Transform for ItemDescriptions {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::Array(snippets)) = schema.pointer_mut("/items/defaultSnippets") {
            snippets.retain(|snippet| !snippet["body"].is_object());
        }
    }
}

/// Transform that joins the lines of each paragraph and copies descriptions to
/// `markdownDescription`.
///
/// Editors show each line break as a paragraph, and show Markdown markup in a `description`
/// literally. Text without markup is copied too, because editors otherwise show the
/// `markdownDescription` of the type.
#[derive(Clone)]
struct JoinParagraphs;

impl Transform for JoinParagraphs {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
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
        let Some(text) = object
            .get("description")
            .and_then(Value::as_str)
            .map(join_lines)
        else {
            return;
        };
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

//! What an editor shows.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Makes doc comments fit for an editor.
pub(super) fn tidy(schema: &mut Schema) {
    Shapes.transform(schema);
    Items.transform(schema);
    Paragraphs.transform(schema);
}

/// What a key means is said of the key, not of the shapes that its value may have: an editor shows
/// the first text that it comes upon, and looks into the shapes first.
#[derive(Clone)]
struct Shapes;

impl Transform for Shapes {
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

/// Among the items of a list editors offer the keys of a map by themselves; the snippets that begin
/// such a map would be in the way.
#[derive(Clone)]
struct Items;

impl Transform for Items {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::Array(snippets)) = schema.pointer_mut("/items/defaultSnippets") {
            snippets.retain(|snippet| !snippet["body"].is_object());
        }
    }
}

/// Joins the lines of a paragraph, which an editor would show as paragraphs of their own, and says all
/// text as Markdown too, since an editor shows the marks of a plain `description`. Also text without
/// marks: what a key does not say in Markdown would be taken from its type.
#[derive(Clone)]
struct Paragraphs;

impl Transform for Paragraphs {
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
                *meaning = json!(joined(meaning.as_str().unwrap_or_default()));
            }
        }
        let Some(text) = object
            .get("description")
            .and_then(Value::as_str)
            .map(joined)
        else {
            return;
        };
        object.insert("markdownDescription".to_owned(), json!(text));
        object.insert("description".to_owned(), json!(text));
    }
}

fn joined(text: &str) -> String {
    let line = |paragraph: &str| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    };
    let paragraphs: Vec<String> = text.split("\n\n").map(line).collect();
    paragraphs.join("\n\n")
}

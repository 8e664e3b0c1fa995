//! JSON schemas of what commands print for scripts, made from the types that are printed.
//!
//! They leave room for keys that are added later, as the contract in `docs/reference/json.md` does.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::{cases, doctor, overview, plan_json, report_json, story, validate_json};

/// The schemas by file name, each as the text of its file.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("apply.schema.json", text::<report_json::Document<'_>>()),
        ("doctor.schema.json", text::<doctor::Document<'_>>()),
        ("plan.schema.json", text::<plan_json::Document<'_>>()),
        ("simulate.schema.json", text::<story::Document<'_>>()),
        ("summarize.schema.json", text::<overview::Told<'_>>()),
        ("test.schema.json", text::<cases::Document<'_>>()),
        (
            "validate.schema.json",
            text::<validate_json::Document<'_>>(),
        ),
    ]
}

fn text<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    Plain.transform(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// Leaves out what is of Rust alone: the widths of integers, the breaks of lines in comments, and what a
/// saved plan that lacks a key is read as.
#[derive(Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        schema.remove("default");
        schema.remove("format");
        if let Some(text) = schema.get("description").and_then(Value::as_str) {
            let text = text
                .replace("\n\n", "\0")
                .replace('\n', " ")
                .replace('\0', "\n\n");
            schema.insert("description".to_owned(), json!(text));
        }
    }
}

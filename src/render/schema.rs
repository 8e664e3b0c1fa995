//! JSON schemas of the output of `--format json`, generated from the serialized types.
//!
//! They allow additional keys, because new keys may be added within a format version
//! (see `docs/json.md`).

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::{adopt_json, apply_report_json, doctor, plan_json, test_results, trace, validate_json};

/// Returns the file name and the content of each schema.
pub fn all_schemas() -> Vec<(&'static str, String)> {
    vec![
        (
            "adopt.schema.json",
            schema_text::<adopt_json::AdoptDocument<'_>>(),
        ),
        (
            "apply.schema.json",
            schema_text::<apply_report_json::ApplyDocument<'_>>(),
        ),
        (
            "doctor.schema.json",
            schema_text::<doctor::DoctorDocument<'_>>(),
        ),
        (
            "plan.schema.json",
            schema_text::<plan_json::PlanDocument<'_>>(),
        ),
        (
            "simulate.schema.json",
            schema_text::<trace::SimulateDocument<'_>>(),
        ),
        (
            "test.schema.json",
            schema_text::<test_results::TestDocument<'_>>(),
        ),
        (
            "validate.schema.json",
            schema_text::<validate_json::ValidateDocument<'_>>(),
        ),
    ]
}

fn schema_text<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    StripRustDetails.transform(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// A transform that removes Rust details: widths of integers, line breaks of doc comments, and the
/// defaults for keys that a saved plan lacks.
#[derive(Clone)]
struct StripRustDetails;

impl Transform for StripRustDetails {
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

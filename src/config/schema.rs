//! JSON schemas, made from the configuration types.
//!
//! Editors check and complete with them while a file is typed. They say what the types and the
//! offline check say; what takes an account to know is left to `plan`.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::types::{Settings, UserFile};

/// The schemas by file name, each as the text of its file.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("callrules.schema.json", text::<Settings>()),
        ("user.schema.json", text::<UserFile>()),
    ]
}

fn text<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12().with_transform(NullIsNothing);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    format!("{:#}\n", schema.as_value())
}

/// An absent key leaves a part of the account as it is; `null` behind it would say nothing, and is
/// refused. `schemars` allows it for every `Option`, so it is taken out again, but for the one place
/// that gives it a meaning and says so.
#[derive(Clone)]
struct NullIsNothing;

impl Transform for NullIsNothing {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        let is_null = |choice: &Value| *choice == json!({ "type": "null" });
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| !is_null(choice));
            if let [only] = &choices[..] {
                let only = only.clone();
                object.remove("anyOf");
                // A reference beside other keywords needs `allOf` to be read by every editor.
                object.insert("allOf".to_owned(), json!([only]));
            }
        }
        object.remove("nullIsSaid");
    }
}

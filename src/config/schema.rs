//! JSON schemas, made from the configuration types.
//!
//! Editors check and complete with them while a file is typed. They say what the types and the
//! offline check say; what takes an account, another file or arithmetic is left to the tool.
//!
//! They are written in draft 2020-12, which `yaml-language-server` reads (tried in `tests/editor`),
//! with its own keywords for messages and hover texts, which other validators pass over.
//!
//! No key has a `default`: what is not written stays as it is on the account, and editors write
//! defaults into whatever they complete.
//!
//! Wherever a value may have several shapes the schema asks for its shape with `if`, as the reader
//! does, and does not offer alternatives with `anyOf`: an editor then tells the mistake inside the
//! shape, not that none of three shapes fits.

pub(super) mod complete;
mod examples;
mod mistakes;
pub(super) mod rules;
mod states;
mod wording;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::types::{Calendar, Contacts, Settings, TestFile, UserFile};

/// The schemas by file name, each as the text of its file.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("callrules.schema.json", text::<Settings>()),
        ("user.schema.json", text::<UserFile>()),
        (
            "profile.schema.json",
            finish(complete::not_at_all(root::<UserFile>())),
        ),
        ("calendar.schema.json", text::<Calendar>()),
        ("contacts.schema.json", text::<Contacts>()),
        ("tests.schema.json", text::<TestFile>()),
    ]
}

fn text<T: JsonSchema>() -> String {
    finish(root::<T>())
}

fn root<T: JsonSchema>() -> Schema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<T>()
}

fn finish(mut schema: Schema) -> String {
    NullIsNothing.transform(&mut schema);
    Words.transform(&mut schema);
    states::each_its_own(&mut schema);
    mistakes::Kinds.transform(&mut schema);
    wording::tidy(&mut schema);
    examples::show(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// An absent key leaves a part of the account as it is; `null` behind it would say nothing, and is
/// refused. `schemars` allows it for every `Option`, so it is taken out again. The one place that
/// gives `null` a meaning, a rule that shall not exist, says so with `if`, which stays.
#[derive(Clone)]
struct NullIsNothing;

impl Transform for NullIsNothing {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| *choice != json!({ "type": "null" }));
            if let [Value::Object(only)] = &choices[..] {
                let only = only.clone();
                object.remove("anyOf");
                // What the key says of itself stands before what its type says.
                for (keyword, value) in only {
                    object.entry(keyword).or_insert(value);
                }
            }
        }
    }
}

/// Words: `schemars` says documented ones as `oneOf` with a `const` each. As one `enum` an editor
/// lists them all, in completion, in a hover text and in the message about a wrong one.
#[derive(Clone)]
struct Words;

impl Transform for Words {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        let Some((words, meanings)) = object.get("oneOf").and_then(words) else {
            return;
        };
        object.remove("oneOf");
        object.insert("type".to_owned(), json!("string"));
        object.insert("enum".to_owned(), words.into());
        object.insert("markdownEnumDescriptions".to_owned(), meanings.into());
    }
}

/// The words of a `oneOf` and what they mean, where it lists words.
fn words(choices: &Value) -> Option<(Vec<Value>, Vec<Value>)> {
    let word = |choice: &Value| {
        let word = choice.get("const")?.clone();
        let meaning = choice.get("description").cloned();
        Some((word, meaning.unwrap_or_default()))
    };
    choices.as_array()?.iter().map(word).collect()
}

/// A part of a schema that is an object of keywords.
fn keywords<'a>(schema: &'a mut Schema, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    schema.pointer_mut(pointer)?.as_object_mut()
}

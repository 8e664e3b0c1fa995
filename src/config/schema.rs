//! JSON schemas, generated from the configuration types.
//!
//! Editors use them for validation and completion. They cover the types and most of `validate`.
//! Checks that need an account, another file or arithmetic are only in callrules.
//!
//! The schemas use draft 2020-12, which `yaml-language-server` supports (tested in `tests/editor`).
//! They also use its extra keywords for messages and hover texts, which other validators ignore.
//!
//! No key has a `default`: a key that is not set keeps the account's setting, and editors insert
//! defaults when they complete a key.
//!
//! A value with several shapes is described with `if`, as the reader does, and not with `anyOf`. An
//! editor then reports the error inside the shape instead of "matches none of three schemas".

mod hover_texts;
mod states;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::types::{
    CalendarFile, ContactsFile, RepositorySettings, TestFile, UserFile, constraints,
};

/// Returns each schema file as its name and content.
pub fn all_schemas() -> Vec<(&'static str, String)> {
    vec![
        ("callrules.schema.json", schema_text::<RepositorySettings>()),
        ("user.schema.json", schema_text::<UserFile>()),
        (
            "profile.schema.json",
            finish_schema(profile_schema(root_schema::<UserFile>())),
        ),
        ("calendar.schema.json", schema_text::<CalendarFile>()),
        ("contacts.schema.json", schema_text::<ContactsFile>()),
        ("tests.schema.json", schema_text::<TestFile>()),
    ]
}

fn schema_text<T: JsonSchema>() -> String {
    finish_schema(root_schema::<T>())
}

fn root_schema<T: JsonSchema>() -> Schema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<T>()
}

fn finish_schema(mut schema: Schema) -> String {
    for_each_object(&mut schema, strip_null);
    for_each_object(&mut schema, flatten_enum);
    states::specialize_states(&mut schema);
    hover_texts::add_type_errors(&mut schema);
    hover_texts::tidy_descriptions(&mut schema);
    hover_texts::add_examples(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// Turns the schema of user files into that of profiles, which have no owner.
fn profile_schema(mut user_file: Schema) -> Schema {
    const OWNER_KEYS: [&str; 3] = ["extension", "email", "id"];
    user_file.insert("title".to_owned(), json!("Profile"));
    user_file.insert(
        "description".to_owned(),
        json!("Settings that several users share. User files refer to it under `profiles`."),
    );
    if let Some(Value::Array(examples)) = user_file.get_mut("examples") {
        for example in examples.iter_mut().filter_map(Value::as_object_mut) {
            example.retain(|key, _| !OWNER_KEYS.contains(&key.as_str()));
        }
    }
    let rejections = OWNER_KEYS.map(|key| {
        let message = format!("a profile has no owner: remove `{key}`");
        constraints::rejected_keys(key, &message)
    });
    user_file.insert("allOf".to_owned(), Value::from(rejections.to_vec()));
    if let Some(properties) = user_file.pointer_mut("/properties") {
        for key in OWNER_KEYS {
            properties[key] = Value::Bool(true);
        }
    }
    user_file
}

/// Calls a function for every object of a schema, inner ones first.
fn for_each_object(schema: &mut Schema, change: fn(&mut Map<String, Value>)) {
    transform_subschemas(
        &mut |inner: &mut Schema| for_each_object(inner, change),
        schema,
    );
    if let Some(object) = schema.as_object_mut() {
        change(object);
    }
}

/// Removes `null` from the schema of an optional key.
///
/// `schemars` allows `null` for every `Option`, but configuration files don't. The exception is a
/// rule that is set to `null` to delete it. Its schema uses `if`, which this function ignores.
fn strip_null(object: &mut Map<String, Value>) {
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
            // The keywords of the key take precedence over those of its type.
            for (keyword, value) in only {
                object.entry(keyword).or_insert(value);
            }
        }
    }
}

/// Turns a `oneOf` of `const` values into one `enum`.
///
/// `schemars` generates a `oneOf` for enums with documented variants. With an `enum`, editors list
/// all values in completions, hover texts and error messages.
fn flatten_enum(object: &mut Map<String, Value>) {
    if let Some((words, meanings)) = object.get("oneOf").and_then(enum_words) {
        object.remove("oneOf");
        object.insert("type".to_owned(), json!("string"));
        object.insert("enum".to_owned(), words.into());
        object.insert("markdownEnumDescriptions".to_owned(), meanings.into());
    }
}

/// Returns the values of a `oneOf` and their descriptions, or `None` if an entry has no `const`.
fn enum_words(choices: &Value) -> Option<(Vec<Value>, Vec<Value>)> {
    let word_and_meaning = |choice: &Value| {
        let word = choice.get("const")?.clone();
        let meaning = choice.get("description").cloned();
        Some((word, meaning.unwrap_or_default()))
    };
    choices.as_array()?.iter().map(word_and_meaning).collect()
}

/// Returns the object at a JSON pointer in a schema.
fn object_at<'a>(schema: &'a mut Schema, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    schema.pointer_mut(pointer)?.as_object_mut()
}

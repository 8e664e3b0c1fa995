//! Values with a short form and a long one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::constraints;

/// A value that is one word, a map with keys of this format, or the API's JSON form, which is a map
/// with a `type`. [`crate::yaml`] picks the variant by the shape of the value, so errors inside the
/// value refer to that variant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shorthand<K, M, R = Box<RawJson>> {
    /// A single word, such as `voicemail`.
    Keyword(K),
    /// A map with the keys of the configuration format.
    Map(M),
    /// A map in the API's JSON form, passed through unchanged.
    Raw(R),
}

impl<K: JsonSchema, M: JsonSchema, R: JsonSchema> JsonSchema for Shorthand<K, M, R> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", K::schema_name(), M::schema_name()).into()
    }

    /// Returns a schema that picks the variant by the shape of the value, as the reader does. The
    /// words and keys are snippets too, because an editor can't pick a variant for an empty value.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let snippets = [
            word_snippets(&K::json_schema(generator)),
            form_snippets(&M::json_schema(generator)),
        ];
        let word_examples = examples(&K::json_schema(generator));
        let word = match word_or_map(&K::json_schema(generator), &M::json_schema(generator)) {
            // Inlined, because editors ignore keywords next to a `$ref`.
            Some(message) => {
                let mut word = K::json_schema(generator);
                word.insert("errorMessage".to_owned(), json!(message));
                word
            }
            None => generator.subschema_for::<K>(),
        };
        let form = generator.subschema_for::<M>();
        let api = generator.subschema_for::<R>();
        let map = match api.as_value() {
            Value::Bool(false) => form,
            _ => json_schema!({ "if": { "required": ["type"] }, "then": api, "else": form }),
        };
        json_schema!({
            "if": { "type": "object" },
            "then": map,
            "else": word,
            "defaultSnippets": snippets.concat(),
            "examples": word_examples,
        })
    }
}

/// Returns the message for an unknown word, which also mentions the map form.
fn word_or_map(word: &Schema, form: &Schema) -> Option<String> {
    let choices = word.get("oneOf")?.as_array()?;
    let words: Vec<&str> = choices
        .iter()
        .filter_map(|choice| choice.get("const")?.as_str())
        .collect();
    let key = first_keys(form)
        .into_iter()
        .flatten()
        .find(|key| !words.contains(&key.as_str()))?;
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    Some(format!(
        "expected {}, or a map with a key such as `{key}`",
        quoted.join(", ")
    ))
}

/// Returns a snippet for each word of an enum. Free text gets none: editors offer its examples.
fn word_snippets(word: &Schema) -> Vec<Value> {
    let choices = word.get("oneOf").and_then(Value::as_array);
    let snippet = |choice: &Value| {
        let word = choice.get("const").cloned().unwrap_or_default();
        let meaning = choice.get("description").cloned();
        json!({ "label": word, "description": meaning.unwrap_or_default(), "body": word })
    };
    choices.into_iter().flatten().map(snippet).collect()
}

/// Returns the `examples` of a schema, or an empty list.
fn examples(word: &Schema) -> Value {
    word.get("examples").cloned().unwrap_or_else(|| json!([]))
}

/// Returns a snippet for each set of keys that a map can start with.
fn form_snippets(form: &Schema) -> Vec<Value> {
    let snippet = |keys: Vec<String>| {
        let label = format!("{}: …", keys.join(": …, "));
        let stops = keys.into_iter().zip(1..);
        let body: Map<String, Value> = stops
            .map(|(key, stop)| (key, Value::String(format!("${stop}"))))
            .collect();
        json!({ "label": label, "body": body })
    };
    first_keys(form).into_iter().map(snippet).collect()
}

/// Returns the sets of keys that a map can start with. If one of several keys is required, each is
/// a set of its own; otherwise all required keys form one set.
fn first_keys(form: &Schema) -> Vec<Vec<String>> {
    if let Some(keys) = constraints::choices(form.as_value()) {
        return keys.into_iter().map(|key| vec![key]).collect();
    }
    let required = form.get("required").and_then(Value::as_array);
    let keys: Vec<String> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if keys.is_empty() {
        Vec::new()
    } else {
        vec![keys]
    }
}

/// A single value, or a list of values. [`crate::yaml`] picks the variant by the shape of the
/// value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OneOrMany<T> {
    /// A value without a list.
    One(T),
    /// A list, which may be empty.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// Returns the values as a slice.
    pub fn all(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        // Editors offer these for an empty value.
        let item = T::json_schema(generator);
        let from_item = |keyword| item.get(keyword).cloned().unwrap_or_else(|| json!([]));
        json_schema!({
            "if": { "type": "array" },
            "then": { "type": "array", "minItems": 1, "items": one },
            "else": one,
            "defaultSnippets": from_item("defaultSnippets"),
            "examples": from_item("examples"),
        })
    }
}

/// Configuration in the API's own JSON form, for features that have no key here: a map with the
/// API's `type` and the fields that the API documents for it. It is sent unchanged.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RawJson(#[schemars(schema_with = "api_schema")] pub Map<String, Value>);

impl RawJson {
    /// Returns the API's name for this type of object.
    pub fn kind(&self) -> Option<&str> {
        self.0.get("type")?.as_str()
    }
}

fn api_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "type": "string",
                "description": "The API's name for this type of object, such as `CoworkerRingTarget`.",
                "examples": ["CoworkerRingTarget"]
            }
        }
    })
}

/// Returns the schema of a list in the API's JSON form that rejects the types in `with_keys`,
/// because these have keys of their own.
pub(super) fn api_only(generator: &mut SchemaGenerator, with_keys: &[&str]) -> Schema {
    let mut item = generator.subschema_for::<RawJson>();
    item.insert(
        "allOf".to_owned(),
        json!([constraints::other_types(with_keys)]),
    );
    json_schema!({ "type": "array", "minItems": 1, "items": item })
}

/// An uninhabited type: the API's JSON form is not accepted here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoRawForm {}

impl<'de> Deserialize<'de> for NoRawForm {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(
            "a map with a `type` is the API's own JSON form, which is not accepted here",
        ))
    }
}

impl JsonSchema for NoRawForm {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(false)
    }
}

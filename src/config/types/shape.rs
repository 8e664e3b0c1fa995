//! Values with a short form and a long one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::config::schema::rules;

/// A value that may be one word, a map of our own keys, or the API's own JSON form, which is a map
/// with a `type`. [`crate::yaml`] tells them apart by their look, so that a mistake inside one of
/// them is told in its own terms.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shape<W, F, A = Box<Api>> {
    /// One word.
    Word(W),
    /// Our own keys.
    Form(F),
    /// The API's own form.
    Api(A),
}

impl<W: JsonSchema, F: JsonSchema, A: JsonSchema> JsonSchema for Shape<W, F, A> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", W::schema_name(), F::schema_name()).into()
    }

    /// Asks for the look of the value as the reader does. The words and keys are offered as snippets
    /// too: where nothing stands yet, an editor cannot know which of the shapes is meant.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let snippets = [
            word_snippets(&W::json_schema(generator)),
            form_snippets(&F::json_schema(generator)),
        ];
        let word_examples = examples(&W::json_schema(generator));
        let word = match word_or_map(&W::json_schema(generator), &F::json_schema(generator)) {
            // Not by reference: editors pass over what stands beside one.
            Some(message) => {
                let mut word = W::json_schema(generator);
                word.insert("errorMessage".to_owned(), json!(message));
                word
            }
            None => generator.subschema_for::<W>(),
        };
        let form = generator.subschema_for::<F>();
        let api = generator.subschema_for::<A>();
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

/// What is said of a wrong word: there may be a map in its place.
fn word_or_map(word: &Schema, form: &Schema) -> Option<String> {
    let choices = word.get("oneOf")?.as_array()?;
    let words: Vec<&str> = { choices.iter() }
        .filter_map(|choice| choice.get("const")?.as_str())
        .collect();
    let keys = beginnings(form).into_iter().flatten();
    let key = { keys }.find(|key| !words.contains(&key.as_str()))?;
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let words = words.join(", ");
    Some(format!(
        "expected {words}, or a map with a key such as `{key}`"
    ))
}

/// A snippet for each word of a type; none where it is text, whose examples editors offer themselves.
fn word_snippets(word: &Schema) -> Vec<Value> {
    let choices = word.get("oneOf").and_then(Value::as_array);
    let snippet = |choice: &Value| {
        let word = choice.get("const").cloned().unwrap_or_default();
        let meaning = choice.get("description").cloned();
        json!({ "label": word, "description": meaning.unwrap_or_default(), "body": word })
    };
    choices.into_iter().flatten().map(snippet).collect()
}

/// The examples of a word that is text.
fn examples(word: &Schema) -> Value {
    word.get("examples").cloned().unwrap_or_else(|| json!([]))
}

/// A snippet for each beginning of a map.
fn form_snippets(form: &Schema) -> Vec<Value> {
    let snippet = |keys: Vec<String>| {
        let label = format!("{}: …", keys.join(": …, "));
        let stops = keys.into_iter().zip(1..);
        let body: Map<String, Value> = stops
            .map(|(key, stop)| (key, Value::String(format!("${stop}"))))
            .collect();
        json!({ "label": label, "body": body })
    };
    beginnings(form).into_iter().map(snippet).collect()
}

/// The keys that a map may begin with: each of which one is chosen, else all that must be there, together.
fn beginnings(form: &Schema) -> Vec<Vec<String>> {
    if let Some(keys) = rules::choices(form.as_value()) {
        return keys.into_iter().map(|key| vec![key]).collect();
    }
    let required = form.get("required").and_then(Value::as_array);
    let required = required.into_iter().flatten().filter_map(Value::as_str);
    let keys: Vec<String> = required.map(str::to_owned).collect();
    if keys.is_empty() {
        Vec::new()
    } else {
        vec![keys]
    }
}

/// One thing, or a list of them. [`crate::yaml`] tells the two apart by their look.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// A list.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// All of them.
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
        // Editors offer what is said here where nothing stands yet.
        let said = T::json_schema(generator);
        let lifted = |keyword| said.get(keyword).cloned().unwrap_or_else(|| json!([]));
        json_schema!({
            "if": { "type": "array" },
            "then": { "type": "array", "minItems": 1, "items": one },
            "else": one,
            "defaultSnippets": lifted("defaultSnippets"),
            "examples": lifted("examples"),
        })
    }
}

/// A piece of configuration in the API's own JSON form, for what has no shorter words here: a map
/// with the API's `type` and whatever the API documents for it. It is passed through as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Api(#[schemars(schema_with = "api_schema")] pub Map<String, Value>);

impl Api {
    /// The API's name for this kind of thing.
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
                "description": "The API's name for this kind of thing, such as `CoworkerRingTarget`.",
                "examples": ["CoworkerRingTarget"]
            }
        }
    })
}

/// A list of things in the API's own form, but for those that have words of their own.
pub(super) fn api_only(generator: &mut SchemaGenerator, with_words: &[&str]) -> Schema {
    let mut item = generator.subschema_for::<Api>();
    item.insert("allOf".to_owned(), json!([rules::other_types(with_words)]));
    json_schema!({ "type": "array", "minItems": 1, "items": item })
}

/// The API's own form has no place here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Never {}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(
            "a map with a `type` is the API's own form, which has no place here",
        ))
    }
}

impl JsonSchema for Never {
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

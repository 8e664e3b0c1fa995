//! Values with a short form and a long one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A value that may be one word, a map of our own keys, or the API's own JSON form, which is a map
/// with a `type`. [`crate::yaml`] tells them apart by their look, so that a mistake inside one of
/// them is told in its own terms.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shape<W, F, A = Api> {
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

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut choices = Vec::new();
        for choice in [
            generator.subschema_for::<W>(),
            generator.subschema_for::<F>(),
            generator.subschema_for::<A>(),
        ] {
            if choice.as_value() != &Value::Bool(false) {
                choices.push(choice);
            }
        }
        json_schema!({ "anyOf": choices })
    }
}

/// A piece of configuration in the API's own JSON form, for what has no shorter words here: a map
/// with the API's `type` and whatever the API documents for it. It is passed through as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Api(#[schemars(schema_with = "api_schema")] pub Map<String, Value>);

fn api_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "type": "string",
                "description": "The API's name for this kind of thing, such as `CoworkerRingTarget`."
            }
        }
    })
}

/// The API's own form has no place here.
#[derive(Debug, Clone, Copy)]
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

//! The two kinds of rule, each with its raw body.

use serde_json::{Map, Value};
use thiserror::Error;

/// A JSON object as the API sent it.
pub type Body = Map<String, Value>;

/// An answer without the parts that give a rule its identity.
#[derive(Debug, Error)]
#[error("the service sent {what} without `{missing}`")]
pub struct Malformed {
    what: &'static str,
    missing: &'static str,
}

/// An interaction rule: what people call a custom rule.
#[derive(Debug, Clone, PartialEq)]
pub struct InteractionRule {
    /// The service's id.
    pub id: String,
    /// The name that people see; the service does not promise that it is unique.
    pub display_name: String,
    /// The whole record.
    pub body: Body,
}

impl InteractionRule {
    /// Whether the list gave the dispatching inline; seen missing on real accounts \[field\].
    pub fn has_dispatching(&self) -> bool {
        self.body.get("dispatching").is_some_and(Value::is_object)
    }
}

impl TryFrom<Value> for InteractionRule {
    type Error = Malformed;

    fn try_from(value: Value) -> Result<Self, Malformed> {
        const WHAT: &str = "an interaction rule";
        let body = object(value, WHAT)?;
        Ok(InteractionRule {
            id: text(&body, "id", WHAT)?,
            display_name: text(&body, "displayName", WHAT)?,
            body,
        })
    }
}

/// A state rule, with the state that it belongs to embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRule {
    /// The state's id, such as `work-hours`.
    pub id: String,
    /// The whole record.
    pub body: Body,
}

impl StateRule {
    /// Whether the list gave the dispatching inline.
    pub fn has_dispatching(&self) -> bool {
        self.body.get("dispatching").is_some_and(Value::is_object)
    }
}

impl TryFrom<Value> for StateRule {
    type Error = Malformed;

    fn try_from(value: Value) -> Result<Self, Malformed> {
        const WHAT: &str = "a state rule";
        let body = object(value, WHAT)?;
        Ok(StateRule {
            id: text(&body, "id", WHAT)?,
            body,
        })
    }
}

fn object(value: Value, what: &'static str) -> Result<Body, Malformed> {
    match value {
        Value::Object(body) => Ok(body),
        _ => Err(Malformed {
            what,
            missing: "an object",
        }),
    }
}

fn text(body: &Body, key: &'static str, what: &'static str) -> Result<String, Malformed> {
    match body.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Malformed { what, missing: key }),
    }
}

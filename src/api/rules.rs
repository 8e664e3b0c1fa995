//! Interaction rules and state rules with their raw bodies.

use serde_json::{Map, Value};
use thiserror::Error;

use super::decode::text_or_number;

/// A JSON object as the API sent it.
pub type RawBody = Map<String, Value>;

/// A record without the fields that identify it.
#[derive(Debug, Error)]
#[error("the service sent {resource} without `{missing}`")]
pub struct MalformedRecord {
    resource: &'static str,
    missing: &'static str,
}

/// An interaction rule (custom rule).
#[derive(Debug, Clone, PartialEq)]
pub struct InteractionRuleRecord {
    /// The id of the rule.
    pub id: String,
    /// The name that people see; the service does not promise that it is unique.
    pub display_name: String,
    /// The complete JSON record.
    pub body: RawBody,
}

impl InteractionRuleRecord {
    /// Returns whether the record has an inline dispatching; it was missing on real accounts
    /// \[field\].
    pub fn has_dispatching(&self) -> bool {
        has_dispatching(&self.body)
    }
}

impl TryFrom<Value> for InteractionRuleRecord {
    type Error = MalformedRecord;

    fn try_from(value: Value) -> Result<Self, MalformedRecord> {
        const WHAT: &str = "an interaction rule";
        let body = expect_object(value, WHAT)?;
        Ok(InteractionRuleRecord {
            id: expect_text(&body, "id", WHAT)?,
            display_name: expect_text(&body, "displayName", WHAT)?,
            body,
        })
    }
}

/// A state rule with its embedded state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRuleRecord {
    /// The id of the state, such as `work-hours`.
    pub id: String,
    /// The complete JSON record.
    pub body: RawBody,
}

impl StateRuleRecord {
    /// Returns whether the record has an inline dispatching.
    pub fn has_dispatching(&self) -> bool {
        has_dispatching(&self.body)
    }
}

impl TryFrom<Value> for StateRuleRecord {
    type Error = MalformedRecord;

    fn try_from(value: Value) -> Result<Self, MalformedRecord> {
        const WHAT: &str = "a state rule";
        let body = expect_object(value, WHAT)?;
        Ok(StateRuleRecord {
            id: expect_text(&body, "id", WHAT)?,
            body,
        })
    }
}

fn has_dispatching(body: &RawBody) -> bool {
    body.get("dispatching").is_some_and(Value::is_object)
}

/// Returns the record as an object.
fn expect_object(value: Value, resource: &'static str) -> Result<RawBody, MalformedRecord> {
    let missing = "an object";
    match value {
        Value::Object(body) => Ok(body),
        _ => Err(MalformedRecord { resource, missing }),
    }
}

/// Returns a text field of the record.
fn expect_text(
    body: &RawBody,
    missing: &'static str,
    resource: &'static str,
) -> Result<String, MalformedRecord> {
    text_or_number(body.get(missing)).ok_or(MalformedRecord { resource, missing })
}

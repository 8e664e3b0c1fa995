//! Constraints between keys as JSON schema.
//!
//! All have the same form: if some keys are absent (or present), then another key is required (or
//! rejected). Validators report the location of the key, and editors show the `errorMessage`.

use serde_json::{Value, json};

/// Joins constraints into one list for `allOf`.
pub(in crate::config) fn all_constraints<const N: usize>(rules: [Vec<Value>; N]) -> Value {
    rules.into_iter().flatten().collect()
}

/// Returns a constraint that requires at least one of `keys`.
pub(in crate::config) fn at_least_one(keys: &[&str], message: &str) -> Vec<Value> {
    vec![json!({
        "if": { "properties": never_schema(keys) },
        "then": { "required": [keys[0]], "errorMessage": message },
    })]
}

/// Returns constraints that allow at most one of `keys`.
pub(in crate::config) fn at_most_one(keys: &[&str]) -> Vec<Value> {
    let exclude_later_keys = |(index, key): (usize, &&str)| {
        let others = &keys[index + 1..];
        let message = format!("this can't be combined with `{key}`: keep one of the two");
        json!({
            "if": { "required": [key] },
            "then": { "properties": never_schema(others), "errorMessage": message },
        })
    };
    let all_but_last = keys.iter().enumerate().take(keys.len().saturating_sub(1));
    all_but_last.map(exclude_later_keys).collect()
}

/// Returns constraints that require exactly one of `keys`.
pub(in crate::config) fn exactly_one(keys: &[&str], message: &str) -> Vec<Value> {
    [at_least_one(keys, message), at_most_one(keys)].concat()
}

/// Returns the keys of the [`at_least_one`] constraint, if it is the first constraint of the
/// schema.
pub(in crate::config) fn choices(schema: &Value) -> Option<Vec<String>> {
    let keys = schema.pointer("/allOf/0/if/properties")?.as_object()?;
    Some(keys.keys().cloned().collect())
}

/// Returns a constraint that allows `key` only together with one of `others`.
pub(in crate::config) fn only_with_key(key: &str, others: &[&str], message: &str) -> Vec<Value> {
    vec![json!({
        "if": { "properties": never_schema(others) },
        "then": { "properties": never_schema(&[key]), "errorMessage": message },
    })]
}

/// Returns a schema that rejects `key` with a message.
pub(in crate::config) fn rejected_keys(key: &str, message: &str) -> Value {
    json!({ "properties": never_schema(&[key]), "errorMessage": message })
}

/// Returns a constraint that requires `key` if `type` is one of `types`.
pub(in crate::config) fn required_with_type(
    types: &[&str],
    key: &str,
    message: &str,
) -> Vec<Value> {
    vec![json!({
        "if": is_type(types),
        "then": { "required": [key], "errorMessage": message },
    })]
}

/// Returns a constraint that values of `keys` match `only` if `type` is one of `types`.
pub(in crate::config) fn only_with_type(types: &[&str], keys: &[&str], only: &Value) -> Vec<Value> {
    let properties: serde_json::Map<_, _> = keys
        .iter()
        .map(|key| ((*key).to_owned(), only.clone()))
        .collect();
    vec![json!({ "if": is_type(types), "then": { "properties": properties } })]
}

/// Returns a schema that rejects maps in the API's JSON form if their `type` is one of `types`.
pub(in crate::config) fn other_types(types: &[&str]) -> Value {
    json!({
        "if": is_type(types),
        "then": rejected_keys("type", "this type has keys of its own: use them instead of the API's JSON form"),
    })
}

/// Returns a schema that matches maps whose `type` is one of `types`.
///
/// It uses a pattern and not an `enum`, because editors offer the values of every `enum` they find.
fn is_type(types: &[&str]) -> Value {
    let pattern = format!("^({})$", types.join("|"));
    json!({
        "type": "object",
        "properties": { "type": { "type": "string", "pattern": pattern } },
        "required": ["type"],
    })
}

fn never_schema(keys: &[&str]) -> Value {
    let never = keys
        .iter()
        .map(|key| ((*key).to_owned(), Value::Bool(false)));
    Value::Object(never.collect())
}

/// Returns the required keys of a user file without profiles. For files with profiles, `validate`
/// checks the merged result.
///
/// Keys are given as patterns, because editors would offer keys under `properties` twice.
pub(super) fn require_unless_profiles() -> Vec<Value> {
    let dispatching = json!({ "allOf": required_with_type(
        &["Terminate"],
        "terminate",
        "type `Terminate` needs a destination: add `terminate`, such as `terminate: voicemail`",
    ) });
    let conditions = json!({ "allOf": all_constraints([
        at_least_one(
            &["callerIds", "calledNumbers", "schedule", "state", "other"],
            "a rule needs a condition: add `callerIds`, `calledNumbers` or `schedule`",
        ),
        only_with_key(
            "state",
            &["callerIds", "calledNumbers"],
            "RingCentral ignores `state` as the only condition: add `callerIds` or \
             `calledNumbers`, or use `schedule` instead",
        ),
    ]) });
    let rule = json!({
        "if": {
            "required": ["dispatching"],
            "properties": { "dispatching": { "type": "object", "required": ["type"] } },
        },
        "then": {
            "required": ["conditions"],
            "errorMessage": "the rule has no conditions: add `conditions` with `callerIds`, \
                             `calledNumbers` or `schedule`",
        },
        "patternProperties": { "^conditions$": conditions, "^dispatching$": dispatching },
    });
    let state = json!({ "patternProperties": { "^dispatching$": dispatching } });
    vec![json!({
        "if": { "properties": { "profiles": false } },
        "then": { "patternProperties": {
            "^interactionRules$": { "additionalProperties": rule },
            "^states$": { "additionalProperties": state },
        } },
    })]
}

//! Rules between keys, in the words of JSON schema.
//!
//! All have one form: *if these keys are absent (or present), then that key is required (or must not
//! stand here)*. Validators tell the place of the key, and editors the `errorMessage`.

use serde_json::{Value, json};

/// Several rules as the list that stands behind `allOf`.
pub(in crate::config) fn all<const N: usize>(rules: [Vec<Value>; N]) -> Value {
    rules.into_iter().flatten().collect()
}

/// At least one of these keys.
pub(in crate::config) fn at_least_one(keys: &[&str], message: &str) -> Vec<Value> {
    vec![json!({
        "if": { "properties": never(keys) },
        "then": { "required": [keys[0]], "errorMessage": message },
    })]
}

/// At most one of these keys.
pub(in crate::config) fn at_most_one(keys: &[&str]) -> Vec<Value> {
    let beside = |(index, key): (usize, &&str)| {
        let others = &keys[index + 1..];
        let message = format!("this cannot stand beside `{key}`: keep one of the two");
        json!({
            "if": { "required": [key] },
            "then": { "properties": never(others), "errorMessage": message },
        })
    };
    let all_but_last = keys.iter().enumerate().take(keys.len().saturating_sub(1));
    all_but_last.map(beside).collect()
}

/// Exactly one of these keys.
pub(in crate::config) fn exactly_one(keys: &[&str], message: &str) -> Vec<Value> {
    [at_least_one(keys, message), at_most_one(keys)].concat()
}

/// The keys of which [`at_least_one`] must be chosen, where a schema begins with that rule.
pub(in crate::config) fn choices(schema: &Value) -> Option<Vec<String>> {
    let keys = schema.pointer("/allOf/0/if/properties")?.as_object()?;
    Some(keys.keys().cloned().collect())
}

/// A key only beside one of others.
pub(in crate::config) fn only_beside(key: &str, others: &[&str], message: &str) -> Vec<Value> {
    vec![json!({
        "if": { "properties": never(others) },
        "then": { "properties": never(&[key]), "errorMessage": message },
    })]
}

/// A key that means nothing here, and why.
pub(in crate::config) fn refused(key: &str, message: &str) -> Value {
    json!({ "properties": never(&[key]), "errorMessage": message })
}

/// A key that some values of `type` need.
pub(in crate::config) fn needed_with_type(types: &[&str], key: &str, message: &str) -> Vec<Value> {
    vec![json!({
        "if": is_type(types),
        "then": { "required": [key], "errorMessage": message },
    })]
}

/// What keys may be with some values of `type`.
pub(in crate::config) fn only_with_type(types: &[&str], keys: &[&str], only: &Value) -> Vec<Value> {
    let properties: serde_json::Map<_, _> = keys
        .iter()
        .map(|key| ((*key).to_owned(), only.clone()))
        .collect();
    vec![json!({ "if": is_type(types), "then": { "properties": properties } })]
}

/// A map in the API's own form whose `type` is none of these, which have words of their own.
pub(in crate::config) fn other_types(types: &[&str]) -> Value {
    json!({
        "if": is_type(types),
        "then": refused("type", "this has words of its own here; the API's form is for what has none"),
    })
}

/// A pattern, where an `enum` would do: editors list the words of every `enum` that they come upon.
fn is_type(types: &[&str]) -> Value {
    let pattern = format!("^({})$", types.join("|"));
    json!({
        "type": "object",
        "properties": { "type": { "type": "string", "pattern": pattern } },
        "required": ["type"],
    })
}

fn never(keys: &[&str]) -> Value {
    let never = keys
        .iter()
        .map(|key| ((*key).to_owned(), Value::Bool(false)));
    Value::Object(never.collect())
}

//! Required keys of user files. A profile can supply them, so files with profiles are exempt.

use schemars::Schema;
use serde_json::{Value, json};

use super::constraints;

/// Returns the required keys of a user file without profiles. For files with profiles, `validate`
/// checks the merged result.
///
/// Keys are given as patterns, because editors would offer keys under `properties` twice.
pub(in crate::config) fn require_unless_profiles() -> Vec<Value> {
    let dispatching = json!({ "allOf": constraints::required_with_type(
        &["Terminate"],
        "terminate",
        "type `Terminate` needs a destination: add `terminate`, such as `terminate: voicemail`",
    ) });
    let conditions = json!({ "allOf": constraints::all_constraints([
        constraints::at_least_one(
            &["callerIds", "calledNumbers", "schedule", "state", "other"],
            "a rule needs a condition: add `callerIds`, `calledNumbers` or `schedule`",
        ),
        constraints::only_with_key(
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

/// Turns the schema of user files into that of profiles, which have no owner.
pub(super) fn profile_schema(mut user_file: Schema) -> Schema {
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

//! What makes a file complete: keys that must be there, unless a profile may add them.

use schemars::Schema;
use serde_json::{Value, json};

use super::rules;

/// The rules of a complete user file, for files that no profile is laid under. With profiles only the
/// tool can tell, which sees all of them.
///
/// The keys are given as patterns: editors would offer each of `properties` a second time.
pub(in crate::config) fn unless_profiles_add() -> Vec<Value> {
    let dispatching = json!({ "allOf": rules::needed_with_type(
        &["Terminate"],
        "terminate",
        "type `Terminate` needs to say where calls go: add `terminate`, such as \
         `terminate: voicemail`",
    ) });
    let conditions = json!({ "allOf": rules::all([
        rules::at_least_one(
            &["callerIds", "calledNumbers", "schedule", "state", "other"],
            "a rule needs a condition: add `callerIds`, `calledNumbers` or `schedule`",
        ),
        rules::only_beside(
            "state",
            &["callerIds", "calledNumbers"],
            "RingCentral never evaluates `state` alone: add `callerIds` or `calledNumbers`, or use \
             `schedule` in its place",
        ),
    ]) });
    let rule = json!({
        "if": {
            "required": ["dispatching"],
            "properties": { "dispatching": { "type": "object", "required": ["type"] } },
        },
        "then": {
            "required": ["conditions"],
            "errorMessage": "which calls does the rule take? add `conditions` with `callerIds`, \
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

/// A user file without what only a whole one has: a profile.
pub(super) fn not_at_all(mut user_file: Schema) -> Schema {
    const OWN: [&str; 3] = ["extension", "email", "id"];
    user_file.insert("title".to_owned(), json!("Profile"));
    user_file.insert(
        "description".to_owned(),
        json!("A part of a user file that many share. User files name it under `profiles`."),
    );
    if let Some(Value::Array(examples)) = user_file.get_mut("examples") {
        for example in examples.iter_mut().filter_map(Value::as_object_mut) {
            example.retain(|key, _| !OWN.contains(&key.as_str()));
        }
    }
    let refused = OWN.map(|key| {
        let message = format!("a profile is nobody's own, and takes no `{key}`");
        rules::refused(key, &message)
    });
    user_file.insert("allOf".to_owned(), Value::from(refused.to_vec()));
    if let Some(properties) = user_file.pointer_mut("/properties") {
        for key in OWN {
            properties[key] = Value::Bool(true);
        }
    }
    user_file
}

//! Documents with one changed part.

use serde_json::{Value, json};

/// Returns whether a phone number is a JSON number. The program then reports the missing plus sign,
/// which a schema can't.
pub(super) fn has_bare_phone_number(value: &Value) -> bool {
    const PHONES: &[&str] = &["callerIds", "calledNumbers", "phoneNumber", "from", "to"];
    let is_bare = |part: &Value| match part {
        Value::Array(items) => items.iter().any(Value::is_number),
        part => part.is_number(),
    };
    match value {
        Value::Object(entries) => entries.iter().any(|(key, part)| {
            PHONES.contains(&key.as_str()) && is_bare(part) || has_bare_phone_number(part)
        }),
        Value::Array(items) => items.iter().any(has_bare_phone_number),
        _ => false,
    }
}

/// Returns the document with each part in turn removed or replaced.
pub(super) fn variants(value: &Value) -> Vec<Value> {
    let odd_values = json!([null, true, 5, "x", "101", [], {}, { "x": 1 }]);
    let mut documents = odd_values.as_array().unwrap().clone();
    match value {
        Value::Object(entries) => {
            for (key, part) in entries {
                let mut without = entries.clone();
                without.shift_remove(key);
                documents.push(Value::Object(without));
                for variant in variants(part) {
                    let mut changed = entries.clone();
                    changed.insert(key.clone(), variant);
                    documents.push(Value::Object(changed));
                }
            }
        }
        Value::Array(items) => {
            for (index, part) in items.iter().enumerate() {
                for variant in variants(part) {
                    let mut changed = items.clone();
                    changed[index] = variant;
                    documents.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    documents
}

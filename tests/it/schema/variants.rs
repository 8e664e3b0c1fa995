//! Documents with one part changed.

use serde_json::{Value, json};

/// Whether a phone number has become a JSON number: then it has no plus sign, which a schema cannot
/// see and the tool misses.
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

/// A document with each part in turn removed or replaced.
pub(super) fn variants(value: &Value) -> Vec<Value> {
    let odd = json!([null, true, 5, "x", "101", [], {}, { "x": 1 }]);
    let mut all = odd.as_array().unwrap().clone();
    match value {
        Value::Object(entries) => {
            for (key, part) in entries {
                let mut without = entries.clone();
                without.shift_remove(key);
                all.push(Value::Object(without));
                for part in variants(part) {
                    let mut changed = entries.clone();
                    changed.insert(key.clone(), part);
                    all.push(Value::Object(changed));
                }
            }
        }
        Value::Array(items) => {
            for (index, part) in items.iter().enumerate() {
                for part in variants(part) {
                    let mut changed = items.clone();
                    changed[index] = part;
                    all.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    all
}

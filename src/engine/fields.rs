//! What differs between two values said in YAML words.

use serde_json::{Map, Value};

use super::plan::FieldChange;

/// The parts in which `after` differs from `before`, as deep as both have the same shape.
///
/// Lists of one length are compared item by item; a list that grows or shrinks differs as a whole.
pub(super) fn between(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

/// All parts of a value that is not there yet.
pub(super) fn of_new(after: &Value) -> Vec<FieldChange> {
    between(&Value::Object(Map::new()), after)
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                let other = after.get(key).unwrap_or(&Value::Null);
                compare(&join(path, key), value, other, found);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                compare(&join(path, key), &Value::Null, value, found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compare(&format!("{path}[{index}]"), before, after, found);
            }
        }
        // A new map is told part by part where its parts are told anyway: conditions, dispatching.
        (Value::Null, Value::Object(parts)) if path == "conditions" || path == "dispatching" => {
            for (key, value) in parts {
                compare(&join(path, key), &Value::Null, value, found);
            }
        }
        _ => found.push(FieldChange {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_smallest_part_that_differs_is_told() {
        let before = json!({ "ring": [{ "seconds": 20 }], "noAnswer": "voicemail", "old": 1 });
        let after = json!({ "ring": [{ "seconds": 40 }], "noAnswer": { "extension": "900" } });
        let told: Vec<String> = between(&before, &after)
            .iter()
            .map(|f| format!("{}: {} → {}", f.path, f.before, f.after))
            .collect();
        assert_eq!(
            told,
            [
                "ring[0].seconds: 20 → 40",
                r#"noAnswer: "voicemail" → {"extension":"900"}"#,
                "old: 1 → null",
            ]
        );
    }

    #[test]
    fn a_list_that_grows_differs_as_a_whole() {
        let told = between(&json!({ "a": [1] }), &json!({ "a": [1, 2] }));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].path, "a");
    }
}

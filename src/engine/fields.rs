//! What differs between two values said in YAML words.

use serde_json::{Map, Value};

use super::plan::FieldChange;

/// Parts that say one thing together, and are told whole: half a schedule or half a destination is
/// nothing that a person could check.
const WHOLE: &[&str] = &[
    "schedule",
    "greeting",
    "connectingMessage",
    "connectingAudio",
    "screening",
    "noAnswer",
    "terminate",
];

/// The smallest parts in which `after` differs from `before` and that still say something.
///
/// Ring groups are compared one by one where each still rings the same targets; any other list
/// differs as a whole.
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
    let key = path.rsplit('.').next().unwrap_or(path);
    match (before, after) {
        (Value::Object(before), Value::Object(after)) if !WHOLE.contains(&key) => {
            for (key, value) in before {
                let other = after.get(key).unwrap_or(&Value::Null);
                compare(&join(path, key), value, other, found);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                compare(&join(path, key), &Value::Null, value, found);
            }
        }
        (Value::Array(before), Value::Array(after)) if same_targets(before, after) => {
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

fn same_targets(before: &[Value], after: &[Value]) -> bool {
    let targets = |group: &Value| group.get("targets").cloned();
    let same = |(a, b): (&Value, &Value)| targets(a).is_some() && targets(a) == targets(b);
    before.len() == after.len() && before.iter().zip(after).all(same)
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
    fn the_smallest_part_that_says_something_is_told() {
        let group = |seconds: u32| json!([{ "targets": ["mobileApps"], "seconds": seconds }]);
        let before = json!({ "ring": group(20), "noAnswer": { "extension": "900" }, "old": 1 });
        let after = json!({ "ring": group(40), "noAnswer": { "extension": "901" } });
        let told: Vec<String> = between(&before, &after)
            .iter()
            .map(|f| format!("{}: {} → {}", f.path, f.before, f.after))
            .collect();
        assert_eq!(
            told,
            [
                "ring[0].seconds: 20 → 40",
                r#"noAnswer: {"extension":"900"} → {"extension":"901"}"#,
                "old: 1 → null",
            ]
        );
    }

    #[test]
    fn a_list_whose_items_change_differs_as_a_whole() {
        for (before, after) in [(json!([1]), json!([1, 2])), (json!(["a"]), json!(["b"]))] {
            let told = between(&json!({ "list": before }), &json!({ "list": after }));
            assert_eq!(told.len(), 1);
            assert_eq!((told[0].path.as_str(), &told[0].after), ("list", &after));
        }
    }
}

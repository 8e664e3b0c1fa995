//! Compares two values in the form of the YAML files, field by field.

use serde_json::{Map, Value, json};

use super::change::FieldChange;
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallDispatching, RuleDefinition};

/// Keys that are shown as a whole, because a person cannot check half a schedule or half a
/// destination.
const ATOMIC_KEYS: &[&str] = &[
    "schedule",
    "greeting",
    "connectingMessage",
    "connectingAudio",
    "screening",
    "noAnswer",
    "terminate",
];

/// Returns the smallest meaningful fields in which `after` differs from `before`.
///
/// Ring groups are compared one by one if each still rings the same targets. Any other list differs
/// as a whole.
pub(super) fn diff_fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    collect_differences("", before, after, &mut fields);
    fields
}

/// Returns all fields of a new value.
pub(super) fn fields_of_new(after: &Value) -> Vec<FieldChange> {
    diff_fields(&Value::Object(Map::new()), after)
}

/// Returns the fields in which two rules differ, including their names.
pub(super) fn rule_fields(
    yaml_writer: YamlWriter<'_>,
    before: &RuleDefinition,
    after: &RuleDefinition,
) -> Vec<FieldChange> {
    if before == after {
        return Vec::new();
    }
    let mut fields = diff_fields(&yaml_writer.rule(before), &yaml_writer.rule(after));
    if before.name != after.name {
        let name = FieldChange {
            path: "displayName".to_owned(),
            before: before.name.as_str().into(),
            after: after.name.as_str().into(),
        };
        fields.insert(0, name);
    }
    fields
}

/// Returns the fields in which two dispatchings differ; all fields if there was none before.
pub(super) fn dispatching_fields(
    yaml_writer: YamlWriter<'_>,
    before: Option<&CallDispatching>,
    after: &CallDispatching,
) -> Vec<FieldChange> {
    if before == Some(after) {
        return Vec::new();
    }
    let to_yaml = |part: &CallDispatching| json!({ "dispatching": yaml_writer.dispatching(part) });
    match before {
        Some(before) => diff_fields(&to_yaml(before), &to_yaml(after)),
        None => fields_of_new(&to_yaml(after)),
    }
}

/// Adds the differences below `path`.
fn collect_differences(path: &str, before: &Value, after: &Value, fields: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    let key = path.rsplit('.').next().unwrap_or(path);
    match (before, after) {
        (Value::Object(before), Value::Object(after)) if !ATOMIC_KEYS.contains(&key) => {
            for (key, value) in before {
                let other = after.get(key).unwrap_or(&Value::Null);
                collect_differences(&join_path(path, key), value, other, fields);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                collect_differences(&join_path(path, key), &Value::Null, value, fields);
            }
        }
        (Value::Array(before), Value::Array(after)) if has_same_targets(before, after) => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                collect_differences(&format!("{path}[{index}]"), before, after, fields);
            }
        }
        // New conditions and a new dispatching are shown field by field.
        (Value::Null, Value::Object(parts)) if path == "conditions" || path == "dispatching" => {
            for (key, value) in parts {
                collect_differences(&join_path(path, key), &Value::Null, value, fields);
            }
        }
        _ => fields.push(FieldChange {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

/// Returns whether two lists of ring groups ring the same targets.
fn has_same_targets(before: &[Value], after: &[Value]) -> bool {
    let targets = |group: &Value| group.get("targets").cloned();
    let same = |(a, b): (&Value, &Value)| targets(a).is_some() && targets(a) == targets(b);
    before.len() == after.len() && before.iter().zip(after).all(same)
}

/// Appends a key to a path.
fn join_path(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diff_fields_returns_smallest_meaningful_fields() {
        let group = |seconds: u32| json!([{ "targets": ["mobileApps"], "seconds": seconds }]);
        let before = json!({ "ring": group(20), "noAnswer": { "extension": "900" }, "old": 1 });
        let after = json!({ "ring": group(40), "noAnswer": { "extension": "901" } });
        let lines: Vec<String> = diff_fields(&before, &after)
            .iter()
            .map(|f| format!("{}: {} → {}", f.path, f.before, f.after))
            .collect();
        assert_eq!(
            lines,
            [
                "ring[0].seconds: 20 → 40",
                r#"noAnswer: {"extension":"900"} → {"extension":"901"}"#,
                "old: 1 → null",
            ]
        );
    }

    #[test]
    fn diff_fields_returns_changed_list_as_a_whole() {
        for (before, after) in [(json!([1]), json!([1, 2])), (json!(["a"]), json!(["b"]))] {
            let fields = diff_fields(&json!({ "list": before }), &json!({ "list": after }));
            assert_eq!(fields.len(), 1);
            assert_eq!(
                (fields[0].path.as_str(), &fields[0].after),
                ("list", &after)
            );
        }
    }
}

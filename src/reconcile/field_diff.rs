//! Compares two values in the form of the YAML files, field by field.

use serde_json::{Map, Value, json};

use super::change::FieldChange;
use crate::api::encode::DEFAULT_OWN_SECONDS;
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    CallDispatching, CallScreening, GreetingSetting, RingGroup, RingTarget, RuleDefinition,
};

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
    let (mut shown_before, mut shown_after) = (before.clone(), after.clone());
    if let (Some(before), Some(after)) =
        (&mut shown_before.dispatching, &mut shown_after.dispatching)
    {
        hide_required_groups(before, after);
        show_missing_prompts(before, after);
    }
    let mut fields = diff_fields(
        &yaml_writer.rule(&shown_before),
        &yaml_writer.rule(&shown_after),
    );
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
    let mut shown_after = after.clone();
    match before {
        Some(before) => {
            let mut shown_before = before.clone();
            hide_required_groups(&mut shown_before, &mut shown_after);
            show_missing_prompts(&mut shown_before, &mut shown_after);
            diff_fields(&to_yaml(&shown_before), &to_yaml(&shown_after))
        }
        None => {
            hide_required_groups(&mut CallDispatching::default(), &mut shown_after);
            fields_of_new(&to_yaml(&shown_after))
        }
    }
}

/// Returns all fields of a new rule.
pub(super) fn fields_of_new_rule(
    yaml_writer: YamlWriter<'_>,
    rule: &RuleDefinition,
) -> Vec<FieldChange> {
    let mut shown = rule.clone();
    if let Some(dispatching) = &mut shown.dispatching {
        hide_required_groups(&mut CallDispatching::default(), dispatching);
    }
    fields_of_new(&yaml_writer.rule(&shown))
}

/// Shows a prompt or call screening that only one side has as switched off on the other: the
/// service may add disabled ones at any time \[docs\].
fn show_missing_prompts(before: &mut CallDispatching, after: &mut CallDispatching) {
    fn fill<T: Clone>(before: &mut Option<T>, after: &mut Option<T>, off: &T) {
        match (&before, &after) {
            (None, Some(_)) => *before = Some(off.clone()),
            (Some(_), None) => *after = Some(off.clone()),
            _ => {}
        }
    }
    let off = GreetingSetting::Off;
    fill(&mut before.greeting, &mut after.greeting, &off);
    fill(
        &mut before.connecting_message,
        &mut after.connecting_message,
        &off,
    );
    fill(
        &mut before.connecting_audio,
        &mut after.connecting_audio,
        &off,
    );
    let off = CallScreening::Off;
    fill(&mut before.screening, &mut after.screening, &off);
}

/// Removes the silent groups of the user's own apps and phones that are listed only because the
/// service requires it: those that a change keeps, those of targets that no longer ring, and added
/// ones. If nothing else differs, they remain, because one of them was moved.
fn hide_required_groups(before: &mut CallDispatching, after: &mut CallDispatching) {
    let (Some(groups_after), groups_before) = (&after.ring, before.ring.as_deref()) else {
        return;
    };
    let groups_before = groups_before.unwrap_or_default();
    let is_silent_own =
        |group: &RingGroup| !group.enabled && group.targets.iter().all(RingTarget::is_own);
    let same_ring = |a: &RingGroup, b: &RingGroup| a.targets == b.targets && a.seconds == b.seconds;
    let lists = |groups: &[RingGroup], target: &RingTarget| {
        groups.iter().any(|group| group.targets.contains(target))
    };
    let is_required_after = |group: &&RingGroup| {
        let is_kept = groups_before.iter().any(|other| same_ring(other, group));
        let is_added = group.seconds == Some(DEFAULT_OWN_SECONDS)
            && !group
                .targets
                .iter()
                .any(|target| lists(groups_before, target));
        is_silent_own(group) && (is_kept || is_added)
    };
    let is_required_before = |group: &&RingGroup| {
        let is_kept = groups_after
            .iter()
            .any(|other| same_ring(other, group) && !other.enabled);
        is_silent_own(group) && is_kept
    };
    let shown_after: Vec<RingGroup> = groups_after
        .iter()
        .filter(|group| !is_required_after(group))
        .cloned()
        .collect();
    let shown_before: Vec<RingGroup> = groups_before
        .iter()
        .filter(|group| !is_required_before(group))
        .cloned()
        .collect();
    if shown_before == shown_after
        && groups_before != groups_after.as_slice()
        && !groups_before.is_empty()
    {
        return;
    }
    before.ring = before.ring.is_some().then_some(shown_before);
    after.ring = Some(shown_after).filter(|groups| !groups.is_empty() || before.ring.is_some());
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

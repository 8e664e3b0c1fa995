//! Keeps the order of a file that is imported again, so that git shows changes of meaning only,
//! whatever the order in which the service lists rules, callers and targets.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Orders the entries of `new` like those of `old` where their order has no meaning: rules,
/// callers, called numbers, targets that ring together, and the groups of types other than
/// `RingInOrder`. New entries come last.
pub(super) fn keep_order(new: &mut Value, old: &Value) {
    let (Value::Object(new), Value::Object(old)) = (new, old) else {
        return;
    };
    let rings_in_order = new.get("type").and_then(Value::as_str) == Some("RingInOrder");
    for (key, value) in new.iter_mut() {
        let Some(old) = old.get(key) else { continue };
        match (key.as_str(), &mut *value, old) {
            ("interactionRules", Value::Object(rules), Value::Object(old)) => {
                order_rules(rules, old);
                keep_order(value, &Value::Object(old.clone()));
            }
            ("callerIds" | "calledNumbers" | "targets" | "ringAlways", Value::Array(items), _) => {
                order_items(items, old);
            }
            ("ring", Value::Array(groups), Value::Array(old_groups)) => {
                if !rings_in_order {
                    order_items(groups, old);
                }
                for (group, old) in groups.iter_mut().zip(old_groups) {
                    keep_order(group, old);
                }
            }
            _ => keep_order(value, old),
        }
    }
}

/// Orders rules like those of the old file.
fn order_rules(rules: &mut Map<String, Value>, old: &Map<String, Value>) {
    let positions: HashMap<&String, usize> = old.keys().zip(0..).collect();
    let mut entries: Vec<(String, Value)> = std::mem::take(rules).into_iter().collect();
    entries.sort_by_key(|(name, _)| positions.get(name).copied().unwrap_or(usize::MAX));
    rules.extend(entries);
}

/// Orders the items of a list like those of the old file.
fn order_items(items: &mut [Value], old: &Value) {
    let old = old.as_array().map(Vec::as_slice).unwrap_or_default();
    let positions: HashMap<String, usize> = old.iter().map(item_key).zip(0..).collect();
    items.sort_by_cached_key(|item| {
        positions
            .get(&item_key(item))
            .copied()
            .unwrap_or(usize::MAX)
    });
}

/// Returns what identifies an item of a list: its number, its targets in any order, or all of it.
fn item_key(item: &Value) -> String {
    if let Some(number) = item.get("phoneNumber").and_then(Value::as_str) {
        return number.to_owned();
    }
    match item.get("targets").and_then(Value::as_array) {
        Some(targets) => {
            let mut keys: Vec<String> = targets.iter().map(item_key).collect();
            keys.sort();
            keys.join(" ")
        }
        None => item
            .as_str()
            .map_or_else(|| item.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_without_meaningful_order_are_ordered_like_the_old_file() {
        let rule = |callers: Value, ring: Value, kind: &str| {
            json!({
                "conditions": { "callerIds": callers },
                "dispatching": { "type": kind, "ring": ring },
            })
        };
        let groups =
            |first: Value, second: Value| json!([{ "targets": first }, { "targets": second }]);
        let old = json!({ "interactionRules": {
            "B": rule(json!(["+1", "+2"]), groups(json!(["a", "b"]), json!(["c"])), "RingAtOnce"),
            "A": rule(json!(["+3"]), groups(json!(["a"]), json!(["b"])), "RingInOrder"),
        } });
        let mut new = json!({ "interactionRules": {
            "A": rule(json!(["+3"]), groups(json!(["b"]), json!(["a"])), "RingInOrder"),
            "C": rule(json!(["+4"]), json!([]), "RingAtOnce"),
            "B": rule(
                json!([{ "phoneNumber": "+2", "name": "Ann" }, "+5", "+1"]),
                groups(json!(["c"]), json!(["b", "a"])),
                "RingAtOnce"
            ),
        } });
        keep_order(&mut new, &old);
        let expected = json!({ "interactionRules": {
            "B": rule(
                json!(["+1", { "phoneNumber": "+2", "name": "Ann" }, "+5"]),
                groups(json!(["a", "b"]), json!(["c"])),
                "RingAtOnce"
            ),
            "A": rule(json!(["+3"]), groups(json!(["b"]), json!(["a"])), "RingInOrder"),
            "C": rule(json!(["+4"]), json!([]), "RingAtOnce"),
        } });
        assert_eq!(new.to_string(), expected.to_string());
    }
}

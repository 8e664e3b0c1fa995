//! Writes values into a user file on top of what its profiles give.

use serde_json::{Map, Value};

use super::merge::insert_in_order;

/// The keys of rules and states whose values merge key by key with those of a profile.
const MERGED_SECTIONS: [&str; 2] = ["conditions", "dispatching"];

/// The sides of a rule or state, or of one of its sections.
#[derive(Debug, Clone, Copy)]
pub(super) struct OverlaySides<'a> {
    /// What the user file has, without its profiles.
    pub(super) own: Option<&'a Value>,
    /// What the profiles give.
    pub(super) inherited: Option<&'a Value>,
    /// What the user file and its profiles declare together.
    pub(super) merged: &'a Value,
    /// The value to reach.
    pub(super) target: &'a Value,
    /// The live value with its defaults, for keys that a profile sets and `target` leaves out.
    pub(super) complete: &'a Value,
}

/// Returns what the user file must have so that it becomes `target` together with its profiles.
///
/// # Errors
/// Returns the key that a profile sets and that no user file can remove.
pub(super) fn overlay(sides: OverlaySides<'_>) -> Result<Map<String, Value>, String> {
    overlay_map(sides, &MERGED_SECTIONS)
}

fn overlay_map(sides: OverlaySides<'_>, sections: &[&str]) -> Result<Map<String, Value>, String> {
    let OverlaySides {
        own,
        inherited,
        merged,
        target,
        complete,
    } = sides;
    let mut result = own.and_then(Value::as_object).cloned().unwrap_or_default();
    let empty = Map::new();
    let map = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let order = map(target);
    let order: Vec<&str> = order.keys().map(String::as_str).collect();
    for (key, value) in &map(target) {
        let before = merged.get(key);
        if before == Some(value) {
            continue;
        }
        let is_section = sections.contains(&key.as_str());
        let new = match before {
            Some(before) if is_section && before.is_object() && value.is_object() => {
                let section = overlay_map(
                    OverlaySides {
                        own: own.and_then(|own| own.get(key)),
                        inherited: inherited.and_then(|inherited| inherited.get(key)),
                        merged: before,
                        target: value,
                        complete: complete.get(key).unwrap_or(&Value::Null),
                    },
                    &[],
                )?;
                Value::Object(section)
            }
            _ => value.clone(),
        };
        insert_in_order(&mut result, key, new, &order);
    }
    for key in map(merged)
        .keys()
        .filter(|key| target.get(key.as_str()).is_none())
    {
        if inherited.is_none_or(|inherited| inherited.get(key).is_none()) {
            result.shift_remove(key);
        } else {
            match complete.get(key) {
                Some(default) => insert_in_order(&mut result, key, default.clone(), &order),
                None => return Err(key.clone()),
            }
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_from_the_profile_is_written() {
        let inherited = json!({
            "conditions": { "schedule": "s" }, "dispatching": { "type": "T", "greeting": "g" },
        });
        let mut target = inherited.clone();
        target["enabled"] = json!(false);
        target["dispatching"] = json!({ "type": "R" });
        let write = |complete: &Value| {
            overlay(OverlaySides {
                own: None,
                inherited: Some(&inherited),
                merged: &inherited,
                target: &target,
                complete,
            })
        };
        let complete = json!({ "dispatching": { "greeting": "none" } });
        assert_eq!(
            Value::Object(write(&complete).unwrap()),
            json!({ "enabled": false, "dispatching": { "type": "R", "greeting": "none" } })
        );
        assert_eq!(write(&json!({})), Err("greeting".to_owned()));
    }

    #[test]
    fn own_key_is_removed() {
        let own = json!({ "enabled": false, "queueCallsIncluded": true });
        let result = overlay(OverlaySides {
            own: Some(&own),
            inherited: None,
            merged: &own,
            target: &json!({ "queueCallsIncluded": true }),
            complete: &Value::Null,
        });
        assert_eq!(
            Value::Object(result.unwrap()),
            json!({ "queueCallsIncluded": true })
        );
    }
}

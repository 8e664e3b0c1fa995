//! Finds the name lists that are needed to show a plan.

use std::collections::BTreeSet;

use serde_json::Value;

use super::plan::UserPlan;
use crate::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NameListKey};

/// Returns the lists with the names of the greetings and devices that a plan mentions by id, in its
/// changes and its impact.
pub fn collect_name_lists(
    plan: &UserPlan,
    directory: &ExtensionDirectory,
) -> BTreeSet<NameListKey> {
    let mut lists = BTreeSet::new();
    for field in plan.changes.iter().flat_map(|change| &change.fields) {
        let key = field.path.rsplit('.').next().unwrap_or_default();
        for value in [&field.before, &field.after] {
            collect_from_value(key, value, &plan.id, directory, &mut lists);
        }
    }
    for impact in &plan.impact {
        for value in [&impact.before, &impact.after] {
            collect_from_value("", value, &plan.id, directory, &mut lists);
        }
    }
    lists
}

/// Adds the lists that a value needs.
fn collect_from_value(
    key: &str,
    value: &Value,
    owner: &ExtensionId,
    directory: &ExtensionDirectory,
    lists: &mut BTreeSet<NameListKey>,
) {
    match value {
        Value::Array(items) => {
            for item in items {
                collect_from_value(key, item, owner, directory, lists);
            }
        }
        Value::Object(map) => {
            let mut usages = GreetingUsage::ALL.into_iter();
            if map.contains_key("preset")
                && let Some(usage) = usages.find(|usage| usage.as_str() == key)
            {
                lists.insert(NameListKey::Greetings(usage));
            }
            if map.contains_key("device") {
                let number = map.get("extension").and_then(Value::as_str);
                let device_owner =
                    number.and_then(|number| match directory.by_number(number)[..] {
                        [extension] => Some(extension.id.clone()),
                        _ => None,
                    });
                lists.insert(NameListKey::Devices(
                    device_owner.unwrap_or_else(|| owner.clone()),
                ));
            }
            for (key, value) in map {
                collect_from_value(key, value, owner, directory, lists);
            }
        }
        _ => {}
    }
}

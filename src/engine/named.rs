//! Which lists of names a plan mentions something of.

use std::collections::BTreeSet;

use serde_json::Value;

use super::plan::UserPlan;
use crate::model::{Directory, ExtensionId, GreetingPlace, NameList};

const PLACES: [GreetingPlace; 5] = [
    GreetingPlace::Greeting,
    GreetingPlace::ConnectingMessage,
    GreetingPlace::ConnectingAudio,
    GreetingPlace::Voicemail,
    GreetingPlace::Announcement,
];

/// The lists in which the standard greetings and devices have their names that a plan tells of by id: in its
/// changes, and in what callers will notice.
pub fn name_lists(plan: &UserPlan, directory: &Directory) -> BTreeSet<NameList> {
    let mut lists = BTreeSet::new();
    for field in plan.changes.iter().flat_map(|change| &change.fields) {
        let key = field.path.rsplit('.').next().unwrap_or_default();
        for value in [&field.before, &field.after] {
            collect(key, value, &plan.id, directory, &mut lists);
        }
    }
    for impact in &plan.impact {
        for value in [&impact.before, &impact.after] {
            collect("", value, &plan.id, directory, &mut lists);
        }
    }
    lists
}

fn collect(
    key: &str,
    value: &Value,
    owner: &ExtensionId,
    directory: &Directory,
    lists: &mut BTreeSet<NameList>,
) {
    match value {
        Value::Array(items) => {
            for item in items {
                collect(key, item, owner, directory, lists);
            }
        }
        Value::Object(map) => {
            let place = PLACES.into_iter().find(|place| place.as_str() == key);
            if let Some(place) = place.filter(|_| map.contains_key("preset")) {
                lists.insert(NameList::Greetings(place));
            }
            if map.contains_key("device") {
                let of = map.get("extension").and_then(Value::as_str);
                let of = of.and_then(|number| match directory.by_number(number)[..] {
                    [one] => Some(one.id.clone()),
                    _ => None,
                });
                lists.insert(NameList::Devices(of.unwrap_or_else(|| owner.clone())));
            }
            for (key, value) in map {
                collect(key, value, owner, directory, lists);
            }
        }
        _ => {}
    }
}

//! What is kept of an accepted body: the writer's parts in one form, the system's defaults under them.

use serde_json::{Map, Value, json};

use super::checks::dispatching::Profile;
use super::checks::schedule;
use super::defaults;

/// Conditions with times in one form, and states as references: reads show the state as it is then.
pub(crate) fn conditions(conditions: &Value) -> Value {
    let mut kept = conditions.clone();
    for condition in kept.as_array_mut().into_iter().flatten() {
        match condition["type"].as_str() {
            Some("Schedule") => schedule::normalise(condition, now()),
            Some("State") => {
                let id = condition["state"]["id"].clone();
                *condition = json!({ "type": "State", "state": { "id": id } });
            }
            _ => {}
        }
    }
    kept
}

/// A dispatching with the parts that the system adds in this place.
pub(crate) fn dispatching(dispatching: &Value, profile: &Profile) -> Value {
    let mut kept = dispatching.clone();
    if !profile.takes_queue_calls
        && let Some(fields) = kept.as_object_mut()
    {
        fields.shift_remove("callTypes"); // means nothing to a state [spec]
    }
    defaults::forget_system_names(&mut kept);
    defaults::complete_dispatching(&mut kept, profile.greets, profile.takes_queue_calls);
    kept
}

/// A whole interaction rule. Fields that the sandbox does not know are kept too.
pub(crate) fn interaction_rule(id: String, body: &Value, profile: &Profile) -> Value {
    let mut rule = Map::new();
    rule.insert("id".into(), id.into());
    for (key, value) in body.as_object().into_iter().flatten() {
        let kept = match key.as_str() {
            "id" => continue,
            "conditions" => conditions(value),
            "dispatching" => dispatching(value, profile),
            _ => value.clone(),
        };
        rule.insert(key.clone(), kept);
    }
    Value::Object(rule)
}

/// The moment an open range begins. A real server would take the user's zone; rules here are kept, never run.
fn now() -> jiff::civil::DateTime {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .datetime()
}

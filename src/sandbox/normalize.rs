//! Normalization of accepted bodies: times and references in one form, with RingCentral's defaults
//! added.

use serde_json::{Map, Value, json};

use super::checks::dispatching::DispatchingProfile;
use super::checks::schedule;
use super::defaults;

/// Returns conditions with times in one form and states as references. Reads embed the state as it
/// is at that time.
pub(crate) fn normalize_conditions(conditions: &Value) -> Value {
    let mut normalized = conditions.clone();
    for condition in normalized.as_array_mut().into_iter().flatten() {
        match condition["type"].as_str() {
            Some("Schedule") => schedule::normalize_times(condition, now_utc()),
            Some("State") => {
                let id = condition["state"]["id"].clone();
                *condition = json!({ "type": "State", "state": { "id": id } });
            }
            _ => {}
        }
    }
    normalized
}

/// Returns a dispatching with the parts that RingCentral adds in this kind of rule.
pub(crate) fn normalize_dispatching(dispatching: &Value, profile: &DispatchingProfile) -> Value {
    let mut normalized = dispatching.clone();
    if !profile.supports_queue_calls
        && let Some(fields) = normalized.as_object_mut()
    {
        fields.shift_remove("callTypes"); // has no effect in a state rule [spec]
    }
    defaults::strip_system_names(&mut normalized);
    defaults::add_dispatching_defaults(
        &mut normalized,
        profile.allows_greetings,
        profile.supports_queue_calls,
    );
    normalized
}

/// Returns a complete interaction rule. Unknown fields are kept.
pub(crate) fn normalize_interaction_rule(
    id: String,
    body: &Value,
    profile: &DispatchingProfile,
) -> Value {
    let mut rule = Map::new();
    rule.insert("id".into(), id.into());
    for (key, value) in body.as_object().into_iter().flatten() {
        let normalized = match key.as_str() {
            "id" => continue,
            "conditions" => normalize_conditions(value),
            "dispatching" => normalize_dispatching(value, profile),
            _ => value.clone(),
        };
        rule.insert(key.clone(), normalized);
    }
    Value::Object(rule)
}

/// Returns the start time for open ranges. RingCentral would use the user's time zone; the sandbox
/// does not run rules, so UTC is enough.
fn now_utc() -> jiff::civil::DateTime {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .datetime()
}

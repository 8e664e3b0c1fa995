//! Decodes the API's JSON into the model. All spellings of the same meaning become the same value.
//!
//! Decoding never fails: what is not understood is kept in the API's form as `Other`.

pub(super) mod conditions;
pub(super) mod dispatching;
pub(super) mod schedule;

use serde_json::Value;

use super::RawBody;
use crate::model::{
    CallDispatching, ExtensionId, RuleDefinition, StateId, StateSchedule, StateSettings, number_key,
};

/// Decodes the complete interaction rule of `owner`.
pub fn interaction_rule(body: &RawBody, owner: &ExtensionId) -> RuleDefinition {
    let calls = body.get("dispatching").and_then(|d| d.get("callTypes"));
    RuleDefinition {
        name: text_or_number(body.get("displayName")).unwrap_or_default(),
        enabled: body.get("enabled").and_then(Value::as_bool),
        conditions: body.get("conditions").map(conditions::decode_conditions),
        queue_calls_included: calls
            .and_then(|calls| calls.get("queueCallsIncluded"))
            .and_then(Value::as_bool),
        dispatching: body
            .get("dispatching")
            .map(|d| dispatching::decode_dispatching(d, owner)),
    }
}

/// Decodes the complete dispatching of a state rule of `owner`.
pub fn state_dispatching(state_rule: &RawBody, owner: &ExtensionId) -> CallDispatching {
    let value = state_rule.get("dispatching").unwrap_or(&Value::Null);
    dispatching::decode_dispatching(value, owner)
}

/// Decodes the state that a state rule embeds.
pub fn state(state_rule: &RawBody) -> StateSettings {
    let Some(state) = state_rule.get("state") else {
        return StateSettings::default();
    };
    StateSettings {
        enabled: state.get("enabled").and_then(Value::as_bool),
        schedule: state.get("conditions").and_then(decode_state_schedule),
    }
}

/// Decodes the schedule of a state, its only condition. After-hours has none \[docs\].
fn decode_state_schedule(conditions: &Value) -> Option<StateSchedule> {
    let condition = conditions.as_array()?.first()?;
    match condition.get("type")?.as_str()? {
        "Schedule" => {
            let times = schedule::decode_schedule(condition.get("schedule")?);
            Some(StateSchedule::Own(Box::new(times)))
        }
        "State" => {
            let id = text_or_number(condition.get("state")?.get("id"))?;
            Some(StateSchedule::Inherited(StateId(id)))
        }
        _ => None,
    }
}

/// Returns text, even if the API sends a number: v1.0 ids are numbers, v2 ids are text.
pub(crate) fn text_or_number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        number @ Value::Number(_) => Some(match whole_number(Some(number)) {
            Some(whole) => whole.to_string(),
            None => number.to_string(),
        }),
        _ => None,
    }
}

/// Returns a number without a fraction, whether it is written as `20`, `20.0` or `"20"`.
pub(super) fn whole_number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64()?;
            // Whole numbers of this size have an exact form.
            let is_whole = float.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&float);
            is_whole.then(|| format!("{float:.0}").parse().ok())?
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The name that RingCentral gives a number that was added in its app without a name \[field\].
const UNNAMED_NUMBER: &str = "__EXTERNAL_NUMBER__";

/// Returns the name of a number, unless it equals the number or means no name: RingCentral requires
/// a name.
pub(super) fn explicit_name(number: &str, value: &Value) -> Option<String> {
    text_or_number(value.get("name")).filter(|name| {
        number_key(name) != number_key(number) && name != UNNAMED_NUMBER && !name.trim().is_empty()
    })
}

/// Returns the items of an array, or none.
pub(super) fn array_items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

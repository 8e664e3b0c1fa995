//! From the API's form to the model: every spelling of one meaning becomes one value.
//!
//! Never fails. What cannot be understood is kept in the API's form, under `Other`.

pub(super) mod conditions;
pub(super) mod dispatching;
pub(super) mod schedule;

use serde_json::Value;

use super::Body;
use crate::model::{Dispatching, ExtensionId, Rule, State, StateId, StateSchedule};

/// An interaction rule of `owner`, complete.
pub fn interaction_rule(body: &Body, owner: &ExtensionId) -> Rule {
    let calls = body.get("dispatching").and_then(|d| d.get("callTypes"));
    Rule {
        name: string(body.get("displayName")).unwrap_or_default(),
        enabled: body.get("enabled").and_then(Value::as_bool),
        conditions: body.get("conditions").map(conditions::conditions),
        queue_calls_included: calls
            .and_then(|calls| calls.get("queueCallsIncluded"))
            .and_then(Value::as_bool),
        dispatching: body
            .get("dispatching")
            .map(|d| dispatching::dispatching(d, owner)),
    }
}

/// The dispatching of a state rule of `owner`, complete.
pub fn state_dispatching(state_rule: &Body, owner: &ExtensionId) -> Dispatching {
    let value = state_rule.get("dispatching").unwrap_or(&Value::Null);
    dispatching::dispatching(value, owner)
}

/// The state that a state rule embeds.
pub fn state(state_rule: &Body) -> State {
    let Some(state) = state_rule.get("state") else {
        return State::default();
    };
    State {
        enabled: state.get("enabled").and_then(Value::as_bool),
        schedule: state.get("conditions").and_then(state_schedule),
    }
}

/// The schedule of a state: its one condition. After-hours has none \[docs\].
fn state_schedule(conditions: &Value) -> Option<StateSchedule> {
    let condition = conditions.as_array()?.first()?;
    match condition.get("type")?.as_str()? {
        "Schedule" => {
            let times = schedule::schedule(condition.get("schedule")?);
            Some(StateSchedule::Own(Box::new(times)))
        }
        "State" => {
            let id = string(condition.get("state")?.get("id"))?;
            Some(StateSchedule::Inherited(StateId(id)))
        }
        _ => None,
    }
}

/// Text, also where the API gives a number: v1.0 ids are numbers, v2 ids are text.
pub(crate) fn string(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The name beside a number. The service wants one, and the number itself says nothing.
pub(super) fn name_beside(number: &str, value: &Value) -> Option<String> {
    string(value.get("name")).filter(|name| name != number)
}

pub(super) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

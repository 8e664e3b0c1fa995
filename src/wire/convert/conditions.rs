//! The conditions of an interaction rule.

use serde_json::Value;

use super::{list, name_beside, schedule, string};
use crate::model::{CallerId, Conditions, StateId};

pub(in crate::wire) fn conditions(value: &Value) -> Conditions {
    let mut read = Conditions::default();
    let mut numbers = false;
    for condition in list(Some(value)) {
        let known = match condition.get("type").and_then(Value::as_str) {
            // A second one would have to hold too: it is not the same as a longer list.
            Some("Interaction") if !numbers => {
                numbers = interaction(condition, &mut read);
                numbers
            }
            Some("Schedule") if read.schedule.is_none() => {
                read.schedule = condition.get("schedule").map(schedule::schedule);
                read.schedule.is_some()
            }
            Some("State") if read.state.is_none() => {
                let id = condition
                    .get("state")
                    .and_then(|state| string(state.get("id")));
                read.state = id.map(StateId);
                read.state.is_some()
            }
            _ => false,
        };
        if !known {
            read.other.push(condition.clone());
        }
    }
    read.normal()
}

/// `to` holds plain numbers \[spec\] or objects with a number \[docs\].
fn interaction(condition: &Value, read: &mut Conditions) -> bool {
    let caller = |caller: &Value| {
        let number = number(caller)?;
        let name = name_beside(&number, caller);
        Some(CallerId { number, name })
    };
    let from: Option<Vec<CallerId>> = list(condition.get("from")).iter().map(caller).collect();
    let to: Option<Vec<String>> = list(condition.get("to")).iter().map(number).collect();
    let (Some(from), Some(to)) = (from, to) else {
        return false;
    };
    read.caller_ids = from;
    read.called_numbers = to;
    true
}

/// A number that stands alone, or in an object.
pub(in crate::wire) fn number(value: &Value) -> Option<String> {
    string(Some(value)).or_else(|| string(value.get("phoneNumber")))
}

//! Lays a declaration over a live body.
//!
//! A PATCH replaces \[seed, docs\]: what is left out goes back to its default or is deleted. So a
//! request body is the live body with only the declared parts changed. Where the live body already
//! says what is declared, it comes out as it went in.

mod apps;
mod conditions;
mod dispatching;
mod ring;
mod ring_target;
mod schedule;
mod terminating;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::Body;
use crate::model::{Dispatching, ExtensionId, Rule, State, StateId, StateSchedule};

/// What a rule needs, and neither the declaration nor the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Gap {
    /// A rule without conditions.
    #[error("it does not exist on the account, and a new rule needs `conditions`")]
    Conditions,
    /// A rule that does nothing with a call.
    #[error("it does not exist on the account, and needs a `dispatching` with a `type`")]
    Dispatching,
    /// A greeting for a type that plays none.
    #[error("its type on the account is `Terminate` or `Custom`, which play no greetings")]
    Greeting,
    /// A live state rule of which the account did not say what it does.
    #[error("the account does not say what happens to calls in this state")]
    Unread,
    /// Type `Terminate` without a destination.
    #[error("its type is `Terminate`, and it needs a `terminate` that says where calls go")]
    AtOnce,
}

/// Whether parts are added that the service demands and nobody need know.
///
/// They are added to what is sent, and left out where it is asked whether anything must be sent: their
/// absence from a live rule is no reason to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Add them.
    Mandatory,
    /// Leave the live body as it is.
    Nothing,
}

/// What the service demands of a dispatching, whoever declares it \[seed, docs\].
#[derive(Debug, Clone, Copy)]
struct Demands {
    /// A place for both kinds of the user's own apps.
    apps: bool,
    /// A target for calls that nobody answers.
    no_answer: bool,
    /// A target for calls that go on at once, whatever the type.
    at_once: bool,
    /// An announcement among the targets of each demanded mode.
    announcements: bool,
}

impl Demands {
    const RULE: Demands = Demands {
        apps: true,
        no_answer: true,
        at_once: false,
        announcements: false,
    };

    fn of_state(id: &StateId) -> Demands {
        let (apps, no_answer, at_once) = match id.as_str() {
            StateId::FORWARD_ALL_CALLS | StateId::DND => (false, false, true),
            StateId::AGENT => (true, false, false),
            StateId::WORK_HOURS => (true, true, false),
            StateId::AFTER_HOURS => (true, true, true),
            _ => (false, false, false),
        };
        Demands {
            apps,
            no_answer,
            at_once,
            announcements: true,
        }
    }
}

/// The body of a POST (`live` is none) or PATCH of an interaction rule.
pub fn interaction_rule(
    live: Option<&Body>,
    wanted: &Rule,
    owner: &ExtensionId,
    fill: Fill,
) -> Result<Body, Gap> {
    let mut body = live.cloned().unwrap_or_default();
    // Read-only: the path names the rule, and a reference is not a dispatching.
    body.shift_remove("id");
    body.shift_remove("dispatchingRef");
    body.insert("displayName".to_owned(), json!(wanted.name));
    if let Some(enabled) = wanted.enabled.or(live.is_none().then_some(true)) {
        body.insert("enabled".to_owned(), json!(enabled));
    }
    let conditions = match (&wanted.conditions, body.get("conditions")) {
        (Some(wanted), live) => conditions::lay(live, wanted),
        (None, Some(live)) => conditions::writable(live),
        (None, None) => return Err(Gap::Conditions),
    };
    body.insert("conditions".to_owned(), conditions);
    let dispatching = match (&wanted.dispatching, body.get("dispatching")) {
        (Some(wanted), live) => dispatching::lay(live, wanted, owner, Demands::RULE, fill)?,
        (None, Some(live)) => live.clone(),
        (None, None) => return Err(Gap::Dispatching),
    };
    body.insert("dispatching".to_owned(), dispatching);
    if let Some(included) = wanted.queue_calls_included {
        include_queue_calls(&mut body, included);
    }
    Ok(body)
}

/// Not included is what no word about it means too.
fn include_queue_calls(body: &mut Body, included: bool) {
    let Some(Value::Object(dispatching)) = body.get_mut("dispatching") else {
        return;
    };
    match dispatching.get_mut("callTypes") {
        Some(Value::Object(types)) => {
            types.insert("queueCallsIncluded".to_owned(), json!(included));
        }
        _ if included => {
            let types = json!({ "queueCallsIncluded": true });
            dispatching.insert("callTypes".to_owned(), types);
        }
        _ => {}
    }
}

/// The body of a PATCH of a state rule: its dispatching, complete \[spec\]. Without a live rule it is
/// complete in itself.
pub fn state_rule(
    id: &StateId,
    live: Option<&Body>,
    wanted: &Dispatching,
    owner: &ExtensionId,
    fill: Fill,
) -> Result<Body, Gap> {
    let live = match live {
        Some(body) => Some(body.get("dispatching").ok_or(Gap::Unread)?),
        None => None,
    };
    let dispatching = dispatching::lay(live, wanted, owner, Demands::of_state(id), fill)?;
    let mut body = Map::new();
    body.insert("dispatching".to_owned(), dispatching);
    Ok(body)
}

/// The body of a PATCH of a state, from the state that its rule embeds: the switch and the schedule
/// where the state has them \[seed, docs\], and all that we do not know.
pub fn state(id: &StateId, live_rule: &Body, wanted: &State) -> Body {
    let (has_switch, has_schedule) = match id.as_str() {
        StateId::FORWARD_ALL_CALLS => (true, true),
        StateId::DND => (true, false),
        StateId::AGENT | StateId::WORK_HOURS => (false, true),
        StateId::AFTER_HOURS => (false, false),
        _ => (true, true),
    };
    let live = live_rule.get("state").and_then(Value::as_object);
    let mut body = live.cloned().unwrap_or_default();
    body.shift_remove("id");
    body.shift_remove("displayName");
    let conditions = body.shift_remove("conditions");
    let enabled = body.shift_remove("enabled");
    if has_switch && let Some(enabled) = wanted.enabled.map(Value::from).or(enabled) {
        body.insert("enabled".to_owned(), enabled);
    }
    let conditions = match &wanted.schedule {
        Some(StateSchedule::Own(wanted)) => {
            Some(conditions::own_schedule(conditions.as_ref(), wanted))
        }
        Some(StateSchedule::Inherited(id)) => Some(conditions::inherited(id)),
        None => conditions.as_ref().map(conditions::writable),
    };
    if let Some(conditions) = conditions
        && has_schedule
        && conditions.as_array().is_some_and(|list| !list.is_empty())
    {
        body.insert("conditions".to_owned(), conditions);
    }
    body
}

/// Sets a key of an object; anything else becomes an object with that key.
fn set(target: &mut Value, key: &str, value: Value) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(map) = target {
        map.insert(key.to_owned(), value);
    }
}

/// Removes a key of an object.
fn unset(target: &mut Value, key: &str) {
    if let Value::Object(map) = target {
        map.shift_remove(key);
    }
}

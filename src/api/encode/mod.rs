//! Encodes a declaration over a live body.
//!
//! A PATCH replaces the resource \[seed, docs\]: what is left out returns to its default or is
//! deleted. So a request body is the live body with only the declared parts changed. A live body
//! that already matches the declaration comes out unchanged.

mod actions;
mod conditions;
mod dispatching;
mod list_order;
mod ring;
mod ring_target;
mod schedule;
mod terminating;

use serde_json::{Map, Value, json};
use thiserror::Error;

pub(crate) use ring::DEFAULT_OWN_SECONDS;

use super::{RawBody, decode};
use crate::model::{
    AllowedSchedules, CallDispatching, ExtensionId, LocalDateTime, RuleDefinition,
    StateCapabilities, StateId, StateSchedule, StateSettings, name_key,
};

/// A required part that neither the declaration nor the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A new rule has no conditions.
    #[error("it does not exist on the account, and a new rule needs `conditions`")]
    MissingConditions,
    /// A new rule has no dispatching.
    #[error("it does not exist on the account, and needs a `dispatching` with a `type`")]
    MissingDispatching,
    /// A greeting is declared for a type that plays none.
    #[error("its type on the account is `Terminate` or `Custom`, which play no greetings")]
    GreetingNotPlayed,
    /// The live state rule has no dispatching.
    #[error("the account does not define how calls are handled in this state")]
    UnreadDispatching,
    /// The type is `Terminate`, but there is no destination.
    #[error("its type is `Terminate`, so it needs a `terminate` destination")]
    MissingTerminate,
}

/// Whether to add parts that RingCentral requires but users don't need to declare, such as groups
/// that are switched off for apps and phones that don't ring.
///
/// They are added to request bodies, but not when deciding whether a rule differs: their absence
/// alone is no reason to change a live rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredPartsMode {
    /// Encode the declaration, and add the required parts.
    Add,
    /// Encode only the declaration.
    Omit,
}

/// The user whose rules are encoded.
#[derive(Debug, Clone, Copy)]
pub struct RuleOwner<'a> {
    /// The extension id of the user.
    pub id: &'a ExtensionId,
    /// The device ids of the user's own phones, which a list of ring groups must include, in the
    /// order in which missing ones are added.
    pub phones: &'a [String],
    /// The local time of the user. The service fills in a start that was not sent, so a live start
    /// in the past equals none. `None` accepts any live start, as in the response to a request.
    pub now: Option<LocalDateTime>,
}

impl<'a> RuleOwner<'a> {
    /// Creates an owner for comparing bodies: no phones are added, and any live start is accepted.
    pub fn for_comparison(id: &'a ExtensionId) -> Self {
        RuleOwner {
            id,
            phones: &[],
            now: None,
        }
    }
}

/// The parts that RingCentral requires in a dispatching \[seed, docs\].
#[derive(Debug, Clone, Copy)]
struct RequiredParts {
    /// The user's own apps and phones must be listed.
    own_targets: bool,
    /// A destination for unanswered calls is required.
    no_answer: bool,
    /// An immediate destination is required, whatever the type.
    terminate: bool,
    /// An announcement must be listed for each required mode.
    announcements: bool,
}

impl RequiredParts {
    const INTERACTION_RULE: RequiredParts = RequiredParts {
        own_targets: true,
        no_answer: true,
        terminate: false,
        announcements: false,
    };

    /// Returns the parts that the rule of a state requires.
    fn for_state(id: &StateId) -> RequiredParts {
        let state = StateCapabilities::of(id.as_str());
        RequiredParts {
            own_targets: state.is_some_and(|state| state.allows_ringing),
            no_answer: state.is_some_and(|state| state.allows_no_answer),
            terminate: state.is_some_and(|state| state.allows_terminate),
            announcements: true,
        }
    }
}

/// Returns the body of a POST (without `live`) or PATCH of an interaction rule.
pub fn interaction_rule_body(
    live: Option<&RawBody>,
    desired: &RuleDefinition,
    owner: RuleOwner<'_>,
    required_parts_mode: RequiredPartsMode,
) -> Result<RawBody, EncodeError> {
    let mut body = live.cloned().unwrap_or_default();
    // Read-only fields: the path names the rule, and a reference is not a dispatching.
    body.shift_remove("id");
    body.shift_remove("dispatchingRef");
    let live_name = decode::text_or_number(body.get("displayName")).unwrap_or_default();
    if live.is_none() || name_key(&live_name) != name_key(&desired.name) {
        body.insert("displayName".to_owned(), json!(desired.name));
    }
    if let Some(enabled) = desired.enabled.or(live.is_none().then_some(true)) {
        body.insert("enabled".to_owned(), json!(enabled));
    }
    let conditions = match (&desired.conditions, body.get("conditions")) {
        (Some(desired), live) => conditions::encode_conditions(live, desired, owner),
        (None, Some(live)) => conditions::to_writable(live),
        (None, None) => return Err(EncodeError::MissingConditions),
    };
    body.insert("conditions".to_owned(), conditions);
    let dispatching = match (&desired.dispatching, body.get("dispatching")) {
        (Some(desired), live_dispatching) => dispatching::encode_dispatching(
            live_dispatching,
            desired,
            owner,
            RequiredParts {
                // A new rule must name both targets, even if it does not use one of them [docs].
                terminate: live.is_none(),
                ..RequiredParts::INTERACTION_RULE
            },
            required_parts_mode,
        )?,
        (None, Some(live)) => live.clone(),
        (None, None) => return Err(EncodeError::MissingDispatching),
    };
    body.insert("dispatching".to_owned(), dispatching);
    if let Some(included) = desired.queue_calls_included {
        set_queue_calls_included(&mut body, included);
    }
    Ok(body)
}

/// Sets whether queue calls are included. A missing key means the same as `false`.
fn set_queue_calls_included(body: &mut RawBody, included: bool) {
    let Some(Value::Object(dispatching)) = body.get_mut("dispatching") else {
        return;
    };
    match dispatching.get_mut("callTypes") {
        Some(Value::Object(types)) if included || types.contains_key("queueCallsIncluded") => {
            types.insert("queueCallsIncluded".to_owned(), json!(included));
        }
        _ if included => {
            let types = json!({ "queueCallsIncluded": true });
            dispatching.insert("callTypes".to_owned(), types);
        }
        _ => {}
    }
}

/// Returns the body of a PATCH of a state rule: its complete dispatching \[spec\].
pub fn state_rule_body(
    id: &StateId,
    live: Option<&RawBody>,
    desired: &CallDispatching,
    owner: RuleOwner<'_>,
    required_parts_mode: RequiredPartsMode,
) -> Result<RawBody, EncodeError> {
    let live = match live {
        Some(body) => Some(
            body.get("dispatching")
                .ok_or(EncodeError::UnreadDispatching)?,
        ),
        None => None,
    };
    let dispatching = dispatching::encode_dispatching(
        live,
        desired,
        owner,
        RequiredParts::for_state(id),
        required_parts_mode,
    )?;
    let mut body = Map::new();
    body.insert("dispatching".to_owned(), dispatching);
    Ok(body)
}

/// Returns the body of a PATCH of a state, based on the state that its rule embeds: the switch, the
/// schedule and all unknown fields, as far as the state has them \[seed, docs\].
pub fn state_body(
    id: &StateId,
    live_rule: &RawBody,
    desired: &StateSettings,
    owner: RuleOwner<'_>,
) -> RawBody {
    let state = StateCapabilities::of(id.as_str());
    let has_switch = state.is_none_or(|state| state.has_switch);
    let has_schedule =
        state.is_none_or(|state| !matches!(state.schedule, AllowedSchedules::None(_)));
    let live = live_rule.get("state").and_then(Value::as_object);
    let mut body = live.cloned().unwrap_or_default();
    body.shift_remove("id");
    body.shift_remove("displayName");
    let conditions = body.shift_remove("conditions");
    let enabled = body.shift_remove("enabled");
    if has_switch && let Some(enabled) = desired.enabled.map(Value::from).or(enabled) {
        body.insert("enabled".to_owned(), enabled);
    }
    let conditions = match &desired.schedule {
        Some(StateSchedule::Own(desired)) => Some(conditions::own_schedule_conditions(
            conditions.as_ref(),
            desired,
            owner,
        )),
        Some(StateSchedule::Inherited(id)) => Some(conditions::inherited_conditions(id)),
        None => conditions.as_ref().map(conditions::to_writable),
    };
    if let Some(conditions) = conditions
        && has_schedule
        && conditions.as_array().is_some_and(|list| !list.is_empty())
    {
        body.insert("conditions".to_owned(), conditions);
    }
    body
}

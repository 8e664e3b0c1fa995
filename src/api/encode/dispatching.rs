//! Encodes the list of actions: how a call is handled.

use serde_json::{Value, json};

use super::actions::{ActionList, encode_greeting, has_type, overwrite_keys, set_key};
use super::{EncodeError, RequiredParts, RequiredPartsMode, RuleOwner, ring, terminating};
use crate::api::decode::dispatching::is_enabled;
use crate::api::decode::{array_items, text_or_number};
use crate::model::{CallDispatching, CallScreening, DispatchType, GreetingSetting};

/// Standard greetings that a new action names in addition to a custom greeting, because the API
/// always requires a preset \[spec\]. The ids come from RingCentral's guide \[seed, docs\].
mod preset {
    pub(super) const WELCOME: &str = "66048";
    pub(super) const CONNECTING_MESSAGE: &str = "68867";
    pub(super) const CONNECTING_AUDIO: &str = "66310";
}

/// Encodes a dispatching over the live one.
pub(super) fn encode_dispatching(
    live: Option<&Value>,
    desired: &CallDispatching,
    owner: RuleOwner<'_>,
    required: RequiredParts,
    required_parts_mode: RequiredPartsMode,
) -> Result<Value, EncodeError> {
    let mut dispatching = live.cloned().unwrap_or_else(|| json!({}));
    let live_type = text_or_number(dispatching.get("type")).map(|name| DispatchType::parse(&name));
    let dispatch_type = (desired.dispatch_type.clone())
        .or_else(|| live_type.clone())
        .ok_or(EncodeError::MissingDispatching)?;
    let changes_type = live_type.as_ref() != Some(&dispatch_type);
    set_key(&mut dispatching, "type", json!(dispatch_type.as_str()));
    let mut actions = ActionList(array_items(dispatching.get("actions")).to_vec());
    encode_greetings(&mut actions, desired, &dispatch_type, changes_type)?;
    if let Some(screening) = &desired.screening {
        encode_screening(&mut actions, screening);
    }
    // Required parts are added only for declared parts; all others stay as the service has them.
    let adds_required = |declared: bool| {
        required_parts_mode == RequiredPartsMode::Add && (declared || changes_type)
    };
    let rings = desired.ring.is_some() || desired.ring_always.is_some();
    let ends = desired.no_answer.is_some() || desired.terminate.is_some();
    ring::encode_ring(&mut actions, desired, &dispatch_type, owner);
    if required.own_targets && adds_required(rings) {
        ring::add_missing_own_targets(&mut actions, owner);
    }
    ring::ring_apps_if_nothing_rings(&mut actions, desired, owner, &dispatch_type, changes_type);
    let required = adds_required(ends).then_some(required);
    terminating::encode_terminating_action(&mut actions, desired, &dispatch_type, required, owner)?;
    encode_raw_actions(&mut actions, &desired.other);
    set_key(&mut dispatching, "actions", Value::Array(actions.0));
    Ok(dispatching)
}

/// Encodes the greetings and prompts.
fn encode_greetings(
    actions: &mut ActionList,
    desired: &CallDispatching,
    dispatch_type: &DispatchType,
    changes_type: bool,
) -> Result<(), EncodeError> {
    // Only RingAtOnce and RingInOrder play greetings [docs], so other types switch them off.
    let plays = !matches!(
        dispatch_type,
        DispatchType::Terminate | DispatchType::Custom
    );
    let prompts = [
        (
            "PlayWelcomePromptAction",
            &desired.greeting,
            preset::WELCOME,
        ),
        (
            "PlayConnectingMessageAction",
            &desired.connecting_message,
            preset::CONNECTING_MESSAGE,
        ),
        (
            "PlayConnectingPromptAction",
            &desired.connecting_audio,
            preset::CONNECTING_AUDIO,
        ),
    ];
    for (action, setting, preset) in prompts {
        match (setting, actions.find(action)) {
            (Some(GreetingSetting::On(_)), _) if !plays => {
                return Err(EncodeError::GreetingNotPlayed);
            }
            (Some(GreetingSetting::On(greeting)), Some(live)) => {
                if !is_enabled(live) {
                    set_key(live, "enabled", json!(true));
                }
                let greeting = encode_greeting(live.get("greeting"), greeting, preset);
                set_key(live, "greeting", greeting);
            }
            (Some(GreetingSetting::On(greeting)), None) => {
                let greeting = encode_greeting(None, greeting, preset);
                actions.insert_in_order(
                    json!({ "type": action, "enabled": true, "greeting": greeting }),
                );
            }
            (Some(GreetingSetting::Off), Some(live)) => set_key(live, "enabled", json!(false)),
            (None, Some(live)) if !plays && changes_type => {
                set_key(live, "enabled", json!(false));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Encodes the call screening action.
fn encode_screening(actions: &mut ActionList, desired: &CallScreening) {
    const SCREENING: &str = "ScreeningAction";
    let CallScreening::On { when, result } = desired else {
        if let Some(live) = actions.find(SCREENING) {
            set_key(live, "enabled", json!(false));
        }
        return;
    };
    if actions.find(SCREENING).is_none() {
        actions.insert_in_order(json!({ "type": SCREENING }));
    }
    if let Some(action) = actions.find(SCREENING) {
        let result = (result.clone())
            .or_else(|| text_or_number(action.get("screeningResult")))
            .unwrap_or_else(|| "AskToAnswer".to_owned());
        if action.get("enabled").is_none() || !is_enabled(action) {
            set_key(action, "enabled", json!(true));
        }
        set_key(action, "screening", json!(when));
        set_key(action, "screeningResult", json!(result));
    }
}

/// Merges actions in the API's form over live actions of the same type, of which there may be
/// several.
fn encode_raw_actions(actions: &mut ActionList, declared: &[Value]) {
    let mut positions: Vec<usize> = Vec::new();
    let mut new = Vec::new();
    for raw in declared {
        let kind = raw.get("type").and_then(Value::as_str).unwrap_or_default();
        let mut live = actions.0.iter_mut().enumerate();
        match live.find(|(at, action)| has_type(action, kind) && !positions.contains(at)) {
            Some((at, action)) => {
                overwrite_keys(action, raw);
                positions.push(at);
            }
            None => new.push(raw.clone()),
        }
    }
    for action in new {
        actions.insert_in_order(action);
    }
}

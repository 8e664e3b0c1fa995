//! Encodes the list of actions: how a call is handled.

use serde_json::{Map, Value, json};

use super::{EncodeError, RequiredFields, RequiredParts, apps, ring, set_key, terminating};
use crate::api::decode::{array_items, text_or_number};
use crate::model::{
    CallDispatching, CallScreening, DispatchType, ExtensionId, GreetingSetting, GreetingSource,
};

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
    wanted: &CallDispatching,
    owner: &ExtensionId,
    demands: RequiredParts,
    fill: RequiredFields,
) -> Result<Value, EncodeError> {
    let mut laid = live.cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let before = text_or_number(laid.get("type"))
        .as_deref()
        .map(DispatchType::parse);
    let kind = { wanted.dispatch_type.clone().or_else(|| before.clone()) }
        .ok_or(EncodeError::MissingDispatching)?;
    let changes_type = before.as_ref() != Some(&kind);
    set_key(&mut laid, "type", json!(kind.as_str()));
    let mut actions = ActionList(array_items(laid.get("actions")).to_vec());
    encode_greetings(&mut actions, wanted, &kind, changes_type)?;
    if let Some(screening) = &wanted.screening {
        encode_screening(&mut actions, screening);
    }
    // Required parts are added only for declared parts; all others stay as the service has them.
    let due = |declared: bool| {
        if declared || changes_type {
            fill
        } else {
            RequiredFields::Omit
        }
    };
    let rings = wanted.ring.is_some() || wanted.ring_always.is_some();
    let ends = wanted.no_answer.is_some() || wanted.terminate.is_some();
    ring::encode_ring(&mut actions, wanted, owner);
    let place_apps = demands.apps && due(rings) == RequiredFields::Add;
    apps::encode_user_apps(&mut actions, wanted, owner, &kind, changes_type, place_apps);
    terminating::encode_terminating_action(&mut actions, wanted, &kind, demands, due(ends))?;
    encode_raw_actions(&mut actions, &wanted.other);
    set_key(&mut laid, "actions", Value::Array(actions.0));
    Ok(laid)
}

/// The actions of a dispatching in the API's order: prompts, ringing, destination.
pub(super) struct ActionList(pub(super) Vec<Value>);

impl ActionList {
    /// The action types in the API's order. Unknown actions come before the terminating action.
    const ORDER: [&str; 6] = [
        "PlayWelcomePromptAction",
        "PlayConnectingMessageAction",
        "PlayConnectingPromptAction",
        "ScreeningAction",
        "RingAlwaysGroupAction",
        "RingGroupAction",
    ];

    /// Returns the first action of this type.
    pub(super) fn find(&mut self, kind: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|action| has_type(action, kind))
    }

    /// Inserts an action after all actions that precede its type.
    pub(super) fn insert_in_order(&mut self, action: Value) {
        let rank = |action: &Value| {
            let kind = action.get("type").and_then(Value::as_str);
            match kind {
                Some("TerminatingAction") => Self::ORDER.len() + 1,
                kind => Self::ORDER
                    .iter()
                    .position(|k| Some(*k) == kind)
                    .unwrap_or(Self::ORDER.len()),
            }
        };
        let own = rank(&action);
        let at = self.0.iter().position(|other| rank(other) > own);
        self.0.insert(at.unwrap_or(self.0.len()), action);
    }
}

/// Returns whether an action has this type.
pub(super) fn has_type(action: &Value, kind: &str) -> bool {
    action.get("type").and_then(Value::as_str) == Some(kind)
}

/// Encodes the greetings and prompts.
fn encode_greetings(
    actions: &mut ActionList,
    wanted: &CallDispatching,
    kind: &DispatchType,
    changes_type: bool,
) -> Result<(), EncodeError> {
    // Only RingAtOnce and RingInOrder play greetings [docs], so other types switch them off.
    let plays = !matches!(kind, DispatchType::Terminate | DispatchType::Custom);
    let prompts = [
        ("PlayWelcomePromptAction", &wanted.greeting, preset::WELCOME),
        (
            "PlayConnectingMessageAction",
            &wanted.connecting_message,
            preset::CONNECTING_MESSAGE,
        ),
        (
            "PlayConnectingPromptAction",
            &wanted.connecting_audio,
            preset::CONNECTING_AUDIO,
        ),
    ];
    for (action, wanted, preset) in prompts {
        match (wanted, actions.find(action)) {
            (Some(GreetingSetting::On(_)), _) if !plays => {
                return Err(EncodeError::GreetingNotPlayed);
            }
            (Some(GreetingSetting::On(greeting)), Some(live)) => {
                set_key(live, "enabled", json!(true));
                let laid = encode_greeting(live.get("greeting"), greeting, preset);
                set_key(live, "greeting", laid);
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

/// Encodes a greeting. A custom greeting keeps a preset as well.
pub(super) fn encode_greeting(
    live: Option<&Value>,
    wanted: &GreetingSource,
    preset: &str,
) -> Value {
    let mut laid = live.cloned().unwrap_or_else(|| json!({}));
    match wanted {
        GreetingSource::Preset(id) => {
            set_key(&mut laid, "effectiveGreetingType", json!("Preset"));
            set_key(&mut laid, "preset", json!({ "id": id }));
        }
        GreetingSource::Custom(id) => {
            set_key(&mut laid, "effectiveGreetingType", json!("Custom"));
            if laid.get("preset").is_none() {
                set_key(&mut laid, "preset", json!({ "id": preset }));
            }
            set_key(&mut laid, "custom", json!({ "id": id }));
        }
    }
    laid
}

/// Encodes the call screening action.
fn encode_screening(actions: &mut ActionList, wanted: &CallScreening) {
    match (wanted, actions.find("ScreeningAction")) {
        (CallScreening::Off, Some(live)) => set_key(live, "enabled", json!(false)),
        (CallScreening::Off, None) => {}
        (CallScreening::On { when, result }, live) => {
            let mut laid = live
                .as_deref()
                .cloned()
                .unwrap_or_else(|| json!({ "type": "ScreeningAction" }));
            set_key(&mut laid, "enabled", json!(true));
            set_key(&mut laid, "screening", json!(when));
            let live_result = text_or_number(laid.get("screeningResult"));
            let result = result
                .clone()
                .or(live_result)
                .unwrap_or_else(|| "AskToAnswer".to_owned());
            set_key(&mut laid, "screeningResult", json!(result));
            match live {
                Some(live) => *live = laid,
                None => actions.insert_in_order(laid),
            }
        }
    }
}

/// Merges actions in the API's form over live actions of the same type, of which there may be
/// several.
fn encode_raw_actions(actions: &mut ActionList, declared: &[Value]) {
    let mut laid: Vec<usize> = Vec::new();
    let mut new = Vec::new();
    for raw in declared {
        let kind = raw.get("type").and_then(Value::as_str).unwrap_or_default();
        let live = actions.0.iter_mut().enumerate();
        let live = { live }.find(|(at, action)| has_type(action, kind) && !laid.contains(at));
        match live {
            Some((at, action)) => {
                overwrite_keys(action, raw);
                laid.push(at);
            }
            None => new.push(raw.clone()),
        }
    }
    for action in new {
        actions.insert_in_order(action);
    }
}

/// Copies the keys of one object over those of another.
pub(super) fn overwrite_keys(live: &mut Value, raw: &Value) {
    for (key, value) in raw.as_object().into_iter().flatten() {
        set_key(live, key, value.clone());
    }
}

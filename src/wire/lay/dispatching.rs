//! What happens to a call: the list of actions.

use serde_json::{Map, Value, json};

use super::{Demands, Fill, Gap, apps, ring, set, terminating};
use crate::model::{DispatchType, Dispatching, ExtensionId, Greeting, Prompt, Screening};
use crate::wire::convert::{list, string};

/// Standard greetings that a new action names beside a recording of the user's own: the API always
/// wants a preset \[spec\]. The ids are those of the vendor's guide \[seed, docs\].
mod preset {
    pub(super) const WELCOME: &str = "66048";
    pub(super) const CONNECTING_MESSAGE: &str = "68867";
    pub(super) const CONNECTING_AUDIO: &str = "66310";
}

pub(super) fn lay(
    live: Option<&Value>,
    wanted: &Dispatching,
    owner: &ExtensionId,
    demands: Demands,
    fill: Fill,
) -> Result<Value, Gap> {
    let mut laid = live.cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let before = string(laid.get("type")).as_deref().map(DispatchType::parse);
    let kind = { wanted.kind.clone().or_else(|| before.clone()) }.ok_or(Gap::Dispatching)?;
    let changes_type = before.as_ref() != Some(&kind);
    set(&mut laid, "type", json!(kind.as_str()));
    let mut actions = Actions(list(laid.get("actions")).to_vec());
    prompts(&mut actions, wanted, &kind, changes_type)?;
    if let Some(screening) = &wanted.screening {
        lay_screening(&mut actions, screening);
    }
    // What the service demands is added to the parts that are declared; the others are as the service
    // itself keeps them.
    let due = |declared: bool| {
        if declared || changes_type {
            fill
        } else {
            Fill::Nothing
        }
    };
    let rings = wanted.ring.is_some() || wanted.ring_always.is_some();
    let ends = wanted.no_answer.is_some() || wanted.at_once.is_some();
    ring::lay(&mut actions, wanted, owner);
    let place_apps = demands.apps && due(rings) == Fill::Mandatory;
    apps::lay(&mut actions, wanted, owner, &kind, changes_type, place_apps);
    terminating::lay(&mut actions, wanted, &kind, demands, due(ends))?;
    lay_raw(&mut actions, &wanted.other);
    set(&mut laid, "actions", Value::Array(actions.0));
    Ok(laid)
}

/// The actions of a dispatching, in the order in which the API lists them: what is played, who rings,
/// where the call ends.
pub(super) struct Actions(pub(super) Vec<Value>);

impl Actions {
    /// The API's order. What we do not know stands before the end.
    const ORDER: [&str; 6] = [
        "PlayWelcomePromptAction",
        "PlayConnectingMessageAction",
        "PlayConnectingPromptAction",
        "ScreeningAction",
        "RingAlwaysGroupAction",
        "RingGroupAction",
    ];

    pub(super) fn find(&mut self, kind: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|action| is(action, kind))
    }

    /// Puts an action behind those that come before its type.
    pub(super) fn insert(&mut self, action: Value) {
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

pub(super) fn is(action: &Value, kind: &str) -> bool {
    action.get("type").and_then(Value::as_str) == Some(kind)
}

fn prompts(
    actions: &mut Actions,
    wanted: &Dispatching,
    kind: &DispatchType,
    changes_type: bool,
) -> Result<(), Gap> {
    // Greetings only with the other two [docs]: a change to these switches them off.
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
            (Some(Prompt::On(_)), _) if !plays => return Err(Gap::Greeting),
            (Some(Prompt::On(greeting)), Some(live)) => {
                set(live, "enabled", json!(true));
                let laid = lay_greeting(live.get("greeting"), greeting, preset);
                set(live, "greeting", laid);
            }
            (Some(Prompt::On(greeting)), None) => {
                let greeting = lay_greeting(None, greeting, preset);
                actions.insert(json!({ "type": action, "enabled": true, "greeting": greeting }));
            }
            (Some(Prompt::Off), Some(live)) => set(live, "enabled", json!(false)),
            (None, Some(live)) if !plays && changes_type => {
                set(live, "enabled", json!(false));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A recording of the user's own keeps a preset beside it.
pub(super) fn lay_greeting(live: Option<&Value>, wanted: &Greeting, preset: &str) -> Value {
    let mut laid = live.cloned().unwrap_or_else(|| json!({}));
    match wanted {
        Greeting::Preset(id) => {
            set(&mut laid, "effectiveGreetingType", json!("Preset"));
            set(&mut laid, "preset", json!({ "id": id }));
        }
        Greeting::Custom(id) => {
            set(&mut laid, "effectiveGreetingType", json!("Custom"));
            if laid.get("preset").is_none() {
                set(&mut laid, "preset", json!({ "id": preset }));
            }
            set(&mut laid, "custom", json!({ "id": id }));
        }
    }
    laid
}

fn lay_screening(actions: &mut Actions, wanted: &Screening) {
    match (wanted, actions.find("ScreeningAction")) {
        (Screening::Off, Some(live)) => set(live, "enabled", json!(false)),
        (Screening::Off, None) => {}
        (Screening::On { when, result }, live) => {
            let mut laid = live
                .as_deref()
                .cloned()
                .unwrap_or_else(|| json!({ "type": "ScreeningAction" }));
            set(&mut laid, "enabled", json!(true));
            set(&mut laid, "screening", json!(when));
            let live_result = string(laid.get("screeningResult"));
            let result = result
                .clone()
                .or(live_result)
                .unwrap_or_else(|| "AskToAnswer".to_owned());
            set(&mut laid, "screeningResult", json!(result));
            match live {
                Some(live) => *live = laid,
                None => actions.insert(laid),
            }
        }
    }
}

/// Actions in the API's form: the keys of each over those of a live action of the same type, of which
/// there may be several.
fn lay_raw(actions: &mut Actions, declared: &[Value]) {
    let mut laid: Vec<usize> = Vec::new();
    let mut new = Vec::new();
    for raw in declared {
        let kind = raw.get("type").and_then(Value::as_str).unwrap_or_default();
        let live = actions.0.iter_mut().enumerate();
        let live = { live }.find(|(at, action)| is(action, kind) && !laid.contains(at));
        match live {
            Some((at, action)) => {
                overlay(action, raw);
                laid.push(at);
            }
            None => new.push(raw.clone()),
        }
    }
    for action in new {
        actions.insert(action);
    }
}

/// The keys of one object over those of another.
pub(super) fn overlay(live: &mut Value, raw: &Value) {
    for (key, value) in raw.as_object().into_iter().flatten() {
        set(live, key, value.clone());
    }
}

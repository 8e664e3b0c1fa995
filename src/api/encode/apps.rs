//! Encodes the user's own apps. The service requires both kinds to be listed, each exactly once
//! \[docs\].

use serde_json::{Value, json};

use super::dispatching::{ActionList, has_type};
use super::ring::{RING_ALWAYS, RING_GROUP};
use super::ring_target::{KnownRingTarget, encode_ring_target};
use super::set_key;
use crate::api::decode::array_items;
use crate::api::decode::dispatching::decode_ring_target;
use crate::model::{AppPlatform, CallDispatching, DispatchType, ExtensionId, RingTarget};

/// The ring duration of apps without a declared one, in seconds: four rings.
const DEFAULT_APP_SECONDS: u32 = 20;

/// Lists both kinds of apps. If nothing else would ring, the apps ring: a rule that starts to ring
/// without targets must not end in silence.
pub(super) fn encode_user_apps(
    actions: &mut ActionList,
    wanted: &CallDispatching,
    owner: &ExtensionId,
    kind: &DispatchType,
    changes_type: bool,
    fill: bool,
) {
    if fill {
        add_missing_apps(actions, owner);
    }
    let begins_to_ring = changes_type || wanted.ring_always.is_some();
    let rings = |action: &&Value| {
        let is_on = action.get("enabled") != Some(&json!(false));
        is_on && (has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS))
    };
    if wanted.ring.is_none()
        && begins_to_ring
        && *kind != DispatchType::Terminate
        && !actions.0.iter().any(|action| rings(&action))
    {
        for action in actions
            .0
            .iter_mut()
            .filter(|action| has_type(action, RING_GROUP))
        {
            let own = |target: &Value| {
                matches!(
                    decode_ring_target(target, owner),
                    RingTarget::Apps { owner: None, .. }
                )
            };
            if array_items(action.get("targets")).iter().all(own) {
                set_key(action, "enabled", json!(true));
            }
        }
    }
}

/// Makes exactly these apps ring the whole time.
pub(super) fn encode_ring_always(
    actions: &mut ActionList,
    wanted: &[RingTarget],
    live: &[KnownRingTarget],
) {
    if wanted.is_empty() {
        actions.0.retain(|action| !has_type(action, RING_ALWAYS));
        return;
    }
    let targets = wanted
        .iter()
        .map(|target| encode_ring_target(target, &mut live.iter()));
    let targets: Value = targets.collect();
    if actions.find(RING_ALWAYS).is_none() {
        actions.insert_in_order(json!({ "type": RING_ALWAYS }));
    }
    if let Some(action) = actions.find(RING_ALWAYS) {
        set_key(action, "enabled", json!(true));
        set_key(action, "targets", targets);
    }
}

/// Removes apps from actions of type `gives` if they are in an action of type `stays`: the declared
/// place wins.
pub(super) fn remove_duplicate_apps(
    actions: &mut ActionList,
    owner: &ExtensionId,
    stays: &str,
    gives: &str,
) {
    let placed = AppPlatform::ALL.into_iter();
    let placed: Vec<AppPlatform> = placed
        .filter(|app| has_user_app(actions, *app, owner, stays))
        .collect();
    for action in actions
        .0
        .iter_mut()
        .filter(|action| has_type(action, gives))
    {
        if let Some(Value::Array(targets)) = action.get_mut("targets") {
            targets.retain(|target| match decode_ring_target(target, owner) {
                RingTarget::Apps {
                    platform: app,
                    owner: None,
                } => !placed.contains(&app),
                _ => true,
            });
        }
    }
    let is_left_empty =
        |action: &Value| has_type(action, gives) && array_items(action.get("targets")).is_empty();
    actions.0.retain(|action| !is_left_empty(action));
}

/// Adds a silent group for each kind of app that is not listed.
fn add_missing_apps(actions: &mut ActionList, owner: &ExtensionId) {
    for app in AppPlatform::ALL {
        if has_user_app(actions, app, owner, RING_GROUP)
            || has_user_app(actions, app, owner, RING_ALWAYS)
        {
            continue;
        }
        actions.insert_in_order(json!({
            "type": RING_GROUP,
            "enabled": false,
            "duration": DEFAULT_APP_SECONDS,
            "targets": [{ "type": app.api_type() }],
        }));
    }
}

/// Returns whether an app of the owner is a target of an action of this type.
fn has_user_app(actions: &ActionList, app: AppPlatform, owner: &ExtensionId, kind: &str) -> bool {
    let own = RingTarget::Apps {
        platform: app,
        owner: None,
    };
    let mut groups = actions.0.iter().filter(|action| has_type(action, kind));
    groups.any(|group| {
        let mut targets = array_items(group.get("targets")).iter();
        targets.any(|target| decode_ring_target(target, owner) == own)
    })
}

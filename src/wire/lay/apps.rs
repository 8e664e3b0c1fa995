//! The user's own apps: the service wants both kinds to have a place, and no app to have two \[docs\].

use serde_json::{Value, json};

use super::dispatching::{Actions, is};
use super::ring::{ALWAYS, GROUP};
use super::ring_target::{Known, lay_target};
use super::set;
use crate::model::{App, DispatchType, Dispatching, ExtensionId, RingTarget};
use crate::wire::convert::dispatching::ring_target;
use crate::wire::convert::list;

/// How long apps ring that nobody has said anything about: four rings.
const APP_SECONDS: u32 = 20;

/// Gives the apps their places, and rings them where nobody else would ring: a rule that begins to
/// ring and does not say whom means the user's own apps, never silence.
pub(super) fn lay(
    actions: &mut Actions,
    wanted: &Dispatching,
    owner: &ExtensionId,
    kind: &DispatchType,
    changes_type: bool,
    fill: bool,
) {
    if fill {
        add_missing(actions, owner);
    }
    let begins_to_ring = changes_type || wanted.ring_always.is_some();
    let rings = |action: &&Value| {
        let is_on = action.get("enabled") != Some(&json!(false));
        is_on && (is(action, GROUP) || is(action, ALWAYS))
    };
    if wanted.ring.is_none()
        && begins_to_ring
        && *kind != DispatchType::Terminate
        && !actions.0.iter().any(|action| rings(&action))
    {
        for action in actions.0.iter_mut().filter(|action| is(action, GROUP)) {
            let own = |target: &Value| {
                matches!(
                    ring_target(target, owner),
                    RingTarget::Apps { of: None, .. }
                )
            };
            if list(action.get("targets")).iter().all(own) {
                set(action, "enabled", json!(true));
            }
        }
    }
}

/// Makes these apps ring throughout, and no others.
pub(super) fn always(actions: &mut Actions, wanted: &[RingTarget], live: &[Known]) {
    if wanted.is_empty() {
        actions.0.retain(|action| !is(action, ALWAYS));
        return;
    }
    let targets = wanted
        .iter()
        .map(|target| lay_target(target, &mut live.iter()));
    let targets: Value = targets.collect();
    if actions.find(ALWAYS).is_none() {
        actions.insert(json!({ "type": ALWAYS }));
    }
    if let Some(action) = actions.find(ALWAYS) {
        set(action, "enabled", json!(true));
        set(action, "targets", targets);
    }
}

/// Takes the apps that stand in an action of type `stays` out of those of type `gives`: the declared
/// place wins over the live one.
pub(super) fn not_twice(actions: &mut Actions, owner: &ExtensionId, stays: &str, gives: &str) {
    let placed = App::ALL.into_iter();
    let placed: Vec<App> = placed
        .filter(|app| stands_in(actions, *app, owner, stays))
        .collect();
    for action in actions.0.iter_mut().filter(|action| is(action, gives)) {
        if let Some(Value::Array(targets)) = action.get_mut("targets") {
            targets.retain(|target| match ring_target(target, owner) {
                RingTarget::Apps { app, of: None } => !placed.contains(&app),
                _ => true,
            });
        }
    }
    let is_left_empty =
        |action: &Value| is(action, gives) && list(action.get("targets")).is_empty();
    actions.0.retain(|action| !is_left_empty(action));
}

/// Gives a silent group to each kind of app that has no place.
fn add_missing(actions: &mut Actions, owner: &ExtensionId) {
    for app in App::ALL {
        if stands_in(actions, app, owner, GROUP) || stands_in(actions, app, owner, ALWAYS) {
            continue;
        }
        actions.insert(json!({
            "type": GROUP,
            "enabled": false,
            "duration": APP_SECONDS,
            "targets": [{ "type": app.api_type() }],
        }));
    }
}

fn stands_in(actions: &Actions, app: App, owner: &ExtensionId, kind: &str) -> bool {
    let own = RingTarget::Apps { app, of: None };
    let mut groups = actions.0.iter().filter(|action| is(action, kind));
    groups.any(|group| {
        let mut targets = list(group.get("targets")).iter();
        targets.any(|target| ring_target(target, owner) == own)
    })
}

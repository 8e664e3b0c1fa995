//! The user's own apps: the service wants both kinds to have a place, and no app to have two \[docs\].

use serde_json::{Value, json};

use super::dispatching::{Actions, is};
use super::ring::{ALWAYS, GROUP};
use super::ring_target::{Known, lay_target};
use super::set;
use crate::model::{App, ExtensionId, RingTarget};
use crate::wire::convert::dispatching::ring_target;
use crate::wire::convert::list;

/// How long apps ring that nobody has said anything about: four rings.
const APP_SECONDS: u32 = 20;

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

/// Gives a group to each kind of app that has no place.
pub(super) fn add_missing(actions: &mut Actions, owner: &ExtensionId, enabled: bool) {
    for app in App::ALL {
        if stands_in(actions, app, owner, GROUP) || stands_in(actions, app, owner, ALWAYS) {
            continue;
        }
        actions.insert(json!({
            "type": GROUP,
            "enabled": enabled,
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

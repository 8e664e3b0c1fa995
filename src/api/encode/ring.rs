//! Encodes what rings: groups, and the user's own apps. The service requires both kinds of apps to
//! be listed, each exactly once \[docs\].

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::actions::{ActionList, RING_ALWAYS, RING_GROUP, has_type, set_key};
use super::ring_target::{KnownRingTarget, encode_ring_target, target_identity};
use crate::api::decode::array_items;
use crate::api::decode::dispatching::decode_ring_target;
use crate::model::{
    AppPlatform, CallDispatching, DispatchType, ExtensionId, RingGroup, RingTarget,
};

/// The ring duration of apps without a declared one, in seconds: four rings.
const DEFAULT_APP_SECONDS: u32 = 20;

/// Encodes the declared ring groups and apps over the live ones.
pub(super) fn encode_ring(
    actions: &mut ActionList,
    desired: &CallDispatching,
    owner: &ExtensionId,
) {
    let live = LiveRingTargets::from_actions(actions, owner);
    if let Some(targets) = &desired.ring_always {
        encode_ring_always(actions, targets, &live.targets);
    }
    if let Some(groups) = &desired.ring {
        replace_groups(actions, groups, &live);
    }
    match (&desired.ring_always, &desired.ring) {
        (Some(_), _) => remove_duplicate_apps(actions, owner, RING_ALWAYS, RING_GROUP),
        (None, Some(_)) => remove_duplicate_apps(actions, owner, RING_GROUP, RING_ALWAYS),
        (None, None) => {}
    }
}

/// Adds a silent group for each kind of app that is not listed.
pub(super) fn add_missing_apps(actions: &mut ActionList, owner: &ExtensionId) {
    for app in AppPlatform::ALL {
        if [RING_GROUP, RING_ALWAYS]
            .iter()
            .any(|kind| has_user_app(actions, app, owner, kind))
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

/// Lets the user's apps ring if a rule starts to ring without declared targets and nothing else
/// would ring: it must not end in silence.
pub(super) fn ring_apps_if_silent(
    actions: &mut ActionList,
    desired: &CallDispatching,
    owner: &ExtensionId,
    kind: &DispatchType,
    changes_type: bool,
) {
    let begins_to_ring = changes_type || desired.ring_always.is_some();
    let rings = |action: &Value| {
        let is_on = action.get("enabled") != Some(&json!(false));
        is_on && (has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS))
    };
    if desired.ring.is_some()
        || !begins_to_ring
        || *kind == DispatchType::Terminate
        || actions.0.iter().any(rings)
    {
        return;
    }
    let is_own_app = |target: &Value| user_app(target, owner).is_some();
    for action in actions.of_type(RING_GROUP) {
        if array_items(action.get("targets")).iter().all(is_own_app) {
            set_key(action, "enabled", json!(true));
        }
    }
}

/// Makes exactly these apps ring the whole time.
fn encode_ring_always(actions: &mut ActionList, desired: &[RingTarget], live: &[KnownRingTarget]) {
    if desired.is_empty() {
        actions.0.retain(|action| !has_type(action, RING_ALWAYS));
        return;
    }
    let targets = desired.iter();
    let targets = targets.map(|target| encode_ring_target(target, &mut live.iter()));
    let targets: Value = targets.collect();
    if actions.find(RING_ALWAYS).is_none() {
        actions.insert_in_order(json!({ "type": RING_ALWAYS }));
    }
    if let Some(action) = actions.find(RING_ALWAYS) {
        set_key(action, "enabled", json!(true));
        set_key(action, "targets", targets);
    }
}

/// Removes apps from actions of type `other` if they are in an action of type `kept`: the declared
/// place wins.
fn remove_duplicate_apps(actions: &mut ActionList, owner: &ExtensionId, kept: &str, other: &str) {
    let apps = AppPlatform::ALL.map(|app| (app, has_user_app(actions, app, owner, kept)));
    for action in actions.of_type(other) {
        if let Some(Value::Array(targets)) = action.get_mut("targets") {
            targets.retain(|target| {
                user_app(target, owner).is_none_or(|app| !apps.contains(&(app, true)))
            });
        }
    }
    let is_empty =
        |action: &Value| has_type(action, other) && array_items(action.get("targets")).is_empty();
    actions.0.retain(|action| !is_empty(action));
}

/// Returns the app of the owner that a target rings.
fn user_app(target: &Value, owner: &ExtensionId) -> Option<AppPlatform> {
    match decode_ring_target(target, owner) {
        RingTarget::Apps {
            platform,
            owner: None,
        } => Some(platform),
        _ => None,
    }
}

/// Returns whether an app of the owner is a target of an action of this type.
fn has_user_app(actions: &ActionList, app: AppPlatform, owner: &ExtensionId, kind: &str) -> bool {
    let groups = actions.0.iter().filter(|action| has_type(action, kind));
    let mut targets = groups.flat_map(|group| array_items(group.get("targets")));
    targets.any(|target| user_app(target, owner) == Some(app))
}

/// The live groups and targets, indexed by what they ring.
struct LiveRingTargets {
    groups: Vec<LiveRingGroup>,
    targets: Vec<KnownRingTarget>,
}

#[derive(Clone)]
struct LiveRingGroup {
    action: Value,
    targets: Vec<KnownRingTarget>,
}

impl LiveRingTargets {
    /// Collects the live groups and targets.
    fn from_actions(actions: &ActionList, owner: &ExtensionId) -> Self {
        let mut live = LiveRingTargets {
            groups: Vec::new(),
            targets: Vec::new(),
        };
        for action in &actions.0 {
            if !has_type(action, RING_GROUP) && !has_type(action, RING_ALWAYS) {
                continue;
            }
            let targets = array_items(action.get("targets")).iter();
            let targets =
                targets.map(|t| (t.clone(), target_identity(&decode_ring_target(t, owner))));
            let targets: Vec<KnownRingTarget> = targets.collect();
            live.targets.extend_from_slice(&targets);
            if has_type(action, RING_GROUP) {
                let action = action.clone();
                live.groups.push(LiveRingGroup { action, targets });
            }
        }
        live
    }
}

/// Removes and returns the live group that shares the most targets with a declared one.
fn take_best_match(
    groups: &mut Vec<LiveRingGroup>,
    desired: &[RingTarget],
) -> Option<LiveRingGroup> {
    let shared = |group: &LiveRingGroup| {
        let is_desired = |(_, target): &&KnownRingTarget| desired.contains(target);
        let both = group.targets.iter().filter(is_desired).count();
        let apart = group.targets.len() + desired.len() - 2 * both.min(desired.len());
        (both > 0).then_some((both, Reverse(apart)))
    };
    let scores = groups.iter().enumerate();
    let scores = scores.filter_map(|(at, group)| Some((shared(group)?, at)));
    // Of equal matches the first one is used, so groups keep their order.
    let (_, at) = scores.max_by_key(|(score, at)| (*score, Reverse(*at)))?;
    Some(groups.remove(at))
}

/// Replaces the live groups by the declared ones.
fn replace_groups(actions: &mut ActionList, desired: &[RingGroup], live: &LiveRingTargets) {
    let mut rest = live.groups.clone();
    let mut groups = Vec::new();
    for group in desired {
        let identities: Vec<RingTarget> = group.targets.iter().map(target_identity).collect();
        let nearest = take_best_match(&mut rest, &identities);
        groups.push(encode_ring_group(nearest, group, live));
    }
    // Undeclared silent groups belong to the service and have no effect on callers. The user's own
    // apps stay listed as silent groups, as the service requires [docs].
    for LiveRingGroup {
        mut action,
        targets,
    } in rest
    {
        let is_silent = action.get("enabled") == Some(&json!(false));
        let is_own_app = matches!(targets[..], [(_, RingTarget::Apps { owner: None, .. })]);
        if is_silent || is_own_app {
            set_key(&mut action, "enabled", json!(false));
            groups.push(action);
        }
    }
    let is_group = |action: &Value| has_type(action, RING_GROUP);
    let at = actions.0.iter().position(is_group);
    actions.0.retain(|action| !is_group(action));
    for (offset, group) in groups.into_iter().enumerate() {
        match at {
            Some(at) => actions.0.insert(at + offset, group),
            None => actions.insert_in_order(group),
        }
    }
}

/// Encodes one ring group over the most similar live group.
fn encode_ring_group(
    near: Option<LiveRingGroup>,
    desired: &RingGroup,
    live: &LiveRingTargets,
) -> Value {
    let (mut action, own) = match near {
        Some(group) => (group.action, group.targets),
        None => (json!({ "type": RING_GROUP }), Vec::new()),
    };
    set_key(&mut action, "enabled", json!(desired.enabled));
    if let Some(seconds) = desired.seconds {
        set_key(&mut action, "duration", json!(seconds));
    }
    if desired.start_offset != 0 || action.get("customStartOffset").is_some() {
        let offset = json!(desired.start_offset);
        set_key(&mut action, "customStartOffset", offset);
    }
    let targets = desired.targets.iter().map(|target| {
        // A number may ring in several groups with different names; the name in this group is
        // preferred.
        encode_ring_target(target, &mut own.iter().chain(&live.targets))
    });
    set_key(&mut action, "targets", targets.collect());
    action
}

//! Encodes the ring groups.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::dispatching::{ActionList, has_type};
use super::ring_target::{KnownRingTarget, encode_ring_target, target_identity};
use super::{apps, set_key};
use crate::api::decode::array_items;
use crate::api::decode::dispatching::decode_ring_target;
use crate::model::{CallDispatching, ExtensionId, RingGroup, RingTarget};

pub(super) const RING_GROUP: &str = "RingGroupAction";
pub(super) const RING_ALWAYS: &str = "RingAlwaysGroupAction";

/// Encodes the declared ring groups and apps over the live ones.
pub(super) fn encode_ring(actions: &mut ActionList, wanted: &CallDispatching, owner: &ExtensionId) {
    let live = LiveRingTargets::from_actions(actions, owner);
    if let Some(targets) = &wanted.ring_always {
        apps::encode_ring_always(actions, targets, &live.targets);
    }
    if let Some(groups) = &wanted.ring {
        replace_groups(actions, groups, &live);
    }
    match (&wanted.ring_always, &wanted.ring) {
        (Some(_), _) => apps::remove_duplicate_apps(actions, owner, RING_ALWAYS, RING_GROUP),
        (None, Some(_)) => apps::remove_duplicate_apps(actions, owner, RING_GROUP, RING_ALWAYS),
        (None, None) => {}
    }
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
    wanted: &[RingTarget],
) -> Option<LiveRingGroup> {
    let shared = |group: &LiveRingGroup| {
        let is_wanted = |(_, target): &&KnownRingTarget| wanted.contains(target);
        let both = group.targets.iter().filter(is_wanted).count();
        let apart = group.targets.len() + wanted.len() - 2 * both.min(wanted.len());
        (both > 0).then_some((both, Reverse(apart)))
    };
    let scored = groups.iter().enumerate();
    let scored = scored.filter_map(|(at, group)| Some((shared(group)?, at)));
    // Of equal matches the first one is used, so groups keep their order.
    let (_, at) = scored.max_by_key(|(score, at)| (*score, Reverse(*at)))?;
    Some(groups.remove(at))
}

/// Replaces the live groups by the declared ones.
fn replace_groups(actions: &mut ActionList, wanted: &[RingGroup], live: &LiveRingTargets) {
    let mut rest = live.groups.clone();
    let mut laid = Vec::new();
    for group in wanted {
        let identities: Vec<RingTarget> = group.targets.iter().map(target_identity).collect();
        let nearest = take_best_match(&mut rest, &identities);
        laid.push(encode_ring_group(nearest, group, live));
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
            laid.push(action);
        }
    }
    let at = actions
        .0
        .iter()
        .position(|action| has_type(action, RING_GROUP));
    actions.0.retain(|action| !has_type(action, RING_GROUP));
    for (offset, group) in laid.into_iter().enumerate() {
        match at {
            Some(at) => actions.0.insert(at + offset, group),
            None => actions.insert_in_order(group),
        }
    }
}

/// Encodes one ring group over the most similar live group.
fn encode_ring_group(
    near: Option<LiveRingGroup>,
    wanted: &RingGroup,
    live: &LiveRingTargets,
) -> Value {
    let (mut laid, own) = match near {
        Some(group) => (group.action, group.targets),
        None => (json!({ "type": RING_GROUP }), Vec::new()),
    };
    set_key(&mut laid, "enabled", json!(wanted.enabled));
    if let Some(seconds) = wanted.seconds {
        set_key(&mut laid, "duration", json!(seconds));
    }
    if wanted.start_offset != 0 || laid.get("customStartOffset").is_some() {
        set_key(&mut laid, "customStartOffset", json!(wanted.start_offset));
    }
    let targets = wanted.targets.iter().map(|target| {
        // A number may ring in several groups with different names; the name in this group is
        // preferred.
        encode_ring_target(target, &mut own.iter().chain(&live.targets))
    });
    set_key(&mut laid, "targets", targets.collect());
    laid
}

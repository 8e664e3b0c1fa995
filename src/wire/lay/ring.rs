//! Who rings.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::dispatching::{Actions, is};
use super::ring_target::{Known, identity, lay_target};
use super::{apps, set};
use crate::model::{Dispatching, ExtensionId, RingGroup, RingTarget};
use crate::wire::convert::dispatching::ring_target;
use crate::wire::convert::list;

pub(super) const GROUP: &str = "RingGroupAction";
pub(super) const ALWAYS: &str = "RingAlwaysGroupAction";

pub(super) fn lay(actions: &mut Actions, wanted: &Dispatching, owner: &ExtensionId) {
    let live = Live::of(actions, owner);
    if let Some(targets) = &wanted.ring_always {
        apps::always(actions, targets, &live.targets);
    }
    if let Some(groups) = &wanted.ring {
        replace_groups(actions, groups, &live);
    }
    match (&wanted.ring_always, &wanted.ring) {
        (Some(_), _) => apps::not_twice(actions, owner, ALWAYS, GROUP),
        (None, Some(_)) => apps::not_twice(actions, owner, GROUP, ALWAYS),
        (None, None) => {}
    }
}

/// The live groups and all their targets, to be found again by what they are.
struct Live {
    groups: Vec<LiveGroup>,
    targets: Vec<Known>,
}

#[derive(Clone)]
struct LiveGroup {
    action: Value,
    targets: Vec<Known>,
}

impl Live {
    fn of(actions: &Actions, owner: &ExtensionId) -> Self {
        let mut live = Live {
            groups: Vec::new(),
            targets: Vec::new(),
        };
        for action in &actions.0 {
            if !is(action, GROUP) && !is(action, ALWAYS) {
                continue;
            }
            let targets = list(action.get("targets")).iter();
            let targets = targets.map(|t| (t.clone(), identity(&ring_target(t, owner))));
            let targets: Vec<Known> = targets.collect();
            live.targets.extend_from_slice(&targets);
            if is(action, GROUP) {
                let action = action.clone();
                live.groups.push(LiveGroup { action, targets });
            }
        }
        live
    }
}

/// The live group that shares most with a wanted one, taken so that no other gets it.
fn take_nearest(groups: &mut Vec<LiveGroup>, wanted: &[RingTarget]) -> Option<LiveGroup> {
    let shared = |group: &LiveGroup| {
        let is_wanted = |(_, target): &&Known| wanted.contains(target);
        let both = group.targets.iter().filter(is_wanted).count();
        let apart = group.targets.len() + wanted.len() - 2 * both.min(wanted.len());
        (both > 0).then_some((both, Reverse(apart)))
    };
    let scored = groups.iter().enumerate();
    let scored = scored.filter_map(|(at, group)| Some((shared(group)?, at)));
    // Of equal ones the first: groups keep their order.
    let (_, at) = scored.max_by_key(|(score, at)| (*score, Reverse(*at)))?;
    Some(groups.remove(at))
}

fn replace_groups(actions: &mut Actions, wanted: &[RingGroup], live: &Live) {
    let mut rest = live.groups.clone();
    let mut laid = Vec::new();
    for group in wanted {
        let identities: Vec<RingTarget> = group.targets.iter().map(identity).collect();
        let nearest = take_nearest(&mut rest, &identities);
        laid.push(lay_group(nearest, group, live));
    }
    // Silent groups that nobody declares are the service's, and mean nothing to a caller. The user's
    // own apps keep their place, silent, as the service demands [docs].
    for LiveGroup {
        mut action,
        targets,
    } in rest
    {
        let is_silent = action.get("enabled") == Some(&json!(false));
        let is_own_app = matches!(targets[..], [(_, RingTarget::Apps { of: None, .. })]);
        if is_silent || is_own_app {
            set(&mut action, "enabled", json!(false));
            laid.push(action);
        }
    }
    let at = actions.0.iter().position(|action| is(action, GROUP));
    actions.0.retain(|action| !is(action, GROUP));
    for (offset, group) in laid.into_iter().enumerate() {
        match at {
            Some(at) => actions.0.insert(at + offset, group),
            None => actions.insert(group),
        }
    }
}

fn lay_group(near: Option<LiveGroup>, wanted: &RingGroup, live: &Live) -> Value {
    let (mut laid, own) = match near {
        Some(group) => (group.action, group.targets),
        None => (json!({ "type": GROUP }), Vec::new()),
    };
    set(&mut laid, "enabled", json!(wanted.enabled));
    if let Some(seconds) = wanted.seconds {
        set(&mut laid, "duration", json!(seconds));
    }
    if wanted.start_offset != 0 || laid.get("customStartOffset").is_some() {
        set(&mut laid, "customStartOffset", json!(wanted.start_offset));
    }
    let targets = wanted.targets.iter().map(|target| {
        // A number may ring in several groups, under several names: this group's comes first.
        lay_target(target, &mut own.iter().chain(&live.targets))
    });
    set(&mut laid, "targets", targets.collect());
    laid
}

//! Who rings.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::dispatching::{Actions, is};
use super::{Fill, set, unset};
use crate::model::{
    App, CloudConnector, DispatchType, Dispatching, ExtensionId, RingGroup, RingTarget,
};
use crate::wire::convert::dispatching::ring_target;
use crate::wire::convert::list;

const GROUP: &str = "RingGroupAction";
const ALWAYS: &str = "RingAlwaysGroupAction";
/// How long apps ring that nobody has said anything about: four rings.
const APP_SECONDS: u32 = 20;

pub(super) fn lay(
    actions: &mut Actions,
    wanted: &Dispatching,
    owner: &ExtensionId,
    kind: &DispatchType,
    is_new: bool,
    fill: Fill,
) {
    let live = Live::of(actions, owner);
    if let Some(targets) = &wanted.ring_always {
        always(actions, targets, &live);
    }
    if let Some(groups) = &wanted.ring {
        replace_groups(actions, groups, &live);
    }
    if wanted.ring_always.is_some() {
        not_twice(actions, owner);
    }
    let touched = wanted.ring.is_some() || wanted.ring_always.is_some();
    if is_new || (touched && fill == Fill::Mandatory) {
        // A new rule that rings and does not say whom rings the user's own apps.
        let silent = wanted.ring.is_some() || *kind == DispatchType::Terminate;
        add_missing_apps(actions, owner, !silent);
    }
}

/// A live target, and what it is.
type Known = (Value, RingTarget);

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

/// A target without what only describes it.
fn identity(target: &RingTarget) -> RingTarget {
    match target {
        RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(CloudConnector {
            name: None,
            ..connector.clone()
        }),
        // A target that we do not know is told by its type.
        RingTarget::Other(raw) => RingTarget::Other(json!(raw.get("type"))),
        other => other.clone(),
    }
}

fn replace_groups(actions: &mut Actions, wanted: &[RingGroup], live: &Live) {
    let mut rest = live.groups.clone();
    let mut laid = Vec::new();
    for group in wanted {
        let identities: Vec<RingTarget> = group.targets.iter().map(identity).collect();
        let nearest = take_nearest(&mut rest, &identities);
        laid.push(lay_group(nearest, group, live));
    }
    // The user's own apps keep a group of their own, silent, as the service demands [docs].
    for LiveGroup {
        mut action,
        targets,
    } in rest
    {
        if let [(_, RingTarget::Apps { of: None, .. })] = targets[..] {
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

fn lay_target<'a>(wanted: &RingTarget, live: &mut impl Iterator<Item = &'a Known>) -> Value {
    let same = identity(wanted);
    let found = live.find(|(value, target)| match wanted {
        RingTarget::Other(raw) => says(value, raw),
        _ => *target == same,
    });
    let mut laid = match found {
        Some((value, _)) => value.clone(),
        None => new_target(wanted),
    };
    match wanted {
        RingTarget::PhoneNumber {
            name: Some(name), ..
        }
        | RingTarget::CloudConnector(CloudConnector {
            name: Some(name), ..
        }) => {
            set(&mut laid, "name", json!(name));
        }
        // The user's own, however the account spells that.
        RingTarget::Apps { of: None, .. } | RingTarget::Device { of: None, .. } => {
            unset(&mut laid, "extension");
        }
        _ => {}
    }
    laid
}

/// Whether a live target already says all that a declared one does.
fn says(live: &Value, raw: &Value) -> bool {
    let mut entries = raw.as_object().into_iter().flatten();
    entries.all(|(key, value)| live.get(key) == Some(value))
}

fn new_target(wanted: &RingTarget) -> Value {
    match wanted {
        RingTarget::Apps { app, of: None } => json!({ "type": app.api_type() }),
        RingTarget::Apps { app, of: Some(id) } => {
            json!({ "type": app.api_type(), "extension": { "id": id } })
        }
        RingTarget::Coworker(id) => {
            json!({ "type": "CoworkerRingTarget", "extension": { "id": id } })
        }
        RingTarget::PhoneNumber { number, .. } => {
            json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::Device { id, of: None } => {
            json!({ "type": "DeviceRingTarget", "device": { "id": id } })
        }
        RingTarget::Device { id, of: Some(of) } => {
            json!({ "type": "DeviceRingTarget", "device": { "id": id }, "extension": { "id": of } })
        }
        RingTarget::Hotdesk => json!({ "type": "HotdeskRingTarget" }),
        RingTarget::ImsPhoneNumber(number) => {
            json!({ "type": "ImsPhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::FmcPhoneNumber(number) => {
            json!({ "type": "FmcPhoneNumberRingTarget", "destination": { "phoneNumber": number } })
        }
        RingTarget::Integration(kind) => {
            json!({ "type": "IntegrationRingTarget", "integration": { "type": kind } })
        }
        RingTarget::CloudConnector(connector) => {
            let destination = cloud_destination(connector);
            json!({ "type": "CloudConnectorRingTarget", "destination": destination })
        }
        RingTarget::Other(raw) => raw.clone(),
    }
}

/// Where a cloud connector leads.
pub(super) fn cloud_destination(connector: &CloudConnector) -> Value {
    let mut destination = json!({ "integrationId": connector.integration_id });
    if let Some(number) = &connector.extension_number {
        set(&mut destination, "extensionNumber", json!(number));
    }
    if let Some(number) = &connector.phone_number {
        set(&mut destination, "phoneNumber", json!(number));
    }
    destination
}

fn always(actions: &mut Actions, wanted: &[RingTarget], live: &Live) {
    if wanted.is_empty() {
        if let Some(action) = actions.find(ALWAYS) {
            set(action, "enabled", json!(false));
        }
        return;
    }
    let targets: Value = wanted
        .iter()
        .map(|target| lay_target(target, &mut live.targets.iter()))
        .collect();
    if actions.find(ALWAYS).is_none() {
        actions.insert(json!({ "type": ALWAYS }));
    }
    if let Some(action) = actions.find(ALWAYS) {
        set(action, "enabled", json!(true));
        set(action, "targets", targets);
    }
}

/// An app that rings throughout must not stand in a group too [docs].
fn not_twice(actions: &mut Actions, owner: &ExtensionId) {
    let throughout: Vec<App> = App::ALL
        .into_iter()
        .filter(|app| stands_in(actions, *app, owner, ALWAYS))
        .collect();
    for action in actions.0.iter_mut().filter(|action| is(action, GROUP)) {
        if let Some(Value::Array(targets)) = action.get_mut("targets") {
            targets.retain(|target| match ring_target(target, owner) {
                RingTarget::Apps { app, of: None } => !throughout.contains(&app),
                _ => true,
            });
        }
    }
    actions
        .0
        .retain(|action| !is(action, GROUP) || !list(action.get("targets")).is_empty());
}

fn stands_in(actions: &Actions, app: App, owner: &ExtensionId, kind: &str) -> bool {
    let own = RingTarget::Apps { app, of: None };
    let mut groups = actions.0.iter().filter(|action| is(action, kind));
    groups.any(|group| {
        let mut targets = list(group.get("targets")).iter();
        targets.any(|target| ring_target(target, owner) == own)
    })
}

/// Both kinds of the user's own apps must have a place [docs].
fn add_missing_apps(actions: &mut Actions, owner: &ExtensionId, enabled: bool) {
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

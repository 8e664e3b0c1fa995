//! Encodes what rings: groups, and the user's own apps and desk phones.
//!
//! The service requires each of the user's own apps and phones to be listed exactly once, switched
//! off where it does not ring \[docs, field\]. Groups keep their live order, because a group that
//! is switched off rings in its old place when it is switched on again \[field\].

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::RuleOwner;
use super::actions::{ActionList, RING_ALWAYS, RING_GROUP, has_type, set_key};
use super::list_order::insert_new_items;
use super::ring_target::{KnownRingTarget, encode_ring_target, is_encoded, target_identity};
use crate::api::decode::dispatching::{decode_ring_target, is_enabled};
use crate::api::decode::{array_items, whole_number};
use crate::model::{AppPlatform, CallDispatching, DispatchType, RingGroup, RingTarget};

/// The ring duration of own apps and phones without a declared one, in seconds: four rings.
pub(crate) const DEFAULT_OWN_SECONDS: u64 = 20;

/// Encodes the declared ring groups and apps over the live ones.
pub(super) fn encode_ring(
    actions: &mut ActionList,
    desired: &CallDispatching,
    kind: &DispatchType,
    owner: RuleOwner<'_>,
) {
    let live = live_targets(actions, owner);
    if let Some(targets) = &desired.ring_always {
        encode_ring_always(actions, targets, &live);
    }
    if let Some(groups) = &desired.ring {
        let groups = expand_desk_phones(groups, owner.phones);
        replace_groups(actions, &groups, kind, &live, owner);
    }
    // The declared place of an app wins.
    if desired
        .ring_always
        .as_ref()
        .is_some_and(|apps| !apps.is_empty())
    {
        remove_duplicate_apps(actions, owner, RING_ALWAYS, RING_GROUP);
    } else if desired.ring.is_some() {
        remove_duplicate_apps(actions, owner, RING_GROUP, RING_ALWAYS);
    }
}

/// Replaces `deskPhones` by the user's phones that no group names, each in a group of its own, as
/// the service lists them \[docs\]. A group in which nothing remains is omitted.
fn expand_desk_phones(groups: &[RingGroup], phones: &[String]) -> Vec<RingGroup> {
    let phone = |id: &String| RingTarget::Device {
        id: id.clone(),
        owner: None,
    };
    let is_named = |phone: &RingTarget| groups.iter().any(|group| group.targets.contains(phone));
    let phones: Vec<RingTarget> = phones
        .iter()
        .map(phone)
        .filter(|phone| !is_named(phone))
        .collect();
    let mut expanded = Vec::with_capacity(groups.len());
    for group in groups {
        if !group.targets.contains(&RingTarget::DeskPhones) {
            expanded.push(group.clone());
            continue;
        }
        let with_targets = |targets| RingGroup {
            targets,
            ..group.clone()
        };
        let is_other = |target: &&RingTarget| **target != RingTarget::DeskPhones;
        let others: Vec<RingTarget> = group.targets.iter().filter(is_other).cloned().collect();
        expanded.extend(phones.iter().map(|phone| with_targets(vec![phone.clone()])));
        if !others.is_empty() {
            expanded.push(with_targets(others));
        }
    }
    expanded
}

/// Adds a silent group for each own app and phone that is not listed.
pub(super) fn add_missing_own_targets(actions: &mut ActionList, owner: RuleOwner<'_>) {
    let apps = AppPlatform::ALL.map(|app| json!({ "type": app.api_type() }));
    let phones = owner
        .phones
        .iter()
        .map(|id| json!({ "type": "DeviceRingTarget", "device": { "id": id } }));
    for target in apps.into_iter().chain(phones) {
        let wanted = decode_ring_target(&target, owner.id);
        let is_listed = [RING_GROUP, RING_ALWAYS]
            .iter()
            .any(|kind| lists_target(actions, &wanted, owner, kind));
        if !is_listed {
            actions.insert_in_order(json!({
                "type": RING_GROUP,
                "enabled": false,
                "duration": DEFAULT_OWN_SECONDS,
                "targets": [target],
            }));
        }
    }
}

/// Lets the user's apps ring if a rule starts to ring without declared targets and nothing else
/// would ring: it must not end in silence.
pub(super) fn ring_apps_if_silent(
    actions: &mut ActionList,
    desired: &CallDispatching,
    owner: RuleOwner<'_>,
    kind: &DispatchType,
    changes_type: bool,
) {
    let begins_to_ring = changes_type || desired.ring_always.is_some();
    let rings = |action: &Value| {
        is_enabled(action) && (has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS))
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
        // An action that is switched off lists its apps without an effect on callers.
        actions
            .0
            .retain(|action| !has_type(action, RING_ALWAYS) || !is_enabled(action));
        return;
    }
    if actions.find(RING_ALWAYS).is_none() {
        actions.insert_in_order(json!({ "type": RING_ALWAYS }));
    }
    if let Some(action) = actions.find(RING_ALWAYS) {
        if action.get("enabled").is_none() || !is_enabled(action) {
            set_key(action, "enabled", json!(true));
        }
        let own: Vec<KnownRingTarget> = array_items(action.get("targets"))
            .iter()
            .filter_map(|raw| live.iter().find(|(value, _)| value == raw).cloned())
            .collect();
        set_key(action, "targets", encode_targets(desired, &own, live));
    }
}

/// Removes apps from actions of type `other` if they are in an action of type `kept`.
fn remove_duplicate_apps(actions: &mut ActionList, owner: RuleOwner<'_>, kept: &str, other: &str) {
    let app = |platform| RingTarget::Apps {
        platform,
        owner: None,
    };
    let mut kept_apps = AppPlatform::ALL.to_vec();
    kept_apps.retain(|platform| lists_target(actions, &app(*platform), owner, kept));
    for action in actions.of_type(other) {
        if let Some(Value::Array(targets)) = action.get_mut("targets") {
            targets.retain(|target| {
                user_app(target, owner).is_none_or(|app| !kept_apps.contains(&app))
            });
        }
    }
    let is_empty =
        |action: &Value| has_type(action, other) && array_items(action.get("targets")).is_empty();
    actions.0.retain(|action| !is_empty(action));
}

/// Returns the app of the owner that a target rings.
fn user_app(target: &Value, owner: RuleOwner<'_>) -> Option<AppPlatform> {
    match decode_ring_target(target, owner.id) {
        RingTarget::Apps {
            platform,
            owner: None,
        } => Some(platform),
        _ => None,
    }
}

/// Returns whether an action of this type lists a target.
fn lists_target(
    actions: &ActionList,
    wanted: &RingTarget,
    owner: RuleOwner<'_>,
    kind: &str,
) -> bool {
    let groups = actions.0.iter().filter(|action| has_type(action, kind));
    let mut targets = groups.flat_map(|group| array_items(group.get("targets")));
    targets.any(|target| decode_ring_target(target, owner.id) == *wanted)
}

/// A live ring group, with its position in the list of actions.
struct LiveRingGroup {
    at: usize,
    action: Value,
    targets: Vec<KnownRingTarget>,
}

/// Returns the live targets of all groups, indexed by what they ring.
fn live_targets(actions: &ActionList, owner: RuleOwner<'_>) -> Vec<KnownRingTarget> {
    let rings = |action: &&Value| has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS);
    let groups = actions.0.iter().filter(rings);
    groups
        .flat_map(|group| known_targets(group, owner))
        .collect()
}

/// Returns the live ring groups.
fn live_groups(actions: &ActionList, owner: RuleOwner<'_>) -> Vec<LiveRingGroup> {
    let numbered = actions.0.iter().enumerate();
    let groups = numbered.filter(|(_, action)| has_type(action, RING_GROUP));
    let groups = groups.map(|(at, action)| LiveRingGroup {
        at,
        action: action.clone(),
        targets: known_targets(action, owner).collect(),
    });
    groups.collect()
}

/// Returns the targets of an action, indexed by what they ring.
fn known_targets(action: &Value, owner: RuleOwner<'_>) -> impl Iterator<Item = KnownRingTarget> {
    array_items(action.get("targets"))
        .iter()
        .map(move |target| {
            let identity = target_identity(&decode_ring_target(target, owner.id));
            (target.clone(), identity)
        })
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
///
/// A declared group gets the place of the live group that it matches. Where the order counts, the
/// places of the matched groups are filled in the declared order. A new group follows the group
/// that precedes it in the declaration.
fn replace_groups(
    actions: &mut ActionList,
    desired: &[RingGroup],
    kind: &DispatchType,
    live: &[KnownRingTarget],
    owner: RuleOwner<'_>,
) {
    let mut rest = live_groups(actions, owner);
    let first_group = rest.first().map(|group| group.at);
    let mut encoded = Vec::new();
    let mut places = Vec::new();
    for group in desired {
        let identities: Vec<RingTarget> = group.targets.iter().map(target_identity).collect();
        let nearest = take_best_match(&mut rest, &identities);
        let place = nearest.as_ref().map(|near| near.at);
        places.extend(place);
        let group = encode_ring_group(nearest, group, kind, live);
        encoded.push((place, group));
    }
    if *kind == DispatchType::RingInOrder {
        places.sort_unstable();
        let mut places = places.iter().copied();
        for (place, _) in encoded.iter_mut().filter(|(place, _)| place.is_some()) {
            *place = places.next();
        }
    }
    let declared: Vec<RingTarget> = desired
        .iter()
        .flat_map(|group| group.targets.iter().map(target_identity))
        .collect();
    let mut kept: HashMap<usize, Value> = rest
        .into_iter()
        .filter_map(|group| Some((group.at, silent_remainder(group, &declared)?)))
        .collect();
    // New groups by the place that they precede.
    let mut inserted: HashMap<usize, Vec<Value>> = HashMap::new();
    let mut next_place = encoded
        .iter()
        .find_map(|(place, _)| *place)
        .or(first_group)
        .unwrap_or_else(|| actions.position_of(RING_GROUP));
    for (place, group) in encoded {
        match place {
            Some(place) => {
                kept.insert(place, group);
                next_place = place + 1;
            }
            None => inserted.entry(next_place).or_default().push(group),
        }
    }
    let old = std::mem::take(&mut actions.0);
    let end = old.len();
    for (at, action) in old.into_iter().enumerate() {
        actions.0.extend(inserted.remove(&at).unwrap_or_default());
        if has_type(&action, RING_GROUP) {
            actions.0.extend(kept.remove(&at));
        } else {
            actions.0.push(action);
        }
    }
    actions.0.extend(inserted.remove(&end).unwrap_or_default());
}

/// Returns what remains of a live group that is not declared, switched off: silent groups, which
/// have no effect on callers, and the user's own apps and phones, which the service requires to be
/// listed \[docs, field\]. Targets that a declared group has are not listed twice.
fn silent_remainder(group: LiveRingGroup, declared: &[RingTarget]) -> Option<Value> {
    let LiveRingGroup {
        mut action,
        targets,
        ..
    } = group;
    let was_silent = !is_enabled(&action);
    let is_kept = |(_, target): &&KnownRingTarget| {
        (was_silent || target.is_own()) && !declared.contains(target)
    };
    let kept: Vec<Value> = targets
        .iter()
        .filter(is_kept)
        .map(|(value, _)| value.clone())
        .collect();
    if kept.is_empty() && !targets.is_empty() {
        return None;
    }
    if kept.len() != targets.len() {
        set_key(&mut action, "targets", Value::Array(kept));
    }
    if !was_silent {
        set_key(&mut action, "enabled", json!(false));
    }
    Some(action)
}

/// Encodes one ring group over the most similar live group. Parts that are already as declared
/// keep their live form.
fn encode_ring_group(
    near: Option<LiveRingGroup>,
    desired: &RingGroup,
    kind: &DispatchType,
    live: &[KnownRingTarget],
) -> Value {
    let (mut action, own) = match near {
        Some(group) => (group.action, group.targets),
        None => (
            json!({ "type": RING_GROUP, "enabled": desired.enabled }),
            Vec::new(),
        ),
    };
    if is_enabled(&action) != desired.enabled {
        set_key(&mut action, "enabled", json!(desired.enabled));
    }
    if let Some(seconds) = desired.seconds
        && whole_number(action.get("duration")) != Some(seconds)
    {
        set_key(&mut action, "duration", json!(seconds));
    }
    // Offsets count only with this type [docs].
    if (*kind == DispatchType::Custom || desired.start_offset != 0)
        && whole_number(action.get("customStartOffset")).unwrap_or(0) != desired.start_offset
    {
        let offset = json!(desired.start_offset);
        set_key(&mut action, "customStartOffset", offset);
    }
    let targets = encode_targets(&desired.targets, &own, live);
    set_key(&mut action, "targets", targets);
    action
}

/// Encodes targets that ring together, whose order has no meaning. `own`, the live targets of the
/// same group, keep their order.
fn encode_targets(
    desired: &[RingTarget],
    own: &[KnownRingTarget],
    live: &[KnownRingTarget],
) -> Value {
    let mut places: Vec<Option<usize>> = vec![None; desired.len()];
    let mut kept = Vec::new();
    for (at, known) in own.iter().enumerate() {
        let mut free = (0..desired.len()).filter(|place| places[*place].is_none());
        if let Some(place) = free.find(|place| is_encoded(&desired[*place], known)) {
            places[place] = Some(at);
            let target = encode_ring_target(&desired[place], &mut std::iter::once(known));
            kept.push((at, target));
        }
    }
    insert_new_items(
        kept,
        0..desired.len(),
        |place| places[place].unwrap_or(own.len() + place),
        // A number may ring in several groups with different names; the name in this group is
        // preferred.
        |place| encode_ring_target(&desired[place], &mut live.iter()),
    )
    .into()
}

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
use super::ring_target::{LiveRingTarget, encode_ring_target, is_same_target, target_identity};
use crate::api::decode::dispatching::{decode_ring_target, is_enabled};
use crate::api::decode::{array_items, whole_number};
use crate::model::{AppPlatform, CallDispatching, DispatchType, RingGroup, RingTarget};

/// The duration of one ring in seconds. The service may round other durations to a multiple of it
/// \[field\].
const RING_SECONDS: u64 = 5;

/// The ring duration of own apps and phones without a declared one, in seconds: four rings.
pub(crate) const DEFAULT_OWN_SECONDS: u64 = 20;

/// Encodes the declared ring groups and apps over the live ones.
pub(super) fn encode_ring(
    actions: &mut ActionList,
    desired: &CallDispatching,
    dispatch_type: &DispatchType,
    owner: RuleOwner<'_>,
) {
    let live = live_targets(actions, owner);
    if let Some(targets) = &desired.ring_always {
        encode_ring_always(actions, targets, &live);
    }
    if let Some(groups) = &desired.ring {
        let groups = expand_desk_phones(groups, owner.phones);
        replace_groups(actions, &groups, dispatch_type, &live, owner);
    } else if desired.only_own_targets_ring {
        remove_other_targets(actions, owner);
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

/// Removes the targets that ring and are not the user's own. If no other target would ring, the
/// user's apps do.
fn remove_other_targets(actions: &mut ActionList, owner: RuleOwner<'_>) {
    let is_own = |target: &Value| decode_ring_target(target, owner.id).is_own();
    let mut is_changed = false;
    actions.0.retain_mut(|action| {
        if !has_type(action, RING_GROUP) || !is_enabled(action) {
            return true;
        }
        let Some(Value::Array(targets)) = action.get_mut("targets") else {
            return true;
        };
        let count = targets.len();
        targets.retain(is_own);
        is_changed |= targets.len() != count;
        !targets.is_empty()
    });
    if is_changed {
        ring_own_apps_if_silent(actions, owner);
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

/// Adds a group that is switched off for each own app and phone that is not listed.
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
            .any(|action_type| lists_target(actions, &wanted, owner, action_type));
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
/// would ring.
pub(super) fn ring_apps_if_nothing_rings(
    actions: &mut ActionList,
    desired: &CallDispatching,
    owner: RuleOwner<'_>,
    dispatch_type: &DispatchType,
    changes_type: bool,
) {
    let begins_to_ring = changes_type || desired.ring_always.is_some();
    if desired.ring.is_none() && begins_to_ring && *dispatch_type != DispatchType::Terminate {
        ring_own_apps_if_silent(actions, owner);
    }
}

/// Lets the user's listed apps ring if nothing rings.
fn ring_own_apps_if_silent(actions: &mut ActionList, owner: RuleOwner<'_>) {
    let rings = |action: &Value| {
        is_enabled(action) && (has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS))
    };
    if actions.0.iter().any(rings) {
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
fn encode_ring_always(actions: &mut ActionList, desired: &[RingTarget], live: &[LiveRingTarget]) {
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
        let group_targets: Vec<LiveRingTarget> = array_items(action.get("targets"))
            .iter()
            .filter_map(|raw| live.iter().find(|target| target.body == *raw).cloned())
            .collect();
        set_key(
            action,
            "targets",
            encode_targets(desired, &group_targets, live),
        );
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
    action_type: &str,
) -> bool {
    let groups = actions
        .0
        .iter()
        .filter(|action| has_type(action, action_type));
    let mut targets = groups.flat_map(|group| array_items(group.get("targets")));
    targets.any(|target| decode_ring_target(target, owner.id) == *wanted)
}

/// A live ring group, with its place in the list of actions.
struct LiveRingGroup {
    place: usize,
    action: Value,
    targets: Vec<LiveRingTarget>,
}

/// Returns the live targets of all groups, with their identities.
fn live_targets(actions: &ActionList, owner: RuleOwner<'_>) -> Vec<LiveRingTarget> {
    let rings = |action: &&Value| has_type(action, RING_GROUP) || has_type(action, RING_ALWAYS);
    let groups = actions.0.iter().filter(rings);
    groups
        .flat_map(|group| targets_of_action(group, owner))
        .collect()
}

/// Returns the live ring groups.
fn live_groups(actions: &ActionList, owner: RuleOwner<'_>) -> Vec<LiveRingGroup> {
    let numbered = actions.0.iter().enumerate();
    let groups = numbered.filter(|(_, action)| has_type(action, RING_GROUP));
    let groups = groups.map(|(place, action)| LiveRingGroup {
        place,
        action: action.clone(),
        targets: targets_of_action(action, owner).collect(),
    });
    groups.collect()
}

/// Returns the targets of an action, with their identities.
fn targets_of_action(action: &Value, owner: RuleOwner<'_>) -> impl Iterator<Item = LiveRingTarget> {
    array_items(action.get("targets"))
        .iter()
        .map(move |target| LiveRingTarget {
            body: target.clone(),
            identity: target_identity(&decode_ring_target(target, owner.id)),
        })
}

/// Removes and returns the live group that shares the most targets with a declared one.
fn take_best_match(
    groups: &mut Vec<LiveRingGroup>,
    declared: &[RingTarget],
) -> Option<LiveRingGroup> {
    let shared = |group: &LiveRingGroup| {
        let is_declared = |target: &&LiveRingTarget| declared.contains(&target.identity);
        let both = group.targets.iter().filter(is_declared).count();
        let apart = group.targets.len() + declared.len() - 2 * both.min(declared.len());
        (both > 0).then_some((both, Reverse(apart)))
    };
    let scores = groups.iter().enumerate();
    let scores = scores.filter_map(|(index, group)| Some((shared(group)?, index)));
    // Of equal matches the first one is used, so groups keep their order.
    let (_, index) = scores.max_by_key(|(score, index)| (*score, Reverse(*index)))?;
    Some(groups.remove(index))
}

/// An encoded group, with the place of the live group that it matches. A new group has no place.
struct EncodedRingGroup {
    place: Option<usize>,
    action: Value,
}

/// Replaces the live groups by the declared ones.
///
/// A declared group gets the place of the live group that it matches. Where the order counts, the
/// places of the matched groups are filled in the declared order. A new group follows the group
/// that precedes it in the declaration.
fn replace_groups(
    actions: &mut ActionList,
    declared: &[RingGroup],
    dispatch_type: &DispatchType,
    live: &[LiveRingTarget],
    owner: RuleOwner<'_>,
) {
    let mut unmatched = live_groups(actions, owner);
    let first_place = unmatched.first().map(|group| group.place);
    let mut encoded = encode_matched_groups(&mut unmatched, declared, dispatch_type, live);
    if *dispatch_type == DispatchType::RingInOrder {
        order_places(&mut encoded);
    }
    let identities: Vec<RingTarget> = declared
        .iter()
        .flat_map(|group| group.targets.iter().map(target_identity))
        .collect();
    let kept: HashMap<usize, Value> = unmatched
        .into_iter()
        .filter_map(|group| Some((group.place, switched_off_remainder(group, &identities)?)))
        .collect();
    let new_place = first_place.unwrap_or_else(|| actions.position_of(RING_GROUP));
    reassemble_groups(actions, encoded, kept, new_place);
}

/// Encodes each declared group over its best match, which is removed from `unmatched`.
fn encode_matched_groups(
    unmatched: &mut Vec<LiveRingGroup>,
    declared: &[RingGroup],
    dispatch_type: &DispatchType,
    live: &[LiveRingTarget],
) -> Vec<EncodedRingGroup> {
    let mut encoded = Vec::with_capacity(declared.len());
    for group in declared {
        let identities: Vec<RingTarget> = group.targets.iter().map(target_identity).collect();
        let best_match = take_best_match(unmatched, &identities);
        encoded.push(EncodedRingGroup {
            place: best_match.as_ref().map(|live_group| live_group.place),
            action: encode_ring_group(best_match, group, dispatch_type, live),
        });
    }
    encoded
}

/// Distributes the places of the matched groups in the declared order.
fn order_places(encoded: &mut [EncodedRingGroup]) {
    let mut places: Vec<usize> = encoded.iter().filter_map(|group| group.place).collect();
    places.sort_unstable();
    let matched = encoded.iter_mut().filter(|group| group.place.is_some());
    for (group, place) in matched.zip(places) {
        group.place = Some(place);
    }
}

/// Replaces the live groups in the list of actions by the encoded ones and those in `kept`, which
/// are indexed by their places. Without a matched group, new groups are inserted at `new_place`.
fn reassemble_groups(
    actions: &mut ActionList,
    encoded: Vec<EncodedRingGroup>,
    mut kept: HashMap<usize, Value>,
    new_place: usize,
) {
    // New groups by the place that they precede.
    let mut inserted: HashMap<usize, Vec<Value>> = HashMap::new();
    let mut next_place = encoded
        .iter()
        .find_map(|group| group.place)
        .unwrap_or(new_place);
    for EncodedRingGroup { place, action } in encoded {
        match place {
            Some(place) => {
                kept.insert(place, action);
                next_place = place + 1;
            }
            None => inserted.entry(next_place).or_default().push(action),
        }
    }
    let old = std::mem::take(&mut actions.0);
    let end = old.len();
    for (place, action) in old.into_iter().enumerate() {
        actions
            .0
            .extend(inserted.remove(&place).unwrap_or_default());
        if has_type(&action, RING_GROUP) {
            actions.0.extend(kept.remove(&place));
        } else {
            actions.0.push(action);
        }
    }
    actions.0.extend(inserted.remove(&end).unwrap_or_default());
}

/// Returns what remains of a live group that is not declared, switched off: groups that already
/// were switched off, which have no effect on callers, and the user's own apps and phones, which
/// the service requires to be listed \[docs, field\]. Targets that a declared group has are not
/// listed twice.
fn switched_off_remainder(group: LiveRingGroup, declared: &[RingTarget]) -> Option<Value> {
    let LiveRingGroup {
        mut action,
        targets,
        ..
    } = group;
    let was_switched_off = !is_enabled(&action);
    let is_kept = |target: &&LiveRingTarget| {
        (was_switched_off || target.identity.is_own()) && !declared.contains(&target.identity)
    };
    let kept: Vec<Value> = targets
        .iter()
        .filter(is_kept)
        .map(|target| target.body.clone())
        .collect();
    if kept.is_empty() && !targets.is_empty() {
        return None;
    }
    if kept.len() != targets.len() {
        set_key(&mut action, "targets", Value::Array(kept));
    }
    if !was_switched_off {
        set_key(&mut action, "enabled", json!(false));
    }
    Some(action)
}

/// Encodes one ring group over its best match. Parts that are already as declared
/// keep their live form.
fn encode_ring_group(
    best_match: Option<LiveRingGroup>,
    desired: &RingGroup,
    dispatch_type: &DispatchType,
    live: &[LiveRingTarget],
) -> Value {
    let (mut action, group_targets) = match best_match {
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
        && !is_stored_duration(whole_number(action.get("duration")), seconds)
    {
        set_key(&mut action, "duration", json!(seconds));
    }
    // Offsets count only with this type [docs].
    if (*dispatch_type == DispatchType::Custom || desired.start_offset != 0)
        && whole_number(action.get("customStartOffset")).unwrap_or(0) != desired.start_offset
    {
        let offset = json!(desired.start_offset);
        set_key(&mut action, "customStartOffset", offset);
    }
    let targets = encode_targets(&desired.targets, &group_targets, live);
    set_key(&mut action, "targets", targets);
    action
}

/// Encodes targets that ring together, whose order has no meaning. `group_targets`, the live
/// targets of the same group, keep their order.
fn encode_targets(
    desired: &[RingTarget],
    group_targets: &[LiveRingTarget],
    live: &[LiveRingTarget],
) -> Value {
    let mut matches: Vec<Option<usize>> = vec![None; desired.len()];
    let mut kept = Vec::new();
    for (at, live_target) in group_targets.iter().enumerate() {
        let is_match = |index: &usize| {
            matches[*index].is_none() && is_same_target(&desired[*index], live_target)
        };
        if let Some(index) = (0..desired.len()).find(is_match) {
            matches[index] = Some(at);
            let target = encode_ring_target(&desired[index], &mut std::iter::once(live_target));
            kept.push((at, target));
        }
    }
    insert_new_items(
        kept,
        0..desired.len(),
        |index| matches[index].unwrap_or(group_targets.len() + index),
        // A number may ring in several groups with different names; the name in this group is
        // preferred.
        |index| encode_ring_target(&desired[index], &mut live.iter()),
    )
    .into()
}

/// Returns whether a live duration is the declared one, or a multiple of a ring to which the
/// service may have rounded it.
fn is_stored_duration(live: Option<u64>, declared: u64) -> bool {
    live.is_some_and(|live| {
        let is_rounded =
            live > 0 && live.is_multiple_of(RING_SECONDS) && !declared.is_multiple_of(RING_SECONDS);
        live == declared || is_rounded && live.abs_diff(declared) < RING_SECONDS
    })
}

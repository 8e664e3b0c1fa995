//! Fingerprints of a user's live resources, kept with the plan so that `apply` can detect edits
//! since then.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{PlannedChange, ResourceKind};
use super::digest::sha256_hex;
use super::live_user::{FetchRequest, LiveUser};
use crate::api::{InteractionRuleRecord, RawBody, StateRuleRecord};
use crate::model::{ExtensionId, StateId};

/// Fingerprints of a user's rules and states, for the lists that were read. Empty if the plan has
/// no changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserSnapshot {
    /// The interaction rules, if they were read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rules: Option<Vec<ResourceFingerprint>>,
    /// The state rules and states, if they were read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub states: Option<Vec<ResourceFingerprint>>,
}

/// The fingerprint of a rule or state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceFingerprint {
    /// The kind of the resource.
    pub resource: ResourceKind,
    /// The id on the account.
    pub id: String,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The SHA-256 of its body.
    pub fingerprint: String,
}

/// The differences between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SnapshotDiff {
    /// Resources with another body.
    pub changed: Vec<ResourceFingerprint>,
    /// Resources that are new.
    pub added: Vec<ResourceFingerprint>,
    /// Resources that no longer exist.
    pub removed: Vec<ResourceFingerprint>,
}

impl UserSnapshot {
    /// Captures the fingerprints of a user with these planned changes.
    pub(super) fn capture(
        request: &FetchRequest,
        live: &LiveUser,
        changes: &[PlannedChange],
    ) -> UserSnapshot {
        if changes.is_empty() {
            return UserSnapshot::default();
        }
        let states = |rule| fingerprint_state_rule(rule, changes);
        UserSnapshot {
            rules: request
                .rules
                .then(|| live.rules().iter().map(fingerprint_rule).collect()),
            states: request
                .states
                .then(|| live.state_rules().iter().flat_map(states).collect()),
        }
    }

    /// Returns the request that reads the same lists again.
    pub(super) fn fetch_request(&self, user: &ExtensionId) -> FetchRequest {
        FetchRequest {
            user: user.clone(),
            rules: self.rules.is_some(),
            states: self.states.is_some(),
        }
    }

    /// Returns the number of lists that were read.
    pub fn list_count(&self) -> usize {
        usize::from(self.rules.is_some()) + usize::from(self.states.is_some())
    }

    /// Returns whether no list was read.
    pub(super) fn is_empty(&self) -> bool {
        self.list_count() == 0
    }

    /// Returns the fingerprints of the rules, then those of the states.
    fn resources(&self) -> impl Iterator<Item = &ResourceFingerprint> {
        self.rules.iter().chain(&self.states).flatten()
    }

    /// Returns the differences to a later snapshot, if there are any.
    pub(super) fn diff(&self, now: &UserSnapshot) -> Option<SnapshotDiff> {
        let same = |a: &ResourceFingerprint, b: &ResourceFingerprint| {
            (a.resource, &a.id) == (b.resource, &b.id)
        };
        let mut diff = SnapshotDiff::default();
        for resource in self.resources() {
            match now.resources().find(|other| same(resource, other)) {
                None => diff.removed.push(resource.clone()),
                Some(other) if other.fingerprint != resource.fingerprint => {
                    diff.changed.push(resource.clone());
                }
                Some(_) => {}
            }
        }
        let is_new =
            |resource: &&ResourceFingerprint| !self.resources().any(|other| same(resource, other));
        diff.added = now.resources().filter(is_new).cloned().collect();
        (diff != SnapshotDiff::default()).then_some(diff)
    }
}

/// Returns the fingerprint of an interaction rule.
fn fingerprint_rule(rule: &InteractionRuleRecord) -> ResourceFingerprint {
    ResourceFingerprint {
        resource: ResourceKind::InteractionRule,
        id: rule.id.clone(),
        name: rule.display_name.clone(),
        fingerprint: fingerprint(&strip_server_fields(&rule.body, &["id", "dispatchingRef"])),
    }
}

/// Returns the fingerprints of a state rule and of its state, which are updated separately.
fn fingerprint_state_rule(
    rule: &StateRuleRecord,
    changes: &[PlannedChange],
) -> [ResourceFingerprint; 2] {
    let resource = |resource, content: &Value| ResourceFingerprint {
        resource,
        id: rule.id.clone(),
        name: rule.id.clone(),
        fingerprint: fingerprint(content),
    };
    let dispatching = rule.body.get("dispatching").unwrap_or(&Value::Null);
    let mut server_fields = vec!["id", "displayName"];
    if is_user_switch(&rule.id) && !has_state_change(&rule.id, changes) {
        server_fields.push("enabled");
    }
    let state = rule.body.get("state").and_then(Value::as_object);
    let state = state.map_or(Value::Null, |state| {
        strip_server_fields(state, &server_fields)
    });
    [
        resource(ResourceKind::StateRule, dispatching),
        resource(ResourceKind::State, &state),
    ]
}

/// Returns whether users switch this state themselves. Switching it conflicts only with a change of
/// the state.
fn is_user_switch(id: &str) -> bool {
    matches!(id, StateId::DND | StateId::FORWARD_ALL_CALLS)
}

/// Returns whether the plan changes this state.
fn has_state_change(id: &str, changes: &[PlannedChange]) -> bool {
    let mut changes = changes.iter();
    changes.any(|change| change.resource == ResourceKind::State && change.name == id)
}

/// Removes fields that the service sets by itself.
fn strip_server_fields(body: &RawBody, server_fields: &[&str]) -> Value {
    let mut body = body.clone();
    body.retain(|key, _| !server_fields.contains(&key.as_str()));
    Value::Object(body)
}

/// Returns the SHA-256 of a whole body, including unknown fields, because an update sends those
/// back too.
fn fingerprint(content: &Value) -> String {
    let mut content = content.clone();
    strip_localized_names(&mut content);
    content.sort_all_objects();
    sha256_hex(content.to_string())
}

/// Removes the names that the service gives to its own targets; they depend on the language
/// \[spec\].
fn strip_localized_names(value: &mut Value) {
    const SERVER_NAMED_TYPES: [&str; 3] = [
        "AllDesktopRingTarget",
        "AllMobileRingTarget",
        "VoiceMailTerminatingTarget",
    ];
    match value {
        Value::Object(map) => {
            let kind = map.get("type").and_then(Value::as_str);
            if kind.is_some_and(|kind| SERVER_NAMED_TYPES.contains(&kind)) {
                map.shift_remove("name");
            }
            map.values_mut().for_each(strip_localized_names);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_localized_names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::reconcile::change::ChangeAction;

    fn rule(id: &str, name: &str, more: &Value) -> InteractionRuleRecord {
        let body = json!({ "id": id, "displayName": name, "more": more });
        InteractionRuleRecord::try_from(body).unwrap()
    }

    fn dnd(enabled: bool, target: &str) -> StateRuleRecord {
        let state = json!({ "id": "dnd", "displayName": "DND", "enabled": enabled });
        let body = json!({ "id": "dnd", "dispatching": target, "state": state });
        StateRuleRecord::try_from(body).unwrap()
    }

    fn change(resource: ResourceKind, name: &str) -> PlannedChange {
        PlannedChange::sample(resource, ChangeAction::Update, name)
    }

    fn snapshot(
        rules: Vec<InteractionRuleRecord>,
        state_rules: Vec<StateRuleRecord>,
        changed: PlannedChange,
    ) -> UserSnapshot {
        let request = FetchRequest {
            user: ExtensionId("1".to_owned()),
            rules: true,
            states: true,
        };
        let live = LiveUser::new(&request, rules, state_rules);
        UserSnapshot::capture(&request, &live, &[changed])
    }

    fn names(resources: &[ResourceFingerprint]) -> Vec<&str> {
        let names = resources.iter().map(|resource| resource.name.as_str());
        names.collect()
    }

    #[test]
    fn diff_names_edited_added_and_removed_rules() {
        let snapshot = |rules| snapshot(rules, Vec::new(), change(ResourceKind::StateRule, "dnd"));
        let (old, new) = (json!({ "a": 1, "b": [2] }), json!({ "b": [3], "a": 1 }));
        let before = snapshot(vec![
            rule("1", "VIP", &old),
            rule("2", "Old", &old),
            rule("4", "Same", &old),
        ]);
        let now = snapshot(vec![
            rule("4", "Same", &json!({ "b": [2], "a": 1 })),
            rule("1", "VIP", &new),
            rule("3", "New", &old),
        ]);
        let diff = before.diff(&now).unwrap();
        assert_eq!(names(&diff.changed), ["VIP"]);
        assert_eq!(names(&diff.added), ["New"]);
        assert_eq!(names(&diff.removed), ["Old"]);
        assert_eq!(before.diff(&before), None);
        let renamed = snapshot(vec![
            rule("1", "Very important", &old),
            rule("2", "Old", &old),
            rule("4", "Same", &old),
        ]);
        assert_eq!(names(&before.diff(&renamed).unwrap().changed), ["VIP"]);
    }

    #[test]
    fn diff_ignores_user_switch_unless_plan_changes_state() {
        for (resource, counts) in [
            (ResourceKind::StateRule, false),
            (ResourceKind::State, true),
        ] {
            let snapshot = |state| snapshot(Vec::new(), vec![state], change(resource, "dnd"));
            let before = snapshot(dnd(false, "voicemail"));
            let switched = before.diff(&snapshot(dnd(true, "voicemail")));
            assert_eq!(switched.is_some(), counts);
            let edited = before.diff(&snapshot(dnd(false, "mobile"))).unwrap();
            assert_eq!(edited.changed[0].resource, ResourceKind::StateRule);
        }
    }

    #[test]
    fn fingerprint_ignores_localized_names() {
        let body =
            |name: &str| json!({ "targets": [{ "type": "AllMobileRingTarget", "name": name }] });
        assert_eq!(
            fingerprint(&body("My mobile apps")),
            fingerprint(&body("Meine Handy-Apps"))
        );
        let body =
            |name: &str| json!({ "targets": [{ "type": "PhoneNumberRingTarget", "name": name }] });
        assert_ne!(fingerprint(&body("Cell")), fingerprint(&body("Home")));
    }

    #[test]
    fn snapshot_round_trips_through_json() {
        let snapshot = snapshot(
            vec![rule("1", "VIP", &json!(1))],
            vec![dnd(true, "x")],
            change(ResourceKind::State, "dnd"),
        );
        let json = serde_json::to_value(&snapshot).unwrap();
        assert_eq!(json["rules"][0]["name"], "VIP");
        assert_eq!(json["rules"][0]["fingerprint"].as_str().unwrap().len(), 64);
        assert_eq!(json["states"][1]["resource"], "state");
        assert_eq!(
            serde_json::from_value::<UserSnapshot>(json).unwrap(),
            snapshot
        );
    }
}

//! What a plan saw of a user, kept with the plan, so that `apply` can tell whether it still stands.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::digest;
use super::fetch::Wanted;
use super::live::LiveUser;
use super::plan::{Change, Resource};
use crate::model::{ExtensionId, StateId};
use crate::wire::{Body, InteractionRule, StateRule};

/// The two lists of a user, each where it was read; neither where nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The interaction rules.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rules: Option<Vec<Trace>>,
    /// The state rules and the states.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub states: Option<Vec<Trace>>,
}

/// One rule or state, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Which kind it is.
    pub resource: Resource,
    /// The account's id.
    pub id: String,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// A SHA-256 of what it says.
    pub fingerprint: String,
}

/// What is not as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// What says something else.
    pub changed: Vec<Trace>,
    /// What was not there.
    pub appeared: Vec<Trace>,
    /// What is not there any more.
    pub gone: Vec<Trace>,
}

impl Seen {
    /// What was seen of a user for whom this is to be changed.
    pub(super) fn of(wanted: &Wanted, live: &LiveUser, changes: &[Change]) -> Seen {
        if changes.is_empty() {
            return Seen::default();
        }
        let states = |rule| states_of(rule, changes);
        Seen {
            rules: wanted
                .rules
                .then(|| live.rules().iter().map(rule_of).collect()),
            states: wanted
                .states
                .then(|| live.state_rules().iter().flat_map(states).collect()),
        }
    }

    /// The same lists, to be read again.
    pub(super) fn wanted(&self, user: &ExtensionId) -> Wanted {
        Wanted {
            user: user.clone(),
            rules: self.rules.is_some(),
            states: self.states.is_some(),
        }
    }

    /// How many lists were read.
    pub fn lists(&self) -> usize {
        usize::from(self.rules.is_some()) + usize::from(self.states.is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists() == 0
    }

    /// What is different now; nothing where all is as it was.
    pub(super) fn moved(&self, now: &Seen) -> Option<Moved> {
        let all = |seen: &Seen| -> Vec<Trace> {
            let lists = [&seen.rules, &seen.states].into_iter().flatten().flatten();
            lists.cloned().collect()
        };
        let (before, now) = (all(self), all(now));
        let same = |a: &Trace, b: &Trace| (a.resource, &a.id) == (b.resource, &b.id);
        let mut moved = Moved::default();
        for trace in &before {
            match now.iter().find(|other| same(trace, other)) {
                None => moved.gone.push(trace.clone()),
                Some(other) if other.fingerprint != trace.fingerprint => {
                    moved.changed.push(trace.clone());
                }
                Some(_) => {}
            }
        }
        let is_new = |trace: &&Trace| !before.iter().any(|other| same(trace, other));
        moved.appeared = now.iter().filter(is_new).cloned().collect();
        (moved != Moved::default()).then_some(moved)
    }
}

fn rule_of(rule: &InteractionRule) -> Trace {
    Trace {
        resource: Resource::InteractionRule,
        id: rule.id.clone(),
        name: rule.display_name.clone(),
        fingerprint: fingerprint(&without(&rule.body, &["id", "dispatchingRef"])),
    }
}

/// A state rule and its state, each of which is changed by itself.
fn states_of(rule: &StateRule, changes: &[Change]) -> [Trace; 2] {
    let trace = |resource, said: &Value| Trace {
        resource,
        id: rule.id.clone(),
        name: rule.id.clone(),
        fingerprint: fingerprint(said),
    };
    let dispatching = rule.body.get("dispatching").unwrap_or(&Value::Null);
    let mut echoes = vec!["id", "displayName"];
    if is_a_switch(&rule.id) && !is_changed(&rule.id, changes) {
        echoes.push("enabled");
    }
    let state = rule.body.get("state").and_then(Value::as_object);
    let state = state.map_or(Value::Null, |state| without(state, &echoes));
    [
        trace(Resource::StateRule, dispatching),
        trace(Resource::State, &state),
    ]
}

/// People switch these on and off all day; that stands in the way of nothing but a change of the state.
fn is_a_switch(id: &str) -> bool {
    matches!(id, StateId::DND | StateId::FORWARD_ALL_CALLS)
}

fn is_changed(id: &str, changes: &[Change]) -> bool {
    let mut changes = changes.iter();
    changes.any(|change| change.resource == Resource::State && change.name == id)
}

/// Without what the service says of its own accord.
fn without(body: &Body, echoes: &[&str]) -> Value {
    let said = body.iter().filter(|(key, _)| !echoes.contains(&&***key));
    let said: Map<String, Value> = said.map(|(k, v)| (k.clone(), v.clone())).collect();
    Value::Object(said)
}

/// Of the whole body, what we do not understand included: an update carries that back as it was seen.
fn fingerprint(said: &Value) -> String {
    let mut said = said.clone();
    forget_names(&mut said);
    said.sort_all_objects();
    digest::sha256(said.to_string())
}

/// The names that the service gives to targets that have only one; they follow its language \[spec\].
fn forget_names(value: &mut Value) {
    const NAMED_BY_THE_SERVICE: [&str; 3] = [
        "AllDesktopRingTarget",
        "AllMobileRingTarget",
        "VoiceMailTerminatingTarget",
    ];
    match value {
        Value::Object(map) => {
            let kind = map.get("type").and_then(Value::as_str);
            if kind.is_some_and(|kind| NAMED_BY_THE_SERVICE.contains(&kind)) {
                map.shift_remove("name");
            }
            map.values_mut().for_each(forget_names);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::account::{Method, Request};
    use crate::engine::plan::Action;

    fn rule(id: &str, name: &str, more: &Value) -> InteractionRule {
        let body = json!({ "id": id, "displayName": name, "more": more });
        InteractionRule::try_from(body).unwrap()
    }

    fn dnd(enabled: bool, target: &str) -> StateRule {
        let state = json!({ "id": "dnd", "displayName": "DND", "enabled": enabled });
        let body = json!({ "id": "dnd", "dispatching": target, "state": state });
        StateRule::try_from(body).unwrap()
    }

    fn change(resource: Resource, name: &str) -> Change {
        Change {
            action: Action::Update,
            resource,
            name: name.to_owned(),
            rule_id: None,
            reason: None,
            fields: Vec::new(),
            request: Request {
                method: Method::Patch,
                path: String::new(),
                body: None,
            },
        }
    }

    fn seen(rules: Vec<InteractionRule>, state_rules: Vec<StateRule>, changed: Change) -> Seen {
        let wanted = Wanted {
            user: ExtensionId("1".to_owned()),
            rules: true,
            states: true,
        };
        let live = LiveUser::new(&wanted, rules, state_rules);
        Seen::of(&wanted, &live, &[changed])
    }

    fn names(traces: &[Trace]) -> Vec<&str> {
        traces.iter().map(|trace| trace.name.as_str()).collect()
    }

    #[test]
    fn what_was_edited_made_and_deleted_is_named() {
        let seen = |rules| seen(rules, Vec::new(), change(Resource::StateRule, "dnd"));
        let (old, new) = (json!({ "a": 1, "b": [2] }), json!({ "b": [3], "a": 1 }));
        let before = seen(vec![
            rule("1", "VIP", &old),
            rule("2", "Old", &old),
            rule("4", "Same", &old),
        ]);
        let now = seen(vec![
            rule("4", "Same", &json!({ "b": [2], "a": 1 })),
            rule("1", "VIP", &new),
            rule("3", "New", &old),
        ]);
        let moved = before.moved(&now).unwrap();
        assert_eq!(names(&moved.changed), ["VIP"]);
        assert_eq!(names(&moved.appeared), ["New"]);
        assert_eq!(names(&moved.gone), ["Old"]);
        assert_eq!(before.moved(&before), None);
        let renamed = seen(vec![
            rule("1", "Very important", &old),
            rule("2", "Old", &old),
            rule("4", "Same", &old),
        ]);
        assert_eq!(names(&before.moved(&renamed).unwrap().changed), ["VIP"]);
    }

    #[test]
    fn a_switch_counts_only_where_the_plan_changes_its_state() {
        for (resource, counts) in [(Resource::StateRule, false), (Resource::State, true)] {
            let seen = |state| seen(Vec::new(), vec![state], change(resource, "dnd"));
            let before = seen(dnd(false, "voicemail"));
            let switched = before.moved(&seen(dnd(true, "voicemail")));
            assert_eq!(switched.is_some(), counts);
            let edited = before.moved(&seen(dnd(false, "mobile"))).unwrap();
            assert_eq!(edited.changed[0].resource, Resource::StateRule);
        }
    }

    #[test]
    fn a_name_that_the_service_gives_says_nothing() {
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
    fn a_plan_remembers_in_json() {
        let seen = seen(
            vec![rule("1", "VIP", &json!(1))],
            vec![dnd(true, "x")],
            change(Resource::State, "dnd"),
        );
        let json = serde_json::to_value(&seen).unwrap();
        assert_eq!(json["rules"][0]["name"], "VIP");
        assert_eq!(json["rules"][0]["fingerprint"].as_str().unwrap().len(), 64);
        assert_eq!(json["states"][1]["resource"], "state");
        assert_eq!(serde_json::from_value::<Seen>(json).unwrap(), seen);
    }
}

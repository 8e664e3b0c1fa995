//! Completion of rules in seeds: the parts that RingCentral requires but short seeds leave out.
//!
//! A completed rule has a silent ring group for each of the user's own devices and apps that it
//! does not list, both target types, the prompts of voicemail and announcements, and, in the rule
//! of a state, the announcement targets. What a rule contains stays as it is.

use serde_json::Value;

use super::account::SandboxExtension;
use super::defaults::{self, ANNOUNCEMENT, STATE_IDS, VOICEMAIL};
use super::json::{items, items_mut, set_default};

/// Completes all rules of a user. The actions that a rule contains keep their positions, so that
/// errors can name them; [`sort_actions`] moves the others to their places.
pub(crate) fn complete_rules(user: &mut SandboxExtension) {
    let mut interaction_rules = std::mem::take(&mut user.interaction_rules);
    for rule in &mut interaction_rules {
        complete_interaction_rule(rule, user);
    }
    user.interaction_rules = interaction_rules;
    let mut state_rules = std::mem::take(&mut user.state_rules);
    for (id, rule) in &mut state_rules {
        if STATE_IDS.contains(&id.as_str()) {
            complete_state_rule(id, rule, user);
        }
    }
    user.state_rules = state_rules;
}

/// Moves the terminating action of each rule to the end, where responses have it.
pub(crate) fn sort_actions(user: &mut SandboxExtension) {
    let rules = user.interaction_rules.iter_mut();
    for rule in rules.chain(user.state_rules.values_mut()) {
        let actions = rule.pointer_mut("/dispatching/actions");
        if let Some(Value::Array(actions)) = actions {
            actions.sort_by_key(|action| action["type"] == "TerminatingAction");
        }
    }
}

/// Completes an interaction rule.
pub(crate) fn complete_interaction_rule(rule: &mut Value, user: &SandboxExtension) {
    if let Some(dispatching) = rule.get_mut("dispatching") {
        add_own_ring_groups(dispatching, user);
        complete_targets(dispatching, &["Ringing", "Terminating"]);
    }
}

fn complete_state_rule(id: &str, rule: &mut Value, user: &SandboxExtension) {
    let Some(dispatching) = rule.get_mut("dispatching") else {
        return;
    };
    if defaults::has_ring_groups(id) {
        add_own_ring_groups(dispatching, user);
    }
    let modes = defaults::target_modes(id);
    for action in terminating_actions(dispatching) {
        let Some(Value::Array(targets)) = action.get_mut("targets") else {
            continue;
        };
        if !targets.iter().any(|target| target["type"] == ANNOUNCEMENT) {
            targets.extend(modes.iter().map(|mode| defaults::announcement(mode)));
        }
    }
    complete_targets(dispatching, modes);
}

/// Adds a silent ring group for each of the user's own devices and apps that is not listed, after
/// all other actions and in the order of the defaults.
fn add_own_ring_groups(dispatching: &mut Value, user: &SandboxExtension) {
    let listed_targets: Vec<Value> = items(dispatching, "actions")
        .flat_map(|action| items(action, "targets"))
        .cloned()
        .collect();
    let Some(actions) = dispatching.get_mut("actions").and_then(Value::as_array_mut) else {
        return;
    };
    let is_missing = |group: &Value| {
        let own = defaults::own_ring_target(&group["targets"][0], user);
        let mut listed = listed_targets
            .iter()
            .map(|target| defaults::own_ring_target(target, user));
        !listed.any(|target| target == own)
    };
    let mut groups = defaults::own_ring_groups(user);
    groups.retain(is_missing);
    for group in &mut groups {
        group["enabled"] = false.into();
    }
    actions.extend(groups);
}

/// Adds the prompts of voicemail and announcements, and voicemail as the target of each mode that
/// names none.
fn complete_targets(dispatching: &mut Value, modes: &[&str]) {
    for action in terminating_actions(dispatching) {
        for target in items_mut(action, "targets") {
            let kind = target["type"].as_str().unwrap_or_default();
            if matches!(kind, VOICEMAIL | ANNOUNCEMENT) {
                let mode = target["dispatchingType"].as_str().unwrap_or_default();
                let prompt = defaults::default_prompt(kind, mode);
                set_default(target, "prompt", prompt);
            }
        }
        if items(action, "targets").any(|target| target["type"] == VOICEMAIL) {
            for mode in modes {
                set_default(action, defaults::target_type_key(mode), VOICEMAIL);
            }
        }
    }
}

/// Returns the actions that decide what happens to calls that are not answered.
fn terminating_actions(dispatching: &mut Value) -> impl Iterator<Item = &mut Value> {
    items_mut(dispatching, "actions").filter(|action| action["type"] == "TerminatingAction")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_rule_is_completed_and_its_own_parts_stay() {
        let mut user = SandboxExtension {
            id: "7".into(),
            devices: serde_json::from_value(json!([
                { "id": "d1", "name": "Desk" },
                { "id": "d2", "name": "Kitchen" },
                { "id": "d3", "name": "Hall", "type": "Paging" },
            ]))
            .unwrap(),
            interaction_rules: vec![json!({ "displayName": "Short", "dispatching": {
                "type": "RingInOrder", "actions": [
                    { "type": "RingGroupAction", "enabled": true, "duration": 15, "targets": [
                        { "type": "DeviceRingTarget", "device": { "id": "d2" } },
                        { "type": "AllMobileRingTarget", "extension": { "id": "8" } } ] },
                    { "type": "TerminatingAction", "ringingTargetType": "VoiceMailTerminatingTarget",
                      "targets": [{ "type": "VoiceMailTerminatingTarget" }] },
                ] } })],
            ..SandboxExtension::default()
        };
        complete_rules(&mut user);
        sort_actions(&mut user);
        let actions = &user.interaction_rules[0]["dispatching"]["actions"];
        let groups = &actions.as_array().unwrap()[..4];
        let targets = groups.iter().map(|group| group["targets"][0].clone());
        let own = targets.map(|target| {
            let id = target["device"]["id"].as_str();
            id.or(target["type"].as_str()).unwrap().to_owned()
        });
        let own: Vec<String> = own.collect();
        assert_eq!(
            own,
            ["d2", "d1", "AllMobileRingTarget", "AllDesktopRingTarget"]
        );
        let silent = groups.iter().map(|group| group["enabled"] == false);
        assert_eq!(silent.collect::<Vec<_>>(), [false, true, true, true]);
        let last = &actions[4];
        assert_eq!(last["terminatingTargetType"], VOICEMAIL);
        assert_eq!(
            last["targets"][0]["prompt"]["greeting"]["preset"]["id"],
            "590080"
        );

        let completed = user.clone();
        complete_rules(&mut user);
        sort_actions(&mut user);
        assert_eq!(user, completed, "a complete rule stays as it is");
    }
}

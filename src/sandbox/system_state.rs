//! What RingCentral maintains by itself: ids, the states of each user, and their default rules.

use std::collections::HashSet;

use serde_json::json;

use super::account::{SandboxAccount, SandboxExtension, stable_id};
use super::defaults::{self, is_always};

impl SandboxAccount {
    /// Updates what RingCentral maintains by itself.
    ///
    /// Only this function adds and removes states and state rules. \[docs\]
    pub(crate) fn sync_system_state(&mut self) {
        let queues = self.extensions.iter().filter(|e| e.kind == "Department");
        let agents: HashSet<String> = queues.flat_map(|queue| queue.members.clone()).collect();
        for extension in &mut self.extensions {
            if extension.id.is_empty() {
                extension.id = stable_id(&[&self.account.id, &extension.extension_number]);
            }
            if extension.has_rules() {
                let is_agent = agents.contains(&extension.extension_number);
                sync_states(extension, is_agent);
                assign_rule_ids(extension);
            }
        }
    }
}

/// Adds and removes the states of a user, and fills in their default conditions and rules.
fn sync_states(extension: &mut SandboxExtension, is_agent: bool) {
    for id in defaults::STATE_IDS {
        let exists = match id {
            "agent" => is_agent,
            "after-hours" => has_after_hours(extension),
            _ => true,
        };
        if !exists {
            extension.states.shift_remove(id);
            extension.state_rules.shift_remove(id);
            continue;
        }
        let state = extension.states.entry(id).or_insert(json!({}));
        if let Some(fields) = state.as_object_mut()
            && !(fields.contains_key("enabled") && fields.contains_key("conditions"))
        {
            for (key, value) in defaults::default_state(id) {
                fields.entry(key).or_insert(value);
            }
        }
        if extension.state_rules.get(id).is_none() {
            let rule = json!({ "dispatching": defaults::default_dispatching(id, extension) });
            extension.state_rules.insert(id.into(), rule);
        }
    }
}

/// Returns whether the user has an after-hours state, which exists only while work hours are not
/// 24/7. \[docs\]
fn has_after_hours(extension: &SandboxExtension) -> bool {
    let work_hours = extension.states.get("work-hours");
    // Without conditions, the default is 24/7.
    let conditions = work_hours.and_then(|state| state["conditions"].as_array());
    conditions.is_some_and(|conditions| !conditions.iter().any(is_always))
}

/// Assigns an id to each interaction rule that has none.
fn assign_rule_ids(extension: &mut SandboxExtension) {
    for index in 0..extension.interaction_rules.len() {
        let rule = &extension.interaction_rules[index];
        if rule.get("id").is_some() {
            continue;
        }
        let name = rule["displayName"].as_str().unwrap_or_default();
        let ids = (index..).map(|salt| stable_id(&[&extension.id, name, &salt.to_string()]));
        let mut unused_ids = ids.filter(|id| extension.interaction_rule(id).is_none());
        let Some(id) = unused_ids.next() else {
            continue;
        };
        if let Some(fields) = extension.interaction_rules[index].as_object_mut() {
            fields.shift_insert(0, "id".into(), id.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Imitates a user who deletes a rule in the RingCentral app and creates another of that name.
    #[test]
    fn rule_id_after_delete_and_recreate_is_unique() {
        let mut account = SandboxAccount::default();
        let rules = ["X", "A"].map(|name| json!({ "displayName": name }));
        account.extensions.push(SandboxExtension {
            extension_number: "101".into(),
            interaction_rules: rules.into(),
            ..SandboxExtension::default()
        });
        account.sync_system_state();
        let rules = &mut account.extensions[0].interaction_rules;
        rules.remove(0);
        rules.push(json!({ "displayName": "A" }));
        account.sync_system_state();
        let rules = &account.extensions[0].interaction_rules;
        assert_ne!(rules[0]["id"], rules[1]["id"]);
    }
}

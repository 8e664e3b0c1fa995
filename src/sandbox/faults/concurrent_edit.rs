//! Edits of rules in the RingCentral app while a run is in progress.

use serde_json::{Value, json};

use super::super::account::{SandboxAccount, SandboxExtension};
use super::super::completion::complete_interaction_rule;
use super::super::defaults;
use super::super::error::SandboxError;
use super::super::normalize;
use super::super::store::AccountStore;

/// An edit of one interaction rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConcurrentEdit {
    pub(super) kind: EditKind,
    /// Extension number of the user; without it, the user whom the request concerns.
    pub(super) user: Option<String>,
    /// Name of the rule; without it, the user's first rule. For a new rule, its name.
    pub(super) rule: Option<String>,
}

/// The kind of an edit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum EditKind {
    Rename,
    /// Enables a disabled rule and disables an enabled one.
    Toggle,
    Create,
    Delete,
}

impl ConcurrentEdit {
    /// Returns whether the user is known, from the fault or from the request path.
    pub(super) fn can_apply_to(&self, path: &str) -> bool {
        self.user.is_some() || extension_id_in_path(path).is_some()
    }

    /// Rejects a user who does not exist. The rule may not exist yet.
    pub(super) fn check_user(&self, account: &SandboxAccount) -> Result<(), SandboxError> {
        let Some(number) = &self.user else {
            return Ok(());
        };
        let user = account.extension(number);
        if user.is_some_and(SandboxExtension::has_rules) {
            return Ok(());
        }
        let users = account.extensions.iter().filter(|e| e.has_rules()).take(8);
        let numbers: Vec<&str> = users.map(|e| e.extension_number.as_str()).collect();
        let mut possible = numbers.join(", ");
        if numbers.is_empty() {
            possible.push_str("none");
        }
        Err(SandboxError::UnknownFaultUser {
            user: number.clone(),
            possible,
        })
    }

    /// Performs the edit. Returns false, with a warning in the log, if there is nothing to edit.
    pub(super) fn perform(
        &self,
        store: &mut AccountStore,
        path: &str,
    ) -> Result<bool, SandboxError> {
        let Some(user_index) = self.user_index(store.account(), path) else {
            tracing::warn!("no edit in the RingCentral app: no such user");
            return Ok(false);
        };
        if self.kind == EditKind::Create {
            let name = self.rule.as_deref().unwrap_or("Made in the app");
            let id = store.allocate_id();
            let user = &store.account().extensions[user_index];
            let rule = normalize::normalize_interaction_rule(id, &example_rule(name, user), user);
            store.change_user(user_index, |user| user.interaction_rules.push(rule))?;
            return Ok(true);
        }
        let rules = &store.account().extensions[user_index].interaction_rules;
        let matches = |rule: &Value| {
            let name = self.rule.as_ref();
            name.is_none_or(|name| rule["displayName"] == **name)
        };
        let Some(rule_index) = rules.iter().position(matches) else {
            tracing::warn!("no edit in the RingCentral app: no such rule");
            return Ok(false);
        };
        store.change_user(user_index, |user| {
            let rule = &mut user.interaction_rules[rule_index];
            match self.kind {
                EditKind::Toggle => rule["enabled"] = (rule["enabled"] != true).into(),
                EditKind::Rename | EditKind::Create => {
                    let name = rule["displayName"].as_str().unwrap_or_default();
                    rule["displayName"] = format!("{name} (renamed in the app)").into();
                }
                EditKind::Delete => drop(user.interaction_rules.remove(rule_index)),
            }
        })?;
        Ok(true)
    }

    /// Returns the index of the user whose rule is edited.
    fn user_index(&self, account: &SandboxAccount, path: &str) -> Option<usize> {
        let mut extensions = account.extensions.iter();
        let index = match &self.user {
            Some(number) => extensions.position(|e| e.extension_number == *number),
            None => account.extension_index(extension_id_in_path(path)?),
        };
        index.filter(|index| account.extensions[*index].has_rules())
    }
}

/// Returns the extension id in a request path.
fn extension_id_in_path(path: &str) -> Option<&str> {
    let mut parts = path.split('?').next()?.split('/');
    parts.find(|part| matches!(*part, "extension" | "extensions"))?;
    parts.next()
}

/// Returns a rule as users create them in the RingCentral app.
fn example_rule(name: &str, user: &SandboxExtension) -> Value {
    let mut rule = json!({
        "displayName": name,
        "enabled": true,
        "conditions": [
            { "type": "Interaction", "from": [{ "phoneNumber": "+1650", "name": "" }], "to": [] },
        ],
        "dispatching": defaults::default_dispatching("work-hours", user),
    });
    complete_interaction_rule(&mut rule, user);
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_id_is_found_in_user_paths_only() {
        for (path, id) in [
            (
                "/restapi/v2/accounts/~/extensions/7/comm-handling/states?page=1",
                Some("7"),
            ),
            ("/restapi/v1.0/account/~/extension/8/device", Some("8")),
            ("/restapi/oauth/token", None),
            ("/restapi/v1.0/account/~/extension?page=1", None),
        ] {
            assert_eq!(extension_id_in_path(path), id, "{path}");
        }
    }
}

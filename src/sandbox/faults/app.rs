//! Somebody who edits in the app while a run is under way.

use serde_json::{Value, json};

use super::super::accepted;
use super::super::account::{Account, Extension};
use super::super::checks::dispatching::INTERACTION;
use super::super::defaults;
use super::super::error::Error;
use super::super::store::Store;

/// An edit of one interaction rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) change: Change,
    /// The extension number; otherwise the user whom the request is about.
    pub(super) user: Option<String>,
    /// The rule's name; otherwise the user's first rule. For a new rule, the name it gets.
    pub(super) rule: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    Rename,
    /// On becomes off, off becomes on.
    Toggle,
    Create,
    Delete,
}

impl Edit {
    /// Whether it is clear whose rule is meant.
    pub(super) fn has_user(&self, path: &str) -> bool {
        self.user.is_some() || extension_of(path).is_some()
    }

    /// Refuses a user who is not there. A rule may come into being only later.
    pub(super) fn check(&self, account: &Account) -> Result<(), Error> {
        let Some(number) = &self.user else {
            return Ok(());
        };
        let found = account.extension(number);
        if found.is_some_and(Extension::has_rules) {
            return Ok(());
        }
        let users = account.extensions.iter().filter(|e| e.has_rules()).take(8);
        let numbers: Vec<&str> = users.map(|e| e.extension_number.as_str()).collect();
        Err(Error::NoUserToEdit {
            user: number.clone(),
            possible: match numbers[..] {
                [] => "none".to_owned(),
                _ => numbers.join(", "),
            },
        })
    }

    /// Edits; false where there is nothing that could be edited.
    pub(super) fn make(&self, store: &mut Store, path: &str) -> Result<bool, Error> {
        let Some(position) = self.position(store.account(), path) else {
            return Ok(false);
        };
        if self.change == Change::Create {
            let name = self.rule.as_deref().unwrap_or("Made in the app");
            let rule = accepted::interaction_rule(store.new_id(), &new_rule(name), &INTERACTION);
            store.change_user(position, |user| user.interaction_rules.push(rule))?;
            return Ok(true);
        }
        let rules = &store.account().extensions[position].interaction_rules;
        let is_meant = |rule: &Value| {
            let name = self.rule.as_ref();
            name.is_none_or(|name| rule["displayName"] == **name)
        };
        let Some(place) = rules.iter().position(is_meant) else {
            return Ok(false);
        };
        store.change_user(position, |user| {
            let rules = &mut user.interaction_rules;
            match self.change {
                Change::Delete => drop(rules.remove(place)),
                Change::Toggle => {
                    rules[place]["enabled"] = (rules[place]["enabled"] != true).into()
                }
                Change::Rename | Change::Create => {
                    let name = rules[place]["displayName"].as_str().unwrap_or_default();
                    rules[place]["displayName"] = format!("{name} (renamed in the app)").into();
                }
            }
        })?;
        Ok(true)
    }

    fn position(&self, account: &Account, path: &str) -> Option<usize> {
        let position = match &self.user {
            Some(number) => {
                let mut extensions = account.extensions.iter();
                extensions.position(|e| e.extension_number == *number)
            }
            None => account.position(extension_of(path)?),
        };
        position.filter(|position| account.extensions[*position].has_rules())
    }
}

/// The extension id in a path.
fn extension_of(path: &str) -> Option<&str> {
    let path = path.split('?').next()?;
    let mut parts = path.split('/');
    parts.find(|part| matches!(*part, "extension" | "extensions"))?;
    parts.next()
}

/// A rule like those that people click together.
fn new_rule(name: &str) -> Value {
    json!({
        "displayName": name,
        "enabled": true,
        "conditions": [
            { "type": "Interaction", "from": [{ "phoneNumber": "+1650", "name": "" }], "to": [] },
        ],
        "dispatching": defaults::state_dispatching("work-hours"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_rules_a_path_is_about() {
        let user = "/restapi/v2/accounts/~/extensions/7/comm-handling/states?page=1";
        assert_eq!(extension_of(user), Some("7"));
        let device = "/restapi/v1.0/account/~/extension/8/device";
        assert_eq!(extension_of(device), Some("8"));
        for nobody in [
            "/restapi/oauth/token",
            "/restapi/v1.0/account/~/extension?page=1",
        ] {
            assert_eq!(extension_of(nobody), None, "{nobody}");
        }
    }
}

//! What the account has of a user, in the words of a file.

use serde_json::{Map, Value, json};

use super::{STATES, shorten};
use crate::config::types::UserFile;
use crate::engine::LiveUser;
use crate::model::words::Words;
use crate::model::{Directory, Extension};

/// A live interaction rule.
pub(super) struct Rule {
    /// What it stands under.
    pub(super) key: String,
    /// Its name on the account.
    pub(super) name: String,
    pub(super) words: Value,
}

/// Whose file it is: the number, where it is the user's alone and looks like one; else the id.
pub(super) fn identity(user: &Extension, directory: &Directory) -> Map<String, Value> {
    let (key, value) = match &user.number {
        Some(number)
            if directory.by_number(number).len() == 1
                && (1..=8).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            ("extension", number.clone())
        }
        _ => ("id", user.id.0.clone()),
    };
    Map::from_iter([(key.to_owned(), json!(value))])
}

/// Whose file this is, as it says itself.
pub(super) fn identity_in(file: &UserFile) -> Map<String, Value> {
    let said = [
        ("extension", file.extension.as_ref().map(|number| &number.0)),
        ("email", file.email.as_ref().map(|email| &email.0)),
        ("id", file.id.as_ref().map(|id| &id.0)),
    ];
    let said = said.into_iter();
    said.filter_map(|(key, value)| Some((key.to_owned(), json!(value?))))
        .collect()
}

/// The rules, each under a key of its own. Of equal names, all are pinned by their ids.
pub(super) fn rules(live: &LiveUser, words: Words<'_>) -> Vec<Rule> {
    let count = |name: &str| {
        { live.rules().iter() }
            .filter(|rule| rule.display_name == name)
            .count()
    };
    let mut said: Vec<Rule> = Vec::new();
    for (rule, held) in live.rules().iter().zip(live.handling().rules()) {
        let name = rule.display_name.clone();
        let mut value = shorten::rule(words.rule(&held.rule));
        let mut key = name.clone();
        if count(&name) > 1 {
            value["id"] = json!(rule.id);
            if said.iter().any(|before| before.key == key) {
                value["name"] = json!(name);
                // Some other rule may have even that name.
                while count(&key) > 0 {
                    key = format!("{key} ({})", rule.id);
                }
            }
        }
        said.push(Rule {
            key,
            name,
            words: value,
        });
    }
    said
}

/// What to know of rules that have equal names: one note for each such name.
pub(super) fn twins(rules: &[Rule]) -> Vec<String> {
    let count = |name: &str| rules.iter().filter(|rule| rule.name == name).count();
    let first = { rules.iter() }.filter(|rule| rule.key == rule.name);
    let named = first.map(|rule| (&rule.name, count(&rule.name)));
    named
        .filter(|(_, count)| *count > 1)
        .map(|(name, count)| {
            format!(
                "{count} rules are named `{name}`; their ids tell them apart: rename all but one"
            )
        })
        .collect()
}

/// The states that a file can describe.
pub(super) fn states(live: &LiveUser, words: Words<'_>) -> Vec<(String, Value)> {
    let known = STATES.iter().filter_map(|id| live.handling().state(id));
    known
        .map(|held| {
            let mut value = words.state(&held.state);
            // What the user switches in the app is the user's own affair.
            if let Some(map) = value.as_object_mut() {
                map.shift_remove("enabled");
            }
            value["dispatching"] = shorten::dispatching(words.dispatching(&held.dispatching));
            (held.id.to_string(), value)
        })
        .collect()
}

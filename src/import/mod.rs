//! From an account to the files that describe it.
//!
//! What is written is what a careful person would have written, and it is exact: each part is read
//! back, resolved and compared with the account before it is kept. What cannot be said exactly is left
//! out, with a comment that says why, and left alone by the plans that follow.

mod shorten;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::types::Settings;
use crate::config::{self, Finding, Shared};
use crate::diagnostic::Code;
use crate::engine::{self, LiveUser};
use crate::model::words::Words;
use crate::model::{Catalogue, Directory, Extension, NameList, StateId};
use crate::wire::convert;
use crate::yaml;

/// The states that a file can describe, in the order of a file.
const STATES: [&str; 5] = [
    StateId::FORWARD_ALL_CALLS,
    StateId::DND,
    StateId::AGENT,
    StateId::WORK_HOURS,
    StateId::AFTER_HOURS,
];

/// A user file made from an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The name of the file, such as `101-alex-morgan.yaml`.
    pub file_name: String,
    /// Its text.
    pub text: String,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// The lists in which the greetings and devices of a user have their names. Who has none needs none.
pub fn name_lists(user: &Extension, live: &LiveUser) -> BTreeSet<NameList> {
    let rules = live.rules.iter().filter_map(|rule| {
        let rule = convert::interaction_rule(&rule.body, &user.id);
        rule.dispatching
    });
    let states = live.state_rules.iter();
    let states = states.filter(|rule| STATES.contains(&rule.id.as_str()));
    let states = states.map(|rule| convert::state_dispatching(&rule.body, &user.id));
    let dispatchings = rules.chain(states);
    dispatchings
        .flat_map(|dispatching| dispatching.name_lists(&user.id))
        .collect()
}

/// Writes the file of one user, with the names that `catalogue` has.
///
/// # Errors
/// When the account holds something that YAML cannot say.
pub fn user_file(
    user: &Extension,
    live: &LiveUser,
    directory: &Directory,
    catalogue: &Catalogue,
) -> Result<Imported, String> {
    let writer = Writer {
        user,
        live,
        directory,
        catalogue,
    };
    let identity = writer.identity();
    let mut file = identity.clone();
    let mut notes = Vec::new();
    let mut ignored = Vec::new();
    let mut rules = Map::new();
    for (key, words) in writer.rules() {
        match writer.exact(&identity, "interactionRules", &key, words) {
            Ok(words) => {
                rules.insert(key, words);
            }
            Err(why) => {
                notes.push(format!(
                    "the rule `{key}` is left out, and left alone: {why}"
                ));
                ignored.push(json!(key));
            }
        }
    }
    if !ignored.is_empty() {
        file.insert("ignore".to_owned(), Value::Array(ignored));
    }
    file.insert("interactionRules".to_owned(), Value::Object(rules));
    let mut states = Map::new();
    for (id, words) in writer.states() {
        match writer.exact(&identity, "states", &id, words) {
            Ok(words) if words.as_object().is_some_and(Map::is_empty) => {}
            Ok(words) => {
                states.insert(id, words);
            }
            Err(why) => notes.push(format!(
                "the state `{id}` is left out, and left alone: {why}"
            )),
        }
    }
    if !states.is_empty() {
        file.insert("states".to_owned(), Value::Object(states));
    }
    let mut text = String::from("# yaml-language-server: $schema=../schemas/user.schema.json\n");
    let name = user.name.replace(['\n', '\r'], " ");
    text.push_str(&format!("# {}\n", name.trim()));
    for note in &notes {
        text.push_str(&format!("# Note: {}\n", note.replace(['\n', '\r'], " ")));
    }
    text.push_str(&yaml::write(&Value::Object(file)).map_err(|error| error.to_string())?);
    Ok(Imported {
        file_name: writer.file_name(),
        text,
        notes,
    })
}

struct Writer<'a> {
    user: &'a Extension,
    live: &'a LiveUser,
    directory: &'a Directory,
    catalogue: &'a Catalogue,
}

impl Writer<'_> {
    fn words(&self) -> Words<'_> {
        Words::new(self.directory).with_names(self.catalogue, &self.user.id)
    }

    /// The number, where it is the user's alone and looks like one; else the id.
    fn identity(&self) -> Map<String, Value> {
        let (key, value) = match &self.user.number {
            Some(number)
                if self.directory.by_number(number).len() == 1
                    && (1..=8).contains(&number.len())
                    && number.bytes().all(|b| b.is_ascii_digit()) =>
            {
                ("extension", number.clone())
            }
            _ => ("id", self.user.id.0.clone()),
        };
        Map::from_iter([(key.to_owned(), json!(value))])
    }

    fn file_name(&self) -> String {
        let number = self.user.number.as_ref().unwrap_or(&self.user.id.0);
        let name = format!("{number} {}", self.user.name);
        format!("{}.yaml", slug::slugify(name))
    }

    /// The rules by the key that they stand under. Of equal names, all are pinned by their ids.
    fn rules(&self) -> Vec<(String, Value)> {
        let words = self.words();
        let names = || {
            self.live
                .rules
                .iter()
                .map(|rule| rule.display_name.as_str())
        };
        let mut said = Vec::new();
        for (index, rule) in self.live.rules.iter().enumerate() {
            let name = &rule.display_name;
            let model = convert::interaction_rule(&rule.body, &self.user.id);
            let mut value = shorten::rule(words.rule(&model));
            let before = names().take(index).filter(|other| other == name).count();
            let mut key = name.clone();
            if names().filter(|other| other == name).count() > 1 {
                value["id"] = json!(rule.id);
                if before > 0 {
                    value["name"] = json!(name);
                    key = format!("{name} ({})", rule.id);
                }
            }
            said.push((key, value));
        }
        said
    }

    fn states(&self) -> Vec<(String, Value)> {
        let words = self.words();
        let live = |id: &&str| self.live.state_rules.iter().find(|rule| rule.id == **id);
        let known = STATES.iter().filter_map(|id| Some((id, live(id)?)));
        known
            .map(|(id, rule)| {
                let state = convert::state(&rule.body);
                let dispatching = convert::state_dispatching(&rule.body, &self.user.id);
                let mut value = words.state(&state);
                // What the user switches in the app is the user's own affair.
                if let Some(map) = value.as_object_mut() {
                    map.shift_remove("enabled");
                }
                value["dispatching"] = shorten::dispatching(words.dispatching(&dispatching));
                ((*id).to_owned(), value)
            })
            .collect()
    }

    /// The words of one part, once it is sure that they mean what the account has. What a state does
    /// not take is not said.
    fn exact(
        &self,
        identity: &Map<String, Value>,
        section: &str,
        key: &str,
        words: Value,
    ) -> Result<Value, String> {
        let mut file = identity.clone();
        file.insert("prune".to_owned(), json!("none"));
        file.insert(section.to_owned(), json!({ key: words }));
        let mut file = Value::Object(file);
        let declared = loop {
            let text = yaml::write(&file).map_err(|error| error.to_string())?;
            match config::read_user(&text) {
                Ok(declared) => break declared,
                Err(found) => drop_what_is_not_taken(&mut file, found)?,
            }
        };
        let settings = Settings::leaving_all();
        let (directory, catalogue) = (self.directory, self.catalogue);
        let shared = Shared::default();
        let desired = config::resolve(&declared, &settings, &shared, directory, catalogue);
        let desired = desired.map_err(|found| told(&found))?;
        let (plan, problems) = engine::diff(&desired, self.live, self.directory);
        if let Some(problem) = problems.first() {
            return Err(problem.message.clone());
        }
        if !plan.changes.is_empty() {
            return Err("its words would change it".to_owned());
        }
        Ok(file[section][key].take())
    }
}

/// Removes the keys that a state does not take; any other finding is the end.
fn drop_what_is_not_taken(file: &mut Value, found: Vec<Finding>) -> Result<(), String> {
    let refused = |finding: &&Finding| {
        matches!(
            finding.code,
            Code::NotInState | Code::NotWithType | Code::BadSchedule
        )
    };
    let removed = { found.iter().filter(refused) }
        .filter(|finding| finding.path.remove_from(file))
        .count();
    if removed == 0 {
        return Err(told(&found));
    }
    Ok(())
}

fn told(found: &[Finding]) -> String {
    let errors = found.iter().filter(|finding| finding.code.is_error());
    errors
        .map(|finding| finding.message.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

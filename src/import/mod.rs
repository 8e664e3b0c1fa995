//! From an account to the files that describe it.
//!
//! What is written is what a careful person would have written, and it is exact: each part is read
//! back, resolved and compared with the account before it is kept, and so is the file in the end. What
//! cannot be said exactly is left out, with a comment that says why, and left alone by the plans that
//! follow.

mod exact;
mod path;
mod said;
mod shorten;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::types::{Prune, Settings, UserFile};
use crate::engine::LiveUser;
use crate::model::{Catalogue, Directory, Extension, NameList, StateId};
use crate::yaml;

pub use path::free as free_path;

use exact::{Exact, ignores};

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
    /// Its text.
    pub text: String,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// Where a file will stand.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its path below the root of the repository.
    pub path: &'a str,
    /// The settings of the repository.
    pub settings: &'a Settings,
    /// The file that it takes the place of. What that leaves to its user stays so.
    pub before: Option<&'a UserFile>,
}

/// The lists in which the greetings and devices of a user have their names. Who has none needs none.
pub fn name_lists(user: &Extension, live: &LiveUser) -> BTreeSet<NameList> {
    let handling = live.handling();
    let rules = handling.rules().iter();
    let rules = rules.filter_map(|held| held.rule.dispatching.as_ref());
    let states = handling.states().iter();
    let states = states.filter(|state| STATES.contains(&state.id.as_str()));
    let dispatchings = rules.chain(states.map(|state| &state.dispatching));
    dispatchings
        .flat_map(|dispatching| dispatching.name_lists(&user.id))
        .collect()
}

/// Writes the file of one user, with the names that `catalogue` has.
///
/// # Errors
/// When the account holds something that YAML cannot say, or the file would not mean what is there.
pub fn user_file(
    user: &Extension,
    live: &LiveUser,
    directory: &Directory,
    catalogue: &Catalogue,
    target: Target<'_>,
) -> Result<Imported, String> {
    let exact = Exact {
        identity: match target.before.map(said::identity_in) {
            // Tests name users as their files do.
            Some(said) if !said.is_empty() => said,
            _ => said::identity(user, directory),
        },
        settings: target.settings,
        live,
        directory,
        catalogue,
    };
    let words = exact.words(user);
    let mut notes = Vec::new();
    let mut ignored: Vec<String> = Vec::new();
    ignored.extend(
        target
            .before
            .iter()
            .flat_map(|file| &file.ignore)
            .flatten()
            .cloned(),
    );
    let rules = rules(&exact, said::rules(live, words), &mut ignored, &mut notes)?;
    let states = states(&exact, said::states(live, words), &mut notes);
    notes.extend(said::twins(&rules));

    let mut file = exact.identity.clone();
    if let Some(prune) = target.before.and_then(|file| file.prune) {
        let word = match prune {
            Prune::All => "all",
            Prune::None => "none",
        };
        file.insert("prune".to_owned(), json!(word));
    }
    if !ignored.is_empty() {
        file.insert("ignore".to_owned(), json!(ignored));
    }
    if let Some(allowed) = target.before.and_then(|file| file.allow.as_ref()) {
        let names: Vec<&str> = allowed.iter().map(|name| name.0.as_str()).collect();
        file.insert("allow".to_owned(), json!(names));
    }
    let rules = rules.into_iter().map(|rule| (rule.key, rule.words));
    file.insert(
        "interactionRules".to_owned(),
        Value::Object(rules.collect()),
    );
    if !states.is_empty() {
        file.insert("states".to_owned(), Value::Object(states));
    }
    let mut text = path::schema_line(target.path);
    text.push_str(&comment(user.name.trim()));
    for note in &notes {
        text.push_str(&comment(&format!("Note: {note}")));
    }
    text.push_str(&yaml::write(&Value::Object(file)).map_err(|error| error.to_string())?);
    exact.whole(&text)?;
    Ok(Imported { text, notes })
}

/// A line for people. What would end it, or is nothing to read, becomes a space.
fn comment(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("# {line}\n")
}

/// The rules that the file declares. The others are ignored by their names from now on, and so a rule of
/// the same name is too: nothing may be ignored and declared.
fn rules(
    exact: &Exact<'_>,
    said: Vec<said::Rule>,
    ignored: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<Vec<said::Rule>, String> {
    let own = exact.ignoring(ignored)?;
    let mut rules = Vec::new();
    for mut rule in said {
        let key = &rule.key;
        if ignores(&own, &rule.name) {
            notes.push(format!(
                "the rule `{key}` is left out: `ignore` leaves it to the user"
            ));
            continue;
        }
        match exact.part("interactionRules", key, rule.words.take()) {
            Ok(words) => rules.push(said::Rule { words, ..rule }),
            Err(why) => {
                notes.push(format!(
                    "the rule `{key}` is left out, and left alone: {why}"
                ));
                // In a pattern `*` stands for any text, so also for itself.
                if !ignored.contains(&rule.name) {
                    ignored.push(rule.name);
                }
            }
        }
    }
    let all = exact.ignoring(ignored)?;
    rules.retain(|rule| {
        let is_ignored = ignores(&all, &rule.name);
        if is_ignored {
            notes.push(format!(
                "the rule `{}` is left out, and left alone: by its name it cannot be told from \
                 another that is",
                rule.key
            ));
        }
        !is_ignored
    });
    Ok(rules)
}

fn states(
    exact: &Exact<'_>,
    said: Vec<(String, Value)>,
    notes: &mut Vec<String>,
) -> Map<String, Value> {
    let mut states = Map::new();
    for (id, words) in said {
        match exact.part("states", &id, words) {
            Ok(words) if words.as_object().is_some_and(Map::is_empty) => {}
            Ok(words) => {
                states.insert(id, words);
            }
            Err(why) => notes.push(format!(
                "the state `{id}` is left out, and left alone: {why}"
            )),
        }
    }
    states
}

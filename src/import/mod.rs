//! Creates configuration files from the users on an account.
//!
//! The files are readable and exact. Each part is parsed, resolved and compared with the account
//! before it is kept, and so is the whole file at the end. Parts that the configuration language
//! cannot express exactly are omitted with a comment that explains the reason, and later plans
//! ignore them.

mod file_order;
mod to_yaml;
mod verify;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::types::{PruneSetting, RepositorySettings, UserFile};
use crate::model::{AccountExtension, ExtensionDirectory, NameIndex, NameListKey, StateId};
use crate::reconcile::LiveUser;
use crate::yaml;

pub use to_yaml::{ImportedRule, rule_to_yaml, rules_to_yaml, state_dispatching_to_yaml};
use verify::RoundTripVerifier;

/// The states that a file can declare, in the order in which files list them.
const STATES: [&str; 5] = [
    StateId::FORWARD_ALL_CALLS,
    StateId::DND,
    StateId::AGENT,
    StateId::WORK_HOURS,
    StateId::AFTER_HOURS,
];

/// The maximum length of a file name in bytes: readable, and valid on every file system.
const MAX_NAME_LENGTH: usize = 60;

/// A user file that was created from an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedUser {
    /// The YAML text of the file.
    pub text: String,
    /// Notes for the user, which are also comments in the file.
    pub notes: Vec<String>,
    /// The number of rules in the file.
    pub rule_count: usize,
    /// The number of states in the file.
    pub state_count: usize,
}

/// The place of a new file.
#[derive(Debug, Clone, Copy)]
pub struct ImportTarget<'a> {
    /// The path relative to the repository root.
    pub path: &'a str,
    /// The settings of the repository in which the file is created.
    pub settings: &'a RepositorySettings,
    /// The file that is overwritten, if any. Rules that it ignores stay ignored.
    pub previous: Option<&'a UserFile>,
    /// The content of the file that is overwritten, whose order is kept where it has no meaning.
    pub previous_yaml: Option<&'a Value>,
}

/// Returns the name lists that are needed to name the greetings and devices of a user.
pub fn name_lists(user: &AccountExtension, live: &LiveUser) -> BTreeSet<NameListKey> {
    let handling = live.handling();
    let of_rules = handling
        .rules()
        .iter()
        .filter_map(|live| live.rule.dispatching.as_ref());
    let states = handling
        .states()
        .iter()
        .filter(|state| STATES.contains(&state.id.as_str()));
    let dispatchings = of_rules.chain(states.map(|state| &state.dispatching));
    let phones = live.phones().unwrap_or_default();
    let written = dispatchings.cloned().map(|mut dispatching| {
        dispatching.collapse_desk_phones(phones);
        dispatching
    });
    written
        .flat_map(|dispatching| dispatching.referenced_name_lists(&user.id))
        .collect()
}

/// Creates the file of one user, with the names in `name_index`.
///
/// # Errors
/// Returns a message if YAML cannot express something on the account, or if the file would not
/// match the account.
pub fn import_user(
    user: &AccountExtension,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
    target: ImportTarget<'_>,
) -> Result<ImportedUser, String> {
    let verifier = RoundTripVerifier {
        identity: match target.previous {
            // Tests refer to users by the identifiers in their files.
            Some(file) => to_yaml::identity_from_file(file, user),
            None => to_yaml::choose_identity(user, directory),
        },
        settings: target.settings,
        live,
        directory,
        name_index,
    };
    let writer = verifier.yaml_writer(user);
    let mut notes = to_yaml::unnamed_rule_notes(live);
    notes.extend(to_yaml::unreadable_schedule_notes(live));
    let previously_ignored = target.previous.iter().flat_map(|file| &file.ignore);
    let mut ignored: Vec<String> = previously_ignored.flatten().cloned().collect();
    let rules = import_rules(
        &verifier,
        to_yaml::rules_to_yaml(live, writer),
        &mut ignored,
        &mut notes,
    )?;
    let states = import_states(
        &verifier,
        to_yaml::states_to_yaml(live, target.previous, writer),
        &mut notes,
    );
    notes.extend(to_yaml::duplicate_name_notes(&rules));

    let mut file = verifier.identity.clone();
    if let Some(prune) = target.previous.and_then(|file| file.prune) {
        let keyword = match prune {
            PruneSetting::All => "all",
            PruneSetting::None => "none",
        };
        file.insert("prune".to_owned(), json!(keyword));
    }
    if !ignored.is_empty() {
        file.insert("ignore".to_owned(), json!(ignored));
    }
    if let Some(allowed) = target.previous.and_then(|file| file.allow.as_ref()) {
        let names: Vec<&str> = allowed.iter().map(|name| name.0.as_str()).collect();
        file.insert("allow".to_owned(), json!(names));
    }
    let (rule_count, state_count) = (rules.len(), states.len());
    let entries = rules.into_iter().map(|rule| (rule.key, rule.yaml));
    file.insert(
        "interactionRules".to_owned(),
        Value::Object(entries.collect()),
    );
    if !states.is_empty() {
        file.insert("states".to_owned(), Value::Object(states));
    }
    let mut file = Value::Object(file);
    if let Some(previous) = target.previous_yaml {
        file_order::keep_order(&mut file, previous);
    }
    let mut text = schema_comment(target.path);
    text.push_str(&comment_line(user.name.trim()));
    for note in &notes {
        text.push_str(&comment_line(&format!("Note: {note}")));
    }
    text.push_str(&yaml::write(&file).map_err(|error| error.to_string())?);
    verifier.verify_file(&text)?;
    Ok(ImportedUser {
        text,
        notes,
        rule_count,
        state_count,
    })
}

/// Returns a comment line. Control characters, including line ends, become spaces.
fn comment_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("# {line}\n")
}

/// Returns the rules that the file declares. The names of other rules are added to `ignored`. Rules
/// that have the same names are then omitted too, because a rule cannot be both ignored and
/// declared.
fn import_rules(
    verifier: &RoundTripVerifier<'_>,
    live_rules: Vec<to_yaml::ImportedRule>,
    ignored: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<Vec<to_yaml::ImportedRule>, String> {
    let current_policy = verifier.unmanaged_policy_with(ignored)?;
    let mut rules = Vec::new();
    for mut rule in live_rules {
        let key = &rule.key;
        if current_policy.ignores(&rule.name) {
            notes.push(format!(
                "the rule `{key}` is omitted, because `ignore` matches it"
            ));
            continue;
        }
        match verifier.verify_part("interactionRules", key, rule.yaml.take()) {
            Ok(yaml) => rules.push(to_yaml::ImportedRule { yaml, ..rule }),
            Err(reason) => {
                notes.push(format!("the rule `{key}` is omitted and ignored: {reason}"));
                // A name that contains `*` is a pattern that also matches the name itself.
                if !ignored.contains(&rule.name) {
                    ignored.push(rule.name);
                }
            }
        }
    }
    let final_policy = verifier.unmanaged_policy_with(ignored)?;
    rules.retain(|rule| {
        let is_ignored = final_policy.ignores(&rule.name);
        if is_ignored {
            notes.push(format!(
                "the rule `{}` is omitted and ignored, because another omitted rule has the same \
                 name",
                rule.key
            ));
        }
        !is_ignored
    });
    Ok(rules)
}

fn import_states(
    verifier: &RoundTripVerifier<'_>,
    live_states: Vec<(String, Value)>,
    notes: &mut Vec<String>,
) -> Map<String, Value> {
    let mut states = Map::new();
    for (id, yaml) in live_states {
        match verifier.verify_part("states", &id, yaml) {
            Ok(yaml) if yaml.as_object().is_some_and(Map::is_empty) => {}
            Ok(yaml) => {
                states.insert(id, yaml);
            }
            Err(reason) => notes.push(format!("the state `{id}` is omitted and ignored: {reason}")),
        }
    }
    states
}

/// Returns the path of a new file, such as `users/101-alex-morgan.yaml`. Adds the id if that path
/// is taken, and returns `None` if both are taken.
pub fn free_path(user: &AccountExtension, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let number = user.number.as_ref().unwrap_or(&user.id.0);
    let mut slug = slug::slugify(format!("{number} {}", user.name));
    // Slugs are ASCII, so any byte offset is a character boundary.
    slug.truncate(MAX_NAME_LENGTH);
    let name = slug.trim_end_matches('-');
    let paths = [
        format!("users/{name}.yaml"),
        format!("users/{name}-{}.yaml", user.id),
    ];
    paths.into_iter().find(|path| !is_taken(path))
}

/// Returns the comment line that links a file to its schema in `schemas/`.
fn schema_comment(path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    format!("# yaml-language-server: $schema={up}schemas/user.schema.json\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ExtensionId;

    #[test]
    fn free_path_is_short_and_unique() {
        let user = AccountExtension {
            id: ExtensionId("1001".to_owned()),
            number: Some("101".to_owned()),
            name: "Ann ".repeat(100),
            email: None,
            kind: "User".to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        };
        let first = free_path(&user, |_| false).unwrap();
        assert!(first.starts_with("users/101-ann-ann-"), "{first}");
        assert_eq!(first.len(), "users/".len() + 59 + ".yaml".len(), "{first}");
        let second = free_path(&user, |path| path == first).unwrap();
        assert_eq!(second, first.replace(".yaml", "-1001.yaml"));
        assert_eq!(free_path(&user, |_| true), None);
    }

    #[test]
    fn schema_comment_is_relative_to_the_file() {
        assert!(schema_comment("users/a.yaml").contains("=../schemas/"));
        assert!(schema_comment("users/sales/a.yaml").contains("=../../schemas/"));
    }
}

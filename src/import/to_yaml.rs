//! Converts the live rules and states of a user to YAML, without settings that equal the defaults
//! of RingCentral or callrules.

use serde_json::{Map, Value, json};

use super::STATES;
use crate::config::types::UserFile;
use crate::model::to_yaml::YamlWriter;
use crate::model::{AccountExtension, ExtensionDirectory};
use crate::reconcile::LiveUser;

/// A live interaction rule, converted to YAML.
pub(super) struct ImportedRule {
    /// The key of the rule in the file.
    pub(super) key: String,
    /// The name of the rule on the account.
    pub(super) name: String,
    pub(super) yaml: Value,
}

/// Chooses the identifier of a new file: the extension number if it is valid and unique, otherwise
/// the id.
pub(super) fn choose_identity(
    user: &AccountExtension,
    directory: &ExtensionDirectory,
) -> Map<String, Value> {
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

/// Returns the identifier of an existing file.
pub(super) fn identity_from_file(file: &UserFile) -> Map<String, Value> {
    let identifiers = [
        ("extension", file.extension.as_ref().map(|number| &number.0)),
        ("email", file.email.as_ref().map(|email| &email.0)),
        ("id", file.id.as_ref().map(|id| &id.0)),
    ];
    identifiers
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), json!(value?))))
        .collect()
}

/// Returns the live rules with unique keys. Rules that share a name also get their ids.
pub(super) fn rules_to_yaml(live: &LiveUser, writer: YamlWriter<'_>) -> Vec<ImportedRule> {
    let count = |name: &str| {
        live.rules()
            .iter()
            .filter(|rule| rule.display_name == name)
            .count()
    };
    let mut imported: Vec<ImportedRule> = Vec::new();
    for (rule, live_rule) in live.rules().iter().zip(live.handling().rules()) {
        let name = rule.display_name.clone();
        let mut value = simplify_rule(writer.rule(&live_rule.rule));
        let mut key = name.clone();
        if count(&name) > 1 {
            value["id"] = json!(rule.id);
            if imported.iter().any(|other| other.key == key) {
                value["name"] = json!(name);
                // Another rule may even have this generated name.
                while count(&key) > 0 {
                    key = format!("{key} ({})", rule.id);
                }
            }
        }
        imported.push(ImportedRule {
            key,
            name,
            yaml: value,
        });
    }
    imported
}

/// Returns one note for each name that several rules share.
pub(super) fn duplicate_name_notes(rules: &[ImportedRule]) -> Vec<String> {
    let count = |name: &str| rules.iter().filter(|rule| rule.name == name).count();
    let counts = rules
        .iter()
        .filter(|rule| rule.key == rule.name)
        .map(|rule| (&rule.name, count(&rule.name)));
    counts
        .filter(|(_, count)| *count > 1)
        .map(|(name, count)| {
            format!(
                "{count} rules are named `{name}` and distinguished by their ids: rename all but one"
            )
        })
        .collect()
}

/// Returns the live states that a file can declare, with their ids.
pub(super) fn states_to_yaml(live: &LiveUser, writer: YamlWriter<'_>) -> Vec<(String, Value)> {
    let states = STATES.iter().filter_map(|id| live.handling().state(id));
    states
        .map(|live_state| {
            let mut value = writer.state(&live_state.state);
            // Users turn states on and off in the app, so the file does not set it.
            if let Some(map) = value.as_object_mut() {
                map.shift_remove("enabled");
            }
            value["dispatching"] =
                simplify_dispatching(writer.dispatching(&live_state.dispatching));
            (live_state.id.to_string(), value)
        })
        .collect()
}

/// Removes the default settings of a rule.
fn simplify_rule(mut yaml: Value) -> Value {
    let mut drop = |key: &str, default: Value| {
        if yaml.get(key) == Some(&default)
            && let Some(map) = yaml.as_object_mut()
        {
            map.shift_remove(key);
        }
    };
    drop("enabled", json!(true));
    drop("queueCallsIncluded", json!(false));
    if let Some(dispatching) = yaml.get_mut("dispatching") {
        *dispatching = simplify_dispatching(dispatching.take());
        let can_ring = dispatching.get("type") != Some(&json!("Terminate"));
        if let Some(map) = dispatching.as_object_mut()
            && !can_ring
        {
            // `noAnswer` has no effect if nothing rings.
            if map.get("noAnswer") == Some(&json!("voicemail")) {
                map.shift_remove("noAnswer");
            }
            if map.get("ring").is_some_and(is_default_silent_ring) {
                map.shift_remove("ring");
            }
        }
    }
    yaml
}

/// Removes disabled prompts from a dispatching.
fn simplify_dispatching(mut yaml: Value) -> Value {
    const SWITCHED_OFF: [&str; 4] = [
        "greeting",
        "connectingMessage",
        "connectingAudio",
        "screening",
    ];
    if let Some(map) = yaml.as_object_mut() {
        for key in SWITCHED_OFF {
            if map.get(key) == Some(&json!("none")) {
                map.shift_remove(key);
            }
        }
    }
    yaml
}

/// Returns whether `ring` equals the disabled groups that RingCentral creates by default.
fn is_default_silent_ring(ring: &Value) -> bool {
    let silent = |app: &str| json!({ "targets": [app], "seconds": 20, "enabled": false });
    let apps = [silent("desktopApps"), silent("mobileApps")];
    ring.as_array()
        .is_some_and(|groups| groups.len() == 2 && apps.iter().all(|app| groups.contains(app)))
}

//! Seeds: parsing of seed files and of values that tests build.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::account::{SandboxAccount, SandboxExtension};
use super::error::SandboxError;

/// The initial content of a sandbox. The module documentation specifies the format.
#[derive(Clone, Debug, Default)]
pub struct SandboxSeed {
    pub(crate) account: SandboxAccount,
}

impl SandboxSeed {
    /// Reads a seed file (`.json`, `.yaml`, `.yml`), or all seed files of a folder in the order of
    /// their names.
    ///
    /// The extensions and greetings of all files are combined. Every other key may appear in only
    /// one file.
    ///
    /// # Errors
    /// Returns an error if a file is unreadable or is not a seed. The error names the file and the
    /// key.
    pub fn load(path: &Path) -> Result<SandboxSeed, SandboxError> {
        let unreadable = SandboxError::file("read seed", path);
        let mut files = vec![path.to_owned()];
        if std::fs::metadata(path).map_err(&unreadable)?.is_dir() {
            let entries = std::fs::read_dir(path).map_err(&unreadable)?;
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            files = paths.collect::<Result<_, _>>().map_err(&unreadable)?;
            files.retain(|file| file.is_file() && is_seed_file(file));
            files.sort();
        }
        if files.is_empty() {
            let problem = "this folder contains no .yaml, .yml or .json file; \
                           add a seed file or choose another folder";
            return Err(SandboxError::invalid(path.display().to_string(), problem));
        }
        let read = |file: &PathBuf| Ok((file.display().to_string(), read_seed_file(file)?));
        let parts: Result<_, SandboxError> = files.iter().map(read).collect();
        SandboxSeed::from_parts(parts?)
    }

    /// Parses a seed from a value in the seed format.
    ///
    /// # Errors
    /// Returns an error if the value is not a seed.
    pub fn from_value(value: Value) -> Result<SandboxSeed, SandboxError> {
        SandboxSeed::from_parts(vec![("seed".to_owned(), value)])
    }

    /// Returns a seed without extensions.
    pub fn empty() -> SandboxSeed {
        SandboxSeed::default()
    }

    /// Returns a hash of the seed, in hexadecimal digits. It shows whether a state file belongs to
    /// this seed.
    pub(crate) fn fingerprint(&self) -> String {
        let text = serde_json::to_string(&self.account).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Merges the parsed files, given as pairs of location and content, into one seed.
    fn from_parts(parts: Vec<(String, Value)>) -> Result<SandboxSeed, SandboxError> {
        let mut settings = Map::new();
        let mut extensions = Vec::new();
        let mut greetings = Vec::new();
        for (place, part) in parts {
            let invalid = |problem: &str| SandboxError::invalid(&place, problem);
            let Value::Object(fields) = part else {
                let problem =
                    "a seed must be a mapping with the keys account, extensions, greetings, …";
                return Err(invalid(problem));
            };
            for (key, mut value) in fields {
                numbers_to_text(&mut value);
                match (key.as_str(), value) {
                    ("extensions", Value::Array(items)) => {
                        for (i, item) in items.into_iter().enumerate() {
                            let place = format!("{place}: extensions[{i}]");
                            extensions.push(parse_extension(place, item)?);
                        }
                    }
                    ("greetings", Value::Array(items)) => greetings.extend(items),
                    ("extensions" | "greetings", Value::Null) => {}
                    ("extensions" | "greetings", _) => {
                        return Err(invalid(&format!("{key} must be a list")));
                    }
                    (_, value) => {
                        if settings.insert(key.clone(), value).is_some() {
                            return Err(invalid(&format!(
                                "{key} is already set in another file; remove one of them"
                            )));
                        }
                        parse_account(&place, &settings)?;
                    }
                }
            }
        }
        settings.insert("greetings".into(), greetings.into());
        let mut account = parse_account("greetings", &settings)?;
        account.extensions = extensions;
        let declared = account.extensions.clone();
        account.sync_system_state();
        check_account(&account)?;
        for (declared, synced) in declared.iter().zip(&account.extensions) {
            let place = || format!("extension {}", declared.extension_number);
            check_states(declared, synced).map_err(|e| SandboxError::invalid(place(), e))?;
        }
        Ok(SandboxSeed { account })
    }
}

/// Returns whether the file extension is that of a seed file.
fn is_seed_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str());
    matches!(extension, Some("json" | "yaml" | "yml"))
}

fn read_seed_file(path: &Path) -> Result<Value, SandboxError> {
    let text = std::fs::read_to_string(path).map_err(SandboxError::file("read seed", path))?;
    let value = if path.extension().is_some_and(|e| e == "json") {
        serde_json::from_str(&text).map_err(|e| e.to_string())
    } else {
        // Seeds are trusted and may be large: 20,000 users exceed the default budget of the parser.
        let options = serde_saphyr::options! { budget: None };
        serde_saphyr::from_str_with_options(&text, options).map_err(|e| e.to_string())
    };
    value.map_err(|problem| SandboxError::invalid(path.display().to_string(), problem))
}

/// Parses everything but the extensions. `place` is the location for errors.
fn parse_account(
    place: &str,
    settings: &Map<String, Value>,
) -> Result<SandboxAccount, SandboxError> {
    let account = serde_json::from_value(Value::Object(settings.clone()));
    account.map_err(|e| SandboxError::invalid(place, e.to_string()))
}

/// Parses one extension and checks its fields. `place` is the location for errors.
fn parse_extension(place: String, value: Value) -> Result<SandboxExtension, SandboxError> {
    let place = match value["extensionNumber"].as_str() {
        None | Some("") => place,
        Some(number) => format!("{place} ({number})"),
    };
    let extension = serde_json::from_value(value).map_err(|e| e.to_string());
    let mut extension: SandboxExtension = extension
        .and_then(|extension| check_extension(&extension).map(|()| extension))
        .map_err(|problem| SandboxError::invalid(place, problem))?;
    if extension.name.is_empty() {
        extension.name = format!("Extension {}", extension.extension_number);
    }
    Ok(extension)
}

/// Checks the fields of an extension, and returns the problem if one is invalid.
fn check_extension(extension: &SandboxExtension) -> Result<(), String> {
    let not_mapping = |map: &Map<String, Value>| {
        let entry = map.iter().find(|(_, value)| !value.is_object());
        entry.map(|(key, _)| key.clone())
    };
    let mut rules = extension.state_rules.iter();
    let mut interaction_rules = extension.interaction_rules.iter();
    let problem = if extension.extension_number.is_empty() {
        "extensionNumber is missing".to_owned()
    } else if !extension.id.is_empty() && !is_valid_id(&extension.id) {
        "id must be 1 to 18 digits; omit it to have one generated".to_owned()
    } else if let Some(key) = not_mapping(&extension.states) {
        format!("states.{key} must be a mapping")
    } else if let Some(key) = not_mapping(&extension.state_rules) {
        format!("stateRules.{key} must be a mapping")
    } else if let Some((key, _)) = rules.find(|(_, rule)| !rule["dispatching"].is_object()) {
        format!("stateRules.{key} requires a dispatching")
    } else if let Some(i) = interaction_rules.position(|rule| !rule.is_object()) {
        format!("interactionRules[{i}] must be a mapping")
    } else {
        return Ok(());
    };
    Err(problem)
}

/// Returns whether an account or extension id has 1 to 18 digits.
fn is_valid_id(id: &str) -> bool {
    (1..=18).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

/// Checks the parts of a seed against each other, such as for duplicate ids and unknown agents.
fn check_account(account: &SandboxAccount) -> Result<(), SandboxError> {
    if !is_valid_id(&account.account.id) {
        return Err(SandboxError::invalid(
            "account",
            "id must be 1 to 18 digits",
        ));
    }
    let is_valid_size = |size| (1..=1000).contains(&size);
    if !account.page_size.is_none_or(is_valid_size) {
        return Err(SandboxError::invalid(
            "pageSize",
            "must be between 1 and 1000",
        ));
    }
    let mut numbers = HashSet::new();
    let mut ids = HashSet::new();
    for extension in &account.extensions {
        let number = extension.extension_number.as_str();
        let invalid = |problem| {
            Err(SandboxError::invalid(
                format!("extension {number}"),
                problem,
            ))
        };
        if !numbers.insert(number) {
            return invalid("duplicate extension number".to_owned());
        }
        if !ids.insert(extension.id.as_str()) {
            return invalid(format!("duplicate id {}", extension.id));
        }
        let rules = &extension.interaction_rules;
        for (i, rule) in rules.iter().enumerate() {
            if !rule["id"].is_string() || rules[..i].iter().any(|other| other["id"] == rule["id"]) {
                return invalid(format!(
                    "interactionRules[{i}].id must be a string, and unique"
                ));
            }
        }
    }
    for queue in account.extensions.iter().filter(|e| !e.members.is_empty()) {
        let place = format!("extension {}", queue.extension_number);
        if queue.kind != "Department" {
            let problem = "members are only allowed for type Department (a call queue)";
            return Err(SandboxError::invalid(place, problem));
        }
        if let Some(member) = queue.members.iter().find(|m| !numbers.contains(m.as_str())) {
            let problem = format!("member {member} is not an extension number of this seed");
            return Err(SandboxError::invalid(place, problem));
        }
    }
    Ok(())
}

/// Rejects states and state rules that [`SandboxAccount::sync_system_state`] removed, because
/// otherwise they would disappear without notice.
fn check_states(
    declared: &SandboxExtension,
    synced: &SandboxExtension,
) -> Result<(), &'static str> {
    let mut ids = declared.states.keys().chain(declared.state_rules.keys());
    let removed_id = ids.find(|id| !synced.states.contains_key(*id));
    Err(match removed_id.map(String::as_str) {
        None => return Ok(()),
        Some("agent") => {
            "the agent state exists only for members of a call queue: add the user to the members of a Department"
        }
        Some("after-hours") => {
            "after-hours exists only while work-hours is not 24/7: set a schedule in states.work-hours"
        }
        Some(_) => "a state rule requires its state: add it under states",
    })
}

/// Converts numbers to strings where the API uses strings: YAML parses `101` and `+16505550101` as
/// numbers.
fn numbers_to_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(numbers_to_text),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "id" | "extensionNumber" | "integrationId" => number_to_text(value, ""),
                    "phoneNumber" | "mainNumber" => number_to_text(value, "+"),
                    "members" => list_to_text(value, ""),
                    "phoneNumbers" | "to" => list_to_text(value, "+"),
                    _ => {}
                }
                numbers_to_text(value);
            }
        }
        _ => {}
    }
}

/// Converts the numbers in a list to strings with this prefix.
fn list_to_text(value: &mut Value, prefix: &str) {
    let items = value.as_array_mut().into_iter().flatten();
    items.for_each(|item| number_to_text(item, prefix));
}

/// Converts a number to a string with this prefix.
fn number_to_text(value: &mut Value, prefix: &str) {
    if let Value::Number(number) = value {
        *value = format!("{prefix}{number}").into();
    }
}

#[cfg(test)]
mod tests;

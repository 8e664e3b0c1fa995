//! Seeds: parsing of seed files and of values that tests build.

use std::path::{Path, PathBuf};

use serde_json::Value;
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
        let unreadable = |source| SandboxError::ReadSeed {
            path: path.to_owned(),
            source,
        };
        if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            let place = path.display().to_string();
            return SandboxSeed::from_parts(vec![(place, read_seed_file(path)?)]);
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
            .map_err(unreadable)?;
        files.retain(|file| file.is_file() && is_seed_file(file));
        files.sort();
        if files.is_empty() {
            return Err(SandboxError::NoSeedFiles {
                path: path.to_owned(),
            });
        }
        let parts = files
            .iter()
            .map(|file| Ok((file.display().to_string(), read_seed_file(file)?)))
            .collect::<Result<_, SandboxError>>()?;
        SandboxSeed::from_parts(parts)
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
        digest
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    }

    /// Merges the parsed files, given as pairs of location and content, into one seed.
    fn from_parts(parts: Vec<(String, Value)>) -> Result<SandboxSeed, SandboxError> {
        let mut settings = serde_json::Map::new();
        let mut extensions = Vec::new();
        let mut greetings = Vec::new();
        for (place, part) in parts {
            let Value::Object(fields) = part else {
                let problem =
                    "a seed must be a mapping with the keys account, extensions, greetings, …";
                return Err(SandboxError::invalid_seed(place, problem));
            };
            for (key, mut value) in fields {
                numbers_to_text(&mut value);
                match (key.as_str(), value) {
                    ("extensions", Value::Array(items)) => {
                        for (i, item) in items.into_iter().enumerate() {
                            extensions
                                .push(parse_extension(&format!("{place}: extensions[{i}]"), item)?);
                        }
                    }
                    ("greetings", Value::Array(items)) => greetings.extend(items),
                    ("extensions" | "greetings", Value::Null) => {}
                    ("extensions" | "greetings", _) => {
                        return Err(SandboxError::invalid_seed(
                            place,
                            format!("{key} must be a list"),
                        ));
                    }
                    (_, value) => {
                        if settings.insert(key.clone(), value).is_some() {
                            let problem =
                                format!("{key} is already set in another file; remove one of them");
                            return Err(SandboxError::invalid_seed(place, problem));
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
            check_states(declared, synced)?;
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
    let text = std::fs::read_to_string(path).map_err(|source| SandboxError::ReadSeed {
        path: path.to_owned(),
        source,
    })?;
    let value = if path.extension().is_some_and(|e| e == "json") {
        serde_json::from_str(&text).map_err(|e| e.to_string())
    } else {
        // Seeds are trusted and may be large: 20,000 users exceed the default budget of the parser.
        let options = serde_saphyr::options! { budget: None };
        serde_saphyr::from_str_with_options(&text, options).map_err(|e| e.to_string())
    };
    value.map_err(|problem| SandboxError::invalid_seed(path.display().to_string(), problem))
}

/// Parses everything but the extensions. `place` is the location for errors.
fn parse_account(
    place: &str,
    settings: &serde_json::Map<String, Value>,
) -> Result<SandboxAccount, SandboxError> {
    let account = serde_json::from_value(Value::Object(settings.clone()));
    account.map_err(|e| SandboxError::invalid_seed(place, e.to_string()))
}

/// Parses one extension and checks its fields. `place` is the location for errors.
fn parse_extension(place: &str, value: Value) -> Result<SandboxExtension, SandboxError> {
    let number = value["extensionNumber"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let place = if number.is_empty() {
        place.to_owned()
    } else {
        format!("{place} ({number})")
    };
    let mut extension: SandboxExtension = serde_json::from_value(value)
        .map_err(|e| SandboxError::invalid_seed(&place, e.to_string()))?;
    if number.is_empty() {
        return Err(SandboxError::invalid_seed(
            place,
            "extensionNumber is missing",
        ));
    }
    if !extension.id.is_empty() && !is_valid_id(&extension.id) {
        let problem = "id must be 1 to 18 digits; omit it to have one generated";
        return Err(SandboxError::invalid_seed(place, problem));
    }
    for (map, name) in [
        (&extension.states, "states"),
        (&extension.state_rules, "stateRules"),
    ] {
        if let Some((key, _)) = map.iter().find(|(_, value)| !value.is_object()) {
            return Err(SandboxError::invalid_seed(
                place,
                format!("{name}.{key} must be a mapping"),
            ));
        }
    }
    if let Some((key, _)) = extension
        .state_rules
        .iter()
        .find(|(_, rule)| !rule["dispatching"].is_object())
    {
        return Err(SandboxError::invalid_seed(
            place,
            format!("stateRules.{key} requires a dispatching"),
        ));
    }
    if let Some(i) = extension
        .interaction_rules
        .iter()
        .position(|rule| !rule.is_object())
    {
        return Err(SandboxError::invalid_seed(
            place,
            format!("interactionRules[{i}] must be a mapping"),
        ));
    }
    if extension.name.is_empty() {
        extension.name = format!("Extension {number}");
    }
    Ok(extension)
}

/// Returns whether an account or extension id has 1 to 18 digits.
fn is_valid_id(id: &str) -> bool {
    (1..=18).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

/// Checks the parts of a seed against each other, such as for duplicate ids and unknown agents.
fn check_account(account: &SandboxAccount) -> Result<(), SandboxError> {
    if !is_valid_id(&account.account.id) {
        return Err(SandboxError::invalid_seed(
            "account",
            "id must be 1 to 18 digits",
        ));
    }
    if account
        .page_size
        .is_some_and(|size| size == 0 || size > 1000)
    {
        return Err(SandboxError::invalid_seed(
            "pageSize",
            "must be between 1 and 1000",
        ));
    }
    let mut numbers = std::collections::HashSet::new();
    let mut ids = std::collections::HashSet::new();
    for extension in &account.extensions {
        let number = extension.extension_number.as_str();
        if !numbers.insert(number) {
            return Err(SandboxError::invalid_seed(
                format!("extension {number}"),
                "duplicate extension number",
            ));
        }
        if !ids.insert(extension.id.as_str()) {
            let problem = format!("duplicate id {}", extension.id);
            return Err(SandboxError::invalid_seed(
                format!("extension {number}"),
                problem,
            ));
        }
        let rules = &extension.interaction_rules;
        for (i, rule) in rules.iter().enumerate() {
            if !rule["id"].is_string() || rules[..i].iter().any(|other| other["id"] == rule["id"]) {
                let problem = format!("interactionRules[{i}].id must be a string, and unique");
                return Err(SandboxError::invalid_seed(
                    format!("extension {number}"),
                    problem,
                ));
            }
        }
    }
    for queue in account.extensions.iter().filter(|e| !e.members.is_empty()) {
        let place = || format!("extension {}", queue.extension_number);
        if queue.kind != "Department" {
            return Err(SandboxError::invalid_seed(
                place(),
                "members are only allowed for type Department (a call queue)",
            ));
        }
        if let Some(member) = queue.members.iter().find(|m| !numbers.contains(m.as_str())) {
            let problem = format!("member {member} is not an extension number of this seed");
            return Err(SandboxError::invalid_seed(place(), problem));
        }
    }
    Ok(())
}

/// Rejects states and state rules that [`SandboxAccount::sync_system_state`] removed, because
/// otherwise they would disappear without notice.
fn check_states(
    declared: &SandboxExtension,
    synced: &SandboxExtension,
) -> Result<(), SandboxError> {
    let mut ids = declared.states.keys().chain(declared.state_rules.keys());
    let Some(id) = ids.find(|id| !synced.states.contains_key(*id)) else {
        return Ok(());
    };
    let problem = match id.as_str() {
        "agent" => {
            "the agent state exists only for members of a call queue: add the user to the members of a Department"
        }
        "after-hours" => {
            "after-hours exists only while work-hours is not 24/7: set a schedule in states.work-hours"
        }
        _ => "a state rule requires its state: add it under states",
    };
    Err(SandboxError::invalid_seed(
        format!("extension {}", declared.extension_number),
        problem,
    ))
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

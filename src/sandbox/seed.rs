//! Reading seeds: files that people write, and values that tests build.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::account::{Account, Extension};
use super::error::Error;

/// What a sandbox starts from. See the module documentation for the format.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    pub(crate) account: Account,
}

impl Seed {
    /// Reads a seed file (`.json`, `.yaml`, `.yml`), or every seed file of a folder in the order of their
    /// names: extensions and greetings are put together, each other key may stand in one file only.
    ///
    /// # Errors
    /// Where a file cannot be read or is not a seed; the error names the file and the place.
    pub fn load(path: &Path) -> Result<Seed, Error> {
        let unreadable = |source| Error::ReadSeed {
            path: path.to_owned(),
            source,
        };
        if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            let place = path.display().to_string();
            return Seed::from_parts(vec![(place, read(path)?)]);
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
            .map_err(unreadable)?;
        files.retain(|file| file.is_file() && is_seed_file(file));
        files.sort();
        if files.is_empty() {
            return Err(Error::NoSeedFiles {
                path: path.to_owned(),
            });
        }
        let parts = files
            .iter()
            .map(|file| Ok((file.display().to_string(), read(file)?)))
            .collect::<Result<_, Error>>()?;
        Seed::from_parts(parts)
    }

    /// A seed from a value of the same form.
    ///
    /// # Errors
    /// Where the value is not a seed.
    pub fn from_value(value: Value) -> Result<Seed, Error> {
        Seed::from_parts(vec![("seed".to_owned(), value)])
    }

    /// An account with nobody in it.
    pub fn empty() -> Seed {
        Seed::default()
    }

    /// The same for the same seed: tells a state file whether it still belongs to it.
    pub(crate) fn fingerprint(&self) -> String {
        let text = serde_json::to_string(&self.account).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_parts(parts: Vec<(String, Value)>) -> Result<Seed, Error> {
        let mut whole = serde_json::Map::new();
        let mut extensions = Vec::new();
        let mut greetings = Vec::new();
        for (place, part) in parts {
            let Value::Object(fields) = part else {
                let problem = "a seed is a mapping with the keys account, extensions, greetings, …";
                return Err(Error::seed(place, problem));
            };
            for (key, mut value) in fields {
                text_where_text_belongs(&mut value);
                match (key.as_str(), value) {
                    ("extensions", Value::Array(items)) => {
                        for (i, item) in items.into_iter().enumerate() {
                            extensions.push(extension(&format!("{place}: extensions[{i}]"), item)?);
                        }
                    }
                    ("greetings", Value::Array(items)) => greetings.extend(items),
                    ("extensions" | "greetings", Value::Null) => {}
                    ("extensions" | "greetings", _) => {
                        return Err(Error::seed(place, format!("{key} must be a list")));
                    }
                    (_, value) => {
                        if whole.insert(key.clone(), value).is_some() {
                            let problem =
                                format!("{key} stands in another file too; keep one of them");
                            return Err(Error::seed(place, problem));
                        }
                        known(&place, &whole)?;
                    }
                }
            }
        }
        whole.insert("greetings".into(), greetings.into());
        let mut account = known("greetings", &whole)?;
        account.extensions = extensions;
        let given = account.extensions.clone();
        account.settle();
        check_whole(&account)?;
        for (given, settled) in given.iter().zip(&account.extensions) {
            check_states(given, settled)?;
        }
        Ok(Seed { account })
    }
}

fn is_seed_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str());
    matches!(extension, Some("json" | "yaml" | "yml"))
}

fn read(path: &Path) -> Result<Value, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::ReadSeed {
        path: path.to_owned(),
        source,
    })?;
    let value = if path.extension().is_some_and(|e| e == "json") {
        serde_json::from_str(&text).map_err(|e| e.to_string())
    } else {
        // A seed is a trusted file of any size: 20,000 users are beyond the parser's usual budget.
        let options = serde_saphyr::options! { budget: None };
        serde_saphyr::from_str_with_options(&text, options).map_err(|e| e.to_string())
    };
    value.map_err(|problem| Error::seed(path.display().to_string(), problem))
}

fn known(place: &str, whole: &serde_json::Map<String, Value>) -> Result<Account, Error> {
    let account = serde_json::from_value(Value::Object(whole.clone()));
    account.map_err(|e| Error::seed(place, e.to_string()))
}

fn extension(place: &str, value: Value) -> Result<Extension, Error> {
    let number = value["extensionNumber"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let place = match number.as_str() {
        "" => place.to_owned(),
        number => format!("{place} ({number})"),
    };
    let mut extension: Extension =
        serde_json::from_value(value).map_err(|e| Error::seed(&place, e.to_string()))?;
    if number.is_empty() {
        return Err(Error::seed(place, "extensionNumber is missing"));
    }
    let digits =
        |id: &str| !id.is_empty() && id.len() <= 18 && id.bytes().all(|b| b.is_ascii_digit());
    if !extension.id.is_empty() && !digits(&extension.id) {
        return Err(Error::seed(
            place,
            "id must be digits; leave it out to have one made",
        ));
    }
    for (map, name) in [
        (&extension.states, "states"),
        (&extension.state_rules, "stateRules"),
    ] {
        if let Some((key, _)) = map.iter().find(|(_, value)| !value.is_object()) {
            return Err(Error::seed(
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
        return Err(Error::seed(
            place,
            format!("stateRules.{key} needs a dispatching"),
        ));
    }
    if let Some(i) = extension
        .interaction_rules
        .iter()
        .position(|rule| !rule.is_object())
    {
        return Err(Error::seed(
            place,
            format!("interactionRules[{i}] must be a mapping"),
        ));
    }
    if extension.name.is_empty() {
        extension.name = format!("Extension {number}");
    }
    Ok(extension)
}

/// What only shows when everything is there: ids that stand twice, agents that do not exist.
fn check_whole(account: &Account) -> Result<(), Error> {
    let id = &account.account.id;
    if id.is_empty() || id.len() > 18 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::seed("account", "id must be digits"));
    }
    if account
        .page_size
        .is_some_and(|size| size == 0 || size > 1000)
    {
        return Err(Error::seed("pageSize", "must be from 1 to 1000"));
    }
    let mut numbers = std::collections::HashSet::new();
    let mut ids = std::collections::HashSet::new();
    for extension in &account.extensions {
        let number = extension.extension_number.as_str();
        if !numbers.insert(number) {
            return Err(Error::seed(
                format!("extension {number}"),
                "this extension number stands twice",
            ));
        }
        if !ids.insert(extension.id.as_str()) {
            let problem = format!("id {} stands twice", extension.id);
            return Err(Error::seed(format!("extension {number}"), problem));
        }
        let rules = &extension.interaction_rules;
        for (i, rule) in rules.iter().enumerate() {
            if !rule["id"].is_string() || rules[..i].iter().any(|other| other["id"] == rule["id"]) {
                let problem = format!("interactionRules[{i}].id must be a text that stands once");
                return Err(Error::seed(format!("extension {number}"), problem));
            }
        }
    }
    for queue in account.extensions.iter().filter(|e| !e.members.is_empty()) {
        let place = || format!("extension {}", queue.extension_number);
        if queue.kind != "Department" {
            return Err(Error::seed(
                place(),
                "members are for type Department (a call queue) only",
            ));
        }
        if let Some(member) = queue.members.iter().find(|m| !numbers.contains(m.as_str())) {
            let problem = format!("member {member} is not an extension number of this seed");
            return Err(Error::seed(place(), problem));
        }
    }
    Ok(())
}

/// States and rules that the system did not let stand would be missed without a word.
fn check_states(given: &Extension, settled: &Extension) -> Result<(), Error> {
    let mut ids = given.states.keys().chain(given.state_rules.keys());
    let Some(id) = ids.find(|id| !settled.states.contains_key(*id)) else {
        return Ok(());
    };
    let why = match id.as_str() {
        "agent" => {
            "the agent state exists only for members of a call queue: list the user as a member of a Department"
        }
        "after-hours" => {
            "after-hours exists only while work-hours is not 24/7: give states.work-hours a schedule"
        }
        _ => "a rule needs its state: give it under states too",
    };
    Err(Error::seed(
        format!("extension {}", given.extension_number),
        why,
    ))
}

/// YAML reads `101` and `+16505550101` as numbers. Where the API has texts, they become texts again.
fn text_where_text_belongs(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(text_where_text_belongs),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "id" | "extensionNumber" | "integrationId" => number_to_text(value, ""),
                    "phoneNumber" | "mainNumber" => number_to_text(value, "+"),
                    "members" => each(value, ""),
                    "phoneNumbers" | "to" => each(value, "+"),
                    _ => {}
                }
                text_where_text_belongs(value);
            }
        }
        _ => {}
    }
}

fn each(value: &mut Value, prefix: &str) {
    let items = value.as_array_mut().into_iter().flatten();
    items.for_each(|item| number_to_text(item, prefix));
}

fn number_to_text(value: &mut Value, prefix: &str) {
    if let Value::Number(number) = value {
        *value = format!("{prefix}{number}").into();
    }
}

#[cfg(test)]
mod tests;

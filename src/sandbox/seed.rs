//! Seeds: parsing of seed files and of values that tests build.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::account::{AccountUser, SandboxAccount, SandboxExtension, SandboxSettings};
use super::checks::{self, BodyCheck, check_seed_rule};
use super::completion::{complete_rules, sort_actions};
use super::defaults::UPDATABLE_STATES;
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
    /// Returns an error if a file is unreadable or is not a seed. The error lists all problems with
    /// file, line and column. Rules are checked like writes, after what short rules leave out has
    /// been completed.
    pub fn load(path: &Path) -> Result<SandboxSeed, SandboxError> {
        let unreadable = SandboxError::file("read seed", path);
        let mut files = vec![path.to_owned()];
        if std::fs::metadata(path).map_err(&unreadable)?.is_dir() {
            let entries = std::fs::read_dir(path).map_err(&unreadable)?;
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            files = paths.collect::<Result<_, _>>().map_err(&unreadable)?;
            files.retain(|file| file.is_file() && SandboxSeed::is_seed_file(file));
            files.sort();
        }
        let read = |file: PathBuf| {
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(SandboxError::file("read seed", &file))?;
            Ok((file.display().to_string(), text))
        };
        let texts: Result<Vec<_>, SandboxError> = files.into_iter().map(read).collect();
        SandboxSeed::from_texts(path, texts?)
    }

    /// Parses seed files with these names and texts, like [`SandboxSeed::load`]. `folder` is named
    /// in the error if there are none.
    ///
    /// # Errors
    /// Returns an error if a text is not a seed, or if there is none.
    pub fn from_texts(
        folder: &Path,
        texts: Vec<(String, String)>,
    ) -> Result<SandboxSeed, SandboxError> {
        if texts.is_empty() {
            let problem = "this folder contains no .yaml, .yml or .json file; \
                           add a seed file or choose another folder";
            return Err(SandboxError::invalid(folder.display().to_string(), problem));
        }
        let parts = texts.into_iter().map(|(name, text)| parse_seed(name, text));
        SeedBuilder::default().build(parts.collect::<Result<_, _>>()?)
    }

    /// Returns whether a file has the extension of a seed file.
    pub fn is_seed_file(path: &Path) -> bool {
        let extension = path.extension().and_then(|e| e.to_str());
        matches!(extension, Some("json" | "yaml" | "yml"))
    }

    /// Parses a seed from a value in the seed format. Its rules are completed but not checked, so
    /// that tests can build accounts with faults.
    ///
    /// # Errors
    /// Returns an error if the value is not a seed.
    pub fn from_value(value: Value) -> Result<SandboxSeed, SandboxError> {
        SeedBuilder::default().build(vec![SeedPart {
            name: "seed".to_owned(),
            value,
            text: None,
        }])
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
}

/// The content of one seed file, or a value that a test built.
struct SeedPart {
    /// Path of the file.
    name: String,
    value: Value,
    /// Text of the file, for the positions of errors.
    text: Option<String>,
}

/// The place of a value: the index of its part, and its path there, as in `extensions[0].id`.
#[derive(Clone)]
struct SeedPlace {
    part: usize,
    path: String,
}

impl SeedPlace {
    fn field(&self, key: &str) -> SeedPlace {
        let separator = if self.path.is_empty() { "" } else { "." };
        SeedPlace {
            part: self.part,
            path: format!("{}{separator}{key}", self.path),
        }
    }

    fn item(&self, index: usize) -> SeedPlace {
        SeedPlace {
            part: self.part,
            path: format!("{}[{index}]", self.path),
        }
    }
}

/// Merges the parts of a seed and collects all their problems.
#[derive(Default)]
struct SeedBuilder {
    problems: Vec<(SeedPlace, String)>,
    /// Places of the extensions.
    extension_places: Vec<SeedPlace>,
}

impl SeedBuilder {
    fn build(mut self, parts: Vec<SeedPart>) -> Result<SandboxSeed, SandboxError> {
        let mut account = self.merge(&parts);
        // An extension that cannot be parsed may be a missing member or queue.
        let is_complete = self.problems.is_empty();
        let declared = account.extensions.clone();
        account.sync_system_state();
        account.extensions.iter_mut().for_each(complete_rules);
        self.check_account(&account);
        for (index, declared) in declared.iter().enumerate() {
            let place = self.extension_places[index].clone();
            if is_complete {
                self.check_members(&account, index);
                self.check_states(&place, declared, &account.extensions[index]);
            }
            if parts[place.part].text.is_some() {
                self.check_rules(&place, declared, &account, index);
            }
        }
        account.extensions.iter_mut().for_each(sort_actions);
        if self.problems.is_empty() {
            return Ok(SandboxSeed { account });
        }
        let problems = locate_problems(&parts, &self.problems);
        Err(SandboxError::InvalidSeed { problems })
    }

    fn add_problem(&mut self, place: SeedPlace, problem: impl Into<String>) {
        self.problems.push((place, problem.into()));
    }

    /// Merges the parts into one account.
    fn merge(&mut self, parts: &[SeedPart]) -> SandboxAccount {
        let mut settings = Map::new();
        let mut extensions = Vec::new();
        let mut greetings = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let root = SeedPlace {
                part: index,
                path: String::new(),
            };
            let Value::Object(fields) = &part.value else {
                let problem =
                    "a seed must be a mapping with the keys account, extensions, greetings, …";
                self.add_problem(root, problem);
                continue;
            };
            for (key, value) in fields {
                let place = root.field(key);
                let mut value = value.clone();
                numbers_to_text(&mut value);
                match (key.as_str(), value) {
                    ("extensions", Value::Array(items)) => {
                        for (i, item) in items.into_iter().enumerate() {
                            if let Some(extension) = self.parse_extension(&place.item(i), item) {
                                extensions.push(extension);
                                self.extension_places.push(place.item(i));
                            }
                        }
                    }
                    ("greetings", Value::Array(items)) => {
                        for (i, item) in items.into_iter().enumerate() {
                            greetings.extend(self.parse(&place.item(i), item));
                        }
                    }
                    ("extensions" | "greetings", Value::Null) => {}
                    ("extensions" | "greetings", _) => {
                        self.add_problem(place, format!("{key} must be a list"));
                    }
                    (_, value) => {
                        if key == "account" {
                            self.parse_fields::<SandboxSettings>(&place, value.clone());
                        } else {
                            let setting = json!({ key.as_str(): value.clone() });
                            self.parse::<SandboxAccount>(&place, setting);
                        }
                        if settings.insert(key.clone(), value).is_some() {
                            let problem =
                                format!("{key} is already set in another file; remove one of them");
                            self.add_problem(place, problem);
                        }
                    }
                }
            }
        }
        // Problems of single settings have already been added.
        let account: Option<SandboxAccount> = serde_json::from_value(Value::Object(settings)).ok();
        SandboxAccount {
            greetings,
            extensions,
            ..account.unwrap_or_default()
        }
    }

    /// Parses a value, or adds a problem.
    fn parse<T: DeserializeOwned>(&mut self, place: &SeedPlace, value: Value) -> Option<T> {
        let parsed = serde_json::from_value(value);
        parsed
            .map_err(|error| self.add_problem(place.clone(), error.to_string()))
            .ok()
    }

    /// Parses a mapping whose keys are all optional, or adds a problem for each invalid key.
    fn parse_fields<T: DeserializeOwned>(&mut self, place: &SeedPlace, value: Value) -> Option<T> {
        if let Ok(parsed) = T::deserialize(&value) {
            return Some(parsed);
        }
        let Value::Object(fields) = value else {
            self.add_problem(place.clone(), "a mapping is required");
            return None;
        };
        for (key, value) in fields {
            let field = json!({ key.as_str(): value });
            self.parse::<T>(&place.field(&key), field);
        }
        None
    }

    /// Parses one extension and checks its fields.
    fn parse_extension(&mut self, place: &SeedPlace, value: Value) -> Option<SandboxExtension> {
        let mut extension: SandboxExtension = self.parse_fields(place, value)?;
        self.check_extension(place, &extension);
        if extension.name.is_empty() {
            extension.name = format!("Extension {}", extension.extension_number);
        }
        Some(extension)
    }

    fn check_extension(&mut self, place: &SeedPlace, extension: &SandboxExtension) {
        if extension.extension_number.is_empty() {
            self.add_problem(place.clone(), "extensionNumber is missing");
        }
        if !extension.id.is_empty() && !is_valid_id(&extension.id) {
            let problem = "id must be 1 to 18 digits; omit it to have one generated";
            self.add_problem(place.field("id"), problem);
        }
        let maps = [
            ("states", &extension.states),
            ("stateRules", &extension.state_rules),
        ];
        for (key, map) in maps {
            for (id, value) in map {
                if !value.is_object() {
                    let problem = format!("{key}.{id} must be a mapping");
                    self.add_problem(place.field(key).field(id), problem);
                } else if key == "stateRules" && !value["dispatching"].is_object() {
                    let problem = format!("{key}.{id} requires a dispatching");
                    self.add_problem(place.field(key).field(id), problem);
                }
            }
        }
        for (i, rule) in extension.interaction_rules.iter().enumerate() {
            if !rule.is_object() {
                let place = place.field("interactionRules").item(i);
                self.add_problem(place, "a rule must be a mapping");
            }
        }
    }

    /// Checks settings, and that ids and extension numbers are unique.
    fn check_account(&mut self, account: &SandboxAccount) {
        let settings = SeedPlace {
            part: 0,
            path: "account".to_owned(),
        };
        if !is_valid_id(&account.account.id) {
            self.add_problem(settings.field("id"), "id must be 1 to 18 digits");
        }
        let is_valid_size = |size| (1..=1000).contains(&size);
        if !account.page_size.is_none_or(is_valid_size) {
            let path = "pageSize".to_owned();
            let place = SeedPlace { path, ..settings };
            self.add_problem(place, "must be between 1 and 1000");
        }
        let mut numbers = HashSet::new();
        let mut ids = HashSet::new();
        for (index, extension) in account.extensions.iter().enumerate() {
            let place = self.extension_places[index].clone();
            let number = extension.extension_number.as_str();
            if !numbers.insert(number) {
                let problem = format!("duplicate extension number {number}");
                self.add_problem(place.field("extensionNumber"), problem);
            }
            if !ids.insert(extension.id.as_str()) {
                self.add_problem(place.field("id"), format!("duplicate id {}", extension.id));
            }
            let mut rule_ids = HashSet::new();
            for (i, rule) in extension.interaction_rules.iter().enumerate() {
                let is_unique = rule["id"].as_str().is_some_and(|id| rule_ids.insert(id));
                if !is_unique {
                    let place = place.field("interactionRules").item(i).field("id");
                    self.add_problem(place, "id must be a string, and unique");
                }
            }
        }
    }

    /// Checks that only call queues have members, and that all of them exist.
    fn check_members(&mut self, account: &SandboxAccount, index: usize) {
        let place = self.extension_places[index].field("members");
        let queue = &account.extensions[index];
        if queue.kind != "Department" && !queue.members.is_empty() {
            let problem = "members are only allowed for type Department (a call queue)";
            self.add_problem(place, problem);
            return;
        }
        for (i, member) in queue.members.iter().enumerate() {
            if account.extension(member).is_none() {
                let problem = format!("member {member} is not an extension number of this seed");
                self.add_problem(place.item(i), problem);
            }
        }
    }

    /// Rejects states and state rules that [`SandboxAccount::sync_system_state`] removed, because
    /// otherwise they would disappear without notice.
    fn check_states(
        &mut self,
        place: &SeedPlace,
        declared: &SandboxExtension,
        synced: &SandboxExtension,
    ) {
        for (key, map) in [
            ("states", &declared.states),
            ("stateRules", &declared.state_rules),
        ] {
            let removed = map.keys().filter(|id| !synced.states.contains_key(*id));
            for id in removed {
                let problem = match id.as_str() {
                    "agent" => {
                        "the agent state exists only for members of a call queue: add the user to the members of a Department"
                    }
                    "after-hours" => {
                        "after-hours exists only while work-hours is not 24/7: set a schedule in states.work-hours"
                    }
                    _ => "a state rule requires its state: add it under states",
                };
                self.add_problem(place.field(key).field(id), problem);
            }
        }
    }

    /// Checks the declared states and rules of a user as writes are checked.
    fn check_rules(
        &mut self,
        place: &SeedPlace,
        declared: &SandboxExtension,
        account: &SandboxAccount,
        index: usize,
    ) {
        let user = AccountUser {
            account,
            user: &account.extensions[index],
        };
        let rules = user.user.interaction_rules.iter().enumerate();
        for (i, rule) in rules {
            let check = BodyCheck::of_seed(user, rule);
            check_seed_rule(&check, rule);
            self.add_details(&place.field("interactionRules").item(i), check);
        }
        for id in declared
            .states
            .keys()
            .filter(|id| UPDATABLE_STATES.contains(&id.as_str()))
        {
            let state = &user.user.states[id];
            let check = BodyCheck::of_seed(user, state);
            checks::states::check(&check, id, state);
            self.add_details(&place.field("states").field(id), check);
        }
        for id in declared.state_rules.keys() {
            let Some(limits) = checks::states::dispatching_limits(id) else {
                continue;
            };
            let Some(rule) = user.user.state_rules.get(id) else {
                continue;
            };
            let check = BodyCheck::of_seed(user, rule);
            checks::dispatching::check(&check.part(rule, "dispatching"), &limits);
            self.add_details(&place.field("stateRules").field(id), check);
        }
    }

    /// Adds the errors of a check as problems of the resource at this place.
    fn add_details(&mut self, resource: &SeedPlace, check: BodyCheck) {
        for detail in check.into_details() {
            let parameter = detail.parameter.unwrap_or_default();
            let prefix = format!("Parameter [{parameter}] value is invalid: ");
            let message = detail.message.strip_prefix(&prefix);
            let message = message.unwrap_or(&detail.message);
            let problem = format!("{message} ({})", detail.code);
            self.add_problem(resource.field(&parameter), problem);
        }
    }
}

/// Returns the problems in the order of the parts, each with its file, line and column or its path.
fn locate_problems(parts: &[SeedPart], problems: &[(SeedPlace, String)]) -> Vec<String> {
    let mut located = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let own = problems.iter().filter(|(place, _)| place.part == index);
        let tree = part.text.as_deref().and_then(|text| yaml::parse(text).ok());
        let mut lines: Vec<_> = own
            .map(|(SeedPlace { path, .. }, problem)| {
                let position = tree.as_ref().map(|tree| tree.find(path));
                let place =
                    position.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
                let separator = if path.is_empty() { "" } else { ": " };
                let name = &part.name;
                (
                    position,
                    format!("{name}{place}{separator}{path}: {problem}"),
                )
            })
            .collect();
        lines.sort_by_key(|(position, _)| *position);
        located.extend(lines.into_iter().map(|(_, line)| line));
    }
    located
}

fn parse_seed(name: String, text: String) -> Result<SeedPart, SandboxError> {
    let value = if Path::new(&name).extension().is_some_and(|e| e == "json") {
        serde_json::from_str(&text).map_err(|e| SandboxError::invalid(&name, e.to_string()))?
    } else {
        let tree = yaml::parse(&text).map_err(|((line, column), problem)| {
            SandboxError::invalid(format!("{name}:{line}:{column}"), problem)
        })?;
        tree.to_json("")
    };
    Ok(SeedPart {
        name,
        value,
        text: Some(text),
    })
}

/// Returns whether an account or extension id has 1 to 18 digits.
fn is_valid_id(id: &str) -> bool {
    (1..=18).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
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

mod yaml;

#[cfg(test)]
mod tests;

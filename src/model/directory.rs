//! The people, queues and other extensions of an account.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::called;

/// The id that the account gives an extension. It never changes; the number may.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ExtensionId(pub String);

impl ExtensionId {
    /// Whether the account has given it: the ids of accounts have digits only. Where no account is
    /// asked, people go by what files call them.
    pub fn is_given(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_digit())
    }
}

impl fmt::Display for ExtensionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry of the account's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// The account's id for it.
    pub id: ExtensionId,
    /// The number that people dial; some technical extensions have none.
    pub number: Option<String>,
    /// The name that people see; empty where the account has none.
    pub name: String,
    /// The contact's e-mail address.
    pub email: Option<String>,
    /// The API's `type`, such as `User` or `Department` (a call queue); empty where it is not known.
    pub kind: String,
    /// The API's `status`, such as `Enabled` or `Disabled`.
    pub status: String,
    /// IANA name of the user's own time zone.
    pub time_zone: Option<String>,
}

impl Extension {
    /// Whether the API keeps call handling rules for extensions of this type \[spec\].
    pub fn has_rules(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "User" | "DigitalUser" | "FaxUser" | "VirtualUser"
        )
    }

    /// How people call it: its name, else its number, else its id.
    pub fn label(&self) -> &str {
        match (self.name.as_str(), &self.number) {
            ("", Some(number)) => number,
            ("", None) => &self.id.0,
            (name, _) => name,
        }
    }

    /// The same with its number, which no other has: `Alex Morgan (101)`.
    pub fn full_label(&self) -> String {
        let label = self.label();
        match &self.number {
            Some(number) if number != label => format!("{label} ({number})"),
            _ => label.to_owned(),
        }
    }
}

/// All extensions of an account, found by id, number, e-mail address or name.
#[derive(Debug, Default)]
pub struct Directory {
    extensions: Vec<Extension>,
    by_id: HashMap<ExtensionId, usize>,
    by_number: HashMap<String, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Directory {
    /// Indexes `extensions`; of two entries with one id the first counts.
    pub fn new(extensions: Vec<Extension>) -> Self {
        let mut directory = Directory::default();
        for extension in extensions {
            if directory.by_id.contains_key(&extension.id) {
                continue;
            }
            let at = directory.extensions.len();
            directory.by_id.insert(extension.id.clone(), at);
            if let Some(number) = &extension.number {
                let entries = directory.by_number.entry(number.clone()).or_default();
                entries.push(at);
            }
            if let Some(email) = &extension.email {
                let entries = directory.by_email.entry(email.to_lowercase()).or_default();
                entries.push(at);
            }
            let name = extension.name.trim().to_lowercase();
            directory.by_name.entry(name).or_default().push(at);
            directory.extensions.push(extension);
        }
        directory
    }

    /// Every extension, in the order that the account lists them.
    pub fn all(&self) -> &[Extension] {
        &self.extensions
    }

    /// The extension with this id.
    pub fn by_id(&self, id: &ExtensionId) -> Option<&Extension> {
        self.by_id.get(id).map(|&at| &self.extensions[at])
    }

    /// The extensions with this number: one, unless the account is inconsistent.
    pub fn by_number(&self, number: &str) -> Vec<&Extension> {
        self.pick(self.by_number.get(number))
    }

    /// The extensions with this e-mail address, whatever its case; several people may share one.
    pub fn by_email(&self, email: &str) -> Vec<&Extension> {
        self.pick(self.by_email.get(&email.to_lowercase()))
    }

    /// The extensions with this name; where there is none, those whose name differs in case only.
    pub fn by_name(&self, name: &str) -> Vec<&Extension> {
        let found = self.pick(self.by_name.get(&name.trim().to_lowercase()));
        called(found, name, |extension| &extension.name)
    }

    fn pick(&self, found: Option<&Vec<usize>>) -> Vec<&Extension> {
        let found = found.map(Vec::as_slice).unwrap_or_default();
        found.iter().map(|&at| &self.extensions[at]).collect()
    }
}

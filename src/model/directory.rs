//! The directory of an account: users, queues and other extensions.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find_by_name;

/// The id of an extension. It never changes, unlike the extension number.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ExtensionId(pub String);

impl ExtensionId {
    /// Returns whether this is an id of an account: those consist of digits. Offline, users have
    /// placeholder ids from the files.
    pub fn is_account_id(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_digit())
    }
}

impl fmt::Display for ExtensionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An entry of the account's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountExtension {
    /// The id of the extension.
    pub id: ExtensionId,
    /// The extension number; some technical extensions have none.
    pub number: Option<String>,
    /// The display name; empty if there is none.
    pub name: String,
    /// The e-mail address of the contact.
    pub email: Option<String>,
    /// The API's `type`, such as `User` or `Department` (a call queue); empty if unknown.
    pub kind: String,
    /// The API's `status`, such as `Enabled` or `Disabled`.
    pub status: String,
    /// The IANA name of the user's time zone.
    pub time_zone: Option<String>,
}

impl AccountExtension {
    /// Returns whether extensions of this type have call handling rules \[spec\].
    pub fn has_rules(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "User" | "DigitalUser" | "FaxUser" | "VirtualUser"
        )
    }

    /// Returns why the extension accepts no calls, as a predicate: `is disabled`.
    pub fn out_of_service_reason(&self) -> Option<&'static str> {
        match self.status.as_str() {
            "Disabled" => Some("is disabled"),
            "NotActivated" => Some("is not activated"),
            "Unassigned" => Some("is not assigned to a user"),
            _ => None,
        }
    }

    /// Returns the name, or else the number, or else the id.
    pub fn label(&self) -> &str {
        match (self.name.as_str(), &self.number) {
            ("", Some(number)) => number,
            ("", None) => &self.id.0,
            (name, _) => name,
        }
    }

    /// Returns the label with the unique extension number: `Alex Morgan (101)`.
    pub fn full_label(&self) -> String {
        let label = self.label();
        match &self.number {
            Some(number) if number != label => format!("{label} ({number})"),
            _ => label.to_owned(),
        }
    }
}

/// All extensions of an account, indexed by id, number, e-mail address and name.
#[derive(Debug, Default)]
pub struct ExtensionDirectory {
    extensions: Vec<AccountExtension>,
    by_id: HashMap<ExtensionId, usize>,
    by_number: HashMap<String, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

impl ExtensionDirectory {
    /// Indexes the extensions. Of two entries with the same id, the first is used.
    pub fn new(extensions: Vec<AccountExtension>) -> Self {
        let mut directory = ExtensionDirectory::default();
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

    /// Returns all extensions in the order of the account.
    pub fn extensions(&self) -> &[AccountExtension] {
        &self.extensions
    }

    /// Returns the extension with this id.
    pub fn by_id(&self, id: &ExtensionId) -> Option<&AccountExtension> {
        self.by_id.get(id).map(|&at| &self.extensions[at])
    }

    /// Returns the extensions with this number: at most one, unless the account is inconsistent.
    pub fn by_number(&self, number: &str) -> Vec<&AccountExtension> {
        self.extensions_at(self.by_number.get(number))
    }

    /// Returns the extensions with this e-mail address, ignoring case. Several users may share one.
    pub fn by_email(&self, email: &str) -> Vec<&AccountExtension> {
        self.extensions_at(self.by_email.get(&email.to_lowercase()))
    }

    /// Returns the extensions with this name, or else those whose name differs only in case.
    pub fn by_name(&self, name: &str) -> Vec<&AccountExtension> {
        let found = self.extensions_at(self.by_name.get(&name.trim().to_lowercase()));
        find_by_name(found, name, |extension| &extension.name)
    }

    /// Returns the extensions at these indexes.
    fn extensions_at(&self, found: Option<&Vec<usize>>) -> Vec<&AccountExtension> {
        let found = found.map(Vec::as_slice).unwrap_or_default();
        found.iter().map(|&at| &self.extensions[at]).collect()
    }
}

/// Returns a key that sorts extension numbers and ids by value, so that `99` precedes `101`. A
/// missing number is the last one.
pub(crate) fn numeric_order(number: Option<&str>) -> (bool, usize, String) {
    let number = number.unwrap_or_default();
    (number.is_empty(), number.len(), number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_order_sorts_by_value_and_missing_numbers_last() {
        let mut numbers = [None, Some("101"), Some("99"), Some("100")];
        numbers.sort_by_key(|number| numeric_order(*number));
        assert_eq!(numbers, [Some("99"), Some("100"), Some("101"), None]);
    }
}

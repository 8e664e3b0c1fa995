//! Files that other files refer to by name: profiles, calendars and contacts.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::suggestions::suggest;
use super::types::CalendarFile;
use super::{ConfigFinding, files};
use crate::diagnostic::DiagnosticCode;
use crate::model::CallerId;
use crate::yaml::{YamlNode, YamlPath, YamlValue};

/// A kind of file that other files refer to by name.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ReferencedFileKind {
    /// The folder that contains these files.
    pub(super) folder: &'static str,
    /// The supported file extensions, without the dot.
    pub(super) file_extensions: &'static [&'static str],
    /// The noun for messages, in the singular.
    label: &'static str,
    /// The key by which other files refer to them.
    pub(super) key: &'static str,
}

pub(super) const PROFILES: ReferencedFileKind = ReferencedFileKind {
    folder: "profiles",
    file_extensions: &["yaml", "yml"],
    label: "profile",
    key: "profiles",
};

pub(super) const CALENDARS: ReferencedFileKind = ReferencedFileKind {
    folder: "calendars",
    file_extensions: &["yaml", "yml"],
    label: "calendar",
    key: "calendar",
};

pub(super) const CONTACTS: ReferencedFileKind = ReferencedFileKind {
    folder: "contacts",
    file_extensions: &["yaml", "yml", "csv"],
    label: "list of contacts",
    key: "contacts",
};

impl ReferencedFileKind {
    /// Returns the finding for a name that no file has, or `None` if a file has it.
    pub(super) fn unknown_name_finding<T>(
        &self,
        name: &str,
        all: &IndexMap<String, T>,
        at: YamlPath,
    ) -> Option<ConfigFinding> {
        if all.contains_key(name) {
            return None;
        }
        let message = format!("there is no {} `{name}`", self.label);
        let plain = files::file_stem(name, self.folder);
        let help = if all.is_empty() {
            let extensions = self
                .file_extensions
                .iter()
                .filter(|extension| **extension != "yml");
            let paths =
                extensions.map(|extension| format!("`{}/{plain}.{extension}`", self.folder));
            let paths = paths.collect::<Vec<_>>().join(" or ");
            if plain == name {
                format!("create {paths}")
            } else {
                format!(
                    "write only the name, without folder and extension: `{plain}`, and create {paths}"
                )
            }
        } else if all.contains_key(&plain) {
            format!("write only the name, without folder and extension: `{plain}`")
        } else {
            suggest(name, &all.keys().cloned().collect::<Vec<_>>())
        };
        Some(ConfigFinding::new(DiagnosticCode::UnknownReference, at, message).with_help(help))
    }

    /// Returns the finding for two files with the same name.
    pub(super) fn duplicate_name_finding(&self, name: &str, other: &str) -> ConfigFinding {
        let message = format!("another {} has the name `{name}`: {other}", self.label);
        ConfigFinding::new(DiagnosticCode::TwoFiles, YamlPath::root(), message)
            .with_help("rename one of the files")
    }

    /// Returns the finding for a file that no user file uses.
    pub(super) fn unused_file_finding(&self) -> ConfigFinding {
        let message = format!("no user file uses this {}", self.label);
        ConfigFinding::new(DiagnosticCode::Unused, YamlPath::root(), message)
            .with_help("use it, or delete the file")
    }
}

/// The calendars and contacts of a repository, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReferencedFiles {
    /// The calendars, by file name below `calendars/`.
    pub calendars: IndexMap<String, CalendarFile>,
    /// The resolved lists of contacts, by file name below `contacts/`. The rules of all users share
    /// them.
    pub contacts: IndexMap<String, Arc<[CallerId]>>,
}

/// The references of files to other files, as pairs of key and name.
#[derive(Debug, Default)]
pub(super) struct FileReferences(HashSet<(&'static str, String)>);

impl FileReferences {
    /// Records all references in a file. May record other values of the same keys, which only means
    /// that a file is not reported as unused.
    pub(super) fn record(&mut self, node: &YamlNode) {
        match &node.value {
            YamlValue::Scalar { .. } => {}
            YamlValue::List(items) => items.iter().for_each(|item| self.record(item)),
            YamlValue::Map(entries) => {
                for (key, value) in entries {
                    let kind = [&PROFILES, &CALENDARS, &CONTACTS]
                        .into_iter()
                        .find(|kind| key.as_str() == Some(kind.key));
                    if let Some(kind) = kind {
                        let names = value.as_str_list().into_iter();
                        self.0.extend(names.map(|name| (kind.key, name.to_owned())));
                    }
                    self.record(value);
                }
            }
        }
    }

    /// Returns whether any recorded reference matches the kind and name.
    pub(super) fn contains(&self, kind: &ReferencedFileKind, name: &str) -> bool {
        self.0.contains(&(kind.key, name.to_owned()))
    }
}

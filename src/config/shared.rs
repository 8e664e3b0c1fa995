//! Files that others refer to by name: profiles, calendars, contacts.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Finding;
use super::explain::suggest;
use super::types::{Calendar, Contacts};
use crate::diagnostic::Code;
use crate::yaml::{Node, Path, Value};

/// A kind of file that others name.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// The folder of these files.
    pub(super) folder: &'static str,
    /// How their names end.
    pub(super) endings: &'static [&'static str],
    /// What one of them is called.
    word: &'static str,
    /// The key under which other files name them.
    pub(super) key: &'static str,
}

pub(super) const PROFILES: Kind = Kind {
    folder: "profiles",
    endings: &["yaml", "yml"],
    word: "profile",
    key: "profiles",
};

pub(super) const CALENDARS: Kind = Kind {
    folder: "calendars",
    endings: &["yaml", "yml"],
    word: "calendar",
    key: "calendar",
};

pub(super) const CONTACTS: Kind = Kind {
    folder: "contacts",
    endings: &["yaml", "yml", "csv"],
    word: "list of contacts",
    key: "contacts",
};

impl Kind {
    /// That no file has a name that is used; none where one has it.
    pub(super) fn unknown<T>(
        &self,
        name: &str,
        all: &IndexMap<String, T>,
        at: Path,
    ) -> Option<Finding> {
        if all.contains_key(name) {
            return None;
        }
        let message = format!("there is no {} `{name}`", self.word);
        let help = if all.is_empty() {
            let endings = self.endings.iter().filter(|ending| **ending != "yml");
            let paths = endings.map(|ending| format!("`{}/{name}.{ending}`", self.folder));
            format!("write {}", paths.collect::<Vec<_>>().join(" or "))
        } else {
            suggest(name, &all.keys().cloned().collect::<Vec<_>>())
        };
        Some(Finding::new(Code::NoSuchFile, at, message).help(help))
    }

    /// That another file has the same name.
    pub(super) fn twice(&self, name: &str, other: &str) -> Finding {
        let message = format!("another {} is called `{name}`: {other}", self.word);
        Finding::new(Code::TwoFiles, Path::top(), message).help("rename one of the two files")
    }

    /// That a file says nothing about any user.
    pub(super) fn unused(&self) -> Finding {
        let message = format!("no user file uses this {}", self.word);
        Finding::new(Code::Unused, Path::top(), message).help("use it, or remove the file")
    }
}

/// The calendars and contacts of a repository, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shared {
    /// The files below `calendars`.
    pub calendars: IndexMap<String, Calendar>,
    /// The files below `contacts`.
    pub contacts: IndexMap<String, Contacts>,
}

/// The names that files use, each with the key that it stands under.
#[derive(Debug, Default)]
pub(super) struct Uses(HashSet<(&'static str, String)>);

impl Uses {
    /// Notes the names that a file uses, wherever they stand in it: a name too many does no harm.
    pub(super) fn note(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar { .. } => {}
            Value::List(items) => items.iter().for_each(|item| self.note(item)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    let kind = [&PROFILES, &CALENDARS, &CONTACTS]
                        .into_iter()
                        .find(|kind| key.text() == Some(kind.key));
                    if let Some(kind) = kind {
                        let names = value.texts().into_iter();
                        self.0.extend(names.map(|name| (kind.key, name.to_owned())));
                    }
                    self.note(value);
                }
            }
        }
    }

    /// Whether a file of that kind and name is used.
    pub(super) fn has(&self, kind: &Kind, name: &str) -> bool {
        self.0.contains(&(kind.key, name.to_owned()))
    }
}

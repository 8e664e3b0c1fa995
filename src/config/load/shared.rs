//! Reads what user files refer to by name, and tells what nobody refers to.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::Reader;
use crate::config::shared::{CALENDARS, CONTACTS, Kind, Shared, Uses};
use crate::config::tell::unplaced;
use crate::config::{Finding, check, files};
use crate::yaml::Node;

impl Reader<'_> {
    /// The calendars and contacts.
    pub(super) fn shared(&mut self) -> Shared {
        Shared {
            calendars: self.read_all(&CALENDARS, |calendar, _| check::calendar(calendar)),
            contacts: self.read_all(&CONTACTS, |_, file| check::contacts(file)),
        }
    }

    /// Every file of a kind by its name. One with mistakes is there too, with nothing in it: who refers
    /// to it makes no mistake.
    fn read_all<T: DeserializeOwned + Default>(
        &mut self,
        kind: &'static Kind,
        check: fn(&T, &Node) -> Vec<Finding>,
    ) -> IndexMap<String, T> {
        let mut all = IndexMap::new();
        for (name, path) in self.named(kind) {
            let document = self.open(&path);
            let value = document.and_then(|document| {
                let file = document.node.clone();
                let check = |value: &T| file.iter().flat_map(|file| check(value, file)).collect();
                self.take(document, check)
            });
            all.entry(name).or_insert(value.unwrap_or_default());
        }
        all
    }

    /// The files of a kind, each with its name; two of one name are told.
    pub(super) fn named(&mut self, kind: &'static Kind) -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = Vec::new();
        for path in self.list(kind.folder, kind.endings) {
            let name = files::name(&path, kind.folder);
            if let Some((_, other)) = named.iter().find(|(there, _)| *there == name) {
                self.diagnostics
                    .push(unplaced(&path, kind.twice(&name, other)));
            }
            self.named.push((kind, name.clone(), path.clone()));
            named.push((name, path));
        }
        named
    }

    /// Tells the files that nobody uses.
    pub(super) fn tell_unused(&mut self, uses: &Uses) {
        for (kind, name, path) in &self.named {
            if !uses.has(kind, name) {
                self.diagnostics.push(unplaced(path, kind.unused()));
            }
        }
    }
}

//! Reads the files that user files refer to by name, and reports unused ones.

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use super::RepositoryReader;
use crate::config::locate::file_level;
use crate::config::references::{
    CALENDARS, CONTACTS, FileReferences, ReferencedFileKind, ReferencedFiles,
};
use crate::config::{ConfigFinding, files, validate};
use crate::yaml::YamlNode;

impl RepositoryReader<'_> {
    /// Reads and validates all calendars and contacts.
    pub(super) fn read_referenced_files(&mut self) -> ReferencedFiles {
        ReferencedFiles {
            calendars: self.read_folder(&CALENDARS, |calendar, _| {
                validate::validate_calendar(calendar)
            }),
            contacts: self.read_folder(&CONTACTS, |_, file| validate::validate_contacts(file)),
        }
    }

    /// Reads the files of a kind by name. An invalid file becomes an empty value, so that
    /// references to it are not reported as well.
    fn read_folder<T: DeserializeOwned + Default>(
        &mut self,
        kind: &'static ReferencedFileKind,
        check: fn(&T, &YamlNode) -> Vec<ConfigFinding>,
    ) -> IndexMap<String, T> {
        let mut all = IndexMap::new();
        for (name, path) in self.named_files(kind) {
            let document = self.open_document(&path);
            let value = document.and_then(|document| {
                let file = document.node.clone();
                let check = |value: &T| file.iter().flat_map(|file| check(value, file)).collect();
                self.parse_document(document, check)
            });
            all.entry(name).or_insert(value.unwrap_or_default());
        }
        all
    }

    /// Returns the name and path of each file of a kind, and reports duplicate names.
    pub(super) fn named_files(
        &mut self,
        kind: &'static ReferencedFileKind,
    ) -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = Vec::new();
        for path in self.list_files(kind.folder, kind.file_extensions) {
            let name = files::file_stem(&path, kind.folder);
            if let Some((_, other)) = named.iter().find(|(existing, _)| *existing == name) {
                self.diagnostics
                    .push(file_level(&path, kind.duplicate_name_finding(&name, other)));
            }
            self.named_files.push((kind, name.clone(), path.clone()));
            named.push((name, path));
        }
        named
    }

    /// Reports the files that no user file uses.
    pub(super) fn report_unused(&mut self, uses: &FileReferences) {
        for (kind, name, path) in &self.named_files {
            if !uses.contains(kind, name) {
                self.diagnostics
                    .push(file_level(path, kind.unused_file_finding()));
            }
        }
    }
}

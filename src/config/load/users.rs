//! Reads the user files in parallel and reports their problems in order.

use std::collections::HashMap;

use rayon::prelude::*;

use super::document::{open_document, parse_and_validate};
use super::{
    LoadedUser, ProfileSet, ReferencedFiles, RepositoryReader, USERS_FOLDER, YAML_EXTENSIONS,
    load_node,
};
use crate::config::locate::{file_level, with_span};
use crate::config::references::FileReferences;
use crate::config::types::UserFile;
use crate::config::{ConfigFinding, validate};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::YamlPath;

/// The number of files per batch: enough to use all cores, but few trees in memory at once.
const BATCH_SIZE: usize = 64;

impl RepositoryReader<'_> {
    /// Reads the user files and merges them with their profiles. `ignored` holds the name patterns
    /// that the settings ignore.
    pub(super) fn read_users(
        &mut self,
        referenced_files: &ReferencedFiles,
        profiles: &ProfileSet,
        ignored: &[String],
    ) -> Vec<LoadedUser> {
        let paths = self.list_files(USERS_FOLDER, YAML_EXTENSIONS);
        let mut uses = FileReferences::default();
        let mut users: Vec<LoadedUser> = Vec::new();
        // The references of an unreadable file are unknown. A missing folder is reported
        // separately.
        let mut all_known = !paths.is_empty();
        let root = self.root;
        let read = |path: &String| {
            let mut document = open_document(root, path)?;
            let own = document.node.clone();
            let mut unknown = Vec::new();
            if let Some(node) = &own {
                unknown = profiles.unknown_profiles(node);
                document.node = Some(profiles.stack_for(node));
            }
            let check = |file: &UserFile| {
                let mut findings = validate::validate_user_file(file, ignored, referenced_files);
                findings.append(&mut unknown);
                findings.retain(|finding| !file.allows(finding.code));
                findings
            };
            Ok::<_, Box<Diagnostic>>((own, parse_and_validate(document, check)))
        };
        for paths in paths.chunks(BATCH_SIZE) {
            let batch: Vec<_> = paths.par_iter().map(read).collect();
            for (path, read) in paths.iter().zip(batch) {
                self.files += 1;
                let (own, parsed) = match read {
                    Ok(read) => read,
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        all_known = false;
                        continue;
                    }
                };
                match &own {
                    Some(node) => uses.record(node),
                    None => all_known = false,
                }
                if let Some(file) = self.record_parsed(path, parsed) {
                    let path = path.clone();
                    users.push(LoadedUser { path, file });
                }
            }
        }
        self.check_one_file_per_user(&users, profiles);
        if profiles.record_uses(&mut uses) && all_known {
            self.report_unused(&uses);
        }
        users
    }

    fn check_one_file_per_user(&mut self, users: &[LoadedUser], profiles: &ProfileSet) {
        let mut first: HashMap<String, &str> = HashMap::new();
        for user in users {
            let UserFile {
                extension,
                email,
                id,
                ..
            } = &user.file;
            let names = [
                extension.as_ref().map(|e| ("extension", e.0.clone())),
                email.as_ref().map(|e| ("email", e.0.to_lowercase())),
                id.as_ref().map(|i| ("id", i.0.clone())),
            ];
            for (key, name) in names.into_iter().flatten() {
                let Some(other) = first.insert(format!("{key} {name}"), &user.path) else {
                    continue;
                };
                let message = format!("`{name}` is described by two files");
                let finding = ConfigFinding::new(
                    DiagnosticCode::TwoFiles,
                    YamlPath::root().key(key),
                    message,
                )
                .with_label(format!("the other file is {other}"))
                .with_help("move the rules of one file into the other");
                let diagnostic = match load_node(self.root, profiles, &user.path) {
                    Some(node) => with_span(&node, finding),
                    None => file_level(&user.path, finding),
                };
                self.diagnostics.push(diagnostic);
            }
        }
    }
}

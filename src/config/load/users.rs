//! The user files: each on whichever core is free, and told in their order.

use std::collections::HashMap;

use rayon::prelude::*;

use super::document::{judge, open};
use super::{Profiles, Reader, Shared, USERS, User, YAML, tree};
use crate::config::shared::Uses;
use crate::config::tell::{placed, unplaced};
use crate::config::types::UserFile;
use crate::config::{Finding, check};
use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::Path;

/// How many files are read at the same time: enough for all cores, and no more trees than a few.
const AT_ONCE: usize = 64;

impl Reader<'_> {
    /// All of them, with their profiles laid under them. `ignored` is what the settings leave alone.
    pub(super) fn users(
        &mut self,
        shared: &Shared,
        profiles: &Profiles,
        ignored: &[String],
    ) -> Vec<User> {
        let paths = self.list(USERS, YAML);
        let mut uses = Uses::default();
        let mut users: Vec<User> = Vec::new();
        // What an unreadable file uses, nobody knows. That there is no file is told as such.
        let mut knows_all = !paths.is_empty();
        let root = self.root;
        let read = |path: &String| {
            let mut document = open(root, path)?;
            let own = document.node.clone();
            let mut unknown = Vec::new();
            if let Some(node) = &own {
                unknown = profiles.unknown(node);
                document.node = Some(profiles.under(node));
            }
            let check = |file: &UserFile| {
                let mut found = check::user_file(file, ignored, shared);
                found.append(&mut unknown);
                found.retain(|finding| !file.allows(finding.code));
                found
            };
            Ok::<_, Box<Diagnostic>>((own, judge(document, check)))
        };
        for paths in paths.chunks(AT_ONCE) {
            let batch: Vec<_> = paths.par_iter().map(read).collect();
            for (path, read) in paths.iter().zip(batch) {
                self.files += 1;
                let (own, judged) = match read {
                    Ok(read) => read,
                    Err(unreadable) => {
                        self.diagnostics.push(*unreadable);
                        knows_all = false;
                        continue;
                    }
                };
                match &own {
                    Some(node) => uses.note(node),
                    None => knows_all = false,
                }
                if let Some(file) = self.note(path, judged) {
                    let path = path.clone();
                    users.push(User { path, file });
                }
            }
        }
        self.one_file_each(&users, profiles);
        if profiles.add_uses(&mut uses) && knows_all {
            self.tell_unused(&uses);
        }
        users
    }

    fn one_file_each(&mut self, users: &[User], profiles: &Profiles) {
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
                let message = format!("`{name}` has two files");
                let finding = Finding::new(Code::TwoFiles, Path::top().key(key), message)
                    .label(format!("the other is {other}"))
                    .help("one user, one file: move the rules of one into the other");
                let told = match tree(self.root, profiles, &user.path) {
                    Some(node) => placed(&node, finding),
                    None => unplaced(&user.path, finding),
                };
                self.diagnostics.push(told);
            }
        }
    }
}

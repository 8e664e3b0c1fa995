//! Which files of a repository a run is for.

use std::collections::{HashMap, HashSet};

use super::error::Error;
use super::planning::{Scope, Users};
use super::problem::{file_gone, two_files};
use super::{git, output};
use crate::config::{self, Repository, User};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Directory, Extension, ExtensionId, Selector, Shard};

/// The files that `--changed-since` leaves in scope, all of them without it; and a warning for each that is
/// gone since, which a plan is silent of.
pub(super) fn changed<'a>(
    repository: &'a Repository,
    scope: &Scope,
) -> Result<(Option<HashSet<&'a str>>, Vec<Diagnostic>), Error> {
    let Some(revision) = &scope.changed_since else {
        return Ok((None, Vec::new()));
    };
    let before = git::checkout(repository.root(), revision)?;
    match config::load(before.path()).repository {
        Some(before) => {
            let config::Changed { users, gone } = config::changed(repository, &before);
            let is_meant = repository.settings.allows(Code::FileGone);
            let gone = gone.into_iter().filter(|_| !is_meant);
            let warnings = gone.map(|path| file_gone(path, revision)).collect();
            Ok((Some(users), warnings))
        }
        None => {
            output::err(&format!(
                "warning: `{revision}` has no configuration without mistakes: every user counts as \
                 changed\n"
            ))?;
            Ok((None, Vec::new()))
        }
    }
}

/// Whether a part of the users has this one. Whoever is not on the account has a file at least.
pub(super) fn is_in(shard: Shard, user: &User, directory: &Directory) -> bool {
    match config::identify(&user.file, directory) {
        Some(owner) => shard.has(&owner.0),
        None => shard.has(&user.path),
    }
}

/// The files in scope.
pub(super) struct Selected<'a> {
    pub(super) files: Vec<&'a User>,
    pub(super) mistakes: Vec<Diagnostic>,
}

/// The files of the users who are named, and of those who have changed; all where nobody is.
pub(super) fn select<'a>(
    repository: &'a Repository,
    directory: &Directory,
    users: &Users,
    changed: Option<&HashSet<&str>>,
) -> Result<Selected<'a>, Error> {
    let mut wanted: Vec<(&Selector, bool)> = users.named.iter().map(|s| (s, false)).collect();
    let mut known: Vec<&Extension> = Vec::new();
    let mut files = Vec::new();
    let mut mistakes = Vec::new();
    let mut owners: HashMap<ExtensionId, &str> = HashMap::new();
    for user in &repository.users {
        let owner = config::identify(&user.file, directory);
        known.extend(owner.as_ref().and_then(|owner| directory.by_id(owner)));
        if !wanted.is_empty() {
            let mut selects = false;
            for (selector, used) in &mut wanted {
                if config::names(selector, owner.as_ref(), &user.file, directory) {
                    *used = true;
                    selects = true;
                }
            }
            if !selects {
                continue;
            }
        }
        if changed.is_some_and(|changed| !changed.contains(user.path.as_str())) {
            continue;
        }
        if let Some(owner) = &owner
            && let Some(other) = owners.insert(owner.clone(), &user.path)
        {
            mistakes.push(two_files(repository, user, other));
        }
        files.push(user);
    }
    match wanted.iter().find(|(_, used)| !used) {
        Some((nobody, _)) => Err(nobody_selected(nobody, &known, directory)),
        None => Ok(Selected { files, mistakes }),
    }
}

fn nobody_selected(selector: &Selector, known: &[&Extension], directory: &Directory) -> Error {
    let is_meant = |extension: &Extension| extension.has_rules() && selector.names(extension);
    let help = if directory.all().iter().any(is_meant) {
        "the account has one: `callrules import` with the same `--user` writes the file".to_owned()
    } else {
        Users::help(selector, known.iter().copied())
    };
    let selector = selector.clone();
    Error::NobodySelected { selector, help }
}

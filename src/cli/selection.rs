//! Selects the files of a repository that a run is for.

use std::collections::{HashMap, HashSet};

use super::error::CommandError;
use super::planning::{PlanScope, UserFilterArgs};
use super::problem_diagnostics::{duplicate_file_diagnostic, removed_file_diagnostic};
use super::{git, ui};
use crate::config::{self, LoadedUser, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId, UserSelector, UserShard};

/// Returns the paths of the files that `--changed-since` selects, and a warning for each file that
/// was deleted since then. `None` means all files.
pub(super) fn changed_users<'a>(
    repository: &'a Repository,
    scope: &PlanScope,
) -> Result<(Option<HashSet<&'a str>>, Vec<Diagnostic>), CommandError> {
    let Some(revision) = &scope.changed_since else {
        return Ok((None, Vec::new()));
    };
    let checkout = git::checkout(repository.root(), revision)?;
    match config::load(checkout.path()).repository {
        Some(old_repository) => {
            let config::ConfigChanges { users, removed } =
                config::diff_config(repository, &old_repository);
            let warnings = if repository.settings.allows(DiagnosticCode::FileGone) {
                Vec::new()
            } else {
                removed
                    .into_iter()
                    .map(|path| removed_file_diagnostic(path, revision))
                    .collect()
            };
            Ok((Some(users), warnings))
        }
        None => {
            ui::status(&format!(
                "warning: the configuration in `{revision}` is missing or has errors: every user counts \
                 as changed\n"
            ))?;
            Ok((None, Vec::new()))
        }
    }
}

/// Returns whether a shard includes the user. Users that are not on the account are assigned by
/// path.
pub(super) fn is_in_shard(
    shard: UserShard,
    user: &LoadedUser,
    directory: &ExtensionDirectory,
) -> bool {
    match config::resolve_owner(&user.file, directory) {
        Some(owner) => shard.contains(&owner.0),
        None => shard.contains(&user.path),
    }
}

/// The files in scope, and the errors found while selecting them.
pub(super) struct UserSelection<'a> {
    pub(super) files: Vec<&'a LoadedUser>,
    pub(super) errors: Vec<Diagnostic>,
}

/// Selects the files of users that match a selector and have changed. Without selectors, all users
/// match.
///
/// Returns an error for a selector without a match.
pub(super) fn select_users<'a>(
    repository: &'a Repository,
    directory: &ExtensionDirectory,
    users: &UserFilterArgs,
    changed: Option<&HashSet<&str>>,
) -> Result<UserSelection<'a>, CommandError> {
    let mut selectors: Vec<(&UserSelector, bool)> = users
        .selectors
        .iter()
        .map(|selector| (selector, false))
        .collect();
    let mut extensions: Vec<&AccountExtension> = Vec::new();
    let mut files = Vec::new();
    let mut errors = Vec::new();
    let mut owners: HashMap<ExtensionId, &str> = HashMap::new();
    for user in &repository.users {
        let owner = config::resolve_owner(&user.file, directory);
        extensions.extend(owner.as_ref().and_then(|owner| directory.by_id(owner)));
        if !selectors.is_empty() {
            let mut is_selected = false;
            for (selector, is_used) in &mut selectors {
                if config::selector_matches(selector, owner.as_ref(), &user.file, directory) {
                    *is_used = true;
                    is_selected = true;
                }
            }
            if !is_selected {
                continue;
            }
        }
        if changed.is_some_and(|changed| !changed.contains(user.path.as_str())) {
            continue;
        }
        if let Some(owner) = &owner
            && let Some(other) = owners.insert(owner.clone(), &user.path)
        {
            errors.push(duplicate_file_diagnostic(repository, user, other));
        }
        files.push(user);
    }
    match selectors.iter().find(|(_, is_used)| !is_used) {
        Some((unused, _)) => Err(no_user_selected_error(unused, &extensions, directory)),
        None => Ok(UserSelection { files, errors }),
    }
}

/// Returns the error for a selector that matches no file, with a suggestion.
fn no_user_selected_error(
    selector: &UserSelector,
    extensions: &[&AccountExtension],
    directory: &ExtensionDirectory,
) -> CommandError {
    let is_match =
        |extension: &AccountExtension| extension.has_rules() && selector.matches(extension);
    let help = if directory.extensions().iter().any(is_match) {
        "this user is on the account: create the file with `callrules import` and the same `--user`"
            .to_owned()
    } else {
        UserFilterArgs::no_match_help(selector, extensions.iter().copied())
    };
    let selector = selector.clone();
    CommandError::NoUserSelected { selector, help }
}

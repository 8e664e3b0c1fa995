//! Selects the files of a repository that a run is for.

use std::collections::{HashMap, HashSet};

use super::error::RunError;
use super::git;
use super::lints;
use super::progress::RunProgress;
use crate::config::{self, ConfigFinding, LoadedUser, Repository};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId, UserSelector};
use crate::yaml::YamlPath;

/// The users whose configuration differs from a commit. By default, there is no commit.
#[derive(Default)]
pub(super) struct ChangedUsers<'r> {
    /// The paths of their files. `None` means all files.
    pub(super) changed: Option<HashSet<&'r str>>,
    /// One warning for each file that was deleted since the commit, and for each key that a file no
    /// longer has.
    pub(super) warnings: Vec<Diagnostic>,
    /// The configuration in the commit. `None` without a commit, or if it has errors.
    pub(super) compared: Option<Repository>,
}

/// Returns the users whose configuration differs from a commit.
pub(super) fn changed_users<'r>(
    repository: &'r Repository,
    revision: &str,
    progress: &RunProgress,
) -> Result<ChangedUsers<'r>, RunError> {
    let Some(old_repository) = load_commit(repository, revision)? else {
        progress.note(format!(
            "warning: the configuration in `{revision}` is missing or has errors: every user counts \
             as changed, and it is unknown what was edited on the account"
        ));
        return Ok(ChangedUsers::default());
    };
    let config::ConfigChanges {
        users,
        removed,
        dropped,
    } = config::diff_config(repository, &old_repository);
    let removed = removed
        .into_iter()
        .filter(|_| !repository.settings.allows(DiagnosticCode::FileGone))
        .map(|path| removed_file_diagnostic(path, revision));
    let dropped = dropped
        .into_iter()
        .filter(|(user, _)| !lints::is_allowed(repository, user, DiagnosticCode::PartGone))
        .map(|(user, key)| dropped_key_diagnostic(user.path.clone(), &key, revision));
    Ok(ChangedUsers {
        changed: Some(users),
        warnings: removed.chain(dropped).collect(),
        compared: Some(old_repository),
    })
}

/// Returns the configuration in a commit.
///
/// # Errors
///
/// If there is no such commit, or if its configuration is missing or has errors.
pub(super) fn read_commit(repository: &Repository, revision: &str) -> Result<Repository, RunError> {
    load_commit(repository, revision)?.ok_or_else(|| {
        RunError::new(format!(
            "the configuration in `{revision}` is missing or has errors"
        ))
        .hinted("compare with a commit in which `callrules validate` succeeds")
    })
}

/// Loads the configuration in a commit; `None` if it is missing or has errors.
fn load_commit(repository: &Repository, revision: &str) -> Result<Option<Repository>, RunError> {
    let checkout = git::checkout(repository.root(), revision)?;
    Ok(config::load(checkout.path()).repository)
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
    users: &[UserSelector],
    changed: Option<&HashSet<&str>>,
) -> Result<UserSelection<'a>, RunError> {
    let mut selectors: Vec<(&UserSelector, bool)> =
        users.iter().map(|selector| (selector, false)).collect();
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
) -> RunError {
    let is_match =
        |extension: &AccountExtension| extension.has_rules() && selector.matches(extension);
    let help = if directory.extensions().iter().any(is_match) {
        "this user is on the account: create the file with `callrules import` and the same `--user`"
            .to_owned()
    } else {
        no_match_hint(selector, extensions.iter().copied())
    };
    RunError::new(format!("no file matches the user `{selector}`")).hinted(help)
}

/// Returns the users with call handling rules that match a selector. Without selectors, all match.
///
/// Returns an error for a selector without a match.
pub(super) fn select_live_users<'a>(
    directory: &'a ExtensionDirectory,
    selectors: &[UserSelector],
) -> Result<Vec<&'a AccountExtension>, RunError> {
    let users = || {
        directory
            .extensions()
            .iter()
            .filter(|extension| extension.has_rules())
    };
    for selector in selectors {
        if !users().any(|user| selector.matches(user)) {
            let message = format!("the account has no user `{selector}` with call handling rules");
            return Err(RunError::new(message).hinted(no_match_hint(selector, users())));
        }
    }
    let is_selected = |user: &&AccountExtension| {
        selectors.is_empty() || selectors.iter().any(|selector| selector.matches(user))
    };
    Ok(users().filter(is_selected).collect())
}

/// Returns the hint for a selector that matches no user: the closest match, or the syntax.
pub(super) fn no_match_hint<'a>(
    selector: &UserSelector,
    candidates: impl IntoIterator<Item = &'a AccountExtension>,
) -> String {
    config::suggest_extension(&selector.to_string(), candidates).unwrap_or_else(|| {
        "select users by extension number, e-mail address, name, or `id:` and the id".to_owned()
    })
}

/// Reports that two files describe the same user with different identifiers.
pub(super) fn duplicate_file_diagnostic(
    repository: &Repository,
    user: &LoadedUser,
    other: &str,
) -> Diagnostic {
    let finding = ConfigFinding::new(
        DiagnosticCode::TwoFiles,
        YamlPath::root(),
        "this user has two files",
    )
    .with_label(format!("the other is {other}"))
    .with_help("keep one file per user: move the rules of one file into the other");
    repository.locate_finding(&user.path, finding)
}

/// Warns that a file no longer has a key, which changes nothing on the account.
fn dropped_key_diagnostic(path: String, key: &str, revision: &str) -> Diagnostic {
    Diagnostic {
        code: DiagnosticCode::PartGone,
        message: format!(
            "`{key}` is in this file as of `{revision}`, but not any more: it stays on the account as \
             it is and is no longer managed"
        ),
        label: None,
        help: Some("to change it on the account, declare what it is to be".to_owned()),
        file: path,
        span: None,
        related: None,
    }
}

/// Warns that a file was deleted since a commit, which deletes nothing on the account.
fn removed_file_diagnostic(path: String, revision: &str) -> Diagnostic {
    Diagnostic {
        code: DiagnosticCode::FileGone,
        message: format!(
            "this file was deleted since `{revision}`; the user's rules stay on the account but are no \
             longer managed"
        ),
        label: None,
        help: Some(
            "to delete the rules, restore the file, apply it with `interactionRules: {}` and \
             `prune: all`, then delete it; to keep managing the rules, restore the file"
                .to_owned(),
        ),
        file: path,
        span: None,
        related: None,
    }
}

//! Opens a repository, and checks that it describes the open account.

use std::path::Path;

use super::error::RunError;
use crate::config::types::{LimitSettings, RepositorySettings};
use crate::config::{self, LoadedRepository, Repository};
use crate::diagnostic::Diagnostic;
use crate::files;
use crate::reconcile::SafetyLimits;

impl Repository {
    /// Loads and validates all files of a repository. Also returns the warnings.
    ///
    /// # Errors
    ///
    /// If any file has an error: a [`RunError`] with all diagnostics.
    pub fn open(root: &Path) -> Result<(Repository, Vec<Diagnostic>), RunError> {
        let LoadedRepository {
            repository,
            diagnostics,
            files,
        } = config::load(root);
        match repository {
            Some(repository) => Ok((repository, diagnostics)),
            None => Err(RunError::configuration(diagnostics, files)),
        }
    }

    /// Checks that the repository describes at least one user. A run on a wrong folder or half a
    /// checkout would find nothing to do for ever.
    ///
    /// # Errors
    ///
    /// If there is no user file; the hint names a folder that is nearly right.
    pub fn require_users(&self) -> Result<(), RunError> {
        if !self.users.is_empty() {
            return Ok(());
        }
        let entries = std::fs::read_dir(self.root()).into_iter().flatten();
        let mut names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let is_similar = |name: &String| {
            let lower = name.to_lowercase();
            name != "users" && strsim::damerau_levenshtein(&lower, "users") <= 1
        };
        let hint = match names.find(is_similar) {
            Some(name) => format!("rename the folder `{name}/` to `users/`"),
            None => "add files to `users/`, for example with `callrules import`; or choose \
                     another folder with `-C`"
                .to_owned(),
        };
        let message = format!("{} has no user files in `users/`", self.root().display());
        Err(RunError::new(message).hinted(hint))
    }

    /// Returns the number of files that were loaded for users, with the settings.
    pub fn file_count(&self) -> usize {
        self.users.len() + 1
    }
}

impl RepositorySettings {
    /// Returns the limits that every plan must keep unless a flag raises them.
    pub(super) fn safety_limits(&self) -> SafetyLimits {
        let LimitSettings {
            deletes,
            users,
            silenced,
        } = self.limits.unwrap_or_default();
        SafetyLimits {
            max_deletes: deletes,
            max_users_emptied: None,
            max_users: users,
            max_silenced: silenced,
        }
    }
}

/// Reads only `callrules.yaml`. Returns `None` if it doesn't exist.
///
/// # Errors
///
/// If the file can't be read or has errors.
pub fn read_settings(root: &Path) -> Result<Option<RepositorySettings>, RunError> {
    config::read_settings(root).map_err(|diagnostics| RunError::configuration(diagnostics, 1))
}

/// Checks that the settings of a repository allow the open account.
///
/// # Errors
///
/// If the settings name another account.
pub fn verify_account(settings: &RepositorySettings, actual: &str) -> Result<(), RunError> {
    match &settings.account {
        Some(expected) if expected.0 != actual => {
            let line = settings
                .account_line
                .map_or(String::new(), |line| format!(":{line}"));
            Err(RunError::new(format!(
                "the repository describes account {}, but this is account {actual}",
                expected.0
            ))
            .hinted(format!(
                "use the credentials of the account that these files describe; if these files \
                 really are for {actual}, set `account: \"{actual}\"` at callrules.yaml{line}"
            )))
        }
        _ => Ok(()),
    }
}

/// Returns the line that names the account and server of a run.
pub fn account_banner(account: &str, server: &str) -> String {
    format!("Account {account} at {server}")
}

/// Writes a file of a repository atomically, unless it exists and `force` is not set. Returns the
/// line that reports the result.
///
/// # Errors
///
/// If the file can't be written.
pub fn write_new_file(
    root: &Path,
    path: &str,
    text: &str,
    force: bool,
) -> Result<String, RunError> {
    let is_written = files::write_new(root, path, text, force)
        .map_err(|error| RunError::file(&root.join(path), &error))?;
    let action = if is_written { "wrote" } else { "kept" };
    Ok(format!("{action} {path}\n"))
}

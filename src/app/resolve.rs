//! Resolves the files in scope to the desired state of their users.

use std::sync::Arc;

use super::error::RunError;
use super::plan_outcome::UserDiagnostic;
use super::selection::UserSelection;
use crate::config::{self, LoadedUser, Repository};
use crate::diagnostic::Diagnostic;
use crate::model::{DesiredUser, ExtensionDirectory, NameIndex};
use crate::reconcile::ComparedFile;
use crate::render::sanitize;

/// A user file with its meaning on the account.
pub(super) struct ResolvedUser<'r> {
    pub(super) file: &'r LoadedUser,
    pub(super) desired: Arc<DesiredUser>,
    /// What the compared commit declared for the user; `None` if there is no such commit.
    pub(super) compared: Option<Arc<ComparedFile>>,
}

/// The files in scope, as far as they can be resolved.
pub(super) struct PartialResolution<'r> {
    pub(super) users: Vec<ResolvedUser<'r>>,
    /// The errors of the other files.
    pub(super) errors: Vec<UserDiagnostic>,
}

/// Resolves the files in scope to the desired state of their users. On failure, returns the errors
/// of all files at once.
pub(super) fn resolve_selected<'r>(
    repository: &Repository,
    selected: UserSelection<'r>,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> Result<Vec<ResolvedUser<'r>>, RunError> {
    let UserSelection { files, errors } = selected;
    let PartialResolution {
        users,
        errors: user_errors,
    } = resolve_each(repository, &files, directory, name_index);
    if errors.is_empty() && user_errors.is_empty() {
        Ok(users)
    } else {
        Err(configuration_error(repository, errors, user_errors))
    }
}

/// Resolves the files in scope, and leaves out users whose files name something that is not on the
/// account, such as a user who has left.
///
/// # Errors
///
/// If several files are for one user, or if no file can be resolved.
pub(super) fn resolve_possible<'r>(
    repository: &Repository,
    selected: UserSelection<'r>,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> Result<PartialResolution<'r>, RunError> {
    let UserSelection { files, errors } = selected;
    let resolution = resolve_each(repository, &files, directory, name_index);
    if !errors.is_empty() || (resolution.users.is_empty() && !resolution.errors.is_empty()) {
        Err(configuration_error(repository, errors, resolution.errors))
    } else {
        Ok(resolution)
    }
}

/// Combines the errors of all files.
fn configuration_error(
    repository: &Repository,
    mut errors: Vec<Diagnostic>,
    user_errors: Vec<UserDiagnostic>,
) -> RunError {
    errors.extend(user_errors.into_iter().map(|error| error.diagnostic));
    errors.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    RunError::configuration(errors, repository.file_count())
}

/// Resolves each file, and returns each error once.
fn resolve_each<'r>(
    repository: &Repository,
    files: &[&'r LoadedUser],
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> PartialResolution<'r> {
    let Repository {
        settings,
        referenced_files,
        ..
    } = repository;
    let (mut users, mut errors) = (Vec::new(), Vec::new());
    let mut dedup = config::DiagnosticDedup::default();
    let results = config::resolve_all(
        files.iter().map(|user| &user.file),
        settings,
        referenced_files,
        directory,
        name_index,
    );
    for (file, result) in files.iter().copied().zip(results) {
        match result {
            Ok(desired) => users.push(ResolvedUser {
                file,
                desired: Arc::new(desired),
                compared: None,
            }),
            Err(findings) => {
                let diagnostics = repository.locate_findings(&file.path, findings).into_iter();
                let new = diagnostics.filter(|one| dedup.insert(one, &file.path));
                errors.extend(new.map(|diagnostic| UserDiagnostic {
                    user: file.file.extension.as_ref().map(|number| number.0.clone()),
                    subject: None,
                    diagnostic,
                }));
            }
        }
    }
    PartialResolution { users, errors }
}

/// Returns the name and file of a user that could not be read.
pub(super) fn unreadable_label(user: &ResolvedUser<'_>, directory: &ExtensionDirectory) -> String {
    let id = &user.desired.id;
    let name = directory.by_id(id).map_or(&*id.0, |user| user.label());
    format!("{} ({})", sanitize::sanitize_inline(name), user.file.path)
}

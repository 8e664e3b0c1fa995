//! Resolves the files in scope to the desired state of their users.

use std::sync::Arc;

use super::error::RunError;
use super::selection::UserSelection;
use crate::config::{self, LoadedUser, Repository};
use crate::model::{DesiredUser, ExtensionDirectory, NameIndex};
use crate::render::sanitize;

/// A user file with its meaning on the account.
pub(super) struct ResolvedUser<'r> {
    pub(super) file: &'r LoadedUser,
    pub(super) desired: Arc<DesiredUser>,
}

/// Resolves the files in scope to the desired state of their users. On failure, returns the errors
/// of all files at once.
pub(super) fn resolve_selected<'r>(
    repository: &Repository,
    selected: UserSelection<'r>,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> Result<Vec<ResolvedUser<'r>>, RunError> {
    let UserSelection { files, mut errors } = selected;
    let Repository {
        settings,
        referenced_files,
        ..
    } = repository;
    let mut users = Vec::new();
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
            }),
            Err(findings) => {
                let diagnostics = repository.locate_findings(&file.path, findings).into_iter();
                errors.extend(diagnostics.filter(|one| dedup.insert(one, &file.path)));
            }
        }
    }
    errors.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    if errors.is_empty() {
        Ok(users)
    } else {
        Err(RunError::configuration(errors, repository.file_count()))
    }
}

/// Returns the name and file of a user that could not be read.
pub(super) fn unreadable_label(user: &ResolvedUser<'_>, directory: &ExtensionDirectory) -> String {
    let id = &user.desired.id;
    let name = directory.by_id(id).map_or(&*id.0, |user| user.label());
    format!("{} ({})", sanitize::sanitize_inline(name), user.file.path)
}

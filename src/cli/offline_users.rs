//! The users of a repository without an account, for simulations and tests.

use super::error::CommandError;
use super::planning;
use super::selection::UserSelection;
use crate::config::{self, LoadedUser, Repository};
use crate::model::{AccountExtension, ExtensionDirectory, NameIndex, UserSelector};
use crate::simulate::PartialHandling;

/// All users of a repository, and the names that the files mention.
pub(super) struct OfflineUsers<'r> {
    files: &'r [LoadedUser],
    /// In the order of the files.
    pub(super) users: Vec<PartialHandling>,
    pub(super) directory: ExtensionDirectory,
    pub(super) name_index: NameIndex,
}

impl<'r> OfflineUsers<'r> {
    /// Resolves all files. Returns an error if any file can't be resolved.
    pub(super) fn from_repository(repository: &'r Repository) -> Result<Self, CommandError> {
        let config::OfflineDirectory {
            directory,
            catalogue: name_index,
        } = config::offline_directory(repository);
        let selection = UserSelection {
            files: repository.users.iter().collect(),
            errors: Vec::new(),
        };
        let (_, desired) =
            planning::resolve_users(repository, selection, &directory, &name_index, |user| user)?;
        let users = repository
            .users
            .iter()
            .zip(&desired)
            .map(|(file, desired)| PartialHandling::from_declaration(desired, &file.path))
            .collect();
        Ok(OfflineUsers {
            files: &repository.users,
            users,
            directory,
            name_index,
        })
    }

    /// Returns the users that a selector matches.
    pub(super) fn select(&self, selector: &UserSelector) -> Vec<&PartialHandling> {
        self.files
            .iter()
            .zip(&self.users)
            .filter(|(file, user)| {
                config::selector_matches(selector, Some(&user.user), &file.file, &self.directory)
            })
            .map(|(_, user)| user)
            .collect()
    }

    /// Returns the error for a selector without a match, with a suggestion.
    pub(super) fn no_match_error(&self, selector: &UserSelector) -> CommandError {
        let extensions: Vec<&AccountExtension> = self
            .users
            .iter()
            .filter_map(|user| self.directory.by_id(&user.user))
            .collect();
        let syntax = "use the identifier in the user's file: extension number, e-mail address, or \
                      `id:` and the id; names don't work without an account";
        CommandError::NoUserSelected {
            selector: selector.clone(),
            help: match config::suggest_extension(&selector.to_string(), extensions) {
                Some(suggestion) => format!("{suggestion}; {syntax}"),
                None => syntax.to_owned(),
            },
        }
    }
}

//! What the files say of calls, without an account.

use super::error::Error;
use super::planning;
use super::selection::Selected;
use crate::config::{self, Repository, User};
use crate::model::{Catalogue, Directory, Extension, Selector};
use crate::simulate::Known;

/// Every user of a repository, and the names of whoever and whatever the files mention.
pub(super) struct Declared<'r> {
    files: &'r [User],
    /// In the order of the files.
    pub(super) users: Vec<Known>,
    pub(super) directory: Directory,
    pub(super) catalogue: Catalogue,
}

impl<'r> Declared<'r> {
    pub(super) fn of(repository: &'r Repository) -> Result<Self, Error> {
        let config::Offline {
            directory,
            catalogue,
        } = config::offline(repository);
        let all = Selected {
            files: repository.users.iter().collect(),
            mistakes: Vec::new(),
        };
        let (_, desired) = planning::resolve(repository, all, &directory, &catalogue, |user| user)?;
        let files = repository.users.iter();
        let users = files.zip(&desired);
        let users = users.map(|(file, desired)| Known::declared(desired, &file.path));
        Ok(Declared {
            files: &repository.users,
            users: users.collect(),
            directory,
            catalogue,
        })
    }

    /// The users whom a selector names.
    pub(super) fn named(&self, selector: &Selector) -> Vec<&Known> {
        let users = self.files.iter().zip(&self.users);
        let named = users.filter(|(user, known)| {
            config::names(selector, Some(&known.user), &user.file, &self.directory)
        });
        named.map(|(_, known)| known).collect()
    }

    /// That a selector names nobody.
    pub(super) fn nobody(&self, selector: &Selector) -> Error {
        let known = self.users.iter();
        let known = known.filter_map(|known| self.directory.by_id(&known.user));
        let known: Vec<&Extension> = known.collect();
        Error::NobodySelected {
            selector: selector.clone(),
            help: format!(
                "{}; name a user as the user's own file does: without the account nobody knows who else \
                 that is",
                planning::Users::help(selector, known)
            ),
        }
    }
}

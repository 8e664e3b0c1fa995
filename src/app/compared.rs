//! The configuration of the commit that a plan is compared with.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::resolve::ResolvedUser;
use crate::config::{self, LoadedUser, Repository};
use crate::model::{ExtensionDirectory, ExtensionId, NameIndex, NameListKey};
use crate::reconcile::ComparedFile;

/// The files of a commit for the users in scope.
pub(super) struct ComparedCommit<'a> {
    repository: &'a Repository,
    directory: &'a ExtensionDirectory,
    files: HashMap<ExtensionId, &'a LoadedUser>,
}

impl<'a> ComparedCommit<'a> {
    /// Finds the files of the users that `selected` files describe.
    pub(super) fn new(
        repository: &'a Repository,
        selected: &[&LoadedUser],
        directory: &'a ExtensionDirectory,
    ) -> Self {
        let owner = |user: &LoadedUser| config::resolve_owner(&user.file, directory);
        let in_scope: BTreeSet<ExtensionId> =
            selected.iter().filter_map(|user| owner(user)).collect();
        let files = repository.users.iter();
        let files = files.filter_map(|user| Some((owner(user)?, user)));
        ComparedCommit {
            repository,
            directory,
            files: files.filter(|(id, _)| in_scope.contains(id)).collect(),
        }
    }

    /// Returns the lists of names that the files refer to.
    pub(super) fn name_lists(&self) -> BTreeSet<NameListKey> {
        let shared = &self.repository.referenced_files;
        let files = self.files.values();
        files
            .flat_map(|user| config::name_lists(&user.file, shared, self.directory))
            .collect()
    }

    /// Adds to each user what the commit declared.
    pub(super) fn add_to(&self, users: &mut [ResolvedUser<'_>], name_index: &NameIndex) {
        for user in users {
            let compared = match self.files.get(&user.desired.id) {
                None => ComparedFile::Missing,
                Some(previous) => config::resolve_silently(
                    &previous.file,
                    &self.repository.settings,
                    &self.repository.referenced_files,
                    self.directory,
                    name_index,
                )
                .map_or(ComparedFile::Unresolved, ComparedFile::Declared),
            };
            user.compared = Some(Arc::new(compared));
        }
    }
}

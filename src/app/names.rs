//! Reads the greetings and devices that files refer to by name.

use std::collections::{BTreeSet, HashMap};

use super::error::RunError;
use super::plan_outcome::UnreadableUser;
use crate::client::{ApiClient, ClientError};
use crate::config::{self, LoadedUser, Repository};
use crate::model::{ExtensionDirectory, NameIndex, NameListKey};
use crate::reconcile;

/// Reads the greetings and devices that the files refer to by name.
///
/// `optional` lists are read too; it is no error if one of them can't be read.
///
/// If the devices of a user can't be read, that user is removed from `files` and returned as
/// unreadable. If the standard greetings can't be read, the whole run fails, because all users
/// share them.
pub(super) async fn fetch_name_index(
    client: &ApiClient,
    repository: &Repository,
    files: &mut Vec<&LoadedUser>,
    directory: &ExtensionDirectory,
    optional: BTreeSet<NameListKey>,
) -> Result<(NameIndex, Vec<UnreadableUser>), RunError> {
    let required_lists =
        |user: &LoadedUser| config::name_lists(&user.file, &repository.referenced_files, directory);
    let required: BTreeSet<NameListKey> =
        files.iter().flat_map(|user| required_lists(user)).collect();
    let lists = required.union(&optional).cloned().collect();
    let mut lists_read = Vec::new();
    let mut failed: HashMap<NameListKey, ClientError> = HashMap::new();
    for (list, result) in reconcile::fetch_name_lists(client, lists).await {
        match (&list, result) {
            (_, Ok(resources)) => lists_read.push((list, resources)),
            (NameListKey::Devices(_), Err(error)) => {
                failed.insert(list, error);
            }
            (NameListKey::Greetings(_), Err(error)) if required.contains(&list) => {
                return Err(error.into());
            }
            (NameListKey::Greetings(_), Err(_)) => {}
        }
    }
    let mut unreadable = Vec::new();
    if !failed.is_empty() {
        files.retain(|user| {
            let error = required_lists(user)
                .iter()
                .find_map(|list| failed.get(list))
                .cloned();
            let is_readable = error.is_none();
            unreadable.extend(error.map(|error| UnreadableUser {
                label: user.path.clone(),
                error,
            }));
            is_readable
        });
    }
    Ok((NameIndex::from_iter(lists_read), unreadable))
}

//! Resolves files without an account, assuming that everything they refer to exists.
//!
//! The files are enough to find out which rule handles a call and where it ends. Facts that only
//! the account has remain unknown, such as whether a number and an e-mail address belong to the
//! same user.

use std::collections::HashSet;

use super::{FileResolver, resolve_owner};
use crate::config::Repository;
use crate::config::test_cases::TestUsers;
use crate::config::types::UserFile;
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId, NameIndex, NamedResource};

/// A substitute for the account's data, sufficient to resolve every file of a repository.
///
/// Ids that no file contains are derived from the identifier in the file. Unlike ids of accounts,
/// they never consist of digits only, and they are displayed as typed.
#[derive(Debug)]
pub struct OfflineDirectory {
    /// The users that have a file, and every other extension that a file refers to.
    pub directory: ExtensionDirectory,
    /// The standard greetings and devices that files refer to. Each has its name as its id.
    pub name_index: NameIndex,
}

/// Builds a directory of everything that a repository refers to.
pub fn offline_directory(repository: &Repository) -> OfflineDirectory {
    let users: Vec<AccountExtension> = repository
        .users
        .iter()
        .filter_map(|user| file_identity(&user.file))
        .collect();
    let empty_index = NameIndex::default();

    let users_only = ExtensionDirectory::new(users.clone());
    let unresolved = collect_names(repository, &users_only, &empty_index).unresolved;
    let mut seen = HashSet::new();
    let placeholders = unresolved
        .iter()
        .filter(|name| seen.insert(normalize_name(name)))
        .map(|name| placeholder_extension(name));
    let directory = ExtensionDirectory::new(users.into_iter().chain(placeholders).collect());

    // Needs the full directory, because lists of devices are identified by their owners.
    let missing_lists = collect_names(repository, &directory, &empty_index).missing_lists;
    let name_index = missing_lists
        .into_iter()
        .map(|(list, names)| {
            let mut seen = HashSet::new();
            let resources = names
                .iter()
                .filter(|name| seen.insert(normalize_name(name)))
                .map(|name| placeholder_resource(name));
            (list, resources.collect())
        })
        .collect();
    OfflineDirectory {
        directory,
        name_index,
    }
}

/// Resolves every name of a repository and collects those that are unknown.
fn collect_names<'a>(
    repository: &'a Repository,
    directory: &'a ExtensionDirectory,
    name_index: &'a NameIndex,
) -> FileResolver<'a> {
    let mut resolver = FileResolver::new(&repository.referenced_files, directory, name_index, None);
    for user in &repository.users {
        resolver.owner = resolve_owner(&user.file, directory);
        resolver.resolve_dispatchings(&user.file);
    }
    let users = TestUsers::from_users(&repository.users);
    for tests in &repository.tests {
        resolver.resolve_tests(tests, &users);
    }
    resolver
}

/// Builds the extension of a user from the identifier in the user file.
fn file_identity(file: &UserFile) -> Option<AccountExtension> {
    let number = file.extension.as_ref().map(|number| number.0.clone());
    let email = file.email.as_ref().map(|email| email.0.clone());
    let id = file
        .id
        .as_ref()
        .map(|id| id.0.clone())
        .or_else(|| number.as_deref().map(id_from_number))
        .or_else(|| email.clone())?;
    Some(AccountExtension {
        number,
        email,
        ..bare_extension(id, "User")
    })
}

/// Builds an extension that files refer to but that has no file: a user, a call queue or a menu.
fn placeholder_extension(name: &str) -> AccountExtension {
    const UNKNOWN_KIND: &str = "";
    let name = name.trim();
    if let Some(id) = name.strip_prefix("id:") {
        return bare_extension(id.to_owned(), UNKNOWN_KIND);
    }
    if name.contains('@') {
        let email = Some(name.to_owned());
        return AccountExtension {
            email,
            ..bare_extension(name.to_owned(), UNKNOWN_KIND)
        };
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        let number = Some(name.to_owned());
        return AccountExtension {
            number,
            ..bare_extension(id_from_number(name), UNKNOWN_KIND)
        };
    }
    AccountExtension {
        name: name.to_owned(),
        ..bare_extension(name.to_owned(), UNKNOWN_KIND)
    }
}

fn bare_extension(id: String, kind: &str) -> AccountExtension {
    AccountExtension {
        id: ExtensionId(id),
        number: None,
        name: String::new(),
        email: None,
        kind: kind.to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }
}

/// Returns the placeholder id for an extension number. It can't collide with an account's id, a
/// name or an e-mail address.
fn id_from_number(number: &str) -> String {
    format!("#{number}")
}

/// Builds a greeting or device from its name.
fn placeholder_resource(name: &str) -> NamedResource {
    let name = name.trim().to_owned();
    NamedResource {
        id: name.clone(),
        name,
    }
}

/// Normalizes case and surrounding whitespace of a name, e-mail address or number.
fn normalize_name(name: &str) -> String {
    name.trim().to_lowercase()
}

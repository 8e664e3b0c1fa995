//! Resolving without an account: everybody and everything that is named is taken to be there.
//!
//! Which rule takes a call and where it ends is a question that the files answer alone. What the account
//! would know, such as that a number and an address are one person's, stays unknown.

use std::collections::HashSet;

use super::{Resolver, identify};
use crate::config::Repository;
use crate::config::cases::People;
use crate::config::types::UserFile;
use crate::model::{Catalogue, Directory, Extension, ExtensionId, Named};

/// What stands in for an account: enough to resolve every file of a repository.
///
/// Ids that no file says are made of what is said. They are never digits alone, as those of accounts
/// are, and what is shown of them is what was written.
#[derive(Debug)]
pub struct Offline {
    /// The users whom files describe, and everybody whom a file names.
    pub directory: Directory,
    /// The standard greetings and devices that files name: each is its own id.
    pub catalogue: Catalogue,
}

/// Takes everybody and everything that a repository names for real.
pub fn offline(repository: &Repository) -> Offline {
    let users = repository.users.iter();
    let users: Vec<Extension> = users.filter_map(|user| of_file(&user.file)).collect();
    let nothing = Catalogue::default();

    let described = Directory::new(users.clone());
    let strangers = look_up_all(repository, &described, &nothing).strangers;
    let mut seen = HashSet::new();
    let strangers = strangers.iter().filter(|name| seen.insert(plain(name)));
    let all = users
        .into_iter()
        .chain(strangers.map(|name| stranger(name)));
    let directory = Directory::new(all.collect());

    // Whose devices are meant is known only now.
    let lists = look_up_all(repository, &directory, &nothing).unread;
    let lists = lists.into_iter().map(|(list, names)| {
        let mut seen = HashSet::new();
        let names = names.into_iter().filter(|name| seen.insert(plain(name)));
        (list, names.map(itself).collect())
    });
    let catalogue = Catalogue::from_iter(lists);
    Offline {
        directory,
        catalogue,
    }
}

/// Looks up every name of a repository, and notes those that are nobody's or nothing's.
fn look_up_all<'a>(
    repository: &'a Repository,
    directory: &'a Directory,
    catalogue: &'a Catalogue,
) -> Resolver<'a> {
    let mut resolver = Resolver::new(&repository.shared, directory, catalogue, None);
    for user in &repository.users {
        resolver.owner = identify(&user.file, directory);
        resolver.dispatchings(&user.file);
    }
    let people = People::of(&repository.users);
    for tests in &repository.tests {
        resolver.cases(tests, &people);
    }
    resolver
}

/// The user whom a file describes.
fn of_file(file: &UserFile) -> Option<Extension> {
    let number = file.extension.as_ref().map(|number| number.0.clone());
    let email = file.email.as_ref().map(|email| email.0.clone());
    let id = file.id.as_ref().map(|id| id.0.clone());
    let id = id
        .or_else(|| number.as_deref().map(of_number))
        .or_else(|| email.clone())?;
    Some(Extension {
        number,
        email,
        ..extension(id, "User")
    })
}

/// Somebody whom a file names, and none describes: a person, a call queue, a menu.
fn stranger(name: &str) -> Extension {
    let name = name.trim();
    const UNKNOWN: &str = "";
    if let Some(id) = name.strip_prefix("id:") {
        return extension(id.to_owned(), UNKNOWN);
    }
    if name.contains('@') {
        let email = Some(name.to_owned());
        return Extension {
            email,
            ..extension(name.to_owned(), UNKNOWN)
        };
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        let number = Some(name.to_owned());
        return Extension {
            number,
            ..extension(of_number(name), UNKNOWN)
        };
    }
    Extension {
        name: name.to_owned(),
        ..extension(name.to_owned(), UNKNOWN)
    }
}

fn extension(id: String, kind: &str) -> Extension {
    Extension {
        id: ExtensionId(id),
        number: None,
        name: String::new(),
        email: None,
        kind: kind.to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }
}

/// The id of who has this number: neither an id of an account, nor anybody's name or address.
fn of_number(number: &str) -> String {
    format!("#{number}")
}

/// A greeting or device of which only the name is known.
fn itself(name: String) -> Named {
    let name = name.trim().to_owned();
    Named {
        id: name.clone(),
        name,
    }
}

/// What two spellings of one name, address or number have in common.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

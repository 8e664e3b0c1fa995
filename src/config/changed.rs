//! Whose configuration differs between two states of a repository.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use super::check;
use super::load::{Repository, User};
use super::shared::Shared;
use super::types::{Prune, UserFile};

/// The paths of the users of `now` whose rules or states are declared otherwise than they were `then`,
/// profiles and all that files share included. Who was not there counts as changed.
pub fn changed<'a>(now: &'a Repository, then: &Repository) -> HashSet<&'a str> {
    let before: HashMap<Identity<'_>, &User> = { then.users.iter() }
        .map(|user| (identity(&user.file), user))
        .collect();
    let unchanged = Shared {
        calendars: common(&now.shared.calendars, &then.shared.calendars),
        contacts: common(&now.shared.contacts, &then.shared.contacts),
    };
    let differs = |user: &&User| match before.get(&identity(&user.file)) {
        Some(before) => {
            meaning(now, &user.file) != meaning(then, &before.file)
                // It names something that is not as it was.
                || !check::names(&user.file, &unchanged).is_empty()
        }
        None => true,
    };
    let users = now.users.iter().filter(differs);
    users.map(|user| user.path.as_str()).collect()
}

/// What is the same now and then.
fn common<T: Clone + PartialEq>(
    now: &IndexMap<String, T>,
    then: &IndexMap<String, T>,
) -> IndexMap<String, T> {
    let same = |(name, value): &(&String, &T)| then.get(*name) == Some(*value);
    let same = now.iter().filter(same);
    same.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whose file it is, as the file says it.
type Identity<'a> = [Option<&'a str>; 3];

fn identity(file: &UserFile) -> Identity<'_> {
    [
        file.extension.as_ref().map(|number| number.0.as_str()),
        file.email.as_ref().map(|email| email.0.as_str()),
        file.id.as_ref().map(|id| id.0.as_str()),
    ]
}

/// All that a file and its repository say of a user.
fn meaning<'a>(repository: &'a Repository, file: &'a UserFile) -> impl PartialEq + use<'a> {
    let UserFile {
        extension: _,
        email: _,
        id: _,
        // They are laid under the file already.
        profiles: _,
        prune,
        ignore,
        interaction_rules,
        states,
    } = file;
    let settings = &repository.settings;
    let prune: Prune = prune.unwrap_or(settings.prune);
    let ignore: BTreeSet<&String> = settings.ignore.iter().chain(ignore).flatten().collect();
    (prune, ignore, interaction_rules, states)
}

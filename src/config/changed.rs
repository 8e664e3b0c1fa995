//! Whose configuration differs between two states of a repository.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::load::{Repository, User};
use super::resolve;
use super::shared::Shared;
use super::types::{InteractionRule, Prune, State, UserFile};

/// What differs between two states of a repository.
#[derive(Debug)]
pub struct Changed<'a> {
    /// The paths of the users whose rules or states are declared otherwise than before, profiles and all
    /// that files share included. Who was not there counts as changed.
    pub users: HashSet<&'a str>,
    /// The paths of files that are gone, with the users whom no file describes any more.
    pub gone: Vec<String>,
}

/// Compares two states of a repository.
pub fn changed<'a>(now: &'a Repository, then: &Repository) -> Changed<'a> {
    let (before, after) = (by_identity(then), by_identity(now));
    let differs = |user: &&User| match before.get(&identity(&user.file)) {
        Some(before) => meaning(now, &user.file) != meaning(then, &before.file),
        None => true,
    };
    let is_there = |path: &str| now.users.iter().any(|user| user.path == path);
    let is_gone =
        |user: &&User| !after.contains_key(&identity(&user.file)) && !is_there(&user.path);
    let changed = now.users.iter().filter(differs);
    let gone = then.users.iter().filter(is_gone);
    Changed {
        users: changed.map(|user| user.path.as_str()).collect(),
        gone: gone.map(|user| user.path.clone()).collect(),
    }
}

fn by_identity(repository: &Repository) -> HashMap<Identity<'_>, &User> {
    let users = repository.users.iter();
    users.map(|user| (identity(&user.file), user)).collect()
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
        // What is said of a user changes nothing for the user.
        allow: _,
        prune,
        ignore,
        interaction_rules,
        states,
    } = file;
    let settings = &repository.settings;
    let prune: Prune = prune.unwrap_or(settings.prune);
    let ignore: BTreeSet<&String> = settings.ignore.iter().chain(ignore).flatten().collect();
    let shared = &repository.shared;
    let rules = interaction_rules.as_ref().map(|rules| {
        let rules = rules.iter();
        let rules =
            rules.map(|(name, rule)| (name, rule.as_ref().map(|rule| of_rule(rule, shared))));
        rules.collect::<BTreeMap<_, _>>()
    });
    let states = states.as_ref().map(|states| {
        let states = resolve::declared(states).map(|(id, state)| (id, of_state(state, shared)));
        states.collect::<BTreeMap<_, _>>()
    });
    (prune, ignore, rules, states)
}

/// Times, dates and callers are compared by what they mean; people, greetings and devices, whom only
/// the account knows, by what is written.
fn of_rule<'a>(rule: &'a InteractionRule, shared: &Shared) -> impl PartialEq + use<'a> {
    let InteractionRule {
        enabled,
        conditions,
        queue_calls_included,
        dispatching,
        renamed_from,
        id,
        name,
    } = rule;
    let conditions = conditions
        .as_ref()
        .map(|said| resolve::conditions(said, shared));
    let found_by = (renamed_from, id, name);
    (
        enabled,
        conditions,
        queue_calls_included,
        dispatching,
        found_by,
    )
}

fn of_state<'a>(state: &'a State, shared: &Shared) -> impl PartialEq + use<'a> {
    let State {
        enabled,
        schedule,
        dispatching,
    } = state;
    let schedule = schedule
        .as_ref()
        .map(|said| resolve::state_schedule(said, shared));
    (enabled, schedule, dispatching)
}

//! Compares two states of a repository and finds the users whose configuration differs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::references::ReferencedFiles;
use super::repository::Repository;
use super::resolve;
use super::types::{
    InteractionRuleSpec, LoadedUser, PruneSetting, StateSpec, StatesSpec, UserFile,
};

/// The differences between two states of a repository.
#[derive(Debug)]
pub struct ConfigChanges<'a> {
    /// The paths of the users whose rules or states are declared differently than before, including
    /// changes of profiles, calendars and contacts. New users count as changed.
    pub users: HashSet<&'a str>,
    /// The paths of deleted files whose users no other file describes.
    pub removed: Vec<String>,
    /// The files that no longer have a key, such as `states.dnd`, with that key.
    pub dropped: Vec<(&'a LoadedUser, String)>,
}

/// Compares the current state of a repository with an earlier one.
pub fn diff_config<'a>(current: &'a Repository, previous: &Repository) -> ConfigChanges<'a> {
    let (before, after) = (index_by_identity(previous), index_by_identity(current));
    let differs = |user: &&LoadedUser| match before.get(&user.file.identity()) {
        Some(before) => {
            effective_meaning(current, &user.file) != effective_meaning(previous, &before.file)
        }
        None => true,
    };
    let dropped_keys = |user: &'a LoadedUser| {
        let previous = before.get(&user.file.identity());
        let keys = previous.map_or_else(Vec::new, |previous| {
            dropped_keys(&previous.file, &user.file)
        });
        keys.into_iter().map(move |key| (user, key))
    };
    let exists = |path: &str| current.users.iter().any(|user| user.path == path);
    let is_removed =
        |user: &&LoadedUser| !after.contains_key(&user.file.identity()) && !exists(&user.path);
    let changed = current.users.iter().filter(differs);
    let removed = previous.users.iter().filter(is_removed);
    ConfigChanges {
        users: changed.map(|user| user.path.as_str()).collect(),
        removed: removed.map(|user| user.path.clone()).collect(),
        dropped: current.users.iter().flat_map(dropped_keys).collect(),
    }
}

fn index_by_identity(repository: &Repository) -> HashMap<UserIdentity<'_>, &LoadedUser> {
    let users = repository.users.iter();
    users.map(|user| (user.file.identity(), user)).collect()
}

/// Returns the keys of rules and states that only the previous file has. Without a key, the file
/// no longer manages that part.
fn dropped_keys(previous: &UserFile, current: &UserFile) -> Vec<String> {
    let mentioned = |file: &UserFile| {
        let rules = file.interaction_rules.iter();
        let states = file.states.iter().flat_map(StatesSpec::declared);
        rules
            .map(|_| "interactionRules".to_owned())
            .chain(states.map(|(state, _)| format!("states.{}", state.id)))
            .collect::<Vec<_>>()
    };
    let kept = mentioned(current);
    let mut keys = mentioned(previous);
    keys.retain(|key| !kept.contains(key));
    keys
}

/// The extension number, email address and id in a user file.
type UserIdentity<'a> = [Option<&'a str>; 3];

/// Returns everything that a file and its repository declare for a user, in a comparable form.
fn effective_meaning<'a>(
    repository: &'a Repository,
    file: &'a UserFile,
) -> impl PartialEq + use<'a> {
    let UserFile {
        extension: _,
        email: _,
        id: _,
        // Profiles are already merged into the file.
        profiles: _,
        // Allowed warnings do not change the user's call handling.
        allow: _,
        prune,
        ignore,
        interaction_rules,
        states,
    } = file;
    let settings = &repository.settings;
    let prune: PruneSetting = prune.unwrap_or(settings.prune);
    let ignore: BTreeSet<&String> = settings.ignore.iter().chain(ignore).flatten().collect();
    let files = &repository.referenced_files;
    let rules = interaction_rules.as_ref().map(|rules| {
        let meanings = (rules.iter())
            .map(|(name, rule)| (name, rule.as_ref().map(|rule| rule_meaning(rule, files))));
        meanings.collect::<BTreeMap<_, _>>()
    });
    let states = states.as_ref().map(|states| {
        let meanings =
            (states.declared()).map(|(state, spec)| (state.id, state_meaning(spec, files)));
        meanings.collect::<BTreeMap<_, _>>()
    });
    (prune, ignore, rules, states)
}

/// Returns a rule in a comparable form. Times, dates and callers are resolved. Extensions,
/// greetings and devices are compared as written, because only the account can resolve them.
fn rule_meaning<'a>(
    rule: &'a InteractionRuleSpec,
    files: &ReferencedFiles,
) -> impl PartialEq + use<'a> {
    let InteractionRuleSpec {
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
        .map(|conditions| resolve::resolve_conditions(conditions, files));
    let identifiers = (renamed_from, id, name);
    (
        enabled,
        conditions,
        queue_calls_included,
        dispatching,
        identifiers,
    )
}

fn state_meaning<'a>(state: &'a StateSpec, files: &ReferencedFiles) -> impl PartialEq + use<'a> {
    let StateSpec {
        enabled,
        schedule,
        dispatching,
    } = state;
    let schedule = schedule
        .as_ref()
        .map(|schedule| resolve::resolve_state_schedule(schedule, files));
    (enabled, schedule, dispatching)
}

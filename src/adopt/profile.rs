//! Writes what the account has into a profile, where every user of it has the same.

use serde_json::{Map, Value};

use super::draft::UserDraft;
use super::parts::{DriftPart, find_parts};
use super::{
    AdoptableUser, AdoptedChange, AdoptedFile, AdoptionContext, possible_targets, references,
};
use crate::config::Repository;
use crate::yaml::{self, SourceFile};

/// A function that loads the repository as if a file had another text. `None` if that has errors.
type ReloadRepository<'a> = &'a dyn Fn(&str, &str) -> Option<Repository>;

/// Edits a profile for each rule and state that differs in the same way for all of its users.
/// Returns the edited file, and the repository with it. `None` if nothing changes.
pub fn adopt_into_profile(
    context: AdoptionContext<'_>,
    users: &[AdoptableUser<'_>],
    profile: &str,
    reload: ReloadRepository<'_>,
) -> Option<(AdoptedFile, Repository)> {
    let path = context.repository.profile_path(profile)?;
    let before = context.repository.text(&path)?.to_owned();
    let mut edit = ProfileEdit {
        path: &path,
        text: before.clone(),
        repository: None,
        changes: Vec::new(),
    };
    let mut tried = Vec::new();
    loop {
        let current = AdoptionContext {
            repository: edit.repository.as_ref().unwrap_or(context.repository),
            ..context
        };
        let drafts: Vec<Option<UserDraft>> = users
            .iter()
            .map(|user| read_draft(current, *user))
            .collect();
        let next = users.iter().zip(&drafts).find_map(|(user, draft)| {
            let draft = draft.as_ref()?;
            let mut parts = find_parts(draft, current, *user).into_iter();
            let part =
                parts.find(|part| entry_path(part).is_some_and(|path| !tried.contains(&path)))?;
            Some((*user, draft, part))
        });
        let Some((user, draft, part)) = next else {
            break;
        };
        tried.extend(entry_path(&part));
        let accepted = edit
            .candidates(current, user, draft, &part)
            .into_iter()
            .find_map(|target| {
                let text = yaml::rewrite(&edit.text, &target)
                    .ok()
                    .filter(|text| *text != edit.text)?;
                let repository = reload(&path, &text)?;
                let context = AdoptionContext {
                    repository: &repository,
                    ..context
                };
                let changes = verify(context, users, &drafts, &part)?;
                Some((text, repository, changes))
            });
        if let Some((text, repository, changes)) = accepted {
            edit.text = text;
            edit.repository = Some(repository);
            edit.changes.extend(changes);
        }
    }
    let ProfileEdit {
        path,
        text: after,
        repository,
        changes,
    } = edit;
    let mut names: Vec<String> = Vec::new();
    for (user, _) in &changes {
        if !names.contains(user) {
            names.push(user.clone());
        }
    }
    let file = AdoptedFile {
        path: path.to_owned(),
        before,
        after,
        users: names,
        changes,
    };
    repository.map(|repository| (file, repository))
}

/// Reads the file of a user with the present profile.
fn read_draft(context: AdoptionContext<'_>, user: AdoptableUser<'_>) -> Option<UserDraft> {
    let text = context.repository.text(&user.file.path)?.to_owned();
    UserDraft::read(context, user, text).ok()
}

/// Returns the keys of the entry in a file that declares a part. A rule that only the account has
/// has none, and a rename concerns only one user.
fn entry_path(part: &DriftPart) -> Option<[String; 2]> {
    let (section, key) = match part {
        DriftPart::Removed { key } | DriftPart::Changed { key, .. } => {
            ("interactionRules", key.as_str())
        }
        DriftPart::State(id) => ("states", id.as_str()),
        DriftPart::Added { .. } | DriftPart::Renamed { .. } => return None,
    };
    Some([section.to_owned(), key.to_owned()])
}

/// A profile that is being edited.
struct ProfileEdit<'a> {
    path: &'a str,
    text: String,
    repository: Option<Repository>,
    changes: Vec<(String, AdoptedChange)>,
}

impl ProfileEdit<'_> {
    /// Returns the possible contents of the profile for a part of one user.
    fn candidates(
        &self,
        context: AdoptionContext<'_>,
        user: AdoptableUser<'_>,
        draft: &UserDraft,
        part: &DriftPart,
    ) -> Vec<Value> {
        let (root, _) = yaml::parse(&SourceFile::new(self.path, self.text.clone()));
        let (Some(root), Some([section, key])) = (root, entry_path(part)) else {
            return Vec::new();
        };
        let profile = root.to_json();
        let path = [section.as_str(), key.as_str()];
        let Some(own) = references::get(&profile, &path).filter(|own| own.is_object()) else {
            return Vec::new();
        };
        let with_entry = |entry: Option<Value>| {
            let mut target = profile.clone();
            references::set(&mut target, &path, entry);
            target
        };
        if let DriftPart::Removed { .. } = part {
            return vec![with_entry(None)];
        }
        let writer = context.yaml_writer(user);
        let Ok(values) = part.values(user, draft, writer) else {
            return Vec::new();
        };
        let merged = references::get(&draft.merged, &path).unwrap_or(&Value::Null);
        let targets = possible_targets(merged, &values).into_iter();
        targets
            .map(|(target, _)| with_entry(Some(adopt_own(own, merged, &target))))
            .collect()
    }
}

/// Returns the values of a profile with those of `target` where its users have its own.
fn adopt_own(own: &Value, merged: &Value, target: &Value) -> Value {
    let (Value::Object(own), Value::Object(merged), Value::Object(target)) = (own, merged, target)
    else {
        return target.clone();
    };
    let mut result = Map::new();
    for (key, value) in own {
        let new = match (merged.get(key), target.get(key)) {
            (merged, new) if merged == new => Some(value.clone()),
            (Some(merged), Some(new))
                if merged.is_object()
                    && new.is_object()
                    && value.is_object()
                    && value != merged =>
            {
                Some(adopt_own(value, merged, new))
            }
            (Some(merged), new) if merged == value => new.cloned(),
            // The users have another value, from their own files or another profile.
            _ => Some(value.clone()),
        };
        if let Some(new) = new {
            result.insert(key.clone(), new);
        }
    }
    for (key, value) in target.iter().filter(|(key, _)| !merged.contains_key(*key)) {
        result.insert(key.clone(), value.clone());
    }
    Value::Object(result)
}

/// Checks that an edit resolves a part for its users and adds no difference to any. Returns the
/// changes with their users.
fn verify(
    context: AdoptionContext<'_>,
    users: &[AdoptableUser<'_>],
    before: &[Option<UserDraft>],
    part: &DriftPart,
) -> Option<Vec<(String, AdoptedChange)>> {
    let mut changes = Vec::new();
    for (user, before) in users.iter().zip(before) {
        let before = before.as_ref()?;
        let after = read_draft(context, *user)?;
        if after.new_error(before).is_some() {
            return None;
        }
        let is_new = |change: &crate::reconcile::PlannedChange| {
            !before.plan.changes.iter().any(|old| {
                (old.resource, &old.name, old.action)
                    == (change.resource, &change.name, change.action)
                    && change.fields.iter().all(|field| old.fields.contains(field))
            })
        };
        if after.plan.changes.iter().any(is_new) {
            return None;
        }
        let own = find_parts(before, context, *user).into_iter();
        let own = own.filter(|own| entry_path(own) == entry_path(part));
        let label = before.label();
        for own in own {
            let described = own.describe_changes(before, &after);
            changes.extend(described.into_iter().map(|change| (label.clone(), change)));
        }
    }
    (!changes.is_empty()).then_some(changes)
}

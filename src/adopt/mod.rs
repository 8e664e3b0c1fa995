//! Edits the files that exist so that they declare what the account has.
//!
//! For each rule and state that differs, the smallest edit of the file is tried first: only the
//! values that differ. The edited text is read again and compared with the account. An edit that
//! leaves a difference is dropped, and a larger one is tried. So no edit is kept that would not
//! work.

mod draft;
mod merge;
mod overlay;
mod parts;
mod profile;
mod references;

use serde_json::{Map, Value, json};

use self::draft::UserDraft;
use self::merge::{MergeDepth, adopt_live, insert_in_order};
use self::overlay::{OverlaySides, overlay};
use self::parts::{DriftPart, PartValues, find_parts};
use self::references::{KeptReference, merge_references};
use crate::config::misplaced_keys::FILE_KEYS;
use crate::config::{LoadedUser, Repository};
use crate::import;
use crate::model::to_yaml::YamlWriter;
use crate::model::{ExtensionDirectory, ExtensionId, LocalDateTime, NameIndex};
use crate::reconcile::{LiveUser, ResourceKind};
use crate::yaml;

pub use profile::adopt_into_profile;

/// The data that all users share.
#[derive(Debug, Clone, Copy)]
pub struct AdoptionContext<'a> {
    /// The files as they are.
    pub repository: &'a Repository,
    /// The users of the account.
    pub directory: &'a ExtensionDirectory,
    /// The names of greetings and devices, for the files and for what the account has.
    pub name_index: &'a NameIndex,
    /// The rules and states to adopt, by name. Empty: all.
    pub rules: &'a [String],
}

impl<'a> AdoptionContext<'a> {
    /// Returns the writer of what the account has.
    fn yaml_writer(self, user: AdoptableUser<'a>) -> YamlWriter<'a> {
        YamlWriter::new(self.directory).with_names(self.name_index, user.id)
    }
}

/// A user with a file.
#[derive(Debug, Clone, Copy)]
pub struct AdoptableUser<'a> {
    /// The extension id of the user.
    pub id: &'a ExtensionId,
    /// The file of the user.
    pub file: &'a LoadedUser,
    /// What the account has.
    pub live: &'a LiveUser,
    /// The local time of the user.
    pub now: LocalDateTime,
}

/// What was adopted for a user.
#[derive(Debug, Default)]
pub struct UserAdoption {
    /// The new text of the user's file, if it changes.
    pub text: Option<String>,
    /// The changes, in the order in which they were made.
    pub changes: Vec<AdoptedChange>,
    /// What was left alone.
    pub not_adopted: Vec<UnadoptedPart>,
}

/// A change of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedChange {
    /// What was done to the declaration.
    pub action: AdoptionAction,
    /// The kind of resource that is declared.
    pub resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The paths of the values within the rule or state; empty for all of it.
    pub paths: Vec<String>,
}

/// What an adoption does to a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AdoptionAction {
    /// The rule is new on the account, and is added to the file.
    Add,
    /// The values of the rule or state are changed.
    Change,
    /// The rule has another name on the account, and is renamed in the file.
    Rename,
    /// The rule was deleted on the account, and is removed from the file.
    Remove,
}

/// A rule or state that differs and was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnadoptedPart {
    /// The kind of resource that is declared.
    pub resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The reason, as a lower-case fragment.
    pub reason: String,
}

/// A rule or state of a user that was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAdoptedPart {
    /// The extension number of the user, or `id:` and the id.
    pub user: String,
    /// The rule or state.
    pub part: UnadoptedPart,
}

/// A file with its edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedFile {
    /// The path relative to the repository root.
    pub path: String,
    /// The text as it was read.
    pub before: String,
    /// The text with all edits.
    pub after: String,
    /// The users that the file describes: extension numbers, or `id:` and the id.
    pub users: Vec<String>,
    /// The changes, each with its user.
    pub changes: Vec<(String, AdoptedChange)>,
}

/// A possible edit of a file.
struct EditCandidate {
    /// The content of the file after keys were renamed, if any are.
    renamed: Option<Value>,
    /// The content of the file.
    target: Value,
    /// Parts that stay different.
    kept: Vec<KeptReference>,
}

/// Edits a user's file so that it declares what the account has.
pub fn adopt_user(context: AdoptionContext<'_>, user: AdoptableUser<'_>) -> UserAdoption {
    let mut adoption = UserAdoption::default();
    let original = context.repository.text(&user.file.path).unwrap_or_default();
    let mut draft = match UserDraft::read(context, user, original.to_owned()) {
        Ok(draft) => draft,
        Err(reason) => {
            // The account has a second greeting or device with a name in the file.
            adoption.not_adopted.push(UnadoptedPart {
                resource: ResourceKind::InteractionRule,
                name: user.file.path.clone(),
                reason,
            });
            return adoption;
        }
    };
    let mut tried: Vec<DriftPart> = Vec::new();
    while let Some(part) = find_parts(&draft, context, user)
        .into_iter()
        .find(|part| !tried.contains(part))
    {
        tried.push(part.clone());
        match adopt_part(context, user, &draft, &part) {
            Ok((next, kept)) => {
                adoption
                    .changes
                    .extend(part.describe_changes(&draft, &next));
                adoption
                    .not_adopted
                    .extend(kept.into_iter().map(|kept| UnadoptedPart {
                        resource: part.resource(),
                        name: part.name().to_owned(),
                        reason: kept.reason,
                    }));
                draft = next;
            }
            Err(reason) => adoption.not_adopted.push(UnadoptedPart {
                resource: part.resource(),
                name: part.name().to_owned(),
                reason,
            }),
        }
    }
    for (resource, name, message) in draft.remaining_errors(context) {
        let is_known = adoption.not_adopted.iter().any(|part| part.name == name);
        if !is_known {
            adoption.not_adopted.push(UnadoptedPart {
                resource,
                name,
                reason: message,
            });
        }
    }
    adoption.text = (draft.text != original).then_some(draft.text);
    adoption
}

/// Tries the possible edits for one part, the smallest first.
fn adopt_part<'a>(
    context: AdoptionContext<'a>,
    user: AdoptableUser<'a>,
    draft: &UserDraft,
    part: &DriftPart,
) -> Result<(UserDraft, Vec<KeptReference>), String> {
    let mut failure = None;
    for candidate in candidates(context, user, draft, part)? {
        let text = match &candidate.renamed {
            Some(renamed) => yaml::rewrite(&draft.text, renamed),
            None => Ok(draft.text.clone()),
        };
        let next = text
            .and_then(|text| yaml::rewrite(&text, &candidate.target))
            .map_err(|error| error.to_string())
            .and_then(|text| UserDraft::read(context, user, text))
            .and_then(|next| {
                part.verify(draft, &next, &candidate.kept)?;
                Ok(next)
            });
        match next {
            Ok(next) if next.text == draft.text => {
                let kept = candidate.kept.into_iter().map(|kept| kept.reason);
                let reasons: Vec<String> = kept.collect();
                return Err(reasons.join("; "));
            }
            Ok(next) => return Ok((next, candidate.kept)),
            Err(reason) => failure = failure.or(Some(reason)),
        }
    }
    Err(failure.unwrap_or_else(|| "no edit of the file leads to it".to_owned()))
}

/// Returns the possible edits for one part, the smallest first.
fn candidates(
    context: AdoptionContext<'_>,
    user: AdoptableUser<'_>,
    draft: &UserDraft,
    part: &DriftPart,
) -> Result<Vec<EditCandidate>, String> {
    let inherited = context.repository.load_inherited(&user.file.path);
    let inherited = inherited.map_or(Value::Null, |node| node.to_json());
    let file = FileSides {
        own: &draft.own,
        inherited: &inherited,
        merged: &draft.merged,
    };
    let writer = context.yaml_writer(user);
    Ok(match part {
        DriftPart::Added { rule_id, .. } => {
            let rules = import::rules_to_yaml(user.live, writer);
            let rule = rules.into_iter().find(|rule| rule.id == *rule_id);
            let rule = rule.ok_or("the rule has no name; give it one in the RingCentral app")?;
            vec![file.with_rule_added(rule)]
        }
        DriftPart::Removed { key } => vec![file.with_rule_removed(key)],
        DriftPart::Renamed { key, name, .. } => {
            let values = part.values(user, draft, writer)?;
            vec![file.with_rule_renamed(key, name, values.live)?]
        }
        DriftPart::Changed { key, .. } => file.changed(
            ["interactionRules", key],
            &part.values(user, draft, writer)?,
        )?,
        DriftPart::State(id) => {
            file.changed(["states", id.as_str()], &part.values(user, draft, writer)?)?
        }
    })
}

/// A user file, what its profiles give, and both together.
#[derive(Clone, Copy)]
struct FileSides<'a> {
    own: &'a Value,
    inherited: &'a Value,
    merged: &'a Value,
}

impl FileSides<'_> {
    /// Returns a candidate without renames.
    fn candidate(target: Value) -> EditCandidate {
        EditCandidate {
            renamed: None,
            target,
            kept: Vec::new(),
        }
    }

    /// Returns the user file with an entry of a section.
    fn with_entry(self, [section, key]: [&str; 2], value: Value) -> Value {
        let mut file = self.own.clone();
        if let Some(map) = file.as_object_mut() {
            if !map.get(section).is_some_and(Value::is_object) {
                insert_in_order(map, section, json!({}), &FILE_KEYS);
            }
            map[section][key] = value;
        }
        file
    }

    /// Returns the edit that adds a rule.
    fn with_rule_added(self, rule: import::ImportedRule) -> EditCandidate {
        let import::ImportedRule {
            mut key,
            name,
            id,
            mut yaml,
        } = rule;
        let existing = |key: &str| references::get(self.merged, &["interactionRules", key]);
        if existing(&key).is_some_and(|rule| !rule.is_null()) {
            // YAML keys must be unique.
            yaml["id"] = json!(id);
            yaml["name"] = json!(name);
            key = format!("{name} ({id})");
        }
        Self::candidate(self.with_entry(["interactionRules", &key], yaml))
    }

    /// Returns the edit that removes a rule.
    fn with_rule_removed(self, key: &str) -> EditCandidate {
        let path = ["interactionRules", key];
        let inherited = references::get(self.inherited, &path);
        if inherited.is_some_and(|rule| !rule.is_null()) {
            return Self::candidate(self.with_entry(path, Value::Null));
        }
        let mut target = self.own.clone();
        references::set(&mut target, &path, None);
        Self::candidate(target)
    }

    /// Returns the edit that renames a rule in place. `live` is the rule as the account has it.
    fn with_rule_renamed(
        self,
        key: &str,
        name: &str,
        live: Value,
    ) -> Result<EditCandidate, String> {
        let path = ["interactionRules", key];
        if references::get(self.merged, &["interactionRules", name]).is_some() {
            return Err(format!("the file has another rule `{name}`"));
        }
        if references::get(self.inherited, &path).is_some() {
            // A user file can't rename a rule of a profile.
            let mut target = self.with_entry(path, Value::Null);
            target["interactionRules"][name] = live;
            return Ok(Self::candidate(target));
        }
        let mut renamed = self.own.clone();
        let mut target = self.own.clone();
        let rules = references::get(self.own, &["interactionRules"]);
        if let Some(rules) = rules.and_then(Value::as_object) {
            let has_name = rules
                .get(key)
                .is_some_and(|rule| rule.get("name").is_some());
            if has_name {
                target["interactionRules"][key]["name"] = json!(name);
                return Ok(Self::candidate(target));
            }
            let rename = |own: &str| {
                if own == key {
                    name.to_owned()
                } else {
                    own.to_owned()
                }
            };
            let entries = rules.iter().map(|(own, rule)| (rename(own), rule.clone()));
            renamed["interactionRules"] = Value::Object(entries.collect());
            target = renamed.clone();
            // It names the rule as it was before the last apply.
            references::set(
                &mut target,
                &["interactionRules", name, "renamedFrom"],
                None,
            );
        }
        Ok(EditCandidate {
            renamed: Some(renamed),
            target,
            kept: Vec::new(),
        })
    }

    /// Returns the edits of an existing rule or state.
    fn changed(self, path: [&str; 2], values: &PartValues) -> Result<Vec<EditCandidate>, String> {
        let authored = references::get(self.merged, &path).unwrap_or(&Value::Null);
        if authored.is_null() {
            // `null` deletes a rule.
            let file = self.with_entry(path, values.live.clone());
            return Ok(vec![Self::candidate(file)]);
        }
        let mut candidates = Vec::new();
        let mut removed_key = None;
        for (target, kept) in possible_targets(authored, values) {
            let own = overlay(OverlaySides {
                own: references::get(self.own, &path),
                inherited: references::get(self.inherited, &path),
                merged: authored,
                target: &target,
                complete: &values.complete,
            });
            match own {
                Ok(own) => candidates.push(EditCandidate {
                    kept,
                    ..Self::candidate(self.with_entry(path, Value::Object(own)))
                }),
                Err(key) => removed_key = Some(key),
            }
        }
        match (candidates.is_empty(), removed_key) {
            (true, Some(key)) => Err(format!(
                "`{key}` comes from a profile, and a user file can't remove it: use \
                 `--into-profile`, or edit the profile"
            )),
            _ => Ok(candidates),
        }
    }
}

/// Returns the values that a rule or state can have, the most similar one first, each with the
/// references that stay as they are.
fn possible_targets(authored: &Value, values: &PartValues) -> Vec<(Value, Vec<KeptReference>)> {
    let merge = merge_references(authored, &values.declared, &values.live);
    let has_references = !merge.kept.is_empty() || !merge.replacements.is_empty();
    let depths = MergeDepth::ALL.into_iter();
    let depths = depths.filter(|depth| *depth != MergeDepth::Sections || !has_references);
    let target = |depth| {
        let mut target = adopt_live(authored, &values.declared, &merge.live, depth);
        for (path, value) in &merge.replacements {
            references::set(&mut target, path, Some(value.clone()));
        }
        (target, merge.kept.clone())
    };
    depths.map(target).collect()
}

/// Returns the entries of a map.
fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

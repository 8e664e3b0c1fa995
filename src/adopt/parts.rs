//! The rules and states in which a file and the account differ.

use serde_json::{Value, json};

use super::draft::UserDraft;
use super::references::KeptReference;
use super::{AdoptableUser, AdoptedChange, AdoptionAction, AdoptionContext, entries};
use crate::import;
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    ALL_STATES, DesiredRule, RuleDefinition, StateId, StateRule, UserRule, name_key,
};
use crate::reconcile::{
    ChangeAction, DeleteReason, DiffDiagnostic, DiffSubject, LiveUser, PlannedChange, ResourceKind,
    matches_same_calls,
};

/// A rule or state in which a file and the account differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DriftPart {
    /// The account has a rule that the file does not declare.
    Added { rule_id: String, name: String },
    /// The file declares a rule that the account does not have.
    Removed { key: String },
    /// The account has the rule under another name.
    Renamed {
        key: String,
        rule_id: String,
        name: String,
    },
    /// The values of a rule differ.
    Changed { key: String, rule_id: String },
    /// The values of a state differ.
    State(StateId),
}

/// The values of a rule or state, in the short form of an import.
#[derive(Debug)]
pub(super) struct PartValues {
    /// What an apply would make of it.
    pub(super) declared: Value,
    /// What the account has.
    pub(super) live: Value,
    /// What the account has, with its defaults.
    pub(super) complete: Value,
}

/// Returns the parts that differ and are selected, in the order in which they are adopted. Selected
/// rules include those that are not managed.
pub(super) fn find_parts(
    draft: &UserDraft,
    context: AdoptionContext<'_>,
    user: AdoptableUser<'_>,
) -> Vec<DriftPart> {
    let (live, rules) = (user.live, context.rules);
    let writer = context.yaml_writer(user);
    let mut parts = Vec::new();
    let mut renamed: Vec<&str> = Vec::new();
    for key in missing_keys(draft) {
        match find_renamed(draft, live, &key, &renamed, writer) {
            Some(rule) => {
                let rule_id = rule.id.as_deref().unwrap_or_default();
                renamed.push(rule_id);
                parts.push(DriftPart::Renamed {
                    key,
                    rule_id: rule_id.to_owned(),
                    name: rule.rule.name.clone(),
                });
            }
            None => parts.push(DriftPart::Removed { key }),
        }
    }
    for change in &draft.plan.changes {
        let Some(rule_id) = change.rule_id.as_deref() else {
            continue;
        };
        if renamed.contains(&rule_id) {
            continue;
        }
        let live_rule = find_rule(live.handling().rules(), rule_id);
        let Some(live_rule) = live_rule else { continue };
        let name = live_rule.rule.name.clone();
        let rule_id = rule_id.to_owned();
        parts.extend(match (change.action, change.reason) {
            (ChangeAction::Update, _) => {
                let key = declared_key(draft, change);
                key.map(|key| {
                    if change.name == name {
                        DriftPart::Changed { key, rule_id }
                    } else {
                        DriftPart::Renamed { key, rule_id, name }
                    }
                })
            }
            (ChangeAction::Delete, Some(DeleteReason::DeclaredNull)) => {
                let key = absent_key(draft, &name);
                Some(DriftPart::Changed { key, rule_id })
            }
            (ChangeAction::Delete, _) => Some(DriftPart::Added { rule_id, name }),
            (ChangeAction::Create, _) => None,
        });
    }
    if draft.desired.rules.is_some() {
        let policy = &draft.desired.unmanaged_policy;
        let unmanaged = live.handling().rules().iter().filter(|rule| {
            let name = &rule.rule.name;
            rules.contains(name) && draft.plan.unmanaged.contains(name) && !policy.ignores(name)
        });
        let unmanaged = unmanaged.filter_map(|rule| Some((rule.id.clone()?, &rule.rule.name)));
        parts.extend(
            unmanaged
                .filter(|(id, _)| !renamed.contains(&id.as_str()))
                .map(|(rule_id, name)| DriftPart::Added {
                    rule_id,
                    name: name.clone(),
                }),
        );
    }
    for id in ALL_STATES.map(|capabilities| capabilities.id) {
        let is_changed = |change: &PlannedChange| {
            change.resource != ResourceKind::InteractionRule && change.name == id
        };
        if draft.plan.changes.iter().any(is_changed) {
            parts.push(DriftPart::State(StateId::from(id)));
        }
    }
    parts.retain(|part| part.is_selected(rules));
    parts
}

/// Returns the keys of declared rules that the account does not have: those that a plan creates,
/// and partial ones, which it can't create.
fn missing_keys(draft: &UserDraft) -> Vec<String> {
    let created = draft.plan.changes.iter().filter(|change| {
        change.action == ChangeAction::Create && change.resource == ResourceKind::InteractionRule
    });
    let created = created.filter_map(|change| declared_key(draft, change));
    let is_missing = |error: &&DiffDiagnostic| error.key.is_none();
    let partial = draft.errors.iter().filter(is_missing);
    let partial = partial.filter_map(|error| match &error.subject {
        DiffSubject::Rule(key) => Some(key.clone()),
        DiffSubject::State(_) => None,
    });
    let live_names: Vec<&str> = draft
        .handling_after
        .rules()
        .iter()
        .filter(|rule| rule.id.is_some())
        .map(|rule| rule.rule.name.as_str())
        .collect();
    created
        .chain(partial.filter(|key| !live_names.contains(&key.as_str())))
        .collect()
}

/// Returns the live rule that a missing declaration was renamed to: a rule that no declaration
/// matches, and that matches the same calls or has most of its values.
fn find_renamed<'l>(
    draft: &UserDraft,
    live: &'l LiveUser,
    key: &str,
    taken: &[&str],
    writer: YamlWriter<'_>,
) -> Option<&'l UserRule> {
    let rules = draft.desired.rules.iter().flatten();
    let mut declared = rules.filter_map(|rule| match rule {
        DesiredRule::Present { rule, key: own, .. } if own == key => Some(&**rule),
        _ => None,
    });
    let declared: &RuleDefinition = declared.next()?;
    let created = draft.handling_after.rules().iter();
    let created = created.filter(|rule| rule.id.is_none() && rule.rule.name == declared.name);
    let created = created
        .map(|rule| &rule.rule)
        .next_back()
        .unwrap_or(declared);
    let is_unclaimed = |rule: &&UserRule| {
        let id = rule.id.as_deref().unwrap_or_default();
        let name = &rule.rule.name;
        let is_deleted = draft.plan.changes.iter().any(|change| {
            change.rule_id.as_deref() == Some(id)
                && change.reason == Some(DeleteReason::NotDeclared)
        });
        let is_ignored = draft.desired.unmanaged_policy.ignores(name);
        !taken.contains(&id)
            && !name.trim().is_empty()
            && !is_ignored
            && (is_deleted || draft.plan.unmanaged.contains(name))
    };
    let unclaimed: Vec<&UserRule> = live
        .handling()
        .rules()
        .iter()
        .filter(is_unclaimed)
        .collect();
    let same_calls = |rule: &&&UserRule| match (&rule.rule.conditions, &created.conditions) {
        (Some(one), Some(other)) => matches_same_calls(one, other),
        _ => false,
    };
    let similarity = |rule: &&UserRule| share_of_common_values(&rule.rule, created, writer);
    let is_similar = |rule: &&UserRule| similarity(rule) >= MIN_SIMILARITY;
    let most_similar = || {
        let similar = unclaimed.iter().copied().filter(is_similar);
        similar.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
    };
    let found = unclaimed.iter().find(same_calls).copied();
    found.or_else(most_similar)
}

/// The share of common values from which a rule is a renamed one, if it matches other calls too.
const MIN_SIMILARITY: f64 = 0.5;

/// Returns the share of the values that two rules have in common, from 0 to 1.
fn share_of_common_values(
    one: &RuleDefinition,
    other: &RuleDefinition,
    writer: YamlWriter<'_>,
) -> f64 {
    fn collect(path: &str, value: &Value, values: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    collect(&format!("{path}.{key}"), value, values);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(path, item, values)),
            value => values.push(format!("{path}={value}")),
        }
    }
    let values = |rule: &RuleDefinition| {
        let mut values = Vec::new();
        collect("", &writer.rule(rule), &mut values);
        values
    };
    let (one, other) = (values(one), values(other));
    similar::diff_ratio(
        &similar::capture_diff_slices(similar::Algorithm::Myers, &one, &other),
        one.len(),
        other.len(),
    )
    .into()
}

/// Returns the key of the declaration that a change comes from.
fn declared_key(draft: &UserDraft, change: &PlannedChange) -> Option<String> {
    let rules = draft.desired.rules.iter().flatten();
    let mut found = None;
    for rule in rules {
        let DesiredRule::Present { key, rule, id, .. } = rule else {
            continue;
        };
        if rule.name == change.name {
            let is_exact = id.is_some() && *id == change.rule_id;
            if is_exact || found.is_none() {
                found = Some(key.clone());
            }
            if is_exact {
                break;
            }
        }
    }
    found
}

/// Returns the key of the declaration that deletes a rule.
fn absent_key(draft: &UserDraft, name: &str) -> String {
    let rules = entries(draft.merged.get("interactionRules"));
    let mut absent = rules.filter(|(_, rule)| rule.is_null()).map(|(key, _)| key);
    let same = |key: &&String| name_key(key) == name_key(name);
    absent
        .find(same)
        .cloned()
        .unwrap_or_else(|| name.to_owned())
}

fn find_rule<'r>(rules: &'r [UserRule], id: &str) -> Option<&'r UserRule> {
    rules.iter().find(|rule| rule.id.as_deref() == Some(id))
}

impl DriftPart {
    /// Returns the name of the rule, as the file has it if it does, or the id of the state.
    pub(super) fn name(&self) -> &str {
        match self {
            DriftPart::Added { name, .. } => name,
            DriftPart::Removed { key }
            | DriftPart::Renamed { key, .. }
            | DriftPart::Changed { key, .. } => key,
            DriftPart::State(id) => id.as_str(),
        }
    }

    /// Returns the kind of resource.
    pub(super) fn resource(&self) -> ResourceKind {
        match self {
            DriftPart::State(_) => ResourceKind::State,
            _ => ResourceKind::InteractionRule,
        }
    }

    /// Returns whether the part has one of these names. Without names, all parts are selected.
    fn is_selected(&self, names: &[String]) -> bool {
        let is_named = |name: &str| names.iter().any(|selected| selected == name);
        let live_name = match self {
            DriftPart::Renamed { name, .. } => is_named(name),
            _ => false,
        };
        names.is_empty() || is_named(self.name()) || live_name
    }

    /// Returns whether a planned change belongs to the part.
    fn has_change(&self, draft: &UserDraft, change: &PlannedChange) -> bool {
        let is_rule = change.resource == ResourceKind::InteractionRule;
        match self {
            DriftPart::State(id) => !is_rule && change.name == id.as_str(),
            DriftPart::Added { rule_id, .. } | DriftPart::Changed { rule_id, .. } => {
                is_rule && change.rule_id.as_ref() == Some(rule_id)
            }
            DriftPart::Removed { key } => {
                is_rule
                    && change.action == ChangeAction::Create
                    && declared_key(draft, change).as_ref() == Some(key)
            }
            DriftPart::Renamed { rule_id, key, .. } => {
                let is_created = change.action == ChangeAction::Create
                    && declared_key(draft, change).as_ref() == Some(key);
                is_rule && (is_created || change.rule_id.as_ref() == Some(rule_id))
            }
        }
    }

    /// Returns the values of an existing rule or state.
    pub(super) fn values(
        &self,
        user: AdoptableUser<'_>,
        draft: &UserDraft,
        writer: YamlWriter<'_>,
    ) -> Result<PartValues, String> {
        let live = user.live.handling();
        let after = &draft.handling_after;
        let phones = user.live.phones().unwrap_or_default();
        if let DriftPart::State(id) = self {
            let missing = || format!("the user has no state `{id}`");
            let live = live.state(id.as_str()).ok_or_else(missing)?;
            let after = after.state(id.as_str()).ok_or_else(missing)?;
            let write = |state: &StateRule, dispatching: Value| {
                let mut value = writer.state(&state.state);
                value["dispatching"] = dispatching;
                value
            };
            let short = |state: &StateRule| {
                let dispatching = &state.dispatching;
                write(
                    state,
                    import::state_dispatching_to_yaml(dispatching, phones, writer),
                )
            };
            return Ok(PartValues {
                declared: short(after),
                live: short(live),
                complete: write(live, writer.dispatching(&live.dispatching)),
            });
        }
        let (DriftPart::Changed { rule_id, .. }
        | DriftPart::Renamed { rule_id, .. }
        | DriftPart::Added { rule_id, .. }) = self
        else {
            return Err("the account has no such rule".to_owned());
        };
        let live = find_rule(live.rules(), rule_id).ok_or("the account has no such rule")?;
        let after = find_rule(after.rules(), rule_id).map(|after| &after.rule);
        Ok(PartValues {
            declared: after.map_or(json!(null), |rule| {
                import::rule_to_yaml(rule, phones, writer)
            }),
            live: import::rule_to_yaml(&live.rule, phones, writer),
            complete: writer.rule(&live.rule),
        })
    }

    /// Checks that the file declares the part as the account has it, except for kept references,
    /// and that nothing else differs that did not differ before.
    pub(super) fn verify(
        &self,
        before: &UserDraft,
        after: &UserDraft,
        kept: &[KeptReference],
    ) -> Result<(), String> {
        if let Some(error) = after.new_error(before) {
            return Err(error.message.clone());
        }
        let is_kept = |path: &str| kept.iter().any(|kept| path.starts_with(&kept.path));
        for change in &after.plan.changes {
            if self.has_change(after, change) {
                let is_accepted = match self {
                    // Its values come next.
                    DriftPart::Renamed { .. } => {
                        change.action == ChangeAction::Update
                            && change
                                .fields
                                .iter()
                                .all(|field| field.path != "displayName")
                    }
                    _ => {
                        !change.fields.is_empty()
                            && change.fields.iter().all(|field| is_kept(&field.path))
                    }
                };
                if !is_accepted {
                    let paths: Vec<&str> = change
                        .fields
                        .iter()
                        .map(|field| field.path.as_str())
                        .collect();
                    return Err(format!(
                        "no edit of the file leads to what the account has: {} would differ",
                        paths.join(", ")
                    ));
                }
            } else if !before.plan.changes.contains(change) {
                let is_same = |other: &PlannedChange| {
                    (other.resource, &other.name) == (change.resource, &change.name)
                };
                if !before.plan.changes.iter().any(is_same) {
                    return Err(format!("the edit would change `{}` too", change.name));
                }
            }
        }
        if let DriftPart::Added { name, .. } = self {
            let count = |draft: &UserDraft| {
                draft
                    .plan
                    .unmanaged
                    .iter()
                    .filter(|other| *other == name)
                    .count()
            };
            if count(after) > 0 && count(after) >= count(before) {
                return Err("the rule would stay unmanaged".to_owned());
            }
        }
        Ok(())
    }

    /// Returns what changed between two drafts.
    pub(super) fn describe_changes(
        &self,
        before: &UserDraft,
        after: &UserDraft,
    ) -> Vec<AdoptedChange> {
        let whole = |action, name: &str| {
            vec![AdoptedChange {
                action,
                resource: ResourceKind::InteractionRule,
                name: name.to_owned(),
                paths: Vec::new(),
            }]
        };
        match self {
            DriftPart::Added { name, .. } => whole(AdoptionAction::Add, name),
            DriftPart::Removed { key } => whole(AdoptionAction::Remove, key),
            DriftPart::Renamed { name, .. } => whole(AdoptionAction::Rename, name),
            DriftPart::Changed { .. } | DriftPart::State(_) => {
                let is_left = |change: &PlannedChange, path: &str| {
                    let mut rest = after.plan.changes.iter();
                    rest.any(|other| {
                        other.resource == change.resource
                            && other.name == change.name
                            && other.fields.iter().any(|field| field.path == path)
                    })
                };
                let own = before.plan.changes.iter();
                let own = own.filter(|change| self.has_change(before, change));
                own.filter_map(|change| {
                    let paths = change.fields.iter().map(|field| field.path.as_str());
                    let paths = paths.filter(|path| !is_left(change, path));
                    let paths: Vec<String> = paths.map(str::to_owned).collect();
                    let is_all = change.fields.is_empty();
                    (is_all || !paths.is_empty()).then(|| AdoptedChange {
                        action: if change.action == ChangeAction::Delete {
                            AdoptionAction::Add
                        } else {
                            AdoptionAction::Change
                        },
                        resource: change.resource,
                        name: change.name.clone(),
                        paths,
                    })
                })
                .collect()
            }
        }
    }
}

//! Determines where the changes of a plan come from: the files, edits on the account, or both.
//!
//! Three sides are compared: the files of a commit, the present files, and the account. What the
//! files of the commit would change on the account was edited there by hand, and what they would
//! not change was changed in the files since.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{
    ChangeAction, ChangeOrigin, DeleteReason, FieldChange, PlannedChange, ResourceKind,
};
use super::impact::CallImpact;

/// The edits of a user on the account that an apply would undo.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AccountDrift {
    /// The rules and states that were edited.
    pub parts: Vec<DriftedPart>,
    /// What callers will notice when the edits are undone.
    pub impact: Vec<CallImpact>,
    /// The recent edits of the user in the audit trail, newest first.
    #[serde(default)]
    pub edits: Vec<AccountEdit>,
}

/// An edit of a user in the audit trail. It may be about something else than the drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountEdit {
    /// The name of the author; `null` if it is unknown.
    pub by: Option<String>,
    /// The time in UTC, as RFC 3339; `null` if it is unknown.
    pub at: Option<String>,
    /// The action in RingCentral's words, such as `CHANGE_FORWARDING_PHONE_ORDER`.
    pub action: String,
    /// The details in RingCentral's words.
    pub details: BTreeMap<String, String>,
}

/// A rule or state that was edited on the account, and what undoing the edit changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftedPart {
    /// Whether undoing the edit creates, updates or deletes the resource.
    pub action: ChangeAction,
    /// The kind of the resource.
    pub resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// Why a rule is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<DeleteReason>,
    /// The edited fields: as they are on the account, and as the files of the commit declare them.
    pub fields: Vec<FieldChange>,
}

impl From<&PlannedChange> for DriftedPart {
    /// Converts a change that undoes an edit, from the plan of the commit's files.
    fn from(change: &PlannedChange) -> Self {
        DriftedPart {
            action: change.action,
            resource: change.resource,
            name: change.name.clone(),
            reason: change.reason,
            fields: change.fields.clone(),
        }
    }
}

/// Sets the origin of each change. `reverts` are the changes that the files of the commit need.
/// Returns those of them that the changes carry out, at least in part.
pub(super) fn mark_origins<'c>(
    changes: &mut [PlannedChange],
    reverts: &'c [PlannedChange],
) -> Vec<&'c PlannedChange> {
    let mut drift = Vec::new();
    for change in changes {
        let revert = reverts.iter().find(|revert| is_same_part(change, revert));
        change.origin = revert.map_or(ChangeOrigin::Files, |revert| origin_of(change, revert));
        drift.extend(revert.filter(|_| change.origin.is_drift()));
    }
    drift
}

/// Returns whether two changes concern the same rule or state.
fn is_same_part(one: &PlannedChange, other: &PlannedChange) -> bool {
    one.resource == other.resource
        && one.rule_id == other.rule_id
        && (one.rule_id.is_some() || one.name == other.name)
}

/// Returns the origin of a change of a rule or state that was edited on the account.
fn origin_of(change: &PlannedChange, revert: &PlannedChange) -> ChangeOrigin {
    if change.action != revert.action {
        return ChangeOrigin::Both;
    }
    match change.action {
        ChangeAction::Delete => ChangeOrigin::Account,
        // A rule that was deleted on the account is created again.
        ChangeAction::Create if change.fields == revert.fields => ChangeOrigin::Account,
        ChangeAction::Create => ChangeOrigin::Both,
        ChangeAction::Update => {
            let mut origins = change
                .fields
                .iter()
                .map(|field| field_origin(field, &revert.fields));
            let first = origins.next().unwrap_or(ChangeOrigin::Account);
            if origins.all(|origin| origin == first) {
                first
            } else {
                ChangeOrigin::Both
            }
        }
    }
}

/// Returns the origin of a changed field, given the fields that were edited on the account.
fn field_origin(field: &FieldChange, edited: &[FieldChange]) -> ChangeOrigin {
    let mut origin = ChangeOrigin::Files;
    for edit in edited {
        if let Some(rest) = relative_path(&edit.path, &field.path) {
            // The list or object that was edited contains the field.
            let (live, reverted) = (find(&edit.before, rest), find(&edit.after, rest));
            if reverted == Some(&field.after) {
                return ChangeOrigin::Account;
            }
            if live.is_none() || live != reverted {
                origin = ChangeOrigin::Both;
            }
        } else if relative_path(&field.path, &edit.path).is_some() {
            origin = ChangeOrigin::Both;
        }
    }
    origin
}

/// Returns the rest of a path below `parent`, such as `[0].seconds`; empty for the same path.
fn relative_path<'p>(parent: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(parent)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

/// Returns the part of a value at a path such as `[0].seconds`.
fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let pointer = path.replace('[', ".").replace(']', "").replace('.', "/");
    value.pointer(&pointer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(action: ChangeAction, fields: &[(&str, Value, Value)]) -> PlannedChange {
        let field = |(path, before, after): &(&str, Value, Value)| FieldChange {
            path: (*path).to_owned(),
            before: before.clone(),
            after: after.clone(),
        };
        PlannedChange {
            fields: fields.iter().map(field).collect(),
            ..PlannedChange::sample(ResourceKind::InteractionRule, action, "Rule")
        }
    }

    fn origin(change: PlannedChange, reverts: &[PlannedChange]) -> ChangeOrigin {
        let mut changes = [change];
        mark_origins(&mut changes, reverts);
        let [change] = changes;
        change.origin
    }

    #[test]
    fn origin_of_update_follows_from_its_fields() {
        let update = |fields: &[(&str, Value, Value)]| change(ChangeAction::Update, fields);
        let seconds = |path, before: u8, after: u8| (path, json!(before), json!(after));
        let revert = [update(&[
            seconds("a", 9, 1),
            (
                "ring",
                json!([{ "seconds": 20 }, 7]),
                json!([{ "seconds": 20 }]),
            ),
        ])];
        for (fields, expected) in [
            (vec![seconds("a", 9, 1)], ChangeOrigin::Account),
            (vec![seconds("a", 9, 2)], ChangeOrigin::Both),
            (vec![seconds("ab", 9, 2)], ChangeOrigin::Files),
            (
                vec![seconds("a", 9, 1), seconds("b", 3, 4)],
                ChangeOrigin::Both,
            ),
            // The files adopted the second item and changed the first.
            (
                vec![seconds("ring[0].seconds", 20, 30)],
                ChangeOrigin::Files,
            ),
        ] {
            let name = format!("{fields:?}");
            assert_eq!(origin(update(&fields), &revert), expected, "{name}");
        }
        assert_eq!(
            origin(update(&[seconds("a", 9, 1)]), &[]),
            ChangeOrigin::Files
        );
    }

    #[test]
    fn origin_of_create_and_delete_follows_from_the_account() {
        let (create, delete) = (ChangeAction::Create, ChangeAction::Delete);
        let field = |value: u8| [("enabled", Value::Null, json!(value))];
        for (action, revert, expected) in [
            (create, change(create, &field(1)), ChangeOrigin::Account),
            (create, change(create, &field(2)), ChangeOrigin::Both),
            (delete, change(delete, &[]), ChangeOrigin::Account),
            (
                delete,
                change(ChangeAction::Update, &field(1)),
                ChangeOrigin::Both,
            ),
        ] {
            let fields = if action == create { &field(1)[..] } else { &[] };
            assert_eq!(origin(change(action, fields), &[revert]), expected);
        }
    }
}

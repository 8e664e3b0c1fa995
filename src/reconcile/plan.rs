//! A plan: sorted, serializable data about the requests to send and their reasons.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{ChangeAction, FieldChange, PlannedChange};
use super::extent::UserExtent;
use super::impact::CallImpact;
use super::live_user::{FetchRequest, LiveUser};
use super::origin::AccountDrift;
use super::snapshot::UserSnapshot;
use crate::model::{ExtensionDirectory, ExtensionId};

/// The number of users whose calls may go to one new number without a special notice.
const MAX_USERS_PER_NUMBER: usize = 20;

/// The planned changes of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountPlan {
    /// The id of the account.
    pub account: String,
    /// The users that were compared, ordered by extension number.
    pub users: Vec<UserPlan>,
}

/// The planned changes of one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPlan {
    /// The extension number, if the user has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension_number: Option<String>,
    /// The extension id of the user.
    pub id: ExtensionId,
    /// The display name of the user.
    pub name: String,
    /// The changes in the order in which they are shown.
    pub changes: Vec<PlannedChange>,
    /// The number of live interaction rules; 0 if they are not managed.
    #[serde(rename = "liveRules")]
    pub live_rule_count: usize,
    /// Names of live rules that are not managed.
    pub unmanaged: Vec<String>,
    /// Effects that the service causes by itself.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// What callers will notice.
    #[serde(default)]
    pub impact: Vec<CallImpact>,
    /// The edits on the account that an apply would undo, if the plan was compared with a commit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drift: Option<AccountDrift>,
    /// What counts for the safety limits.
    #[serde(skip_serializing_if = "UserExtent::is_empty", default)]
    pub extent: UserExtent,
    /// Whether the plan comes from a file, which can be forged.
    #[serde(skip)]
    pub is_from_file: bool,
    /// Fingerprints of the live resources, if there are changes: `apply` refuses the user if they
    /// differ.
    #[serde(skip_serializing_if = "UserSnapshot::is_empty", default)]
    #[schemars(skip)] // not part of the JSON output
    pub snapshot: UserSnapshot,
}

/// The number of changes in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ChangeSummary {
    /// The number of creates.
    pub create: usize,
    /// The number of updates.
    pub update: usize,
    /// The number of deletes.
    pub delete: usize,
    /// The number of users with changes.
    pub users: usize,
}

impl UserPlan {
    /// Creates the plan of a user who was read as requested. The changes are put into the order in
    /// which they are shown.
    pub(super) fn new(
        request: &FetchRequest,
        live: &LiveUser,
        mut changes: Vec<PlannedChange>,
        directory: &ExtensionDirectory,
    ) -> Self {
        changes.sort_by_key(|change| (change.resource, change.action));
        let user = directory.by_id(&request.user);
        UserPlan {
            extension_number: user.and_then(|user| user.number.clone()),
            id: request.user.clone(),
            name: user.map(|user| user.name.clone()).unwrap_or_default(),
            live_rule_count: live.rules().len(),
            unmanaged: Vec::new(),
            notes: Vec::new(),
            impact: Vec::new(),
            drift: None,
            extent: UserExtent::default(),
            is_from_file: false,
            snapshot: UserSnapshot::capture(request, live, &changes),
            changes,
        }
    }

    /// Creates a plan with these changes for tests.
    #[cfg(test)]
    pub(super) fn sample(id: &str, changes: Vec<PlannedChange>) -> Self {
        UserPlan {
            extension_number: None,
            id: ExtensionId(id.to_owned()),
            name: String::new(),
            changes,
            live_rule_count: 0,
            unmanaged: Vec::new(),
            notes: Vec::new(),
            impact: Vec::new(),
            drift: None,
            extent: UserExtent::default(),
            is_from_file: false,
            snapshot: UserSnapshot::default(),
        }
    }

    /// Returns the number of JSON values in the changes, which decides how much memory they take.
    pub fn value_count(&self) -> usize {
        let of_change = |change: &PlannedChange| {
            let body = change.request.body.as_ref().map_or(0, count_values);
            let fields = change.fields.iter();
            let of_field =
                |field: &FieldChange| count_values(&field.before) + count_values(&field.after);
            body + fields.map(of_field).sum::<usize>()
        };
        self.changes.iter().map(of_change).sum()
    }

    /// Returns whether there is anything to show for this user.
    pub fn has_output(&self) -> bool {
        let UserPlan {
            extension_number: _,
            id: _,
            name: _,
            changes,
            live_rule_count: _,
            unmanaged,
            notes,
            impact: _,
            drift: _,
            extent: _,
            is_from_file: _,
            snapshot: _,
        } = self;
        !(changes.is_empty() && unmanaged.is_empty() && notes.is_empty())
    }
}

/// Returns the number of values in a JSON value, including itself.
fn count_values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count_values).sum::<usize>(),
        Value::Object(entries) => 1 + entries.values().map(count_values).sum::<usize>(),
        _ => 1,
    }
}

impl AccountPlan {
    /// Returns whether the plan has no changes.
    pub fn is_empty(&self) -> bool {
        let AccountPlan { account: _, users } = self;
        users.iter().all(|user| user.changes.is_empty())
    }

    /// Returns the number of requests that an apply needs: the writes, the lists that are read
    /// again first, and those that are read back afterwards.
    pub fn request_count(&self) -> usize {
        let count = |user: &UserPlan| {
            let read_back = FetchRequest::for_changes(&user.id, &user.changes);
            user.changes.len() + user.snapshot.list_count() + read_back.list_count()
        };
        self.users.iter().map(count).sum()
    }

    /// Returns the phone numbers that newly receive calls of many users, with the number of users.
    pub fn widely_used_new_numbers(&self) -> BTreeMap<&str, usize> {
        let mut users_by_number = BTreeMap::new();
        for number in self.users.iter().flat_map(|user| &user.extent.new_numbers) {
            *users_by_number.entry(number.as_str()).or_default() += 1;
        }
        users_by_number.retain(|_, users| *users > MAX_USERS_PER_NUMBER);
        users_by_number
    }

    /// Counts the changes by action, and the users with changes.
    pub fn summary(&self) -> ChangeSummary {
        let mut summary = ChangeSummary::default();
        for user in &self.users {
            summary.users += usize::from(!user.changes.is_empty());
            for change in &user.changes {
                match change.action {
                    ChangeAction::Create => summary.create += 1,
                    ChangeAction::Update => summary.update += 1,
                    ChangeAction::Delete => summary.delete += 1,
                }
            }
        }
        summary
    }
}

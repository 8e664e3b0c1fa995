//! A plan: sorted, serializable data about the requests to send and their reasons.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::WriteRequest;
use super::impact::CallImpact;
use super::snapshot::UserSnapshot;
use crate::model::ExtensionId;

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
    pub live_rules: usize,
    /// Names of live rules that are not managed.
    pub unmanaged: Vec<String>,
    /// Side effects of changes without a request of their own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// What callers will notice.
    #[serde(default)]
    pub impact: Vec<CallImpact>,
    /// Fingerprints of the live resources, if there are changes: `apply` refuses the user if they
    /// differ.
    #[serde(skip_serializing_if = "UserSnapshot::is_empty", default)]
    #[schemars(skip)] // not part of the JSON output
    pub snapshot: UserSnapshot,
}

/// One request and the fields that it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedChange {
    /// Whether the resource is created, updated or deleted.
    pub action: ChangeAction,
    /// The kind of the resource.
    pub resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The id of the rule, if it exists on the account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_id: Option<String>,
    /// Why a rule is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<DeleteReason>,
    /// The changed fields, in the words of the YAML files.
    pub fields: Vec<FieldChange>,
    /// The request that is sent.
    pub request: WriteRequest,
}

/// The action on a resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum ChangeAction {
    Create,
    Update,
    Delete,
}

/// Why a rule is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeleteReason {
    /// The file sets the rule to `null`.
    DeclaredNull,
    /// The rule is not in the file, and `prune: all` is set.
    NotDeclared,
    /// The apply that is rolled back created the rule, as its journal proves.
    CreatedByApply,
    /// The rule equals a request of the apply that is rolled back, but that request got no
    /// response.
    RequestedByApply,
}

/// The kind of a resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ResourceKind {
    /// An interaction rule (custom rule).
    InteractionRule,
    /// The rule of a state: how calls are handled in it.
    StateRule,
    /// A state: whether it is enabled, and its schedule.
    State,
}

impl ResourceKind {
    /// Returns the URL path of a user's resources of this kind, or of the one with this id.
    pub(super) fn url_path(self, owner: &ExtensionId, id: Option<&str>) -> String {
        let family = match self {
            ResourceKind::InteractionRule => "voice/interaction-rules",
            ResourceKind::StateRule => "voice/state-rules",
            ResourceKind::State => "states",
        };
        let all = format!("/restapi/v2/accounts/~/extensions/{owner}/comm-handling/{family}");
        match id {
            Some(id) => format!("{all}/{id}"),
            None => all,
        }
    }
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The path in the YAML of the rule or state, such as `dispatching.ring[0].seconds`.
    pub path: String,
    /// The current value; `null` if there is none.
    pub before: Value,
    /// The new value; `null` if there is none.
    pub after: Value,
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
    /// Returns whether there is anything to show for this user.
    pub fn has_output(&self) -> bool {
        let UserPlan {
            extension_number: _,
            id: _,
            name: _,
            changes,
            live_rules: _,
            unmanaged,
            notes,
            impact: _,
            snapshot: _,
        } = self;
        !(changes.is_empty() && unmanaged.is_empty() && notes.is_empty())
    }
}

impl AccountPlan {
    /// Returns whether the plan has no changes.
    pub fn is_empty(&self) -> bool {
        let AccountPlan { account: _, users } = self;
        users.iter().all(|user| user.changes.is_empty())
    }

    /// Returns the number of requests that an apply needs: the writes, and the lists that are read
    /// again first.
    pub fn request_count(&self) -> usize {
        let users = self.users.iter();
        users
            .map(|user| user.changes.len() + user.snapshot.list_count())
            .sum()
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

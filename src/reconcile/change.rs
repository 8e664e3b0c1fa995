//! A planned change of a rule or state, with its request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::RawBody;
use crate::model::ExtensionId;

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
    /// Where the difference comes from.
    #[serde(default)]
    pub origin: ChangeOrigin,
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

/// Where a difference between the files and the account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeOrigin {
    /// The files were changed since the compared commit.
    Files,
    /// The account was edited by hand: it differs from the files of the compared commit.
    Account,
    /// The files were changed, and the account was edited by hand.
    Both,
    /// The files were not compared with a commit.
    #[default]
    Unknown,
}

impl ChangeOrigin {
    /// Returns whether the difference contains an edit by hand, which an apply would undo.
    pub fn is_drift(self) -> bool {
        matches!(self, ChangeOrigin::Account | ChangeOrigin::Both)
    }
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

impl PlannedChange {
    /// Returns the body that is sent; `None` for a delete.
    pub(super) fn body(&self) -> Option<&RawBody> {
        self.request.body.as_ref().and_then(Value::as_object)
    }

    /// Creates a change without a request for tests.
    #[cfg(test)]
    pub(super) fn sample(resource: ResourceKind, action: ChangeAction, name: &str) -> Self {
        PlannedChange {
            action,
            resource,
            name: name.to_owned(),
            rule_id: None,
            reason: None,
            origin: ChangeOrigin::Unknown,
            fields: Vec::new(),
            request: WriteRequest {
                method: WriteMethod::Patch,
                path: String::new(),
                body: None,
            },
        }
    }
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

/// One field of a resource that differs from the request.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMismatch {
    /// The path in the YAML of the rule or state, such as `dispatching.ring[0].seconds`.
    pub path: String,
    /// The value that was requested; `null` if there is none.
    pub requested: Value,
    /// The value that RingCentral stores or answered; `null` if there is none.
    pub stored: Value,
}

impl FieldMismatch {
    /// Converts the differences between a request and a resource.
    pub(super) fn from_changes(changes: Vec<FieldChange>) -> Vec<FieldMismatch> {
        let to_mismatch = |change: FieldChange| FieldMismatch {
            path: change.path,
            requested: change.before,
            stored: change.after,
        };
        changes.into_iter().map(to_mismatch).collect()
    }
}

/// One write request as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WriteRequest {
    /// The HTTP method of the request.
    pub method: WriteMethod,
    /// The path on the server, starting with `/restapi`.
    pub path: String,
    /// The complete body; `None` for a delete.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Value>,
}

/// The HTTP methods of writes. These resources do not support PUT \[spec\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum WriteMethod {
    /// Creates an interaction rule.
    Post,
    /// Replaces a rule or a state.
    Patch,
    /// Deletes an interaction rule.
    Delete,
}

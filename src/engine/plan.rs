//! A plan: sorted, serialisable data about what would be sent and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::Request;
use super::impact::Impact;
use super::seen::Seen;
use crate::model::ExtensionId;

/// What would be changed on an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The account that was looked at.
    pub account: String,
    /// The users that were looked at, in the order of their numbers.
    pub users: Vec<UserPlan>,
}

/// What would be changed for one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPlan {
    /// The user's number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension_number: Option<String>,
    /// The user's id.
    pub id: ExtensionId,
    /// The user's name.
    pub name: String,
    /// The changes, in the order in which people read them.
    pub changes: Vec<Change>,
    /// How many interaction rules the user has; none are counted where they are not managed.
    pub live_rules: usize,
    /// Live rules that are neither declared nor touched.
    pub unmanaged: Vec<String>,
    /// What a change brings with it that is no request of its own.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// What callers will notice of the changes.
    #[serde(default)]
    pub impact: Vec<Impact>,
    /// What was read of the user, where there are changes: `apply` writes only while it is still so.
    #[serde(skip_serializing_if = "Seen::is_empty", default)]
    #[schemars(skip)] // no document for scripts has it
    pub seen: Seen,
}

/// One request, and what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What happens to the resource.
    pub action: Action,
    /// Which kind of resource it is.
    pub resource: Resource,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The account's id of the rule, where the rule exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_id: Option<String>,
    /// Why a rule is deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// What differs, in the words of the YAML files.
    pub fields: Vec<FieldChange>,
    /// What is sent.
    pub request: Request,
}

/// What happens to a resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Action {
    Create,
    Update,
    Delete,
}

/// Why a rule is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// Its name is declared as `null`.
    DeclaredNull,
    /// It is not declared, and `prune: all` holds.
    NotDeclared,
    /// The apply that is undone made it, as its journal proves.
    MadeByThatApply,
    /// It says what the apply that is undone asked for, and nobody knows whether that apply made it.
    AskedForByThatApply,
}

/// The kinds of resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// A custom rule.
    InteractionRule,
    /// What happens to calls in a state.
    StateRule,
    /// Whether and when a state holds.
    State,
}

impl Resource {
    /// Where a user's resources of this kind are, or the one with this id.
    pub(super) fn path(self, owner: &ExtensionId, id: Option<&str>) -> String {
        let family = match self {
            Resource::InteractionRule => "voice/interaction-rules",
            Resource::StateRule => "voice/state-rules",
            Resource::State => "states",
        };
        let all = format!("/restapi/v2/accounts/~/extensions/{owner}/comm-handling/{family}");
        match id {
            Some(id) => format!("{all}/{id}"),
            None => all,
        }
    }
}

/// One part that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// Where it stands in the YAML of the rule or state: `dispatching.ring[0].seconds`.
    pub path: String,
    /// What it is; `null` where it is not there.
    pub before: Value,
    /// What it will be; `null` where it will not be there.
    pub after: Value,
}

/// How much a plan changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Requests that create.
    pub create: usize,
    /// Requests that update.
    pub update: usize,
    /// Requests that delete.
    pub delete: usize,
    /// Users that a request is for.
    pub users: usize,
}

impl UserPlan {
    /// Whether there is anything to say about this user.
    pub fn is_worth_telling(&self) -> bool {
        let UserPlan {
            extension_number: _,
            id: _,
            name: _,
            changes,
            live_rules: _,
            unmanaged,
            notes,
            impact: _,
            seen: _,
        } = self;
        !(changes.is_empty() && unmanaged.is_empty() && notes.is_empty())
    }
}

impl Plan {
    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        let Plan { account: _, users } = self;
        users.iter().all(|user| user.changes.is_empty())
    }

    /// How many requests it takes to carry it out: the writes, and each list that is read again first.
    pub fn requests(&self) -> usize {
        let users = self.users.iter();
        users
            .map(|user| user.changes.len() + user.seen.lists())
            .sum()
    }

    /// How much it changes.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for user in &self.users {
            summary.users += usize::from(!user.changes.is_empty());
            for change in &user.changes {
                match change.action {
                    Action::Create => summary.create += 1,
                    Action::Update => summary.update += 1,
                    Action::Delete => summary.delete += 1,
                }
            }
        }
        summary
    }
}

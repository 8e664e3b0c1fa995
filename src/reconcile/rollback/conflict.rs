//! Journaled writes, and their conflicts with later edits.

use serde_json::Value;

use crate::api::{RawBody, decode};
use crate::model::ExtensionId;
use crate::reconcile::change::{FieldMismatch, PlannedChange, ResourceKind};
use crate::reconcile::live_user::FetchRequest;

/// One write from a journal, with the states before and after it.
#[derive(Debug, Clone, Copy)]
pub struct JournaledWrite<'a> {
    /// The change that was sent.
    pub change: &'a PlannedChange,
    /// The rule before the write (for a state, its state rule); `None` if there was none.
    pub before: Option<&'a Value>,
    /// The rule in the response, if there was one.
    pub after: Option<&'a Value>,
    /// The ids of duplicates, if the create completed more than once.
    pub duplicate_ids: &'a [String],
    /// For a change of work hours: the after-hours rule before it.
    pub after_hours: Option<&'a Value>,
}

impl JournaledWrite<'_> {
    /// Returns the body before the write.
    pub(super) fn before_body(&self) -> Option<&RawBody> {
        self.before.and_then(Value::as_object)
    }

    /// Returns the body in the response.
    pub(super) fn after_body(&self) -> Option<&RawBody> {
        self.after.and_then(Value::as_object)
    }

    /// Returns the id of the rule; for a new rule it comes from the response.
    pub(super) fn rule_id(&self) -> Option<String> {
        let response_id = |after: &Value| decode::text_or_number(after.get("id"));
        let id = self.change.rule_id.clone();
        let is_rule = self.change.resource == ResourceKind::InteractionRule;
        id.or_else(|| self.after.filter(|_| is_rule).and_then(response_id))
    }
}

impl FetchRequest {
    /// Requests the lists that contain the resources of these writes.
    pub fn for_rollback(user: &ExtensionId, writes: &[JournaledWrite<'_>]) -> Self {
        FetchRequest::for_changes(user, writes.iter().map(|write| write.change))
    }
}

/// A resource that was changed since a write.
#[derive(Debug, Clone, PartialEq)]
pub struct RollbackConflict {
    /// The kind of the resource.
    pub resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The id of the rule, if it is known.
    pub rule_id: Option<String>,
    /// How it conflicts with the rollback.
    pub reason: ConflictReason,
}

/// Why a write cannot be reverted.
#[derive(Debug, Clone, PartialEq)]
pub enum ConflictReason {
    /// The resource was edited: the fields that differ from what was written.
    Modified(Vec<FieldMismatch>),
    /// The resource no longer exists.
    Missing,
    /// The write got no response, and several rules (with these ids) equal the request.
    Ambiguous(Vec<String>),
    /// The rule no longer exists, and the rule with this id has its name.
    NameTaken(String),
}

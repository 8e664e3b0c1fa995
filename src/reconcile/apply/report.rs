//! The result of an apply.

use std::error::Error;
use std::{fmt, io};

use serde_json::Value;
use thiserror::Error;

use super::order::in_safe_order;
use crate::reconcile::change::{FieldMismatch, PlannedChange, ResourceKind};
use crate::reconcile::plan::{AccountPlan, UserPlan};
use crate::reconcile::snapshot::SnapshotDiff;

/// The longest value, in characters, that is shown of a field that was not stored.
const MAX_VALUE_LENGTH: usize = 60;

/// The outcome of a change.
#[derive(Debug)]
pub enum ChangeOutcome<E> {
    /// The change was applied.
    Applied {
        /// The fields in which the response differs from the request.
        differences_from_request: Vec<FieldMismatch>,
    },
    /// The change failed, or its outcome is unknown.
    Failed(ChangeFailure<E>),
    /// The plan no longer matches this user, so nothing was sent.
    Refused(UserRefusal),
    /// The change was not sent: an earlier change of this user failed, or the run ended.
    NotAttempted,
}

/// Why a change failed.
#[derive(Debug, Error)]
pub enum ChangeFailure<E> {
    /// The service rejected the request.
    #[error(transparent)]
    Write(E),
    /// The outcome of the request is unknown.
    #[error(transparent)]
    OutcomeUnknown(E),
    /// The user could not be read again before the first write.
    #[error("not sent, because the user could not be read again")]
    Reread(#[source] E),
    /// A create without a usable response was not confirmed by a lookup, which may show that
    /// nothing was created.
    #[error("the outcome of the create was unknown; then {lookup}")]
    CreateLookedUp {
        /// The error of the create.
        #[source]
        cause: E,
        /// The result of the lookup.
        lookup: LookupResult,
    },
    /// The service reported success for something else, and a lookup showed that the change was
    /// not carried out.
    #[error("the outcome was unknown; then a lookup showed that nothing was changed")]
    NotCarriedOut(#[source] E),
    /// The service accepted the change, but stores something else.
    #[error("{0}")]
    NotStored(StorageMismatch),
    /// The service accepted the change, but the user could not be read again; holds the reason.
    #[error("written, but not verified, because the user could not be read again: {0}")]
    NotVerified(String),
    /// A create was confirmed, but may have a duplicate: from another run, or from an earlier
    /// request if it was resent.
    #[error("created, but {}", describe_duplicate(duplicate, earlier_failure.as_deref()))]
    DuplicateCreate {
        /// The duplicate, or why it is not known whether there is one.
        duplicate: SuspectedDuplicate,
        /// The failure that was found before, such as a field that is not stored.
        earlier_failure: Option<String>,
    },
}

/// How the stored resource differs from an accepted change.
#[derive(Debug, Clone, PartialEq)]
pub enum StorageMismatch {
    /// The fields that differ.
    Fields(Vec<FieldMismatch>),
    /// The created or updated resource does not exist.
    Missing,
    /// The deleted rule still exists.
    StillExists,
}

/// A second rule that may exist with the name of a created one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspectedDuplicate {
    /// Something else, such as another run, created a rule with the same name at the same time.
    /// Holds the ids of the rules, the oldest first.
    Concurrent(Vec<String>),
    /// A request without a response completed too. Holds the ids of the rules, the confirmed one
    /// first.
    Found(Vec<String>),
    /// The rules could not be read again; holds the reason.
    Failed(String),
}

/// What a lookup found, instead of the rule, after a create with an unknown outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum LookupResult {
    /// No such rule exists, and none will appear.
    NotCreated,
    /// No such rule exists, but a request may still complete later.
    NotCreatedYet,
    /// A new rule with this name differs from the request.
    Different(Vec<FieldMismatch>),
    /// Several new rules have this name; holds their ids.
    Multiple(Vec<String>),
    /// The rules could not be read; holds the reason.
    Failed(String),
}

/// Why a user was refused, so that nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRefusal {
    /// The user was edited on the account since the plan.
    Drifted(SnapshotDiff),
    /// The plan does not show what it would send for this change.
    PlanMismatch {
        /// The kind of the resource.
        resource: ResourceKind,
        /// The name of the rule, or the id of the state.
        name: String,
    },
    /// The plan has no snapshot of the user, so edits cannot be detected.
    NoSnapshot,
}

/// A change and its outcome.
#[derive(Debug)]
pub struct ChangeResult<'a, E> {
    /// The user of the change.
    pub user: &'a UserPlan,
    /// The change as it was planned.
    pub change: &'a PlannedChange,
    /// The outcome of the change.
    pub outcome: ChangeOutcome<E>,
}

/// The result of an apply.
#[derive(Debug)]
pub struct ApplyReport<'a, E> {
    /// All changes, user by user, in the order of sending.
    pub changes: Vec<ChangeResult<'a, E>>,
    /// Whether the run was canceled.
    pub canceled: bool,
    /// The error of the observer, after which nothing was written.
    pub observer_error: Option<io::Error>,
    /// The error of a write that waited for a locked account until the timeout. Nothing was written
    /// after it.
    pub lock_error: Option<E>,
}

/// The number of changes for each kind of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApplyCounts {
    /// Changes that were applied.
    pub applied: usize,
    /// Changes that failed or have an unknown outcome.
    pub failed: usize,
    /// Changes of refused users, which were not sent.
    pub refused: usize,
    /// Changes that were not sent for other reasons.
    pub not_attempted: usize,
}

impl<'a, E> ApplyReport<'a, E> {
    /// Returns the report of a plan that was not started.
    pub fn not_attempted(plan: &'a AccountPlan) -> Self {
        let changes = plan.users.iter().flat_map(|user| {
            let changes = in_safe_order(user, &[]).into_iter();
            changes.map(move |change| ChangeResult {
                user,
                change,
                outcome: ChangeOutcome::NotAttempted,
            })
        });
        ApplyReport {
            changes: changes.collect(),
            canceled: false,
            observer_error: None,
            lock_error: None,
        }
    }

    /// Adds the results for the rest of a plan.
    pub fn append(&mut self, rest: Self) {
        self.changes.extend(rest.changes);
        self.canceled |= rest.canceled;
        self.observer_error = self.observer_error.take().or(rest.observer_error);
        self.lock_error = self.lock_error.take().or(rest.lock_error);
    }

    /// Counts the changes for each kind of outcome.
    pub fn counts(&self) -> ApplyCounts {
        let mut counts = ApplyCounts::default();
        for result in &self.changes {
            let count = match result.outcome {
                ChangeOutcome::Applied { .. } => &mut counts.applied,
                ChangeOutcome::Failed(_) => &mut counts.failed,
                ChangeOutcome::Refused(_) => &mut counts.refused,
                ChangeOutcome::NotAttempted => &mut counts.not_attempted,
            };
            *count += 1;
        }
        counts
    }

    /// Returns whether all changes were applied as requested and observed.
    pub fn is_complete(&self) -> bool {
        let is_applied = |result: &ChangeResult<'_, E>| result.outcome.matches_request();
        self.observer_error.is_none() && self.changes.iter().all(is_applied)
    }

    /// Returns whether a response differs from its request.
    pub fn has_differences_from_request(&self) -> bool {
        let mut applied = (self.changes.iter()).filter(|result| result.outcome.is_applied());
        applied.any(|result| !result.outcome.matches_request())
    }
}

impl<E> ChangeOutcome<E> {
    /// Returns whether the change was applied, perhaps with a response that differs from the
    /// request.
    pub(super) fn is_applied(&self) -> bool {
        matches!(self, ChangeOutcome::Applied { .. })
    }

    /// Returns whether the change was applied and the response equals the request.
    pub(super) fn matches_request(&self) -> bool {
        matches!(self, ChangeOutcome::Applied { differences_from_request } if differences_from_request.is_empty())
    }
}

impl<E: Error + 'static> ChangeOutcome<E> {
    /// Marks a confirmed create as failed because of a suspected duplicate. A failure that was
    /// found before is reported too.
    pub(super) fn add_duplicate(&mut self, duplicate: SuspectedDuplicate) {
        let earlier_failure = match self {
            ChangeOutcome::Failed(failure) => Some(failure.to_string()),
            _ => None,
        };
        *self = ChangeOutcome::Failed(ChangeFailure::DuplicateCreate {
            duplicate,
            earlier_failure,
        });
    }
}

impl<E> ChangeFailure<E> {
    /// Returns whether the change may have been applied nevertheless.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            ChangeFailure::Write(_)
            | ChangeFailure::Reread(_)
            | ChangeFailure::NotCarriedOut(_) => false,
            ChangeFailure::OutcomeUnknown(_)
            | ChangeFailure::NotStored(_)
            | ChangeFailure::NotVerified(_)
            | ChangeFailure::DuplicateCreate { .. } => true,
            ChangeFailure::CreateLookedUp { lookup, .. } => *lookup != LookupResult::NotCreated,
        }
    }
}

impl LookupResult {
    /// Returns the result of a lookup without a match.
    pub(super) fn not_found(may_complete_late: bool) -> LookupResult {
        if may_complete_late {
            LookupResult::NotCreatedYet
        } else {
            LookupResult::NotCreated
        }
    }
}

impl fmt::Display for LookupResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupResult::NotCreated => f.write_str("no such rule existed"),
            LookupResult::NotCreatedYet => {
                f.write_str("no such rule existed, but it may still appear")
            }
            LookupResult::Different(fields) => {
                let paths: Vec<&str> = fields.iter().map(|field| &*field.path).collect();
                let paths = paths.join(", ");
                write!(f, "a new rule with that name differs in {paths}")
            }
            LookupResult::Multiple(ids) => {
                let count = ids.len();
                write!(
                    f,
                    "{count} new rules had that name: {}",
                    duplicate_help(ids)
                )
            }
            LookupResult::Failed(reason) => write!(f, "the rules could not be read: {reason}"),
        }
    }
}

impl fmt::Display for StorageMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageMismatch::Fields(fields) => {
                let fields: Vec<String> = fields.iter().map(describe_difference).collect();
                let fields = fields.join(", ");
                write!(f, "RingCentral answered 200 but did not store {fields}")
            }
            StorageMismatch::Missing => {
                f.write_str("RingCentral accepted the change, but the resource does not exist")
            }
            StorageMismatch::StillExists => {
                f.write_str("RingCentral accepted the delete, but the rule still exists")
            }
        }
    }
}

/// Describes a field with its stored and its requested value: `ring group 2 (20 s, asked for
/// 25 s)`.
fn describe_difference(field: &FieldMismatch) -> String {
    let is_seconds = field.path.ends_with(".seconds") || field.path.ends_with(".startOffset");
    let describe = |value: &Value| {
        let text = match value {
            Value::Null => "nothing".to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let unit = if is_seconds && value.is_number() {
            " s"
        } else {
            ""
        };
        match text.char_indices().nth(MAX_VALUE_LENGTH) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => format!("{text}{unit}"),
        }
    };
    let label = ring_group_label(&field.path).unwrap_or_else(|| field.path.clone());
    let (stored, requested) = (describe(&field.stored), describe(&field.requested));
    format!("{label} ({stored}, asked for {requested})")
}

/// Returns the label of the ring time of a ring group: `ring group 2` for
/// `dispatching.ring[1].seconds`.
fn ring_group_label(path: &str) -> Option<String> {
    let index = path.strip_prefix("dispatching.ring[")?;
    let index: usize = index.strip_suffix("].seconds")?.parse().ok()?;
    Some(format!("ring group {}", index + 1))
}

impl fmt::Display for SuspectedDuplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SuspectedDuplicate::Concurrent(ids) => write!(
                f,
                "another rule with the same name was created at the same time: {}",
                duplicate_help(ids)
            ),
            SuspectedDuplicate::Found(ids) => {
                let times = ids.len() - 1;
                write!(
                    f,
                    "an earlier request completed late and created {times} more with the same name: {}",
                    duplicate_help(ids)
                )
            }
            SuspectedDuplicate::Failed(reason) => write!(
                f,
                "could not check whether an earlier request completed too: {reason}"
            ),
        }
    }
}

/// Describes a suspected duplicate, and the failure of the same create that was found before it.
fn describe_duplicate(duplicate: &SuspectedDuplicate, earlier_failure: Option<&str>) -> String {
    match earlier_failure {
        Some(failure) => format!("{duplicate}; also: {failure}"),
        None => duplicate.to_string(),
    }
}

/// Returns how to remove duplicates. The first id is the rule to keep; no plan has shown the
/// others, so they were not deleted.
fn duplicate_help(ids: &[String]) -> String {
    let [kept, others @ ..] = ids else {
        return String::new();
    };
    format!(
        "delete {} in the app; or set `id: \"{kept}\"` for the rule in the file, so that with `prune: all` the next \
         `callrules apply` deletes the others",
        others.join(", ")
    )
}

//! Users whom a rollback skips, because their rules or states changed after the apply.

use std::fmt;

use super::apply_report::{describe_differences, quoted_resource};
use crate::reconcile::{ConflictReason, RollbackConflict};

/// The help text for rollback conflicts.
pub const CONFLICT_HELP: &str = "later changes are never overwritten: if another apply made them, roll that one back first; \
                                 otherwise correct the files and apply";

/// A user whom the rollback skips, with the reasons.
#[derive(Debug)]
pub struct ConflictedUser {
    /// The user's name and extension number: `Alex Morgan · 101`.
    pub user: String,
    /// The rules and states that changed after the apply.
    pub conflicts: Vec<RollbackConflict>,
}

/// Formats as `Alex Morgan · 101: interaction rule "Late" was changed later: enabled is false, not
/// true`.
impl fmt::Display for ConflictedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conflicts: Vec<String> = self.conflicts.iter().map(describe_conflict).collect();
        write!(f, "{}: {}", self.user, conflicts.join("; "))
    }
}

fn describe_conflict(conflict: &RollbackConflict) -> String {
    let RollbackConflict {
        resource,
        name,
        rule_id,
        reason,
    } = conflict;
    let what = quoted_resource(*resource, name);
    let id = rule_id
        .as_ref()
        .map(|id| format!(" (id {id})"))
        .unwrap_or_default();
    match reason {
        ConflictReason::Modified(fields) if fields.is_empty() => {
            format!("{what} was changed later")
        }
        ConflictReason::Modified(fields) => {
            format!("{what} was changed later: {}", describe_differences(fields))
        }
        ConflictReason::Ambiguous(ids) => format!(
            "{what} exists {} times (ids {}), and the journal doesn't record which one the apply \
             created: delete all but one of them in the RingCentral app",
            ids.len(),
            ids.join(", ")
        ),
        ConflictReason::Missing => format!("{what}{id} was deleted later"),
        ConflictReason::NameTaken(other) => format!(
            "{what}{id} was deleted later, and another rule (id {other}) now has its name: a rule that \
             is created again, for example by a rollback, gets a new id that this journal doesn't contain"
        ),
    }
}

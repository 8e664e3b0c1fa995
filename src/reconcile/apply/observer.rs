//! Observes an apply: a journal, or a progress bar.

use std::error::Error;
use std::io;

use serde_json::Value;

use super::report::{ChangeOutcome, DuplicateCheck};
use crate::reconcile::plan::{PlannedChange, UserPlan};

/// Is notified of each change. If it fails, nothing more is written, because every write must be
/// recorded.
pub trait ApplyObserver {
    /// Called before a change is sent. `before` is the current rule (for a state, its state rule).
    /// A change of work hours can remove the after-hours state, so `after_hours` holds the rule of
    /// that state.
    fn before_write(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let _ = (user, change, before, after_hours);
        Ok(())
    }

    /// Called when the outcome of a change is known, even if it was never sent. `after` is the
    /// response body.
    fn after_write<E: Error + 'static>(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        let _ = (user, change, before, after, outcome);
        Ok(())
    }

    /// Called if a create that was reported as applied may have a duplicate.
    fn duplicate_suspected(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        doubt: &DuplicateCheck,
    ) -> io::Result<()> {
        let _ = (user, change, doubt);
        Ok(())
    }
}

/// An observer that does nothing.
impl ApplyObserver for () {}

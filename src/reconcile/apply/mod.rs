//! Applies a plan: users in parallel, the changes of one user one after the other.

mod create;
mod duplicates;
mod order;
mod outcome;
mod read_back;
mod report;
mod user;

use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::io;

use serde_json::Value;

pub use report::{
    ApplyCounts, ApplyReport, ChangeFailure, ChangeOutcome, ChangeResult, LookupResult,
    StorageMismatch, SuspectedDuplicate, UserRefusal,
};

use super::account::{AccountErrorOf, ReadWriteAccount};
use super::change::PlannedChange;
use super::fetch::run_bounded;
use super::plan::{AccountPlan, UserPlan};
use crate::model::ExtensionDirectory;

/// The number of users that are written at the same time.
const MAX_CONCURRENT_USERS: usize = 4;

/// Whether writes are compared with what is stored afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteVerification {
    /// Read each user again after its writes, which costs one or two requests per user.
    #[default]
    ReadBack,
    /// Send no requests except the writes, and compare only their responses.
    Skip,
}

/// Sends the requests of a plan and reports the outcome of each.
///
/// Each user is read again before its first write. The user is refused if it was edited since the
/// plan, or if the plan does not show what it would send. After a failed change the remaining
/// changes of that user are skipped; other users continue. Nothing more is sent if the run is
/// canceled, the service cannot be used for long, the account stays locked, or `observer` fails.
pub async fn apply_plan<'a, A: ReadWriteAccount>(
    account: &A,
    plan: &'a AccountPlan,
    directory: &ExtensionDirectory,
    verification: WriteVerification,
    observer: &impl ApplyObserver,
) -> ApplyReport<'a, AccountErrorOf<A>> {
    let run = ApplyRun {
        account,
        directory,
        verification,
        observer,
        canceled: Cell::new(false),
        retry_later: Cell::new(false),
        observer_error: OnceCell::new(),
        lock_error: OnceCell::new(),
    };
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let applies = users.map(|user| user::apply_user(&run, user));
    let mut outcomes = run_bounded(MAX_CONCURRENT_USERS, applies).await;
    duplicates::check_duplicates(&run, &mut outcomes).await;
    let results = outcomes.into_iter().flat_map(|user| user.results);
    ApplyReport {
        changes: results.collect(),
        canceled: run.canceled.get(),
        observer_error: run.observer_error.into_inner(),
        lock_error: run.lock_error.into_inner(),
    }
}

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

    /// Called if a change that was reported as applied is stored differently. `stored` is the
    /// stored resource, in the form of a response.
    fn mismatch_found(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        stored: Option<&Value>,
        mismatch: &StorageMismatch,
    ) -> io::Result<()> {
        let _ = (user, change, stored, mismatch);
        Ok(())
    }

    /// Called if a create that was reported as applied may have a duplicate.
    fn duplicate_suspected(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        duplicate: &SuspectedDuplicate,
    ) -> io::Result<()> {
        let _ = (user, change, duplicate);
        Ok(())
    }
}

/// An observer that does nothing.
impl ApplyObserver for () {}

/// What all users of an apply share.
struct ApplyRun<'r, A: ReadWriteAccount, W> {
    account: &'r A,
    /// The extensions whose numbers the plan shows.
    directory: &'r ExtensionDirectory,
    verification: WriteVerification,
    observer: &'r W,
    /// Whether the run was canceled.
    canceled: Cell<bool>,
    /// Whether the service cannot be used for long.
    retry_later: Cell<bool>,
    /// The first error of the observer.
    observer_error: OnceCell<io::Error>,
    /// The first error of a write that waited for a locked account until the timeout.
    lock_error: OnceCell<AccountErrorOf<A>>,
}

impl<A: ReadWriteAccount, W> ApplyRun<'_, A, W> {
    /// Ends the run for all users if the error shows that it is canceled, or that the service
    /// cannot be used for long.
    fn note_error(&self, error: &AccountErrorOf<A>) {
        self.retry_later
            .set(self.retry_later.get() || A::is_retry_later(error));
        self.canceled
            .set(self.canceled.get() || A::is_canceled(error));
    }

    /// Returns whether nothing more may be sent.
    fn is_finished(&self) -> bool {
        self.canceled.get()
            || self.retry_later.get()
            || self.observer_error.get().is_some()
            || self.lock_error.get().is_some()
    }

    /// Records the result of the observer. Returns whether the observer still works.
    fn record_observer_result(&self, observed: io::Result<()>) -> bool {
        if let Err(error) = observed {
            // Only the first error is reported.
            let _ = self.observer_error.set(error);
        }
        self.observer_error.get().is_none()
    }
}

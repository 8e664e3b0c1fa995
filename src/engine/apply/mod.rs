//! Carries a plan out: users in parallel, the changes of a user one after the other.

mod answer;
mod create;
mod order;
mod repeated;
mod report;
mod shown;
mod user;
mod watch;

use std::cell::{Cell, OnceCell};
use std::io;

pub use report::{Counts, Doubt, Failure, Found, Outcome, Refusal, Report, Settled};
pub use watch::Watch;

pub(super) use answer::{differences, says_the_same};

use super::account::{Account, ErrorOf};
use super::plan::Plan;
use super::together::together;
use crate::model::Directory;

/// How many users are written at the same time.
const AT_ONCE: usize = 4;

/// Sends the requests of a plan, and tells what became of each.
///
/// Before its first write a user is read again: where it has moved since the plan, or the plan shows
/// something else than it would send, nothing of it is written. A user whose change fails is left there; the
/// others go on. Where the account says that the run is stopped or that nothing more can be sent, or `watch`
/// fails, nothing more is sent.
pub async fn apply<'a, A: Account>(
    account: &A,
    plan: &'a Plan,
    directory: &Directory,
    watch: &impl Watch,
) -> Report<'a, ErrorOf<A>> {
    let run = Run {
        account,
        directory,
        watch,
        stopped: Cell::new(false),
        shut: Cell::new(false),
        unwatched: OnceCell::new(),
    };
    let users = plan.users.iter().filter(|user| !user.changes.is_empty());
    let works = users.map(|user| user::apply(&run, user));
    let mut ended = together(AT_ONCE, works).await;
    repeated::look_again(&run, &mut ended).await;
    let settled = ended.into_iter().flat_map(|user| user.settled);
    Report {
        changes: settled.collect(),
        stopped: run.stopped.get(),
        unwatched: run.unwatched.into_inner(),
    }
}

/// What all users of an apply share.
struct Run<'r, A, W> {
    account: &'r A,
    /// Whose numbers the plan shows.
    directory: &'r Directory,
    watch: &'r W,
    /// Whether the account said that the run is stopped.
    stopped: Cell<bool>,
    /// Whether it said that nothing more can be sent.
    shut: Cell<bool>,
    /// The first failure of the one who follows.
    unwatched: OnceCell<io::Error>,
}

impl<A: Account, W> Run<'_, A, W> {
    /// Whether a call was not sent because the run is stopped, which it is then for all users. Where nothing can
    /// be sent any more it is over for all as well, but this call has failed, and says why.
    fn is_stop(&self, error: &ErrorOf<A>) -> bool {
        self.shut.set(self.shut.get() || A::is_shut(error));
        let stops = A::is_stop(error);
        self.stopped.set(self.stopped.get() || stops);
        stops
    }

    fn is_over(&self) -> bool {
        self.stopped.get() || self.shut.get() || self.unwatched.get().is_some()
    }

    /// Whether the one who follows still does.
    fn heard(&self, told: io::Result<()>) -> bool {
        if let Err(error) = told {
            // Of several failures the first is told.
            let _ = self.unwatched.set(error);
        }
        self.unwatched.get().is_none()
    }
}

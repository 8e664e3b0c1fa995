//! Who follows an apply: a journal, or a progress bar.

use std::error::Error;
use std::io;

use serde_json::Value;

use super::report::{Doubt, Outcome};
use crate::engine::plan::{Change, UserPlan};

/// Hears of each change. Where it fails, nothing more is written: what cannot be recorded is not done.
pub trait Watch {
    /// A change is about to be sent; `before` is the whole rule that it changes, as it was read a moment
    /// ago, for a state the rule that embeds it. With work hours the state `after_hours` comes and goes,
    /// so its rule is told too.
    fn about_to(
        &self,
        user: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let _ = (user, change, before, after_hours);
        Ok(())
    }

    /// It is clear what became of a change, also of one that was never sent; `after` is what the
    /// account answered.
    fn settled<E: Error + 'static>(
        &self,
        user: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &Outcome<E>,
    ) -> io::Result<()> {
        let _ = (user, change, before, after, outcome);
        Ok(())
    }

    /// A create that was told as done is in doubt after all.
    fn doubted(&self, user: &UserPlan, change: &Change, doubt: &Doubt) -> io::Result<()> {
        let _ = (user, change, doubt);
        Ok(())
    }
}

/// Nobody follows.
impl Watch for () {}

//! Which rule takes a call, why, and what the caller notices of it.
//!
//! Pure: a user's [`CallHandling`] and a call come in, a decision comes out. The hierarchy is the
//! vendor's \[seed, docs\]: for a direct call forward-all-calls, do not disturb, the matching interaction
//! rule of highest priority, work hours, after hours; for a queue call a matching rule that takes queue
//! calls, else the user as an agent.
//!
//! [`CallHandling`]: crate::model::CallHandling

mod chances;
mod decide;
mod explain;
mod hours;
mod impact;
mod numbers;
mod outcome;
#[cfg(test)]
pub(crate) mod samples;
mod table;
#[cfg(test)]
mod tests;

pub use chances::{Chance, Chances};
pub use decide::{Handler, Skip};
pub use explain::{Considered, Miss, Step, Verdict};
pub use hours::holds;
pub use impact::{
    Effect, Except, Given, Pattern, People, Slot, Switches, Through, Times, View, impact, survey,
};
pub use outcome::{Flow, Outcome, Ring};
pub use table::{Moment, Supposing, Table, has_unknown, priority};

use crate::model::DateTime;

/// A call that comes in for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who calls, in E.164 form; `None` without a caller id.
    pub from: Option<String>,
    /// The number that was dialled; `None` where it is not known, as for calls inside the company.
    pub to: Option<String>,
    /// When, local to the user.
    pub at: DateTime,
    /// Whether it comes through a call queue.
    pub queue: bool,
}

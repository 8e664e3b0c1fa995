//! Decides which rule handles a call, why, and what the caller notices.
//!
//! Pure functions from a user's [`CallHandling`] and a call to a decision. The hierarchy is
//! RingCentral's \[seed, docs\]. A direct call is handled by forward-all-calls, do not disturb, the
//! matching interaction rule of the highest priority, work hours, or after hours. A queue call is
//! handled by a matching rule that includes queue calls, or by the agent state.
//!
//! [`CallHandling`]: crate::model::CallHandling

mod decide;
mod explain;
mod impact;
mod number_index;
mod outcome;
mod reachability;
#[cfg(test)]
pub(crate) mod samples;
mod schedule_eval;
mod table;
#[cfg(test)]
mod tests;

pub use decide::{CallHandler, HandlerIndex, QueueSkipReason};
pub use explain::{CandidateResult, MismatchReason, RuleCandidate, TraceStep};
pub use impact::{
    CallClass, CallSource, DateException, EffectAssumptions, NumberSet, RoutingEffect, SwitchState,
    TimeSet, TimeSlot, WeekPattern, compute_impact, distinct_moments, partition_calls,
};
pub use number_index::NumberIndex;
pub use outcome::{CallFlow, CallOutcome, RingStage};
pub use reachability::{Reachability, RuleReachability};
pub use schedule_eval::is_active;
pub use table::{RoutingAssumptions, RoutingMoment, RoutingTable, has_unknown, priority};

use crate::model::LocalDateTime;

/// A call to a user, direct or through a call queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingCall {
    /// The caller's number (E.164); `None` without a caller ID.
    pub from: Option<String>,
    /// The called number (E.164); `None` if it is unknown, as for calls inside the company.
    pub to: Option<String>,
    /// The time of the call in the user's time zone.
    pub at: LocalDateTime,
    /// Whether the call comes through a call queue.
    pub queue: bool,
}

//! Simulates single calls, from the files alone or from the account.
//!
//! Pure functions. [`crate::routing`] decides which rule handles a call. This module lists the
//! assumptions of a decision, follows forwards between users, and compares the result with the
//! expectations of a test.

mod assumptions;
mod call_simulator;
mod call_trace;
mod check;
mod partial_handling;

pub use assumptions::CallAssumption;
pub use call_simulator::{CallSimulator, ForwardResult, ForwardedCall};
pub use call_trace::CallTrace;
pub use check::{TestMismatch, TestOutcome};
pub use partial_handling::{DispatchingPart, PartialHandling, UndeclaredPart};

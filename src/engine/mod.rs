//! Plans what must change and carries it out.
//!
//! Pure but for the two traits in [`account`]: no HTTP, no clock, no terminal.

pub mod account;
mod apply;
mod diff;
mod fetch;
mod fields;
mod guard;
mod plan;
mod rollback;
mod rules;
mod saved;
mod states;

pub use apply::{Outcome, Report, apply};
pub use diff::{LiveUser, Problem, Subject, diff};
pub use fetch::{Fetched, Wanted, fetch, look_up};
pub use guard::{Allowed, Refusal, refusals};
pub use plan::{Action, Change, FieldChange, Plan, Reason, Resource, Summary, UserPlan};
pub use rollback::{Step, rollback};
pub use saved::{Saved, Unusable};

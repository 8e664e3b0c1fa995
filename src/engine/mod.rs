//! Plans what must change and carries it out.
//!
//! Pure but for the two traits in [`account`]: no HTTP, no clock, no terminal.

pub mod account;
mod apply;
mod diff;
pub mod digest;
mod fetch;
mod fields;
mod flow;
mod guard;
mod impact;
mod live;
mod named;
mod plan;
mod rollback;
mod rules;
mod saved;
mod seen;
mod states;
mod together;
mod worlds;

pub use apply::{Counts, Doubt, Failure, Found, Outcome, Refusal, Report, Settled, Watch, apply};
pub use diff::{Problem, Subject, diff};
pub use fetch::{Fetched, Wanted, fetch, look_up};
pub use flow::flow_in_words;
pub use guard::{Allowed, Objection, objections};
pub use impact::{Calls, Dates, Impact, Numbers, Supposed, Switched, Teller, When, impact};
pub use live::LiveUser;
pub use named::name_lists;
pub use plan::{Action, Change, FieldChange, Plan, Reason, Resource, Summary, UserPlan};
pub use rollback::{Fate, Step, Stray, rollback};
pub use saved::{Saved, Unusable};
pub use seen::{Moved, Seen, Trace};
pub use worlds::after as handling_after;

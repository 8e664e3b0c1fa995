//! Configuration repositories: read, checked, and resolved into the model.

mod calendars;
mod cases;
mod changed;
mod check;
mod explain;
mod files;
mod finding;
mod lay;
mod load;
mod once;
mod profiles;
mod resolve;
pub mod schema;
mod shared;
mod slips;
mod table;
mod takes;
mod tell;
pub mod types;
mod whole;

pub use calendars::LastDay;
pub use cases::{Case, Expected, Handler, People};
pub use changed::{Changed, changed};
pub use finding::Finding;
pub use load::{Loaded, Repository, Tests, User, account_line, load, read_user, settings};
pub use once::Once;
pub use resolve::{
    Offline, Resolved, cases, identify, meaning, name_lists, names, nearest, offline, resolve,
    resolve_all,
};
pub use shared::Shared;
pub use whole::Gone;

//! Configuration repositories: read, checked, and resolved into the model.

mod check;
mod explain;
mod files;
mod finding;
mod lay;
mod load;
mod profiles;
mod resolve;
pub mod schema;
mod takes;
mod tell;
pub mod types;

pub use finding::Finding;
pub use load::{Loaded, Repository, User, load, read_user, settings};
pub use resolve::{Resolved, identify, name_lists, names, nearest, resolve};

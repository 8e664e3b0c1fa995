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
mod shared;
mod table;
mod takes;
mod tell;
pub mod types;

pub use finding::Finding;
pub use load::{Loaded, Repository, User, load, read_user};
pub use resolve::{Resolved, identify, names, resolve};
pub use shared::Shared;

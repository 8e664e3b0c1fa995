//! What the API says.
//!
//! Bodies are kept as the service sent them; the typed values beside them are views. What we do not
//! know stays where it stands, so that a read-modify-write loses nothing:
//! [`convert`] reads a body into the model, [`lay`] lays a declaration over a body.

mod audit;
pub mod convert;
pub mod lay;
mod rules;

pub use audit::{AuditRecord, Touched};
pub use rules::{Body, InteractionRule, Malformed, StateRule};

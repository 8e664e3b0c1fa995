//! What the API says.
//!
//! Bodies are kept as the service sent them; the typed values beside them are views. What we do not
//! know stays where it stands, so that a read-modify-write loses nothing.

mod rules;

pub use rules::{Body, InteractionRule, Malformed, StateRule};

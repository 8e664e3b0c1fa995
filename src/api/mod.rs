//! RingCentral's JSON.
//!
//! Bodies are kept as the service sent them; typed values are views of them. Unknown fields keep
//! their place, so that a read-modify-write loses nothing: [`decode`] reads a body into the model,
//! [`encode`] writes a declaration over a body.

mod audit;
pub mod decode;
pub mod encode;
mod rules;

pub use audit::{AuditRecord, AuditTarget};
pub use rules::{InteractionRuleRecord, MalformedRecord, RawBody, StateRuleRecord};

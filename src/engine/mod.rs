//! Plans what must change and carries it out.
//!
//! Pure but for the two traits in [`account`]: no HTTP, no clock, no terminal.

pub mod account;

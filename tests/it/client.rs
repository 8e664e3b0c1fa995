//! The client against small servers that each misbehave in one way.
//!
//! The tests look at the server's side: which requests arrive, how many, and when.

#![allow(clippy::unwrap_used)] // the servers and responses are helpers of tests

mod failures;
mod limits;
mod locked_account;
mod reads;
mod secrets;
mod sign_in;
mod stop;
mod support;

//! Behaviour, over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

mod bodies;
mod client;
mod contract;
mod docs;
mod editor;
mod examples;
mod generate;
mod import;
mod properties;
mod reconcile;
mod sandbox;
mod schema;
mod shared;
mod support;
mod validate;

//! Behaviour, over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

mod apply;
mod bodies;
mod changed;
mod client;
mod contract;
mod docs;
mod editor;
mod examples;
mod faults;
mod generate;
mod holidays;
mod import;
mod init;
mod names;
mod profiles;
mod properties;
mod reconcile;
mod rule_names;
mod sandbox;
mod schema;
mod shared;
mod support;
mod validate;

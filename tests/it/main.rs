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
mod doctor;
mod editor;
mod examples;
mod faults;
mod generate;
mod import;
mod init;
mod logs;
mod measure;
mod names;
mod profiles;
mod properties;
mod reconcile;
mod sandbox;
mod schema;
mod support;
mod validate;

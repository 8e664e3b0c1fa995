//! Behaviour, over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

#[cfg(unix)]
mod action;
mod apply;
mod audit;
mod bodies;
mod canary;
mod changed;
mod client;
mod commands;
mod contract;
mod docs;
mod doctor;
mod editor;
mod examples;
mod faults;
mod findings;
mod generate;
mod generated;
mod gitlab;
mod guards;
mod holidays;
mod import;
mod import_cut;
mod import_there;
mod init;
mod lock;
mod logs;
mod names;
mod offline;
mod operations;
mod outputs;
mod plan_forms;
mod profiles;
mod properties;
mod reconcile;
mod reference;
mod remembered;
mod report;
mod rollback;
mod rooms;
mod rule_names;
mod sandbox;
mod saved;
mod schema;
mod secrets;
mod shared;
mod simulate;
mod support;
mod terminal;
mod test_files;
mod testing;
mod validate;
mod warnings;
mod workflows;

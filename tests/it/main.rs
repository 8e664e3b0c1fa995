//! Behaviour, over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed"
)]

mod apply;
mod audit;
mod bodies;
mod canary;
mod changed;
mod client;
mod contract;
mod docs;
mod doctor;
mod editor;
mod examples;
mod faults;
mod generate;
mod guards;
mod holidays;
mod import;
mod import_there;
mod init;
mod lock;
mod logs;
mod measure;
mod names;
mod offline;
mod profiles;
mod properties;
mod reconcile;
mod remembered;
mod report;
mod rollback;
mod rule_names;
mod sandbox;
mod saved;
mod schema;
mod secrets;
mod shared;
mod simulate;
mod support;
mod test_files;
mod testing;
mod validate;
mod warnings;

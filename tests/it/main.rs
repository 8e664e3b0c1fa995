//! Integration tests. Most of them run the program against a sandbox over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print which checks did not run"
)]

mod account_properties;
#[cfg(unix)]
mod accounts;
mod action;
mod adopt;
mod apply;
mod audit;
mod bounded_work;
mod calendars_and_contacts;
mod canary;
mod changed;
mod client;
mod commands;
mod contract;
mod demands;
mod docs;
mod doctor;
mod drift;
mod editor;
mod examples;
mod faults;
mod findings;
mod gitlab;
mod golden_files;
mod holidays;
mod import;
mod import_existing;
mod import_interrupted;
mod incremental;
mod init;
mod json_schemas;
mod library;
mod lock;
mod logs;
mod module_boundaries;
mod name_resolution;
mod offline;
mod operations;
mod origin;
mod own_targets;
mod plan_output;
mod profiles;
mod properties;
mod reconcile;
mod reference;
mod report;
mod request_bodies;
mod rollback;
mod rule_names;
mod safety_limits;
mod sandbox;
mod saved_plan;
mod schema;
mod secrets;
mod simulate;
mod strategies;
mod support;
mod terminal;
mod test_command;
mod test_files;
#[cfg(unix)]
mod untrusted_repository;
mod untrustworthy_account;
mod validate;
mod warnings;
mod workflows;

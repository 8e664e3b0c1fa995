//! The commands. Each file parses its options, calls the library, renders the result and returns
//! the exit code.

pub(crate) mod adopt;
pub(crate) mod apply;
mod canary;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod plan;
mod plan_output;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod test;
mod test_gate;
pub(crate) mod validate;
mod write;

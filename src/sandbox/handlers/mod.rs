//! Handlers of the API's resources, one file for each group of paths.
//!
//! A handler locks the store for its whole duration, so requests never see a half-done change.

pub(crate) mod audit_search;
pub(crate) mod directory;
pub(crate) mod interaction_rules;
pub(crate) mod states;

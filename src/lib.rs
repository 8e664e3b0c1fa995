//! Keeps RingCentral user call handling rules in git.
//!
//! Data flows one way, and the modules follow it:
//!
//! ```text
//! YAML files ─► config ─► model ───────────────┐
//!  (as typed)            (what it means)       ├─► engine ─► Plan ─► requests
//! live API ──► client ──► wire (raw bodies) ───┘              │
//!                                                             └──► render
//! ```

pub mod api;
pub mod cache;
pub mod cli;
pub mod client;
pub mod config;
pub mod diagnostic;
pub mod doctor;
pub mod import;
pub mod init;
pub mod journal;
pub mod lint;
pub mod model;
pub mod reconcile;
pub mod render;
pub mod report;
pub mod routing;
pub mod sandbox;
pub mod simulate;
pub mod yaml;

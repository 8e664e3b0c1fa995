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

pub mod sandbox;

//! What a configuration means.
//!
//! One normal form for each idea, so that two values are equal exactly when they mean the same to
//! a caller. Nothing here knows how a person typed it or how the API says it.

mod directory;

pub use directory::{Directory, Extension, ExtensionId};

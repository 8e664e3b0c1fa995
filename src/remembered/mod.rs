//! What was read of users before, and whom the audit trail lets stand.
//!
//! A plan of ten thousand users takes hours, because each is read. [`Remembering`] stands between a plan and the
//! account: it gives the lists that a former run has read, where [`decide`] finds that nobody has touched them, and
//! reads all others. What is in doubt is read. What decides is pure; beside it stands the file of the lists.
//!
//! The times here are those of the server's clock.

mod decide;
mod doubt;
mod file;
mod reader;
mod write;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::ExtensionId;

pub use decide::{Stale, Verdict, decide, search_from};
pub use doubt::Doubt;
pub use file::Memory;
pub use reader::{Remembering, Told};
pub use write::forget;

/// How long after a change its record may come, by any clock, and still be found: each search begins this long
/// before the time up to which everything is known.
pub const MARGIN: SignedDuration = SignedDuration::from_hours(6);

/// How far back the audit trail goes \[spec\].
const TRAIL: SignedDuration = SignedDuration::from_hours(24 * 180);

/// Whose lists they are. Those of another account, or of another version of this program, are of no use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The account's id.
    pub account: String,
    /// Where it is.
    pub server: String,
    /// The version of callrules.
    pub callrules: String,
}

/// The lists of a user that are read separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum List {
    /// The interaction rules.
    Rules,
    /// The state rules, with their states.
    States,
}

/// Which list of whom.
pub type Key = (ExtensionId, List);

/// What is known beside the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Since {
    /// Every change up to then is in the lists, or its record is still to come.
    pub as_of: Timestamp,
    /// The records of the last [`MARGIN`] before it, which the next search finds again: they are in the lists.
    pub known: std::collections::BTreeSet<String>,
}

#[cfg(test)]
mod tests;

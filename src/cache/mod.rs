//! Caches rule lists between runs; the audit trail of the account invalidates them.
//!
//! A plan that reads ten thousand users runs for hours. [`CachedReader`] wraps
//! the account: it returns the lists of an earlier run if `evaluate` finds no change of them, and
//! reads all others. If in doubt, it reads. The decision has no side effects; [`CacheFile`] holds
//! the lists.
//!
//! All times are by the clock of the server.

mod evaluate;
mod file;
mod reader;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::ExtensionId;

pub use evaluate::{BypassReason, CacheDecision, StaleUsers, audit_search_start, evaluate};
pub use file::{CacheFile, evict_users};
pub use reader::{CacheStats, CachedReader};

/// How late an audit record may appear, by any clock, and still be found. Each search begins this
/// long before the time up to which all changes are known.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(6);

/// How far back the audit trail reaches \[spec\].
const AUDIT_RETENTION: SignedDuration = SignedDuration::from_hours(24 * 180);

/// The identity of a cache. A cache of another account, server or version of callrules is not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheIdentity {
    /// The id of the RingCentral account.
    pub account: String,
    /// The server of the account.
    pub server: String,
    /// The version of callrules that wrote the cache.
    pub callrules: String,
}

/// The lists of a user that are read separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CachedList {
    /// The interaction rules of the user.
    Rules,
    /// The state rules of the user, with their states.
    States,
}

/// The user and the list that a cache entry holds.
pub type CacheKey = (ExtensionId, CachedList);

/// The time up to which the cache includes all changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheWatermark {
    /// Every change up to this time is in the lists, or its audit record has not appeared yet.
    pub as_of: Timestamp,
    /// The ids of the audit records from the last [`OVERLAP`] before that time. The next search
    /// finds them again, although they are already in the lists.
    #[serde(rename = "known")]
    pub known_ids: std::collections::BTreeSet<String>,
}

#[cfg(test)]
mod tests;

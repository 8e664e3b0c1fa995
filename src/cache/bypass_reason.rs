//! The reasons to read users again although they are in the cache.

use std::io;

use jiff::Timestamp;
use thiserror::Error;

/// The reason why the cache is not used in a run.
#[derive(Debug, Error)]
pub enum BypassReason {
    /// There is no cache file.
    #[error("there is no cache yet")]
    NoCache,
    /// The cache file cannot be read.
    #[error("the cache cannot be read: {0}")]
    Unreadable(io::Error),
    /// The cache file is not as it was written.
    #[error("the cache is damaged")]
    Corrupt,
    /// The cache is for another account, server or version of callrules.
    #[error("the cache is for another {0}")]
    OtherIdentity(&'static str),
    /// The cache is dated in the future.
    #[error("the cache is from {0}, which is in the future by the server's clock")]
    FromFuture(Timestamp),
    /// The cache is older than the audit trail.
    #[error("the cache is from {0}, and the audit trail does not go back that far")]
    TooOld(Timestamp),
    /// The responses of the server have no date.
    #[error("the server does not report its time")]
    NoServerTime,
    /// The API app lacks the permission for the audit trail.
    #[error("the app lacks the permission ReadAuditTrail")]
    NoPermission,
    /// The search of the audit trail failed.
    #[error("the audit trail cannot be searched: {0}")]
    AuditSearchFailed(String),
    /// The search has reached its record limit, so records may be missing.
    #[error("the audit trail has reached its record limit, so records may be missing")]
    AuditTrailFull,
    /// A record that an earlier search found is missing.
    #[error("the audit trail lacks a record that it contained before")]
    AuditTrailGap,
    /// A record lacks its time or its id.
    #[error("the audit trail contains a record without an id or a time")]
    IncompleteRecord,
    /// A change may affect every user.
    #[error("the audit trail contains a change that may affect every user: {change} at {at}")]
    AccountWideChange {
        /// The change, in the words of RingCentral.
        change: String,
        /// The time of the change, by the clock of the server.
        at: Timestamp,
    },
}

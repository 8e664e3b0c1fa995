//! Why something is read although it was read before.

use std::io;

use jiff::Timestamp;
use thiserror::Error;

/// Why nothing that was read before is taken for what is there now.
#[derive(Debug, Error)]
pub enum Doubt {
    /// There is no file.
    #[error("nothing is remembered yet")]
    Nothing,
    /// The file cannot be read.
    #[error("what was remembered cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file is not as it was written.
    #[error("what was remembered is damaged")]
    Damaged,
    /// The lists are of somebody else.
    #[error("what was remembered is of another {0}")]
    Other(&'static str),
    /// Its time has not come yet.
    #[error("what was remembered is of {0}, which is still to come by the server's clock")]
    Future(Timestamp),
    /// No record is that old.
    #[error("what was remembered is of {0}, and the audit trail does not go back so far")]
    TooOld(Timestamp),
    /// There is no clock to go by.
    #[error("the server does not tell its time")]
    NoClock,
    /// The app may not look.
    #[error("the app lacks the permission ReadAuditTrail")]
    NoPermission,
    /// The service did not answer with records.
    #[error("the audit trail cannot be searched: {0}")]
    NoSearch(String),
    /// Some records may be missing.
    #[error("the audit trail holds as many records as it can, and may have lost some")]
    Full,
    /// A record is missing.
    #[error("the audit trail has lost a record that it held before")]
    Gap,
    /// A record has no time or no id.
    #[error("the audit trail holds a record without an id or a time")]
    Unclear,
    /// Nobody can say whom a change concerns.
    #[error("the audit trail tells of a change that may concern everybody: {what} at {at}")]
    Everybody {
        /// What was changed, in the words of the service.
        what: String,
        /// When.
        at: Timestamp,
    },
}

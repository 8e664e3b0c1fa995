//! The journal of an apply: every write, with the state before and after.
//!
//! A journal is a file of JSON lines. The first line is a header with the account and the version
//! of callrules. Each write has two lines: one before it is sent, and one when its outcome is
//! known. Both are synced to disk before the run continues, so the journal matches the account
//! wherever the run was stopped. A write without a second line was in flight, and only the account
//! shows whether it arrived. A further line reports suspected duplicates of a create, or that an
//! accepted write is stored differently. The last line marks the end of the run. The checksum of
//! each line covers all lines before it.

mod checksum_chain;
mod read;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::ExtensionId;
use crate::reconcile::{JournaledWrite, PlannedChange, UserPlan};

pub use self::read::{JournalError, parse_journal};
pub use self::write::JournalWriter;

/// The version of the journal format. Journals of another major version cannot be read.
pub const FORMAT_VERSION: &str = "2.2";

/// A parsed journal: the writes of one apply to one account.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyJournal {
    /// The account, the version and the start time of the run.
    pub header: JournalHeader,
    /// The writes in the order in which they started.
    pub writes: Vec<WriteRecord>,
    /// Whether the journal is complete, and if not, where it stops.
    pub end: JournalEnd,
}

/// The way a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalEnd {
    /// The run ended at this time in UTC.
    Clean(String),
    /// The journal ends after a complete line: the run was killed, or later lines were removed.
    Missing,
    /// The journal ends within this line, counted from 1: the run was killed while it wrote that
    /// line.
    Truncated(usize),
}

/// The first line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalHeader {
    /// The [`FORMAT_VERSION`] of the program that wrote the journal.
    pub journal: String,
    /// The version of callrules that wrote the journal.
    pub callrules: String,
    /// The id of the RingCentral account.
    pub account: String,
    /// The server of the account, as it is shown to users.
    pub server: String,
    /// The start of the apply, in UTC.
    pub started_at: String,
}

/// One write of the apply, from its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRecord {
    /// The line from before the write.
    pub started: WriteStarted,
    /// The line from after the write; `None` if the journal ends before it.
    pub finished: Option<WriteFinished>,
    /// The line that reports suspected duplicates.
    pub duplicate: Option<DuplicateSuspected>,
    /// The line that reports that the write is stored differently.
    pub mismatch: Option<MismatchFound>,
}

impl WriteRecord {
    /// Returns whether the write may have changed the account.
    pub fn may_have_been_applied(&self) -> bool {
        self.finished.as_ref().is_none_or(|finished| {
            matches!(finished.outcome, WriteOutcome::Done | WriteOutcome::Unknown)
        })
    }

    /// Converts the write to the form that a rollback needs.
    pub fn to_journaled_write(&self) -> JournaledWrite<'_> {
        let WriteStarted { change, prior, .. } = &self.started;
        let finished = self.finished.as_ref();
        // What is stored counts, not the response.
        let after = match &self.mismatch {
            Some(mismatch) => mismatch.stored.as_ref(),
            None => finished.and_then(|finished| finished.after.as_ref()),
        };
        let duplicate = self.duplicate.as_ref();
        JournaledWrite {
            change,
            before: prior.before.as_ref(),
            after,
            duplicate_ids: duplicate.map_or(&[], |duplicate| &duplicate.duplicate_ids),
            after_hours: prior.after_hours.as_ref(),
        }
    }
}

/// The line from before a write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteStarted {
    /// The number of the write within the apply, counted from 1.
    pub write: usize,
    /// The time just before the request, in UTC.
    pub time: String,
    /// The owner of the rule or state.
    pub user: UserRef,
    /// The change, with the request to send.
    pub change: PlannedChange,
    /// The state on the account before the write.
    #[serde(flatten)]
    pub prior: PriorState,
}

/// The state on the account before a write.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriorState {
    /// The complete rule, or for a state the state rule that embeds it; `None` if there was none.
    pub before: Option<Value>,
    /// For a change of work hours, the rule of the after-hours state, which appears and disappears
    /// with them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_hours: Option<Value>,
}

/// The owner of the rule or state of a write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRef {
    /// The extension id of the user.
    pub id: ExtensionId,
    /// The extension number of the user, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension_number: Option<String>,
    /// The name of the user on the account.
    pub name: String,
}

impl From<&UserPlan> for UserRef {
    fn from(user: &UserPlan) -> Self {
        UserRef {
            id: user.id.clone(),
            extension_number: user.extension_number.clone(),
            name: user.name.clone(),
        }
    }
}

/// The line from after a write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteFinished {
    /// The number of the write, counted from 1.
    pub write: usize,
    /// The time at which the outcome was known, in UTC.
    pub time: String,
    /// The outcome of the write.
    pub outcome: WriteOutcome,
    /// The complete rule or state from the response; `None` after a delete.
    pub after: Option<Value>,
}

/// A further line for a create that was sent more than once, if the run ended with unresolved
/// duplicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateSuspected {
    /// The number of the write, counted from 1.
    pub write: usize,
    /// The time of the check, in UTC.
    pub time: String,
    /// The problem, in words for users.
    pub problem: String,
    /// The ids of the additional rules that the write created.
    pub duplicate_ids: Vec<String>,
}

/// A further line for a write that was accepted, but is stored differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MismatchFound {
    /// The number of the write, counted from 1.
    pub write: usize,
    /// The time of the check, in UTC.
    pub time: String,
    /// The problem, in words for users.
    pub problem: String,
    /// The complete rule or state that is stored; `None` if there is none.
    pub stored: Option<Value>,
}

/// The last line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunFinished {
    /// The end of the run, in UTC.
    ended_at: String,
}

/// The outcome of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WriteOutcome {
    /// RingCentral applied the write.
    Done,
    /// RingCentral did not apply the write.
    Failed,
    /// The write may or may not have been applied.
    Unknown,
    /// The run ended before it was sent.
    NotSent,
}

//! The journal of an apply: every write, with what was there before and after.
//!
//! A journal is a file of JSON lines. The first says which account was written and by which version.
//! Each write has two lines: one before it is sent, one when its outcome is known. Both are on the disk
//! before the program goes on; so a journal tells the same story as the account, wherever the program
//! was stopped. A write without a second line was in flight: whether it arrived, the account knows. A
//! create that was sent more than once may have a third line: that it is in doubt. The last line says that
//! the run came to its end. Each line vouches for all before it.

mod chain;
mod read;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::{Change, Step, UserPlan};
use crate::model::ExtensionId;

pub use self::read::{Unreadable, read};
pub use self::write::Writer;

/// The version of the form of journals. Another major version means another form.
pub const FORMAT_VERSION: &str = "2.1";

/// What was written to which account.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// Its first line.
    pub header: Header,
    /// The writes in the order in which they began.
    pub writes: Vec<Write>,
    /// How it ends.
    pub end: End,
}

/// How a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With the end of the run, at this time in UTC.
    Orderly(String),
    /// After a whole line: the run was killed, or the lines after it were taken away.
    Early,
    /// In the middle of this line, counted from 1: the run was killed while it wrote that.
    Torn(usize),
}

/// The first line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// [`FORMAT_VERSION`] of the program that wrote it.
    pub journal: String,
    /// The version of that program.
    pub callrules: String,
    /// The account's id.
    pub account: String,
    /// Where the account is, as people call it.
    pub server: String,
    /// When the apply began, in UTC.
    pub started_at: String,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// What was about to be sent.
    pub begun: Begun,
    /// What became of it; none where the journal ends before that.
    pub settled: Option<Settled>,
    /// What turned out later.
    pub doubted: Option<Doubted>,
}

impl Write {
    /// Whether it may have changed something.
    pub fn may_have_happened(&self) -> bool {
        let settled = self.settled.as_ref();
        settled.is_none_or(|settled| matches!(settled.outcome, Outcome::Done | Outcome::Unclear))
    }

    /// What it did, as the way back needs it.
    pub fn step(&self) -> Step<'_> {
        let Begun { change, record, .. } = &self.begun;
        let settled = self.settled.as_ref();
        Step {
            change,
            before: record.before.as_ref(),
            after: settled.and_then(|settled| settled.after.as_ref()),
            twins: { self.doubted.as_ref() }.map_or(&[], |doubted| &doubted.twins),
            after_hours: record.after_hours.as_ref(),
        }
    }
}

/// The line before a write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// Which write of the apply this is, counted from 1.
    pub write: usize,
    /// When it was about to be sent, in UTC.
    pub time: String,
    /// Whose rule or state it is.
    pub user: Whose,
    /// What is changed and what is sent.
    pub change: Change,
    /// What was there before.
    #[serde(flatten)]
    pub record: Record,
}

/// What was there before a write.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The whole rule as it was, for a state the state rule that embeds it; none where there was none.
    pub before: Option<Value>,
    /// Beside a change of work hours: the rule of the state after-hours, which comes and goes with them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_hours: Option<Value>,
}

/// Whose rule or state a write is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whose {
    /// The user's id.
    pub id: ExtensionId,
    /// The user's number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension_number: Option<String>,
    /// The user's name.
    pub name: String,
}

impl From<&UserPlan> for Whose {
    fn from(user: &UserPlan) -> Self {
        Whose {
            id: user.id.clone(),
            extension_number: user.extension_number.clone(),
            name: user.name.clone(),
        }
    }
}

/// The line after a write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// Which write it is about.
    pub write: usize,
    /// When the outcome was known, in UTC.
    pub time: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The whole rule or state as the account answered; none after a delete.
    pub after: Option<Value>,
}

/// A line after that of a create that was sent more than once, where it is in doubt at the end of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Doubted {
    /// Which write it is about.
    pub write: usize,
    /// When it turned out, in UTC.
    pub time: String,
    /// What is wrong, for people.
    pub doubt: String,
    /// The ids of further rules that the write made.
    pub twins: Vec<String>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    /// When the run came to its end, in UTC.
    ended_at: String,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was not carried out.
    Failed,
    /// Nobody knows.
    Unclear,
    /// The run ended before it was sent.
    NotSent,
}

//! What is read out of a document that `plan --format json` wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::engine::Summary;
use crate::model::Shard;
use crate::render::plan_json::FORMAT_VERSION;

/// A plan, as far as it is told together with others.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    pub(super) account: Id,
    pub(super) shard: Option<Shard>,
    pub(super) summary: Summary,
    pub(super) warnings: Vec<Finding>,
    pub(super) errors: Vec<Finding>,
    pub(super) guards: Vec<Guard>,
    pub(super) requests: Requests,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Id {
    pub(super) id: String,
}

/// A warning or an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub(super) struct Finding {
    /// The kind of problem; `null` where a user could not be read.
    pub(super) code: Option<String>,
    /// What is.
    pub(super) message: String,
    /// The number of the user that it concerns.
    pub(super) user: Option<String>,
    /// The path in the repository.
    pub(super) file: Option<String>,
    /// The line, counted from 1.
    pub(super) line: Option<usize>,
    /// The column in characters, counted from 1.
    pub(super) column: Option<usize>,
}

impl Finding {
    /// What is to be mended, whoever it concerns.
    pub(super) fn matter(&self) -> Finding {
        Finding {
            user: None,
            ..self.clone()
        }
    }
}

/// Why `apply` will refuse.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Guard {
    /// `deletes` or `emptied`.
    pub(super) code: String,
    /// What it would do.
    pub(super) message: String,
    /// What allows it, for that plan and no larger one.
    pub(super) flag: String,
}

/// What carrying it out takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Requests {
    /// Writes.
    pub(super) to_apply: usize,
    /// Reads before them.
    pub(super) to_read_again: usize,
}

impl Requests {
    pub(super) fn all(self) -> usize {
        self.to_apply + self.to_read_again
    }
}

/// Why a text is no such document.
#[derive(Debug, Error)]
pub enum NotAPlan {
    /// It is something else.
    #[error("it is no document that `callrules plan --format json` wrote: {0}")]
    Other(#[from] serde_json::Error),
    /// It is of another version of the document.
    #[error("its formatVersion is `{0}`, and `{FORMAT_VERSION}` was expected")]
    Version(String),
}

impl Document {
    /// Reads a document.
    pub fn read(text: &str) -> Result<Self, NotAPlan> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Versioned {
            format_version: String,
        }
        let Versioned { format_version } = serde_json::from_str(text)?;
        if format_version != FORMAT_VERSION {
            return Err(NotAPlan::Version(format_version));
        }
        Ok(serde_json::from_str(text)?)
    }
}

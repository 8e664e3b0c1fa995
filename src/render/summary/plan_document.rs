//! The parts of a JSON plan that a summary needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::UserShard;
use crate::reconcile::ChangeSummary;
use crate::render::plan_json::FORMAT_VERSION;

/// A plan that was parsed from the output of `plan --format json`.
#[derive(Debug, Clone, Deserialize)]
pub struct ParsedPlanDocument {
    pub(super) account: ParsedAccountRef,
    pub(super) shard: Option<UserShard>,
    pub(super) summary: ChangeSummary,
    pub(super) warnings: Vec<SummaryDiagnostic>,
    pub(super) errors: Vec<SummaryDiagnostic>,
    pub(super) guards: Vec<SummaryGuard>,
    pub(super) requests: ApplyRequestCounts,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ParsedAccountRef {
    pub(super) id: String,
}

/// A warning or an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub(super) struct SummaryDiagnostic {
    /// The diagnostic code; `null` if a user couldn't be read.
    pub(super) code: Option<String>,
    /// What is wrong, for people.
    pub(super) message: String,
    /// The extension number of the affected user.
    pub(super) user: Option<String>,
    /// The path in the repository.
    pub(super) file: Option<String>,
    /// The line, counted from 1.
    pub(super) line: Option<usize>,
    /// The column in characters, counted from 1.
    pub(super) column: Option<usize>,
}

impl SummaryDiagnostic {
    /// Returns the diagnostic without its user, to compare problems of shared files.
    pub(super) fn without_user(&self) -> SummaryDiagnostic {
        SummaryDiagnostic {
            user: None,
            ..self.clone()
        }
    }
}

/// A safety limit that the plan exceeds, so that `apply` will reject it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct SummaryGuard {
    /// The violated limit: `deletes` or `emptied`.
    pub(super) code: String,
    /// What the plan would do.
    pub(super) message: String,
    /// The option that allows that plan, but no larger one.
    pub(super) flag: String,
}

/// The number of API requests that `apply` needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplyRequestCounts {
    /// The number of writes.
    pub(super) to_apply: usize,
    /// The number of reads before the writes.
    pub(super) to_reread: usize,
}

impl ApplyRequestCounts {
    /// Returns the number of all requests.
    pub(super) fn total(self) -> usize {
        self.to_apply + self.to_reread
    }
}

/// An error in a JSON plan.
#[derive(Debug, Error)]
pub enum PlanDocumentError {
    /// The text is not a JSON plan.
    #[error("not the output of `callrules plan --format json`: {0}")]
    InvalidJson(#[from] serde_json::Error),
    /// The plan has an unsupported format version.
    #[error("unsupported formatVersion `{0}`, expected `{FORMAT_VERSION}`")]
    WrongVersion(String),
}

impl ParsedPlanDocument {
    /// Parses the output of `plan --format json`.
    ///
    /// # Errors
    /// Fails if the text is not a JSON plan, or has another format version.
    pub fn parse(text: &str) -> Result<Self, PlanDocumentError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct VersionedDocument {
            format_version: String,
        }
        let VersionedDocument { format_version } = serde_json::from_str(text)?;
        if format_version != FORMAT_VERSION {
            return Err(PlanDocumentError::WrongVersion(format_version));
        }
        Ok(serde_json::from_str(text)?)
    }
}

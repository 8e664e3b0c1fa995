//! The counts of plans, which are added up in a summary.

use std::ops::Add;

use schemars::JsonSchema;
use serde::Serialize;

use super::plan_document::{ApplyRequestCounts, ParsedPlanDocument};
use crate::reconcile::ChangeSummary;

/// The counts of one or more plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub(super) struct SummaryCounts {
    #[serde(flatten)]
    pub(super) summary: ChangeSummary,
    /// The number of warnings, counted once per position.
    pub(super) warnings: usize,
    /// The number of errors that excluded users.
    pub(super) errors: usize,
    /// The number of reasons for which `apply` will reject the plans.
    pub(super) guards: usize,
    /// The number of API requests that `apply` needs.
    pub(super) requests: ApplyRequestCounts,
}

impl From<&ParsedPlanDocument> for SummaryCounts {
    fn from(document: &ParsedPlanDocument) -> Self {
        SummaryCounts {
            summary: document.summary,
            warnings: document.warnings.len(),
            errors: document.errors.len(),
            guards: document.guards.len(),
            requests: document.requests,
        }
    }
}

impl Add for SummaryCounts {
    type Output = SummaryCounts;

    fn add(self, other: SummaryCounts) -> SummaryCounts {
        let (left, right) = (self.summary, other.summary);
        SummaryCounts {
            summary: ChangeSummary {
                create: left.create + right.create,
                update: left.update + right.update,
                delete: left.delete + right.delete,
                users: left.users + right.users,
            },
            warnings: self.warnings + other.warnings,
            errors: self.errors + other.errors,
            guards: self.guards + other.guards,
            requests: ApplyRequestCounts {
                to_apply: self.requests.to_apply + other.requests.to_apply,
                to_reread: self.requests.to_reread + other.requests.to_reread,
            },
        }
    }
}

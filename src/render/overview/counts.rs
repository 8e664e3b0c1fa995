//! What is added up.

use std::ops::Add;

use schemars::JsonSchema;
use serde::Serialize;

use super::document::{Document, Requests};
use crate::engine::Summary;

/// How much of everything there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub(super) struct Counts {
    #[serde(flatten)]
    pub(super) summary: Summary,
    /// Warnings, each place once.
    pub(super) warnings: usize,
    /// What kept users out.
    pub(super) errors: usize,
    /// Reasons for which `apply` will refuse.
    pub(super) guards: usize,
    /// What carrying it out takes.
    pub(super) requests: Requests,
}

impl From<&Document> for Counts {
    fn from(document: &Document) -> Self {
        Counts {
            summary: document.summary,
            warnings: document.warnings.len(),
            errors: document.errors.len(),
            guards: document.guards.len(),
            requests: document.requests,
        }
    }
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        let (one, two) = (self.summary, other.summary);
        Counts {
            summary: Summary {
                create: one.create + two.create,
                update: one.update + two.update,
                delete: one.delete + two.delete,
                users: one.users + two.users,
            },
            warnings: self.warnings + other.warnings,
            errors: self.errors + other.errors,
            guards: self.guards + other.guards,
            requests: Requests {
                to_apply: self.requests.to_apply + other.requests.to_apply,
                to_read_again: self.requests.to_read_again + other.requests.to_read_again,
            },
        }
    }
}

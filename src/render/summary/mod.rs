//! A summary of several plans: of several accounts, or of the shards of one account.

mod counts;
mod json;
mod plan_document;
mod table;

use std::collections::{BTreeSet, HashSet};

use thiserror::Error;

use counts::SummaryCounts;
pub use json::SummaryDocument;
pub use plan_document::{ParsedPlanDocument, PlanDocumentError};
use plan_document::{SummaryDiagnostic, SummaryGuard};

use crate::model::UserShard;

/// The summary of several plans.
#[derive(Debug, Default)]
pub struct MultiPlanSummary {
    accounts: Vec<SummarizedAccount>,
}

/// The summary of the plans of one account.
#[derive(Debug)]
struct SummarizedAccount {
    id: String,
    /// The files of the plans, and the shard of the users that each covers.
    files: Vec<(String, Option<UserShard>)>,
    warnings: Vec<SummaryDiagnostic>,
    /// The warnings without their users, to detect duplicates.
    warning_set: HashSet<SummaryDiagnostic>,
    errors: Vec<SummaryDiagnostic>,
    guards: Vec<SummaryGuard>,
    counts: SummaryCounts,
}

/// An error for two plans of one account that aren't different shards.
#[derive(Debug, Error)]
#[error("{first} and {second} are both plans of account {account}, but not two parts of one plan")]
pub struct DuplicatePlan {
    account: String,
    first: String,
    second: String,
}

impl MultiPlanSummary {
    /// Adds the plan of a file.
    ///
    /// # Errors
    /// Fails if the file can't be combined with an earlier plan of the account.
    pub fn add(&mut self, file: String, document: ParsedPlanDocument) -> Result<(), DuplicatePlan> {
        let id = &document.account.id;
        let account = match self.accounts.iter_mut().find(|account| account.id == *id) {
            Some(account) => account,
            None => self.accounts.push_mut(SummarizedAccount::new(id)),
        };
        account.add(file, document)
    }

    /// Returns whether all users are included: no errors, and no missing shard.
    pub fn is_complete(&self) -> bool {
        self.accounts
            .iter()
            .all(|account| account.errors.is_empty() && account.missing_shards().is_empty())
    }

    /// Returns whether there are changes to apply.
    pub fn has_changes(&self) -> bool {
        self.total().requests.to_apply > 0
    }

    fn total(&self) -> SummaryCounts {
        self.accounts
            .iter()
            .map(|account| account.counts)
            .fold(SummaryCounts::default(), |sum, counts| sum + counts)
    }
}

impl SummarizedAccount {
    fn new(id: &str) -> Self {
        SummarizedAccount {
            id: id.to_owned(),
            files: Vec::new(),
            warnings: Vec::new(),
            warning_set: HashSet::new(),
            errors: Vec::new(),
            guards: Vec::new(),
            counts: SummaryCounts::default(),
        }
    }

    fn add(&mut self, file: String, document: ParsedPlanDocument) -> Result<(), DuplicatePlan> {
        let shard = document.shard;
        let is_other_shard = |existing: Option<UserShard>| {
            existing
                .zip(shard)
                .is_some_and(|(old, new)| old.of == new.of && old.number != new.number)
        };
        let conflict = self
            .files
            .iter()
            .find(|(_, existing)| !is_other_shard(*existing));
        if let Some((first, _)) = conflict {
            return Err(DuplicatePlan {
                account: document.account.id,
                first: first.clone(),
                second: file,
            });
        }
        self.files.push((file, shard));
        let mut counts = SummaryCounts::from(&document);
        for warning in document.warnings {
            // A problem at one position is one warning, however many users and shards it concerns.
            if self.warning_set.insert(warning.without_user()) {
                self.warnings.push(warning);
            } else {
                counts.warnings -= 1;
            }
        }
        self.errors.extend(document.errors);
        self.guards.extend(document.guards);
        self.counts = self.counts + counts;
        Ok(())
    }

    /// Returns the number of shards, or `None` if one plan covers all users.
    fn shard_count(&self) -> Option<u32> {
        let (_, shard) = self.files.first()?;
        shard.map(|shard| shard.of.get())
    }

    /// Returns the numbers of the shards without a plan.
    fn missing_shards(&self) -> Vec<u32> {
        let present: BTreeSet<u32> = self
            .files
            .iter()
            .filter_map(|(_, shard)| *shard)
            .map(|shard| shard.number.get())
            .collect();
        (1..=self.shard_count().unwrap_or_default())
            .filter(|number| !present.contains(number))
            .collect()
    }
}

#[cfg(test)]
mod tests;

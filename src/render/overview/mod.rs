//! Several plans told together: one of each account, or the parts of one.

mod counts;
mod document;
mod json;
mod table;

use std::collections::{BTreeSet, HashSet};

use thiserror::Error;

use counts::Counts;
pub use document::{Document, NotAPlan};
use document::{Finding, Guard};
pub use json::Told;

use crate::model::Shard;

/// What the plans say together.
#[derive(Debug, Default)]
pub struct Overview {
    accounts: Vec<Account>,
}

/// What the plans of one account say.
#[derive(Debug)]
struct Account {
    id: String,
    /// The files of the plans, and the part of the users that each is for.
    files: Vec<(String, Option<Shard>)>,
    warnings: Vec<Finding>,
    /// What these warn of.
    matters: HashSet<Finding>,
    errors: Vec<Finding>,
    guards: Vec<Guard>,
    counts: Counts,
}

/// Two plans that cannot be added up.
#[derive(Debug, Error)]
#[error("{first} and {second} are both plans of account {account}, and not two parts of one")]
pub struct Clash {
    account: String,
    first: String,
    second: String,
}

impl Overview {
    /// Adds a plan that stands in this file.
    pub fn add(&mut self, file: String, document: Document) -> Result<(), Clash> {
        let id = &document.account.id;
        let mut accounts = self.accounts.iter_mut();
        let account = match accounts.find(|known| known.id == *id) {
            Some(known) => known,
            None => self.accounts.push_mut(Account::new(id)),
        };
        account.add(file, document)
    }

    /// Whether nobody is left out, by an error or because a part is missing.
    pub fn is_complete(&self) -> bool {
        let mut accounts = self.accounts.iter();
        accounts.all(|account| account.errors.is_empty() && account.missing().is_empty())
    }

    /// Whether there is anything to apply.
    pub fn has_changes(&self) -> bool {
        self.total().requests.to_apply > 0
    }

    fn total(&self) -> Counts {
        let counts = self.accounts.iter().map(|account| account.counts);
        counts.fold(Counts::default(), |sum, counts| sum + counts)
    }
}

impl Account {
    fn new(id: &str) -> Self {
        Account {
            id: id.to_owned(),
            files: Vec::new(),
            warnings: Vec::new(),
            matters: HashSet::new(),
            errors: Vec::new(),
            guards: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn add(&mut self, file: String, document: Document) -> Result<(), Clash> {
        let shard = document.shard;
        let goes_with = |known: Option<Shard>| {
            let both = known.zip(shard);
            both.is_some_and(|(known, new)| known.of == new.of && known.number != new.number)
        };
        if let Some((first, _)) = self.files.iter().find(|(_, known)| !goes_with(*known)) {
            return Err(Clash {
                account: document.account.id,
                first: first.clone(),
                second: file,
            });
        }
        self.files.push((file, shard));
        let mut counts = Counts::from(&document);
        for warning in document.warnings {
            // What is to be mended in one place is one warning, whoever it concerns, and however many parts
            // tell it.
            if self.matters.insert(warning.matter()) {
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

    /// How many parts the users are in; none where one plan is for all.
    fn parts(&self) -> Option<u32> {
        let (_, shard) = self.files.first()?;
        shard.map(|shard| shard.of.get())
    }

    /// The parts that there is no plan of.
    fn missing(&self) -> Vec<u32> {
        let known = self.files.iter().filter_map(|(_, shard)| *shard);
        let known: BTreeSet<u32> = known.map(|shard| shard.number.get()).collect();
        let all = 1..=self.parts().unwrap_or_default();
        all.filter(|number| !known.contains(number)).collect()
    }
}

#[cfg(test)]
mod tests;

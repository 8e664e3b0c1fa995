//! Finds the rules whose number condition a number meets.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;
use indexmap::IndexSet;

/// The rules that list numbers (callers or called numbers), indexed by number, and the rules that
/// list none.
#[derive(Debug)]
pub struct NumberIndex<'a> {
    listed: HashMap<&'a str, FixedBitSet>,
    lengths: BTreeSet<usize>,
    any: FixedBitSet,
}

impl<'a> NumberIndex<'a> {
    /// Creates an empty index for this many rules.
    pub fn with_rule_count(rules: usize) -> Self {
        NumberIndex {
            listed: HashMap::new(),
            lengths: BTreeSet::new(),
            any: FixedBitSet::with_capacity(rules),
        }
    }

    /// Adds the rule of a rank with its listed numbers; a rule without numbers matches any number.
    pub fn add(&mut self, rank: usize, numbers: impl IntoIterator<Item = &'a str>) {
        let mut is_open = true;
        for number in numbers {
            is_open = false;
            let empty = || FixedBitSet::with_capacity(self.any.len());
            self.listed.entry(number).or_insert_with(empty).insert(rank);
            self.lengths.insert(number.len());
        }
        self.any.set(rank, is_open);
    }

    /// Returns the rules that list exactly this number, and those without a list.
    pub fn exact_matches(&self, number: Option<&str>) -> FixedBitSet {
        let mut rules = self.any.clone();
        if let Some(listed) = number.and_then(|number| self.listed.get(number)) {
            rules.union_with(listed);
        }
        rules
    }

    /// Returns the rules that list this number or a prefix of it, and those without a list: a
    /// caller ID may be partial \[docs\].
    pub fn prefix_matches(&self, number: Option<&str>) -> FixedBitSet {
        let mut rules = self.any.clone();
        let number = number.unwrap_or_default();
        for length in &self.lengths {
            let prefix = number.get(..*length);
            if let Some(listed) = prefix.and_then(|prefix| self.listed.get(prefix)) {
                rules.union_with(listed);
            }
        }
        rules
    }

    /// Returns each distinct set of rules that a number can match.
    pub(super) fn distinct_sets(
        &self,
        matches: impl Fn(&Self, Option<&str>) -> FixedBitSet,
    ) -> Vec<FixedBitSet> {
        let listed: BTreeSet<&str> = self.listed_numbers().collect();
        let numbers = [None].into_iter().chain(listed.into_iter().map(Some));
        let sets: IndexSet<FixedBitSet> = numbers.map(|number| matches(self, number)).collect();
        sets.into_iter().collect()
    }

    /// Returns all listed numbers, each once.
    pub(super) fn listed_numbers(&self) -> impl Iterator<Item = &'a str> {
        self.listed.keys().copied()
    }
}

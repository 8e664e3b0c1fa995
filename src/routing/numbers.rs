//! Which rules a number leaves in question.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

/// The rules that list numbers of one kind, found by number; and those that take any.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    listed: HashMap<&'a str, FixedBitSet>,
    lengths: BTreeSet<usize>,
    any: FixedBitSet,
}

impl<'a> Numbers<'a> {
    /// An index over so many rules, none of which takes a call yet.
    pub(super) fn of(rules: usize) -> Self {
        Numbers {
            listed: HashMap::new(),
            lengths: BTreeSet::new(),
            any: FixedBitSet::with_capacity(rules),
        }
    }

    /// Rule `rule` takes calls with these numbers; any call where there are none.
    pub(super) fn add(&mut self, rule: usize, numbers: impl IntoIterator<Item = &'a str>) {
        let mut is_open = true;
        for number in numbers {
            is_open = false;
            let room = || FixedBitSet::with_capacity(self.any.len());
            self.listed.entry(number).or_insert_with(room).insert(rule);
            self.lengths.insert(number.len());
        }
        self.any.set(rule, is_open);
    }

    /// The rules for exactly this number.
    pub(super) fn exactly(&self, number: Option<&str>) -> FixedBitSet {
        let mut rules = self.any.clone();
        if let Some(listed) = number.and_then(|number| self.listed.get(number)) {
            rules.union_with(listed);
        }
        rules
    }

    /// The rules for this number or for a beginning of it: a caller id may be partial \[docs\].
    pub(super) fn by_prefix(&self, number: Option<&str>) -> FixedBitSet {
        let mut rules = self.any.clone();
        let number = number.unwrap_or_default();
        for length in &self.lengths {
            let beginning = number.get(..*length);
            if let Some(listed) = beginning.and_then(|beginning| self.listed.get(beginning)) {
                rules.union_with(listed);
            }
        }
        rules
    }

    /// Every number that a rule lists.
    pub(super) fn listed(&self) -> impl Iterator<Item = &'a str> {
        self.listed.keys().copied()
    }
}

//! Classes of callers and called numbers that the conditions do not distinguish.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use crate::routing::number_index::NumberIndex;
use crate::routing::table::RoutingTable;

/// A set of callers or of called numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSet {
    /// These numbers; for callers also all numbers with this prefix.
    pub listed: Vec<String>,
    /// Whether all numbers that are not mentioned are included, calls without a number too.
    pub others: bool,
    /// Numbers that are excluded.
    pub except: Vec<String>,
}

impl NumberSet {
    /// Returns whether the set contains all numbers.
    pub fn is_everyone(&self) -> bool {
        self.others && self.except.is_empty()
    }

    /// Returns whether a called number is in the set.
    pub fn covers(&self, number: Option<&str>) -> bool {
        let is_in = |list: &[String]| list.iter().any(|listed| Some(listed.as_str()) == number);
        is_in(&self.listed) || (self.others && !is_in(&self.except))
    }

    /// Returns whether a caller is in the set. The longest listed prefix of the number decides.
    pub fn contains_prefix(&self, number: Option<&str>) -> bool {
        let number = number.unwrap_or_default();
        let longest = |list: &[String]| {
            let prefixes = list.iter().filter(|listed| number.starts_with(*listed));
            prefixes.map(String::len).max()
        };
        match (longest(&self.listed), longest(&self.except)) {
            (None, None) => self.others,
            (listed, except) => listed > except,
        }
    }
}

/// The rules that a number matches, before and after the change.
pub(in crate::routing) type RuleSet = [FixedBitSet; 2];

/// Classes of numbers. Class 0 contains the numbers that no rule lists.
pub(in crate::routing) struct NumberAxis<'a> {
    classes: Vec<RuleSet>,
    /// The class of each listed number.
    listed: BTreeMap<&'a str, usize>,
    /// Whether a listed number also matches as a prefix.
    matches_prefixes: bool,
}

impl<'a> NumberAxis<'a> {
    /// Divides callers into classes.
    pub(in crate::routing) fn caller_axis(tables: &[RoutingTable<'a>; 2]) -> Self {
        let indexes = tables.each_ref().map(|table| &table.callers);
        NumberAxis::new(indexes, NumberIndex::prefix_matches, true)
    }

    /// Divides called numbers into classes.
    pub(in crate::routing) fn called_axis(tables: &[RoutingTable<'a>; 2]) -> Self {
        let indexes = tables.each_ref().map(|table| &table.called);
        NumberAxis::new(indexes, NumberIndex::exact_matches, false)
    }

    fn new(
        indexes: [&NumberIndex<'a>; 2],
        matches: impl Fn(&NumberIndex<'a>, Option<&str>) -> FixedBitSet,
        matches_prefixes: bool,
    ) -> Self {
        let rules = |number: Option<&str>| indexes.map(|index| matches(index, number));
        let listed_before_or_after = indexes.iter().flat_map(|index| index.listed_numbers());
        let numbers: BTreeSet<&str> = listed_before_or_after.collect();
        let others = rules(None);
        let mut classes = vec![others.clone()];
        let mut known = HashMap::from([(others, 0)]);
        let mut listed = BTreeMap::new();
        for number in numbers {
            let rules = rules(Some(number));
            let class = *known.entry(rules.clone()).or_insert_with(|| {
                classes.push(rules);
                classes.len() - 1
            });
            listed.insert(number, class);
        }
        NumberAxis {
            classes,
            listed,
            matches_prefixes,
        }
    }

    /// Returns each class with its rules.
    pub(in crate::routing) fn classes(&self) -> impl Iterator<Item = (usize, &RuleSet)> {
        self.classes.iter().enumerate()
    }

    /// Returns the members of some classes, written with the fewest numbers.
    pub(super) fn number_set(&self, classes: &FixedBitSet) -> NumberSet {
        let mut set = NumberSet {
            listed: Vec::new(),
            others: classes.contains(0),
            except: Vec::new(),
        };
        for (number, class) in &self.listed {
            let prefix_class = self.class_of_prefix(number);
            let is_prefix_in = prefix_class.map_or(set.others, |class| classes.contains(class));
            match (classes.contains(*class), is_prefix_in) {
                (true, false) => set.listed.push((*number).to_owned()),
                (false, true) => set.except.push((*number).to_owned()),
                _ => {}
            }
        }
        set
    }

    /// Returns the class of the longest listed prefix of a number.
    fn class_of_prefix(&self, number: &str) -> Option<usize> {
        let lengths = (1..number.len()).rev().filter(|_| self.matches_prefixes);
        let mut prefixes = lengths.filter_map(|length| number.get(..length));
        prefixes.find_map(|prefix| self.listed.get(prefix).copied())
    }
}

//! Callers and dialled numbers that no condition tells apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use crate::routing::table::Table;

/// Some callers, or some dialled numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// These numbers, and all that begin so, where beginnings count.
    pub listed: Vec<String>,
    /// All numbers that nothing else is said of here; calls without a number too.
    pub others: bool,
    /// Not these.
    pub except: Vec<String>,
}

impl People {
    /// Whether it is everybody.
    pub fn is_everybody(&self) -> bool {
        self.others && self.except.is_empty()
    }

    /// Whether a dialled number is among them.
    pub fn covers(&self, number: Option<&str>) -> bool {
        let is_in = |list: &[String]| list.iter().any(|listed| Some(listed.as_str()) == number);
        is_in(&self.listed) || (self.others && !is_in(&self.except))
    }

    /// Whether a caller is among them: the longest beginning of the number decides.
    pub fn covers_beginning(&self, number: Option<&str>) -> bool {
        let number = number.unwrap_or_default();
        let longest = |list: &[String]| {
            let beginnings = list.iter().filter(|listed| number.starts_with(*listed));
            beginnings.map(String::len).max()
        };
        match (longest(&self.listed), longest(&self.except)) {
            (None, None) => self.others,
            (listed, except) => listed > except,
        }
    }
}

/// The rules of both worlds that a number leaves in question.
pub(in crate::routing) type Rules = [FixedBitSet; 2];

/// Classes of numbers. The first one is of the numbers that no rule lists.
pub(in crate::routing) struct Axis<'a> {
    classes: Vec<Rules>,
    /// Every listed number with its class.
    listed: BTreeMap<&'a str, usize>,
    /// Whether a beginning stands for all numbers that begin so.
    by_beginning: bool,
}

impl<'a> Axis<'a> {
    /// Who calls.
    pub(in crate::routing) fn of_callers(before: &Table<'a>, after: &Table<'a>) -> Self {
        let numbers = before.callers.listed().chain(after.callers.listed());
        let rules =
            |number: Option<&str>| [before, after].map(|table| table.callers.by_prefix(number));
        Axis::new(numbers.collect(), rules, true)
    }

    /// The number that was dialled.
    pub(in crate::routing) fn of_called(before: &Table<'a>, after: &Table<'a>) -> Self {
        let numbers = before.called.listed().chain(after.called.listed());
        let rules =
            |number: Option<&str>| [before, after].map(|table| table.called.exactly(number));
        Axis::new(numbers.collect(), rules, false)
    }

    fn new(
        numbers: BTreeSet<&'a str>,
        rules: impl Fn(Option<&str>) -> Rules,
        by_beginning: bool,
    ) -> Self {
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
        Axis {
            classes,
            listed,
            by_beginning,
        }
    }

    /// Each class with its rules.
    pub(in crate::routing) fn classes(&self) -> impl Iterator<Item = (usize, &Rules)> {
        self.classes.iter().enumerate()
    }

    /// The rules of one class.
    pub(super) fn rules(&self, class: usize) -> &Rules {
        &self.classes[class]
    }

    /// The members of some classes, said with the fewest numbers.
    pub(super) fn people(&self, classes: &FixedBitSet) -> People {
        let mut people = People {
            listed: Vec::new(),
            others: classes.contains(0),
            except: Vec::new(),
        };
        for (number, class) in &self.listed {
            let is_in = classes.contains(*class);
            if is_in
                != self
                    .above(number)
                    .map_or(people.others, |above| classes.contains(above))
            {
                let list = if is_in {
                    &mut people.listed
                } else {
                    &mut people.except
                };
                list.push((*number).to_owned());
            }
        }
        people
    }

    /// The class of the longest listed beginning of a number.
    fn above(&self, number: &str) -> Option<usize> {
        let lengths = (1..number.len()).rev().filter(|_| self.by_beginning);
        let mut beginnings = lengths.filter_map(|length| number.get(..length));
        beginnings.find_map(|beginning| self.listed.get(beginning).copied())
    }
}

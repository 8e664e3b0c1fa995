//! Which rules can take a call at all, and which can meet in one.
//!
//! All calls from a moment on fall into finitely many classes that the rules cannot tell apart: what holds
//! of one call of each class holds of all calls.

use fixedbitset::FixedBitSet;
use indexmap::IndexSet;

use super::decide::Parts;
use super::impact::{people, times};
use super::table::{Moment, Supposing, Table};
use crate::model::{DateTime, StateId};

/// The classes of calls to a user.
#[derive(Debug)]
pub struct Chances<'t, 'a> {
    table: &'t Table<'a>,
    callers: Vec<FixedBitSet>,
    called: Vec<FixedBitSet>,
    moments: Vec<Moment>,
}

/// What becomes of the calls that match a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chance {
    /// It takes some of them, or it and another of its priority do.
    Takes,
    /// Rules of higher priority take them all: these, by their place among the user's rules.
    Outranked(Vec<usize>),
    /// There are none.
    NoCall,
}

/// The classes of each part of a call that some rules are in.
struct Within<'c> {
    callers: Vec<&'c FixedBitSet>,
    called: Vec<&'c FixedBitSet>,
    moments: Vec<&'c Moment>,
    ways: &'static [bool],
}

impl<'a> Table<'a> {
    /// The classes of calls from `from` on, local to the user. Where it is not known when the user works,
    /// every time may be within working hours and outside them.
    pub fn chances(&self, from: DateTime) -> Chances<'_, 'a> {
        let axis = times::Axis::new(self, self, from);
        let hours: &[Option<bool>] = match self.knows_hours() {
            true => &[None],
            false => &[Some(true), Some(false)],
        };
        let mut moments = IndexSet::new();
        for working in hours {
            let supposing = Supposing {
                working: *working,
                ..Supposing::default()
            };
            let decided = axis.moments(|at| {
                let moment = self.at(at, supposing);
                Some((moment.clone(), moment))
            });
            moments.extend(decided.iter().map(|(moment, _)| moment.clone()));
        }
        let sets = |axis: people::Axis<'_>| {
            let classes = axis.classes();
            classes.map(|(_, [rules, _])| rules.clone()).collect()
        };
        Chances {
            table: self,
            callers: sets(people::Axis::of_callers(self, self)),
            called: sets(people::Axis::of_called(self, self)),
            moments: moments.into_iter().collect(),
        }
    }

    /// Whether it is known when the user works.
    pub fn knows_hours(&self) -> bool {
        self.schedule(StateId::WORK_HOURS).is_some()
    }
}

impl Chances<'_, '_> {
    /// What becomes of the calls that match a rule, by its place among the user's rules. `None` for one
    /// that is switched off or whose conditions are not known.
    pub fn of(&self, rule: usize) -> Option<Chance> {
        let line = self.table.lines.iter().position(|line| line.rule == rule)?;
        let within = self.within(&[line]);
        if within.is_empty() {
            return Some(Chance::NoCall);
        }
        let mut above: IndexSet<usize> = IndexSet::new();
        let takes = within.any(|parts| match self.outranking(&parts, line) {
            Some(higher) => {
                above.insert(self.table.lines[higher].rule);
                false
            }
            None => true,
        });
        Some(match takes {
            true => Chance::Takes,
            false => Chance::Outranked(above.into_iter().collect()),
        })
    }

    /// Every two rules of equal priority that can match one call which no other takes, by their places
    /// among the user's rules.
    pub fn meeting(&self) -> Vec<(usize, usize)> {
        let lines = &self.table.lines;
        let mut pairs = Vec::new();
        for (first, line) in lines.iter().enumerate() {
            let equal =
                (first + 1..lines.len()).take_while(|at| lines[*at].priority == line.priority);
            for second in equal.filter(|second| self.can_meet(first, *second)) {
                let pair = (line.rule, lines[second].rule);
                pairs.push((pair.0.min(pair.1), pair.0.max(pair.1)));
            }
        }
        pairs
    }

    fn can_meet(&self, first: usize, second: usize) -> bool {
        let unknown = &self.table.unknown;
        if unknown.contains(first) || unknown.contains(second) {
            return false;
        }
        let within = self.within(&[first, second]);
        within.any(|parts| self.outranking(&parts, first).is_none())
    }

    /// A rule of higher priority that takes these calls.
    fn outranking(&self, parts: &Parts<'_>, line: usize) -> Option<usize> {
        let lines = &self.table.lines;
        let first = self.table.matching(parts, Supposing::default()).next()?;
        (lines[first].priority > lines[line].priority).then_some(first)
    }

    /// The classes that match all of these rules.
    fn within(&self, lines: &[usize]) -> Within<'_> {
        let all = |rules: &FixedBitSet| lines.iter().all(|line| rules.contains(*line));
        Within {
            callers: self.callers.iter().filter(|rules| all(rules)).collect(),
            called: self.called.iter().filter(|rules| all(rules)).collect(),
            moments: self.moments.iter().filter(|at| all(&at.rules)).collect(),
            ways: if all(&self.table.for_queues) {
                &[false, true]
            } else {
                &[false]
            },
        }
    }
}

impl Within<'_> {
    fn is_empty(&self) -> bool {
        self.callers.is_empty() || self.called.is_empty() || self.moments.is_empty()
    }

    /// Whether it is so of any class; asks no further then.
    fn any(&self, mut is_so: impl FnMut(Parts<'_>) -> bool) -> bool {
        for from in &self.callers {
            for to in &self.called {
                for at in &self.moments {
                    for &queue in self.ways {
                        if is_so(Parts {
                            from,
                            to,
                            at,
                            queue,
                        }) {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }
}

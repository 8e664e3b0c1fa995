//! Determines which rules can handle a call at all, and which can match the same call.
//!
//! The conditions divide all calls from a moment on into finitely many classes. All calls of a
//! class match the same rules, so checking one call per class is exact.

use fixedbitset::FixedBitSet;
use indexmap::IndexSet;

use super::decide::DecisionParts;
use super::impact::distinct_moments;
use super::number_index::NumberIndex;
use super::table::{RoutingAssumptions, RoutingMoment, RoutingTable};
use crate::model::{LocalDateTime, StateId};

/// The classes of calls to one user.
#[derive(Debug)]
pub struct Reachability<'t, 'a> {
    table: &'t RoutingTable<'a>,
    callers: Vec<FixedBitSet>,
    called: Vec<FixedBitSet>,
    moments: Vec<RoutingMoment>,
}

/// Whether a rule handles any of the calls that it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleReachability {
    /// The rule handles some calls, alone or together with a rule of the same priority.
    Handles,
    /// Rules of a higher priority match all its calls. Holds their indexes in the user's list.
    Outranked(Vec<usize>),
    /// The rule matches no call.
    NoCall,
}

/// The classes of callers, called numbers and moments that some rules match.
struct ReachableSet<'c> {
    callers: Vec<&'c FixedBitSet>,
    called: Vec<&'c FixedBitSet>,
    moments: Vec<&'c RoutingMoment>,
    ways: &'static [bool],
}

impl<'a> RoutingTable<'a> {
    /// Divides the calls from `from` on (in the user's time zone) into classes. If the work hours
    /// are unknown, each time counts as both work hours and after hours.
    pub fn reachability(&self, from: LocalDateTime) -> Reachability<'_, 'a> {
        let hours: &[Option<bool>] = if self.knows_hours() {
            &[None]
        } else {
            &[Some(true), Some(false)]
        };
        let times = distinct_moments(self.schedules(), from);
        let moments: IndexSet<RoutingMoment> = hours
            .iter()
            .flat_map(|working| {
                let assumptions = RoutingAssumptions {
                    working: *working,
                    ..RoutingAssumptions::default()
                };
                let times = times.iter();
                times.map(move |at| self.moment_at(*at, assumptions))
            })
            .collect();
        Reachability {
            table: self,
            callers: self.callers.distinct_sets(NumberIndex::prefix_matches),
            called: self.called.distinct_sets(NumberIndex::exact_matches),
            moments: moments.into_iter().collect(),
        }
    }

    /// Returns whether the work hours are known.
    pub fn knows_hours(&self) -> bool {
        self.schedule(StateId::WORK_HOURS).is_some()
    }
}

impl Reachability<'_, '_> {
    /// Returns whether the rule with this index in the user's list handles any call. Returns `None`
    /// for a rule that is disabled or has unknown conditions.
    pub fn for_rule(&self, rule: usize) -> Option<RuleReachability> {
        let rank = self.table.rank(rule)?;
        let within = self.reachable_set(&[rank]);
        if within.is_empty() {
            return Some(RuleReachability::NoCall);
        }
        let mut above: IndexSet<usize> = IndexSet::new();
        let handles_any = within.any(|parts| match self.outranking(&parts, rank) {
            Some(higher) => {
                above.insert(self.table.rules[higher].index);
                false
            }
            None => true,
        });
        Some(if handles_any {
            RuleReachability::Handles
        } else {
            RuleReachability::Outranked(above.into_iter().collect())
        })
    }

    /// Returns each pair of rules of equal priority that can match the same call while no other
    /// rule outranks them, as indexes in the user's list.
    pub fn overlapping(&self) -> Vec<(usize, usize)> {
        let rules = &self.table.rules;
        let mut pairs = Vec::new();
        for (first, rule) in rules.iter().enumerate() {
            let equal =
                (first + 1..rules.len()).take_while(|rank| rules[*rank].priority == rule.priority);
            for second in equal.filter(|second| self.can_overlap(first, *second)) {
                let pair = (rule.index, rules[second].index);
                pairs.push((pair.0.min(pair.1), pair.0.max(pair.1)));
            }
        }
        pairs
    }

    fn can_overlap(&self, first: usize, second: usize) -> bool {
        let unknown = &self.table.unknown;
        if unknown.contains(first) || unknown.contains(second) {
            return false;
        }
        let within = self.reachable_set(&[first, second]);
        within.any(|parts| self.outranking(&parts, first).is_none())
    }

    /// Returns a rule of a higher priority that matches these calls.
    fn outranking(&self, parts: &DecisionParts<'_>, rank: usize) -> Option<usize> {
        let rules = &self.table.rules;
        let first = self
            .table
            .matching_rules(parts, RoutingAssumptions::default())
            .next()?;
        (rules[first].priority > rules[rank].priority).then_some(first)
    }

    /// Returns the classes that match all of these rules.
    fn reachable_set(&self, ranks: &[usize]) -> ReachableSet<'_> {
        let all = |rules: &FixedBitSet| ranks.iter().all(|rank| rules.contains(*rank));
        ReachableSet {
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

impl ReachableSet<'_> {
    fn is_empty(&self) -> bool {
        self.callers.is_empty() || self.called.is_empty() || self.moments.is_empty()
    }

    /// Returns whether the predicate holds for any class; stops at the first one.
    fn any(&self, mut is_so: impl FnMut(DecisionParts<'_>) -> bool) -> bool {
        for from in &self.callers {
            for to in &self.called {
                for at in &self.moments {
                    for &queue in self.ways {
                        if is_so(DecisionParts {
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

//! Lint: calls to international and premium-rate numbers, which may cost extra.

use std::collections::{HashMap, HashSet};

use phonenumber::Type;
use phonenumber::metadata::DATABASE;
use rayon::prelude::*;

use super::{LintKind, LintSubject, LintUser, LintWarning};
use crate::model::{CallDestination, CallDispatching, DispatchType, RingTarget};

/// The keys that lead to a number, and the number (E.164).
type NumberMention<'a> = (&'static [&'static str], &'a str);

/// What the numbering plan defines for a number.
#[derive(Debug)]
struct NumberFacts {
    /// The country calling code, such as 1 or 44.
    code: u16,
    is_premium: bool,
}

/// A number that a file declares, and the keys that lead to it.
#[derive(Debug)]
struct DeclaredNumber {
    subject: LintSubject,
    keys: &'static [&'static str],
    number: String,
}

/// The numbers in the call handling of one user.
#[derive(Debug)]
pub(super) struct UserNumbers {
    /// Forwarding numbers that no file declares.
    undeclared: Vec<String>,
    /// Forwarding numbers that a file declares, each once.
    declared: Vec<DeclaredNumber>,
    /// Called numbers in the user's conditions.
    called: Vec<String>,
}

impl UserNumbers {
    /// Collects the numbers of a user.
    pub(super) fn new(user: &LintUser<'_>) -> Self {
        let mut numbers = UserNumbers {
            undeclared: Vec::new(),
            declared: Vec::new(),
            called: Vec::new(),
        };
        let mut seen: HashSet<&str> = HashSet::new();
        for (subject, dispatching) in user.dispatchings() {
            let is_declared = user.declared.contains(&subject);
            for (keys, number) in forwarding_numbers(dispatching) {
                if !is_declared {
                    numbers.undeclared.push(number.to_owned());
                } else if seen.insert(number) {
                    numbers.declared.push(DeclaredNumber {
                        subject: subject.clone(),
                        keys,
                        number: number.to_owned(),
                    });
                }
            }
        }
        let rules = user.handling.rules().iter();
        let conditions = rules.filter_map(|rule| rule.rule.conditions.as_ref());
        let called = conditions.flat_map(|conditions| &conditions.called_numbers);
        numbers.called.extend(called.cloned());
        numbers
    }
}

/// The numbers of all users, from which the home country is derived.
#[derive(Debug, Default)]
pub(super) struct NumberLints {
    /// All forwarding numbers, declared or not.
    outward: HashSet<String>,
    called: HashSet<String>,
    /// Declared forwarding numbers with the index of their user.
    declared: Vec<(usize, DeclaredNumber)>,
}

impl NumberLints {
    /// Adds the numbers of the user with the index `at`.
    pub(super) fn add(&mut self, at: usize, user_numbers: UserNumbers) {
        let UserNumbers {
            undeclared,
            declared,
            called,
        } = user_numbers;
        let numbers = declared.iter().map(|mention| mention.number.clone());
        self.outward.extend(numbers.chain(undeclared));
        let declared = declared.into_iter().map(|mention| (at, mention));
        self.declared.extend(declared);
        self.called.extend(called);
    }

    /// Returns the warnings about costly numbers, each with the index of its user.
    pub(super) fn finish(self) -> Vec<(usize, LintWarning)> {
        // Loading the metadata of the phone library is slow.
        if self.outward.is_empty() {
            return Vec::new();
        }
        let look_up = |numbers: Vec<&String>| -> HashMap<String, NumberFacts> {
            numbers
                .into_par_iter()
                .filter_map(|number| Some((number.clone(), number_facts(number)?)))
                .collect()
        };
        let outward = look_up(self.outward.iter().collect());
        let called = look_up(self.called.difference(&self.outward).collect());
        let home = home_countries(outward.values().chain(called.values()));
        let warnings = self.declared.into_iter().filter_map(|(at, mention)| {
            let facts = outward.get(&mention.number)?;
            let (kind, message, help) = cost_warning(&mention.number, facts, home)?;
            let warning = LintWarning {
                kind,
                subject: mention.subject,
                keys: mention.keys,
                other: None,
                message,
                help: help.to_owned(),
            };
            Some((at, warning))
        });
        warnings.collect()
    }
}

/// Returns the calling code of the country of more than half of the called and forwarding numbers.
fn home_countries<'f>(numbers: impl Iterator<Item = &'f NumberFacts>) -> Option<u16> {
    let mut by_code: HashMap<u16, usize> = HashMap::new();
    for facts in numbers {
        *by_code.entry(facts.code).or_default() += 1;
    }
    let all: usize = by_code.values().sum();
    let home = by_code.into_iter().find(|(_, count)| count * 2 > all);
    home.map(|(code, _)| code)
}

/// Returns the kind, message and help of the warning about a number, if it is costly.
fn cost_warning(
    number: &str,
    facts: &NumberFacts,
    home: Option<u16>,
) -> Option<(LintKind, String, &'static str)> {
    if facts.is_premium {
        return Some((
            LintKind::PremiumRate,
            format!("`{number}` is a premium-rate number: each forwarded call costs extra"),
            "correct the number, or allow it",
        ));
    }
    let home = home.filter(|home| *home != facts.code);
    home.map(|home| {
        (
            LintKind::International,
            format!(
                "`{number}` is international: most numbers in these files begin with +{home}, this one with +{}",
                facts.code
            ),
            "correct the number, or allow it: international calls may cost extra",
        )
    })
}

fn number_facts(number: &str) -> Option<NumberFacts> {
    let parsed = phonenumber::parse(None, number).ok()?;
    Some(NumberFacts {
        code: parsed.country().code(),
        is_premium: parsed.number_type(&DATABASE) == Type::PremiumRate,
    })
}

/// Returns the phone numbers to which a dispatching forwards calls.
fn forwarding_numbers(dispatching: &CallDispatching) -> Vec<NumberMention<'_>> {
    let is_terminate = dispatching.dispatch_type == Some(DispatchType::Terminate);
    let mut mentions: Vec<NumberMention<'_>> = Vec::new();
    if !is_terminate {
        let groups = dispatching
            .ring
            .iter()
            .flatten()
            .filter(|group| group.enabled);
        for target in groups.flat_map(|group| &group.targets) {
            if let RingTarget::PhoneNumber { number, .. } = target {
                mentions.push((&["dispatching", "ring"], number));
            }
        }
    }
    let (key, end): (&'static [&'static str], _) = if is_terminate {
        (&["dispatching", "terminate"], &dispatching.terminate)
    } else {
        (&["dispatching", "noAnswer"], &dispatching.no_answer)
    };
    if let Some(CallDestination::PhoneNumber { number, .. }) = end {
        mentions.push((key, number));
    }
    mentions
}

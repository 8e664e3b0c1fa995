//! Lint: calls to international and premium-rate numbers, which may cost extra.

use std::collections::{HashMap, HashSet};

use phonenumber::Type;
use phonenumber::metadata::DATABASE;
use rayon::prelude::*;

use super::{KeyPath, LintKind, LintSubject, LintUser, LintWarning, final_destination};
use crate::model::{CallDestination, CallDispatching, DispatchType, RingTarget};

/// The keys that lead to a number, and the number (E.164).
type NumberMention<'a> = (KeyPath, &'a str);

/// What the numbering plan defines for a number.
#[derive(Debug)]
struct NumberFacts {
    /// The country calling code, such as 1 or 44.
    code: u16,
    is_premium: bool,
}

/// A number to which a user's calls are forwarded.
#[derive(Debug)]
struct ForwardingNumber {
    subject: LintSubject,
    keys: KeyPath,
    number: String,
    is_declared: bool,
}

/// The numbers in the call handling of one user.
#[derive(Debug)]
pub(super) struct UserNumbers {
    forwarding: Vec<ForwardingNumber>,
    /// Called numbers in the user's conditions.
    called: Vec<String>,
}

impl UserNumbers {
    /// Collects the numbers of a user.
    pub(super) fn new(user: &LintUser<'_>) -> Self {
        let mut forwarding = Vec::new();
        let mut seen: HashSet<(bool, &str)> = HashSet::new();
        for (subject, dispatching) in user.dispatchings() {
            let is_declared = user.declared.contains(&subject);
            for (keys, number) in forwarding_numbers(dispatching) {
                if seen.insert((is_declared, number)) {
                    forwarding.push(ForwardingNumber {
                        subject: subject.clone(),
                        keys,
                        number: number.to_owned(),
                        is_declared,
                    });
                }
            }
        }
        let rules = user.handling.rules().iter();
        let conditions = rules.filter_map(|rule| rule.rule.conditions.as_ref());
        let called = conditions.flat_map(|conditions| conditions.called_numbers.iter().cloned());
        UserNumbers {
            forwarding,
            called: called.collect(),
        }
    }
}

/// The numbers of all users, from which the home country is derived.
#[derive(Debug, Default)]
pub(super) struct NumberLints {
    /// Forwarding numbers with the index of their user.
    forwarding: Vec<(usize, ForwardingNumber)>,
    called: HashSet<String>,
}

impl NumberLints {
    /// Adds the numbers of the user with the index `at`.
    pub(super) fn add(&mut self, at: usize, numbers: UserNumbers) {
        let forwarding = numbers.forwarding.into_iter();
        self.forwarding
            .extend(forwarding.map(|number| (at, number)));
        self.called.extend(numbers.called);
    }

    /// Returns the warnings about costly numbers, each with the index of its user.
    pub(super) fn finish(self) -> Vec<(usize, LintWarning)> {
        // Loading the metadata of the phone library is slow.
        if self.forwarding.is_empty() {
            return Vec::new();
        }
        let forwarding = self.forwarding.iter();
        let mut numbers: HashSet<&str> = forwarding.map(|(_, number)| &*number.number).collect();
        numbers.extend(self.called.iter().map(String::as_str));
        let facts: HashMap<String, NumberFacts> = numbers
            .into_par_iter()
            .filter_map(|number| Some((number.to_owned(), number_facts(number)?)))
            .collect();
        let home = home_country(facts.values());
        let forwarding = self.forwarding.into_iter();
        let declared = forwarding.filter(|(_, number)| number.is_declared);
        let warnings = declared.filter_map(|(at, number)| {
            let facts = facts.get(&number.number)?;
            let (kind, message, help) = cost_warning(&number.number, facts, home)?;
            let warning = LintWarning::new(kind, number.subject, number.keys, message, help);
            Some((at, warning))
        });
        warnings.collect()
    }
}

/// Returns the calling code of the country of more than half of the called and forwarding numbers.
fn home_country<'f>(numbers: impl Iterator<Item = &'f NumberFacts>) -> Option<u16> {
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
    let mut mentions: Vec<NumberMention<'_>> = Vec::new();
    if dispatching.dispatch_type != Some(DispatchType::Terminate) {
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
    if let (Some(CallDestination::PhoneNumber { number, .. }), keys) =
        final_destination(dispatching)
    {
        mentions.push((keys, number));
    }
    mentions
}

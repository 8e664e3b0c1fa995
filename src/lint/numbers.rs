//! Numbers that cost: abroad, and premium-rate.

use std::collections::{HashMap, HashSet};

use phonenumber::Type;
use phonenumber::metadata::DATABASE;
use rayon::prelude::*;

use super::{Kind, Subject, User, Warning};
use crate::model::{Destination, DispatchType, Dispatching, RingTarget};

/// A key, and a number under it.
type Said<'a> = (&'static [&'static str], &'a str);

/// What is known of a number.
#[derive(Debug)]
struct Facts {
    /// The country calling code.
    code: u16,
    is_premium: bool,
}

/// Where a declared number stands.
#[derive(Debug)]
struct Declared {
    subject: Subject,
    keys: &'static [&'static str],
    number: String,
}

/// The numbers of one user.
#[derive(Debug)]
pub(super) struct OfUser {
    /// Those to which calls go and that no file declares.
    undeclared: Vec<String>,
    /// Those that a file declares, each once.
    declared: Vec<Declared>,
    /// Those that callers dial.
    dialled: Vec<String>,
}

impl OfUser {
    pub(super) fn new(user: &User<'_>) -> Self {
        let mut numbers = OfUser {
            undeclared: Vec::new(),
            declared: Vec::new(),
            dialled: Vec::new(),
        };
        let mut told: HashSet<&str> = HashSet::new();
        for (subject, dispatching) in user.dispatchings() {
            let is_declared = user.declared.contains(&subject);
            for (keys, number) in outward(dispatching) {
                if !is_declared {
                    numbers.undeclared.push(number.to_owned());
                } else if told.insert(number) {
                    numbers.declared.push(Declared {
                        subject: subject.clone(),
                        keys,
                        number: number.to_owned(),
                    });
                }
            }
        }
        let rules = user.handling.rules().iter();
        let conditions = rules.filter_map(|held| held.rule.conditions.as_ref());
        let dialled = conditions.flat_map(|conditions| &conditions.called_numbers);
        numbers.dialled.extend(dialled.cloned());
        numbers
    }
}

/// The numbers of all users.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Those to which calls go.
    outward: HashSet<String>,
    dialled: HashSet<String>,
    /// By user.
    declared: Vec<(usize, Declared)>,
}

impl Numbers {
    pub(super) fn add(&mut self, at: usize, of_user: OfUser) {
        let OfUser {
            undeclared,
            declared,
            dialled,
        } = of_user;
        let numbers = declared.iter().map(|said| said.number.clone());
        self.outward.extend(numbers.chain(undeclared));
        let declared = declared.into_iter().map(|said| (at, said));
        self.declared.extend(declared);
        self.dialled.extend(dialled);
    }

    /// The numbers that cost, by user.
    pub(super) fn judge(self) -> Vec<(usize, Warning)> {
        // Without a number that calls go to, none is worth a look.
        if self.outward.is_empty() {
            return Vec::new();
        }
        let known = |numbers: Vec<&String>| -> HashMap<String, Facts> {
            let known = numbers.into_par_iter();
            let known = known.filter_map(|number| Some((number.clone(), facts(number)?)));
            known.collect()
        };
        let outward = known(self.outward.iter().collect());
        let dialled = known(self.dialled.difference(&self.outward).collect());
        let home = home(outward.values().chain(dialled.values()));
        let judged = self.declared.into_iter().filter_map(|(at, said)| {
            let facts = outward.get(&said.number)?;
            let (kind, message, help) = judge(&said.number, facts, home)?;
            let warning = Warning {
                kind,
                subject: said.subject,
                keys: said.keys,
                other: None,
                message,
                help: help.to_owned(),
            };
            Some((at, warning))
        });
        judged.collect()
    }
}

/// The calling code of the country that most numbers are in, those that callers dial and those to which calls
/// go, where more than half of them are in one.
fn home<'f>(known: impl Iterator<Item = &'f Facts>) -> Option<u16> {
    let mut by_code: HashMap<u16, usize> = HashMap::new();
    for facts in known {
        *by_code.entry(facts.code).or_default() += 1;
    }
    let all: usize = by_code.values().sum();
    let home = by_code.into_iter().find(|(_, count)| count * 2 > all);
    home.map(|(code, _)| code)
}

fn judge(number: &str, facts: &Facts, home: Option<u16>) -> Option<(Kind, String, &'static str)> {
    if facts.is_premium {
        return Some((
            Kind::PremiumRate,
            format!("`{number}` is a premium-rate number: each call to it costs extra"),
            "correct the number, or allow this",
        ));
    }
    let home = home.filter(|home| *home != facts.code);
    home.map(|home| {
        (
            Kind::Abroad,
            format!(
                "`{number}` is abroad: most numbers in these files begin with +{home}, this one with +{}",
                facts.code
            ),
            "correct the number, or allow this: calls abroad may cost extra",
        )
    })
}

fn facts(number: &str) -> Option<Facts> {
    let parsed = phonenumber::parse(None, number).ok()?;
    Some(Facts {
        code: parsed.country().code(),
        is_premium: parsed.number_type(&DATABASE) == Type::PremiumRate,
    })
}

/// The phone numbers to which a dispatching sends calls.
fn outward(dispatching: &Dispatching) -> Vec<Said<'_>> {
    let is_at_once = dispatching.kind == Some(DispatchType::Terminate);
    let mut said: Vec<Said<'_>> = Vec::new();
    if !is_at_once {
        let groups = dispatching
            .ring
            .iter()
            .flatten()
            .filter(|group| group.enabled);
        for target in groups.flat_map(|group| &group.targets) {
            if let RingTarget::PhoneNumber { number, .. } = target {
                said.push((&["dispatching", "ring"], number));
            }
        }
    }
    let (key, end): (&'static [&'static str], _) = match is_at_once {
        true => (&["dispatching", "terminate"], &dispatching.at_once),
        false => (&["dispatching", "noAnswer"], &dispatching.no_answer),
    };
    if let Some(Destination::PhoneNumber { number, .. }) = end {
        said.push((key, number));
    }
    said
}

//! Numbers that cost: abroad, and premium-rate.

use std::collections::{HashMap, HashSet};

use phonenumber::Type;
use phonenumber::metadata::DATABASE;

use super::{Kind, User, Warning};
use crate::model::{Destination, DispatchType, Dispatching, RingTarget};

/// A key, and a number under it.
type Said<'a> = (&'static [&'static str], &'a str);

/// What is known of a number.
#[derive(Clone)]
struct Facts {
    /// The country calling code.
    code: u16,
    is_premium: bool,
}

/// The numbers of all users.
pub(super) struct Numbers {
    facts: HashMap<String, Option<Facts>>,
    /// The calling code of the country that most numbers are in, where most are in one.
    home: Option<u16>,
}

impl Numbers {
    /// Looks at the numbers that callers dial and those to which calls go. Where more than half of them
    /// are in one country, that is taken to be at home.
    pub(super) fn of(users: &[User<'_>]) -> Self {
        let mut all: HashSet<&str> = HashSet::new();
        for user in users {
            let goes_to = user.dispatchings();
            all.extend(
                goes_to
                    .flat_map(|(_, d)| outward(d))
                    .map(|(_, number)| number),
            );
        }
        // Without a number that calls go to, none is worth a look.
        if !all.is_empty() {
            let rules = users.iter().flat_map(|user| user.handling.rules());
            let conditions = rules.filter_map(|held| held.rule.conditions.as_ref());
            let dialled = conditions.flat_map(|conditions| &conditions.called_numbers);
            all.extend(dialled.map(String::as_str));
        }
        let facts: HashMap<String, Option<Facts>> = { all.into_iter() }
            .map(|number| (number.to_owned(), facts(number)))
            .collect();
        let mut by_code: HashMap<u16, usize> = HashMap::new();
        for facts in facts.values().flatten() {
            *by_code.entry(facts.code).or_default() += 1;
        }
        let known: usize = by_code.values().sum();
        let home = by_code.into_iter().find(|(_, count)| count * 2 > known);
        Numbers {
            facts,
            home: home.map(|(code, _)| code),
        }
    }

    /// The numbers of a user that cost, each once.
    pub(super) fn check(&mut self, user: &User<'_>, found: &mut Vec<Warning>) {
        let mut told: HashSet<&str> = HashSet::new();
        for (subject, dispatching) in user.declared() {
            for (keys, number) in outward(dispatching) {
                let Some(Some(facts)) = self.facts.get(number) else {
                    continue;
                };
                let Some((kind, message, help)) = self.judge(number, facts) else {
                    continue;
                };
                if told.insert(number) {
                    found.push(Warning {
                        kind,
                        subject: subject.clone(),
                        keys,
                        other: None,
                        message,
                        help: help.to_owned(),
                    });
                }
            }
        }
    }

    fn judge(&self, number: &str, facts: &Facts) -> Option<(Kind, String, &'static str)> {
        let home = self.home.filter(|home| *home != facts.code);
        if facts.is_premium {
            return Some((
                Kind::PremiumRate,
                format!("`{number}` is a premium-rate number: each call to it costs extra"),
                "correct the number, or allow this",
            ));
        }
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

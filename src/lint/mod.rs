//! What is no mistake and hardly meant: rules that never take a call, calls that reach nobody, numbers
//! that cost.
//!
//! Pure. What is not known of a user is left out of the question: a warning that turns out to be none
//! does more harm than one too few.

mod ambiguous;
mod calendar;
mod forwarding;
mod never;
mod numbers;
mod over;
mod own;
mod reach;
#[cfg(test)]
mod tests;
mod waiting;

pub use calendar::ending as ending_calendar;

use std::collections::HashSet;

use crate::model::{CallHandling, DateTime, Directory, Dispatching, ExtensionId, StateId};
use crate::routing::Table;

/// A user whose call handling is looked at.
#[derive(Debug, Clone)]
pub struct User<'a> {
    /// The user.
    pub id: &'a ExtensionId,
    /// How the user's calls are to be handled, as far as that is known.
    pub handling: &'a CallHandling,
    /// The beginning of the day, local to the user.
    pub today: DateTime,
    /// What a file declares of it. The rest is on the account alone: nobody can mend it in a file.
    pub declared: HashSet<Subject>,
}

/// Something that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Which kind.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// The keys that lead to it within the declaration of the subject.
    pub keys: &'static [&'static str],
    /// The other one, where two have a part in it.
    pub other: Option<Subject>,
    /// What is the matter, in a lower-case fragment.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// What a warning is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The interaction rule at this place of the user's rules.
    Rule(usize),
    /// A state.
    State(StateId),
}

/// The kinds of warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A rule matches no call.
    NeverMatches,
    /// Other rules take every call that a rule matches.
    Shadowed,
    /// The dates of a rule or state have passed.
    Over,
    /// Two rules match one call, and nothing says which takes it.
    Ambiguous,
    /// Calls are forwarded in a circle.
    ForwardingLoop,
    /// A call rings at or goes to an extension that takes none.
    OutOfService,
    /// Callers reach neither a person nor a voicemail box.
    Silence,
    /// Forward-all-calls is on, and its dates have passed.
    ForwardingLeftOn,
    /// It rings longer than callers wait.
    LongRing,
    /// Calls go abroad.
    Abroad,
    /// Calls go to a number that costs extra.
    PremiumRate,
}

/// What was seen of one user.
#[derive(Debug)]
pub struct Looked {
    /// What the user is warned of, whatever others do.
    pub warnings: Vec<Warning>,
    numbers: numbers::OfUser,
    forwards: Option<forwarding::Forwards>,
}

/// Looks at one user alone.
pub fn look(user: &User<'_>, directory: &Directory) -> Looked {
    let mut found = Vec::new();
    over::check(user, &mut found);
    if !user.handling.rules().is_empty() {
        let table = Table::new(user.handling);
        let chances = table.chances(user.today);
        never::check(user, &chances, &mut found);
        ambiguous::check(user, &chances, &mut found);
    }
    reach::check(user, directory, &mut found);
    own::check(user, &mut found);
    waiting::check(user, &mut found);
    Looked {
        warnings: found,
        numbers: numbers::OfUser::new(user),
        forwards: forwarding::Forwards::of(user, directory),
    }
}

/// What all users together are warned of: little is kept of each.
#[derive(Debug, Default)]
pub struct Together {
    numbers: numbers::Numbers,
    forwards: Vec<(usize, forwarding::Forwards)>,
}

impl Together {
    /// Takes in what was seen of one user, and gives the warnings of that user alone. `at` is how the user is
    /// called in what is found later.
    pub fn add(&mut self, at: usize, looked: Looked) -> Vec<Warning> {
        let Looked {
            warnings,
            numbers,
            forwards,
        } = looked;
        self.numbers.add(at, numbers);
        self.forwards
            .extend(forwards.map(|forwards| (at, forwards)));
        warnings
    }

    /// What only all of them show, by user.
    pub fn judge(self, directory: &Directory) -> Vec<(usize, Warning)> {
        let Together { numbers, forwards } = self;
        let mut found = numbers.judge();
        found.extend(forwarding::circles(&forwards, directory));
        found
    }
}

impl<'a> User<'a> {
    /// Everything that decides what happens to calls, and is not switched off for good.
    fn dispatchings(&self) -> impl Iterator<Item = (Subject, &'a Dispatching)> {
        let handling = self.handling;
        let rules = handling.rules().iter().enumerate();
        let rules = rules.filter(|(_, held)| held.rule.enabled != Some(false));
        let rules = rules.filter_map(|(at, held)| {
            let dispatching = held.rule.dispatching.as_ref()?;
            Some((Subject::Rule(at), dispatching))
        });
        let states = handling.states().iter();
        let states = states.map(|state| (Subject::State(state.id.clone()), &state.dispatching));
        rules.chain(states)
    }

    /// Those of them that a file declares.
    fn declared(&self) -> impl Iterator<Item = (Subject, &'a Dispatching)> {
        let all = self.dispatchings();
        all.filter(|(subject, _)| self.declared.contains(subject))
    }

    /// What a rule is called.
    fn rule_name(&self, rule: usize) -> &'a str {
        let held = self.handling.rules().get(rule);
        held.map_or("", |held| held.rule.name.as_str())
    }
}

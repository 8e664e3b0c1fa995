//! Compares what is wanted for a user with what is there. Pure: no I/O, no clock.

use std::fmt;

use crate::model::words::Words;
use crate::model::{DesiredUser, Directory, StateId};

use super::fetch::Wanted;
use super::live::LiveUser;
use super::plan::UserPlan;
use super::seen::Seen;
use super::{rules, states};

/// Something declared that does not fit the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is about.
    pub subject: Subject,
    /// The key of it that is wrong, where it is one alone.
    pub key: Option<&'static str>,
    /// What is wrong, in a lower-case fragment.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// Whether the run can go on: the part is left alone.
    pub is_warning: bool,
}

/// What a problem is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The interaction rule declared under this name.
    Rule(String),
    /// A declared state.
    State(StateId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Rule(name) => write!(f, "the interaction rule \"{name}\""),
            Subject::State(id) => write!(f, "the state {id}"),
        }
    }
}

/// What must be sent so that the user is as wanted, and what stands in the way.
pub fn diff(
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &Directory,
) -> (UserPlan, Vec<Problem>) {
    let before = live.handling();
    let words = Words::new(directory);
    let mut problems = Vec::new();
    let mut changes = Vec::new();
    let mut unmanaged = Vec::new();
    if let Some(declared) = &desired.rules {
        let held = live.rules().iter().zip(before.rules());
        let live = held.map(|(rule, held)| rules::Live {
            rule,
            says: &held.rule,
        });
        let found = rules::diff(desired, declared, live.collect(), words, &mut problems);
        changes.extend(found.changes);
        unmanaged = found.unmanaged;
    }
    let held = live.state_rules().iter().zip(before.states());
    let states = held.map(|(rule, says)| states::Live { rule, says });
    let states = states::diff(desired, states.collect(), words, &mut problems);
    changes.extend(states.changes);
    changes.sort_by(|a, b| {
        let key = |change: &super::Change| (change.resource, change.action);
        key(a).cmp(&key(b))
    });
    let user = directory.by_id(&desired.id);
    let seen = Seen::of(&Wanted::from(desired), live, &changes);
    let plan = UserPlan {
        extension_number: user.and_then(|user| user.number.clone()),
        id: desired.id.clone(),
        name: user.map(|user| user.name.clone()).unwrap_or_default(),
        changes,
        live_rules: live.rules().len(),
        unmanaged,
        notes: states.notes,
        impact: Vec::new(),
        seen,
    };
    (plan, problems)
}

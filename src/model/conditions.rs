//! Which calls an interaction rule takes.

use serde_json::Value;

use super::{Schedule, StateId};

/// Someone who calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerId {
    /// A full number, or the beginning of one, which matches by prefix \[docs\].
    pub number: String,
    /// The name that the API keeps beside it.
    pub name: Option<String>,
}

/// The conditions of a rule; all of them must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    /// The call comes from one of these; empty means from anyone. In order, each number once.
    pub caller_ids: Vec<CallerId>,
    /// The caller dialled one of these; empty means any. In order, each number once.
    pub called_numbers: Vec<String>,
    /// The call comes at one of these times.
    pub schedule: Option<Schedule>,
    /// The call comes while the user is in this state.
    pub state: Option<StateId>,
    /// Conditions that we do not know, in the API's form.
    pub other: Vec<Value>,
}

impl Conditions {
    /// Puts the lists, whose order means nothing, into their normal form.
    pub fn normal(mut self) -> Self {
        self.caller_ids.sort();
        self.caller_ids.dedup_by(|a, b| a.number == b.number);
        self.called_numbers.sort();
        self.called_numbers.dedup();
        self
    }
}

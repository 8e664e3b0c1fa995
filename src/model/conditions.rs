//! The conditions of interaction rules.

use serde_json::Value;

use super::{CallSchedule, StateId};

/// A caller ID in a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerId {
    /// A complete number, or a prefix of one \[docs\].
    pub number: String,
    /// The name that the API stores with the number.
    pub name: Option<String>,
}

/// The conditions of a rule; all of them must be met.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleConditions {
    /// The caller IDs, ordered and unique; empty means any caller.
    pub caller_ids: Vec<CallerId>,
    /// The called numbers, ordered and unique; empty means any number.
    pub called_numbers: Vec<String>,
    /// The times at which the call must come.
    pub schedule: Option<CallSchedule>,
    /// The state that must be active.
    pub state: Option<StateId>,
    /// Unknown conditions, in the API's form.
    pub other: Vec<Value>,
}

impl RuleConditions {
    /// Sorts the lists, whose order has no meaning, and removes duplicates.
    pub fn normalized(mut self) -> Self {
        self.caller_ids.sort();
        self.caller_ids.dedup_by(|a, b| a.number == b.number);
        self.called_numbers.sort();
        self.called_numbers.dedup();
        self
    }
}

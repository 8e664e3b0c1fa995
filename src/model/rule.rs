//! The rules and states of a user.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{CallDispatching, CallSchedule, number_key};

/// The rules and states of one user, as read from the account, as declared, or as planned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallHandling {
    /// The interaction rules; `None` if they were not read, or are not managed by the declaration.
    pub rules: Option<Vec<UserRule>>,
    /// The state rules; `None` if they were not read, or the declaration has none.
    pub states: Option<Vec<StateRule>>,
}

/// An interaction rule of a user: on the account, declared, or planned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserRule {
    /// The id; `None` if the rule is not on the account, or a declaration identifies it by name.
    pub id: Option<String>,
    /// The parts of the rule.
    pub rule: RuleDefinition,
}

/// A state of a user, and the handling of calls in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StateRule {
    /// The id of the state.
    pub id: StateId,
    /// The switch and schedule of the state.
    pub state: StateSettings,
    /// The handling of calls in this state.
    pub dispatching: CallDispatching,
}

impl CallHandling {
    /// Returns the interaction rules that are known.
    pub fn rules(&self) -> &[UserRule] {
        self.rules.as_deref().unwrap_or_default()
    }

    /// Returns the states that are known.
    pub fn states(&self) -> &[StateRule] {
        self.states.as_deref().unwrap_or_default()
    }

    /// Returns the state with this id, if the user has it and it is known.
    pub fn state(&self, id: &str) -> Option<&StateRule> {
        self.states().iter().find(|state| state.id.as_str() == id)
    }
}

/// An interaction rule (custom rule).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleDefinition {
    /// The display name, which identifies the rule within a user.
    pub name: String,
    /// Whether the rule is enabled; `None` if not declared, so that a live rule keeps its value.
    pub enabled: Option<bool>,
    /// The conditions of the rule; `None` if not declared, or if a live rule has none.
    pub conditions: Option<RuleConditions>,
    /// Whether the rule also matches calls through a call queue; `None` if not declared, or
    /// missing in the API's body.
    pub queue_calls_included: Option<bool>,
    /// The handling of matching calls; `None` if not declared.
    pub dispatching: Option<CallDispatching>,
}

impl RuleDefinition {
    /// Returns whether the declaration is complete: it has the conditions of the rule and a type
    /// of dispatching, so that it can create the rule.
    pub fn is_complete(&self) -> bool {
        let dispatching = self.dispatching.as_ref();
        self.conditions.is_some() && dispatching.is_some_and(|d| d.dispatch_type.is_some())
    }

    /// Declares everything that callers notice and that a complete declaration leaves out. A
    /// partial declaration changes only what it names.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        if self.is_complete() {
            self.enabled.get_or_insert(true);
            self.queue_calls_included.get_or_insert(false);
            self.dispatching = self.dispatching.map(|d| d.with_defaults(true));
        }
        self
    }
}

/// A caller ID in a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerId {
    /// A complete number, or a prefix of one \[docs\].
    pub number: String,
    /// The name that the API stores with the number; `None` if it equals the number.
    pub name: Option<String>,
}

/// The conditions of a rule; all of them must be met.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleConditions {
    /// The caller IDs, each number once; empty means any caller. Their order has no meaning to
    /// callers, and is kept. Users who declare the same contact list share it.
    pub caller_ids: Arc<[CallerId]>,
    /// The called numbers, each once; empty means any number. Their order has no meaning to
    /// callers, and is kept.
    pub called_numbers: Vec<String>,
    /// The times at which the call must come; `None` for any time.
    pub schedule: Option<CallSchedule>,
    /// The state that must be active; `None` if the rule does not depend on a state.
    pub state: Option<StateId>,
    /// Unknown conditions, in the API's form.
    pub other: Vec<Value>,
}

impl RuleConditions {
    /// Keeps the first of each number.
    pub fn without_duplicates(mut self) -> Self {
        let mut seen = HashSet::new();
        let is_unique = self
            .caller_ids
            .iter()
            .all(|caller| seen.insert(number_key(&caller.number)));
        if !is_unique {
            self.caller_ids = CallerId::first_of_each_number(self.caller_ids.to_vec());
        }
        let mut seen = HashSet::new();
        self.called_numbers
            .retain(|number| seen.insert(number_key(number).to_owned()));
        self
    }
}

impl CallerId {
    /// Returns the callers without those whose number occurred before.
    pub fn first_of_each_number(mut callers: Vec<CallerId>) -> Arc<[CallerId]> {
        let mut seen = HashSet::new();
        callers.retain(|caller| seen.insert(number_key(&caller.number).to_owned()));
        callers.into()
    }
}

/// The id of a state. The service may add states that are unknown here \[spec\].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub String);

impl StateId {
    /// Forwarding of all calls.
    pub const FORWARD_ALL_CALLS: &str = "forward-all-calls";
    /// Do not disturb, the presence of the user.
    pub const DND: &str = "dnd";
    /// The user as a member of call queues.
    pub const AGENT: &str = "agent";
    /// The time within work hours.
    pub const WORK_HOURS: &str = "work-hours";
    /// The time outside work hours; exists only while work hours are not 24/7 \[docs\].
    pub const AFTER_HOURS: &str = "after-hours";

    /// Returns the API's id of the state.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StateId {
    fn from(id: &str) -> Self {
        StateId(id.to_owned())
    }
}

impl fmt::Display for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether and when a state holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateSettings {
    /// Whether it is switched on; `None` if not declared, or if the state has no switch.
    pub enabled: Option<bool>,
    /// The schedule of the state; `None` if not declared, or if the state has none.
    pub schedule: Option<StateSchedule>,
}

impl StateSettings {
    /// Returns whether the state has its own schedule, and that is 24/7.
    pub fn is_always(&self) -> bool {
        matches!(&self.schedule, Some(StateSchedule::Own(schedule)) if schedule.is_always())
    }
}

/// When a state holds.
#[derive(Debug, Clone, PartialEq)]
pub enum StateSchedule {
    /// A schedule of its own.
    Own(Box<CallSchedule>),
    /// Whenever that other state does: how an agent inherits the user's work hours.
    Inherited(StateId),
}

//! The desired configuration of a user, with all names resolved.

use super::{
    CallDispatching, CallHandling, ExtensionId, NamePattern, RingTarget, RuleDefinition, StateId,
    StateRule, StateSettings, UserRule,
};

/// The desired configuration of one user.
#[derive(Debug, Clone)]
pub struct DesiredUser {
    /// The extension id of the user.
    pub id: ExtensionId,
    /// The desired interaction rules; `None` if they are not managed.
    pub rules: Option<Vec<DesiredRule>>,
    /// The policy for live rules that are not declared.
    pub unmanaged_policy: UnmanagedPolicy,
    /// The desired states, identified by id.
    pub states: Vec<DesiredState>,
}

impl DesiredUser {
    /// Returns whether rules or states ring all desk phones of the user.
    pub fn rings_desk_phones(&self) -> bool {
        let rules = self.rules.iter().flatten();
        let of_rules = rules.filter_map(|rule| match rule {
            DesiredRule::Present { rule, .. } => rule.dispatching.as_ref(),
            DesiredRule::Absent { .. } => None,
        });
        let of_states = self.states.iter();
        let of_states = of_states.filter_map(|state| state.dispatching.as_ref());
        of_rules
            .chain(of_states)
            .flat_map(|dispatching| dispatching.ring.iter().flatten())
            .any(|group| group.targets.contains(&RingTarget::DeskPhones))
    }

    /// Returns only the declarations of the kinds that are known of the live call handling.
    #[must_use]
    pub fn limited_to(&self, live: &CallHandling) -> DesiredUser {
        let mut limited = self.clone();
        limited.rules = limited.rules.filter(|_| live.rules.is_some());
        if live.states.is_none() {
            limited.states.clear();
        }
        limited
    }

    /// Returns the declared call handling. It contains only declared states and rules.
    pub fn handling(&self) -> CallHandling {
        let present_rule = |rule: &DesiredRule| match rule {
            DesiredRule::Present { rule, id, .. } => Some(UserRule {
                id: id.clone(),
                rule: (**rule).clone(),
            }),
            DesiredRule::Absent { .. } => None,
        };
        let rules = self.rules.as_ref();
        let states = self.states.iter().map(|declared| StateRule {
            id: declared.id.clone(),
            state: declared.state.clone(),
            dispatching: declared.dispatching.clone().unwrap_or_default(),
        });
        CallHandling {
            rules: rules.map(|rules| rules.iter().filter_map(present_rule).collect()),
            states: (!self.states.is_empty()).then(|| states.collect()),
        }
    }
}

/// A declared interaction rule.
#[derive(Debug, Clone)]
pub enum DesiredRule {
    /// The rule must exist with these parts.
    Present {
        /// The key of the declaration: the name, unless another rule has the same name.
        key: String,
        /// The desired parts of the rule.
        rule: Box<RuleDefinition>,
        /// The id on the account, if the name is not unique.
        id: Option<String>,
        /// The previous name of the rule.
        renamed_from: Option<String>,
    },
    /// The rule must not exist.
    Absent {
        /// The name of the rule.
        name: String,
    },
}

impl DesiredRule {
    /// Returns the key of the declaration.
    pub fn key(&self) -> &str {
        match self {
            DesiredRule::Present { key, .. } => key,
            DesiredRule::Absent { name } => name,
        }
    }

    /// Returns the name of the rule.
    pub fn name(&self) -> &str {
        match self {
            DesiredRule::Present { rule, .. } => &rule.name,
            DesiredRule::Absent { name } => name,
        }
    }
}

/// The policy for rules that are not declared.
#[derive(Debug, Clone)]
pub struct UnmanagedPolicy {
    /// Whether they are deleted.
    pub prune: PrunePolicy,
    /// Patterns of rule names that are never deleted, whatever `prune` is.
    pub ignore: Vec<NamePattern>,
}

impl UnmanagedPolicy {
    /// Returns whether a rule with this name is never deleted.
    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(name))
    }
}

/// What happens to live rules that are not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrunePolicy {
    /// They are deleted from the account.
    All,
    /// They are kept and listed as unmanaged.
    None,
}

/// The declared parts of a state.
#[derive(Debug, Clone)]
pub struct DesiredState {
    /// The id of the state.
    pub id: StateId,
    /// The desired switch and schedule.
    pub state: StateSettings,
    /// The desired handling of calls in this state.
    pub dispatching: Option<CallDispatching>,
}

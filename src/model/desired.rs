//! What one user's configuration asks for, with every name looked up.

use super::{
    CallHandling, Dispatching, ExtensionId, HeldRule, NamePattern, Rule, State, StateId, StateRule,
};

/// What is wanted for one user.
#[derive(Debug, Clone)]
pub struct DesiredUser {
    /// The user.
    pub id: ExtensionId,
    /// The wanted interaction rules; `None` where they are not managed.
    pub rules: Option<Vec<DesiredRule>>,
    /// What happens to live rules that are not declared.
    pub ownership: Ownership,
    /// The wanted states, by id.
    pub states: Vec<DesiredState>,
}

impl DesiredUser {
    /// The call handling as far as it is declared. What is not said is not there: of the states those
    /// that are declared, and none of the live rules.
    pub fn handling(&self) -> CallHandling {
        let held = |rule: &DesiredRule| match rule {
            DesiredRule::Present { rule, id, .. } => Some(HeldRule {
                id: id.clone(),
                rule: (**rule).clone(),
            }),
            DesiredRule::Absent { .. } => None,
        };
        let states = self.states.iter().map(|declared| StateRule {
            id: declared.id.clone(),
            state: declared.state.clone(),
            dispatching: declared.dispatching.clone().unwrap_or_default(),
        });
        CallHandling {
            rules: { self.rules.as_ref() }.map(|rules| rules.iter().filter_map(held).collect()),
            states: (!self.states.is_empty()).then(|| states.collect()),
        }
    }
}

/// A declared interaction rule.
#[derive(Debug, Clone)]
pub enum DesiredRule {
    /// It shall be there, and be so.
    Present {
        /// What it is declared under: its name, unless another rule has that.
        key: String,
        /// What it shall be.
        rule: Box<Rule>,
        /// The service's id of it, where the name alone does not tell.
        id: Option<String>,
        /// The name that it has had so far.
        renamed_from: Option<String>,
    },
    /// It shall not be there.
    Absent {
        /// Its name.
        name: String,
    },
}

impl DesiredRule {
    /// What it is declared under.
    pub fn key(&self) -> &str {
        match self {
            DesiredRule::Present { key, .. } => key,
            DesiredRule::Absent { name } => name,
        }
    }

    /// The name that it has, or shall not have.
    pub fn name(&self) -> &str {
        match self {
            DesiredRule::Present { rule, .. } => &rule.name,
            DesiredRule::Absent { name } => name,
        }
    }
}

/// Whose rules the undeclared ones are.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// What happens to them.
    pub prune: Prune,
    /// Names of rules that people make for themselves; they are left alone whatever `prune` says.
    pub ignore: Vec<NamePattern>,
}

impl Ownership {
    /// Whether a rule of this name is left alone whatever `prune` says.
    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(name))
    }
}

/// What happens to live rules that are not declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They are deleted.
    All,
    /// They are left alone, and listed.
    None,
}

/// A declared state.
#[derive(Debug, Clone)]
pub struct DesiredState {
    /// Which.
    pub id: StateId,
    /// Whether and when it shall hold.
    pub state: State,
    /// What shall happen to calls meanwhile.
    pub dispatching: Option<Dispatching>,
}

//! Compares the desired with the live configuration of a user. Pure: no I/O, no clock.

use std::fmt;

use crate::model::to_yaml::YamlWriter;
use crate::model::{DesiredUser, ExtensionDirectory, StateId};

use super::fetch::FetchRequest;
use super::live_user::LiveUser;
use super::plan::UserPlan;
use super::snapshot::UserSnapshot;
use super::{rules, states};

/// A declaration that cannot be applied to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffDiagnostic {
    /// The rule or state with the problem.
    pub subject: DiffSubject,
    /// The key with the problem, if it is a single one.
    pub key: Option<&'static str>,
    /// The problem, as a lower-case fragment.
    pub message: String,
    /// How to fix the problem.
    pub help: Option<String>,
    /// Whether this is a warning: the part is skipped and the run continues.
    pub is_warning: bool,
}

/// The rule or state that a problem concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffSubject {
    /// The interaction rule declared under this name.
    Rule(String),
    /// The declared state with this id.
    State(StateId),
}

impl fmt::Display for DiffSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiffSubject::Rule(name) => write!(f, "the interaction rule \"{name}\""),
            DiffSubject::State(id) => write!(f, "the state {id}"),
        }
    }
}

/// Returns the changes that make the user match the file, and the problems that were found.
pub fn diff_user(
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> (UserPlan, Vec<DiffDiagnostic>) {
    let before = live.handling();
    let words = YamlWriter::new(directory);
    let mut diagnostics = Vec::new();
    let mut changes = Vec::new();
    let mut unmanaged = Vec::new();
    if let Some(declared) = &desired.rules {
        let held = live.rules().iter().zip(before.rules());
        let live = held.map(|(rule, held)| rules::DecodedRule {
            record: rule,
            model: &held.rule,
        });
        let rule_diff =
            rules::diff_rules(desired, declared, live.collect(), words, &mut diagnostics);
        changes.extend(rule_diff.changes);
        unmanaged = rule_diff.unmanaged;
    }
    let held = live.state_rules().iter().zip(before.states());
    let states = held.map(|(rule, says)| states::DecodedStateRule {
        record: rule,
        model: says,
    });
    let states = states::diff_states(desired, states.collect(), words, &mut diagnostics);
    changes.extend(states.changes);
    changes.sort_by(|a, b| {
        let key = |change: &super::PlannedChange| (change.resource, change.action);
        key(a).cmp(&key(b))
    });
    let user = directory.by_id(&desired.id);
    let snapshot = UserSnapshot::capture(&FetchRequest::from(desired), live, &changes);
    let plan = UserPlan {
        extension_number: user.and_then(|user| user.number.clone()),
        id: desired.id.clone(),
        name: user.map(|user| user.name.clone()).unwrap_or_default(),
        changes,
        live_rules: live.rules().len(),
        unmanaged,
        notes: states.notes,
        impact: Vec::new(),
        snapshot,
    };
    (plan, diagnostics)
}

//! Problems that a diff finds.

use std::fmt;

use crate::model::StateId;

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
    /// What the problem means for the plan.
    pub kind: DiffProblemKind,
}

/// What a problem means for the plan of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffProblemKind {
    /// An error, which excludes the user from the plan.
    Error,
    /// A part names something that is not on the account, and is skipped.
    NoEffect,
    /// The plan deletes a rule and creates one that matches the same calls.
    PossibleRename,
}

impl DiffDiagnostic {
    /// Creates an error, which excludes the user from the plan.
    pub(super) fn error(subject: DiffSubject, message: String, help: &str) -> Self {
        DiffDiagnostic {
            subject,
            key: None,
            message,
            help: Some(help.to_owned()),
            kind: DiffProblemKind::Error,
        }
    }

    /// Creates a warning: the part is skipped and the run continues.
    pub(super) fn warning(subject: DiffSubject, message: String, help: &str) -> Self {
        DiffDiagnostic {
            kind: DiffProblemKind::NoEffect,
            ..DiffDiagnostic::error(subject, message, help)
        }
    }

    /// Returns whether the run continues with the user.
    pub fn is_warning(&self) -> bool {
        self.kind != DiffProblemKind::Error
    }
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

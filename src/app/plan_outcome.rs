//! A plan with everything that its readers need besides it.

use std::sync::Arc;

use super::account::SANDBOX_SERVER;
use super::incremental::ReadStats;
use crate::client::ClientError;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::model::{ExtensionDirectory, NameIndex};
use crate::reconcile::{AccountPlan, SafetyLimits};

/// A plan with the diagnostics and data that were collected while making it.
#[derive(Debug)]
pub struct PlanOutcome {
    /// The changes of each user.
    pub plan: AccountPlan,
    /// The users of the account.
    pub directory: Arc<ExtensionDirectory>,
    /// The names of greetings and devices that the files use.
    pub name_index: NameIndex,
    /// Warnings, and errors that are about one user each.
    pub diagnostics: Vec<UserDiagnostic>,
    /// Users that could not be read, with the reason. They are not in the plan.
    pub unreadable: Vec<UnreadableUser>,
    /// What is not known about who edited the account, if anything was edited.
    pub audit_note: Option<String>,
    /// How many users came from the cache. `None` if the cache was not used.
    pub read_stats: Option<ReadStats>,
    /// The limits that the repository sets.
    pub limits: SafetyLimits,
    /// The URL of the API server, or the name of the embedded sandbox.
    pub server: String,
    /// The number of files of users and settings. 0 for a plan that was not made from files.
    pub file_count: usize,
    /// The number of users in scope.
    pub expected_users: usize,
}

/// A diagnostic about the repository or about one user.
#[derive(Debug)]
pub struct UserDiagnostic {
    /// The user's extension number. `None` if the diagnostic is about the repository.
    pub user: Option<String>,
    /// The rule or state that the diagnostic is about, unless the message names it.
    pub subject: Option<String>,
    /// The diagnostic, located in a file.
    pub diagnostic: Diagnostic,
}

impl From<Diagnostic> for UserDiagnostic {
    /// Wraps a diagnostic about the repository.
    fn from(diagnostic: Diagnostic) -> Self {
        UserDiagnostic {
            user: None,
            subject: None,
            diagnostic,
        }
    }
}

/// A user that could not be read.
#[derive(Debug)]
pub struct UnreadableUser {
    /// The user's name and file.
    pub label: String,
    /// Why the user could not be read.
    pub error: ClientError,
}

impl PlanOutcome {
    /// Returns whether the plan includes every user in scope.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_empty() && !self.diagnostics.iter().any(|n| n.diagnostic.is_error())
    }

    /// Adds warnings about the repository in front of the other diagnostics.
    pub fn prepend_warnings(&mut self, warnings: impl IntoIterator<Item = Diagnostic>) {
        let warnings: Vec<UserDiagnostic> = warnings
            .into_iter()
            .map(|mut warning| {
                let is_live = self.server != SANDBOX_SERVER;
                if warning.code == DiagnosticCode::NoAccountId && is_live {
                    let account = &self.plan.account;
                    warning.help = Some(format!(
                        "add `account: \"{account}\"` so that no other account can be changed"
                    ));
                }
                UserDiagnostic::from(warning)
            })
            .collect();
        self.diagnostics.splice(0..0, warnings);
    }

    /// Returns the number of users in scope that are not in the plan.
    pub fn left_out_count(&self) -> usize {
        self.expected_users - self.plan.users.len()
    }

    /// Returns the users that are not in the plan, one line each, with the reason.
    pub fn left_out_reasons(&self) -> Vec<String> {
        let unreadable = self
            .unreadable
            .iter()
            .map(|UnreadableUser { label, error }| format!("can't read {label}: {error}"));
        let errors = self
            .diagnostics
            .iter()
            .filter(|located| located.diagnostic.is_error())
            .map(|located| {
                let Diagnostic { file, message, .. } = &located.diagnostic;
                match &located.user {
                    Some(number) => format!("{number} ({file}): {message}"),
                    None => format!("{file}: {message}"),
                }
            });
        unreadable.chain(errors).collect()
    }
}

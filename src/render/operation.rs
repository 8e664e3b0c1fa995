//! The texts that differ between `apply` and `rollback`.

use std::fmt;

use super::humanize::pluralize;

/// A command that writes to the account: applies a plan, or rolls an apply back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOperation {
    /// Updates the account to match the files.
    Apply,
    /// Restores the account's state before an apply.
    Rollback,
}

impl WriteOperation {
    /// Returns the title of the list of changes.
    pub fn plan_title(self) -> &'static str {
        match self {
            WriteOperation::Apply => "Plan",
            WriteOperation::Rollback => "Rollback",
        }
    }

    /// Returns the message for a run that changes none of the `users` in scope.
    pub fn no_changes_message(self, users: usize) -> String {
        match (self, users) {
            (WriteOperation::Apply, 0) => "No changes: no user is in scope.".to_owned(),
            (WriteOperation::Apply, 1) => "No changes: the user matches the files.".to_owned(),
            (WriteOperation::Apply, _) => format!(
                "No changes: all {} match their files.",
                pluralize(users, "user")
            ),
            (WriteOperation::Rollback, 0) => "Nothing to undo.".to_owned(),
            (WriteOperation::Rollback, 1) => {
                "Nothing to undo: the user is as before the apply.".to_owned()
            }
            (WriteOperation::Rollback, _) => format!(
                "Nothing to undo: all {} are as before the apply.",
                pluralize(users, "user")
            ),
        }
    }

    /// Returns the line above the first change. `size` is the number of changes, in words.
    pub fn start_heading(self, size: &str) -> Option<String> {
        match self {
            WriteOperation::Apply => None,
            WriteOperation::Rollback => Some(format!("Rolling back {size}…\n")),
        }
    }

    /// Returns the label of the progress bar.
    pub fn progress_label(self) -> &'static str {
        match self {
            WriteOperation::Apply => "Applying changes",
            WriteOperation::Rollback => "Rolling back changes",
        }
    }

    /// Returns the question that asks the user for confirmation.
    pub fn confirm_question(self, account: &str, server: &str) -> String {
        let what = match self {
            WriteOperation::Apply => "Apply this plan to",
            WriteOperation::Rollback => "Roll this back on",
        };
        format!("{what} account {account} at {server}?")
    }

    /// Returns the hint that leads to the full list of users.
    pub fn full_list_hint(self) -> &'static str {
        match self {
            WriteOperation::Apply => "run `callrules plan --format json` to see all",
            WriteOperation::Rollback => "the journal lists all",
        }
    }

    /// Returns the next step after a run that changed something.
    pub fn next_step(self) -> Option<&'static str> {
        match self {
            WriteOperation::Apply => None,
            WriteOperation::Rollback => Some(
                "Your files still contain this change, so the next apply will make it again. Revert it \
                 there too, and check with `callrules plan`.\n",
            ),
        }
    }
}

/// Formats as the name of the command.
impl fmt::Display for WriteOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WriteOperation::Apply => "apply",
            WriteOperation::Rollback => "rollback",
        })
    }
}

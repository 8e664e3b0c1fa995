//! The options of commands that write to the account.

use std::path::{Path, PathBuf};

use callrules::JournalTarget;
use callrules::reconcile::SafetyLimits;
use clap::Args;

use crate::cli::clock;
use crate::cli::ui::OutputFormat;

/// The options of commands that write to the account.
#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// Don't ask for confirmation
    #[arg(long)]
    pub(crate) auto_approve: bool,

    /// Allow up to N interaction rules to be deleted
    ///
    /// By default, a plan is refused if it deletes more than 4 rules and more than a quarter of the
    /// rules of the users in scope.
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,

    /// Allow up to N users to lose their last interaction rule
    ///
    /// By default, a plan is refused if it deletes the last rule of any user.
    #[arg(long, value_name = "N")]
    max_users_emptied: Option<usize>,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: OutputFormat,

    /// Write the journal to this file
    ///
    /// The default is a new file in .callrules/journal. The journal records every write with the
    /// previous state, so that `callrules rollback` can undo the run.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl WriteArgs {
    /// Returns the limits that a plan must not exceed.
    pub(crate) fn safety_limits(&self) -> SafetyLimits {
        SafetyLimits {
            max_deletes: self.max_deletes,
            max_users_emptied: self.max_users_emptied,
        }
    }

    /// Returns where to write the journal of a run in a repository.
    pub(crate) fn journal_target<'a>(&'a self, root: &'a Path) -> JournalTarget<'a> {
        JournalTarget {
            root,
            file: self.journal.as_deref(),
            clock: clock::now_rfc3339,
        }
    }
}

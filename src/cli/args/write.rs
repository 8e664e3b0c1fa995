//! The options of commands that write to the account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use callrules::JournalTarget;
use callrules::reconcile::{SafetyLimits, WriteVerification};
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
    /// rules of the users in scope, or more than 50. `limits` in `callrules.yaml` can set another
    /// number.
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,

    /// Allow up to N users to lose their last interaction rule
    ///
    /// By default, a plan is refused if it deletes the last rule of any user.
    #[arg(long, value_name = "N")]
    max_users_emptied: Option<usize>,

    /// Allow up to N users to be changed
    ///
    /// By default, there is no limit. `limits` in `callrules.yaml` can set one.
    #[arg(long, value_name = "N")]
    max_users: Option<usize>,

    /// Allow the phones of up to N users to stop ringing
    ///
    /// A user counts if phones stop ringing at times when they rang, or if some callers no longer
    /// reach a person or voicemail. Voicemail or an announcement on days of a calendar doesn't
    /// count. By default, a plan is refused if more than 4 users, and more than a quarter of the
    /// users in scope, count. `limits` in `callrules.yaml` can set another number.
    #[arg(long, value_name = "N")]
    max_silenced: Option<usize>,

    /// Wait up to SECONDS while the account is being edited elsewhere
    ///
    /// RingCentral refuses all writes while someone applies a call handling template or saves call
    /// handling in the admin portal. After this time the rest of the changes are not tried.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    lock_timeout: u64,

    /// Don't read the changed rules and states back
    ///
    /// By default, each user is read again after its changes, and a change that RingCentral
    /// accepted but did not store counts as failed. That costs one or two requests per user.
    #[arg(long)]
    no_verify: bool,

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
            max_users: self.max_users,
            max_silenced: self.max_silenced,
        }
    }

    /// Returns how long writes wait for a locked account.
    pub(crate) fn lock_timeout(&self) -> Duration {
        Duration::from_secs(self.lock_timeout)
    }

    /// Returns whether writes are read back.
    pub(crate) fn verification(&self) -> WriteVerification {
        if self.no_verify {
            WriteVerification::Skip
        } else {
            WriteVerification::ReadBack
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

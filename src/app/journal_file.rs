//! The journal file of one run, and the observer that records its writes there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::RunError;
use super::progress::RunProgress;
use super::state_dir;
use crate::files;
use crate::journal::{self, FORMAT_VERSION, JournalHeader, JournalWriter, PriorState};
use crate::model::ExtensionId;
use crate::reconcile::{
    ApplyObserver, ChangeOutcome, PlannedChange, StorageMismatch, SuspectedDuplicate, UserPlan,
};

/// Where to write the journal of a run.
#[derive(Debug, Clone, Copy)]
pub struct JournalTarget<'a> {
    /// The repository, which has the folder `.callrules/journal` for journals.
    pub root: &'a Path,
    /// The file. `None` means a new file in the folder, named after the time.
    pub file: Option<&'a Path>,
    /// Returns the current time, as RFC 3339 in UTC.
    pub clock: fn() -> String,
}

/// The journal file of one run.
pub struct JournalFile {
    writer: RefCell<JournalWriter>,
    /// The journal's numbers of the writes.
    write_numbers: RefCell<HashMap<WriteKey, usize>>,
    path: PathBuf,
}

impl JournalFile {
    /// Creates a journal for an account. Returns an error if the file exists or can't be written.
    pub(super) fn create(
        target: JournalTarget<'_>,
        account: &str,
        server: &str,
    ) -> Result<Self, RunError> {
        let started_at = (target.clock)();
        let path = match target.file {
            Some(file) => file.to_owned(),
            None => free_path(&state_dir::entry_path(target.root, "journal")?, &started_at),
        };
        let header = JournalHeader {
            journal: FORMAT_VERSION.to_owned(),
            callrules: env!("CARGO_PKG_VERSION").to_owned(),
            account: account.to_owned(),
            server: server.to_owned(),
            started_at,
        };
        let writer = path
            .parent()
            .map_or(Ok(()), files::create_dir)
            .and_then(|()| JournalWriter::create(&path, &header, target.clock))
            .map_err(|error| {
                let hint = match target.file {
                    None => "use `--journal FILE` with a file that can be written",
                    Some(_) => {
                        "use a new file in a writable folder, or omit `--journal` to write the \
                         journal to .callrules/journal"
                    }
                };
                RunError::new(format!(
                    "can't create the journal {}, so nothing was changed: {error}",
                    path.display()
                ))
                .hinted(hint)
            })?;
        Ok(JournalFile {
            writer: RefCell::new(writer),
            write_numbers: RefCell::default(),
            path,
        })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the journal's number of a write. `None` if it was never started.
    fn write_number(&self, user: &UserPlan, change: &PlannedChange) -> Option<usize> {
        let key = write_key(user, change);
        self.write_numbers.borrow().get(&key).copied()
    }

    /// Records the end of the run.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.writer.borrow_mut().record_end()
    }
}

/// Identifies a write of a run: the user, and the position of the change in the user's plan.
type WriteKey = (ExtensionId, Option<usize>);

/// Returns the key of a change. Equal changes of a user have the same key.
fn write_key(user: &UserPlan, change: &PlannedChange) -> WriteKey {
    let position = user.changes.iter().position(|other| other == change);
    (user.id.clone(), position)
}

/// Returns the path of a new file, named after the time (RFC 3339).
fn free_path(folder: &Path, time: &str) -> PathBuf {
    let stem = time.replace([':', '-'], "");
    let mut path = folder.join(format!("{stem}.jsonl"));
    let mut number = 2;
    while files::path_exists(&path) {
        path = folder.join(format!("{stem}-{number}.jsonl"));
        number += 1;
    }
    path
}

/// Records writes in the journal and counts them in the progress display.
pub(super) struct JournalObserver<'a> {
    pub(super) journal: &'a JournalFile,
    pub(super) progress: &'a RunProgress,
}

impl ApplyObserver for JournalObserver<'_> {
    fn before_write(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let JournalFile {
            writer,
            write_numbers,
            ..
        } = self.journal;
        let prior_state = PriorState {
            before: before.cloned(),
            after_hours: after_hours.cloned(),
        };
        let number = writer
            .borrow_mut()
            .record_start(user, change, prior_state)?;
        write_numbers
            .borrow_mut()
            .insert(write_key(user, change), number);
        Ok(())
    }

    fn after_write<E>(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        self.progress.step();
        // A write that was never sent is not in the journal.
        let Some(number) = self.journal.write_number(user, change) else {
            return Ok(());
        };
        let outcome = match outcome {
            ChangeOutcome::Applied { .. } => journal::WriteOutcome::Done,
            ChangeOutcome::Failed(failure) if failure.is_outcome_unknown() => {
                journal::WriteOutcome::Unknown
            }
            ChangeOutcome::Failed(_) => journal::WriteOutcome::Failed,
            ChangeOutcome::NotAttempted | ChangeOutcome::Refused(_) => {
                journal::WriteOutcome::NotSent
            }
        };
        self.journal
            .writer
            .borrow_mut()
            .record_outcome(number, outcome, after.cloned())
    }

    fn mismatch_found(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        stored: Option<&Value>,
        mismatch: &StorageMismatch,
    ) -> io::Result<()> {
        let Some(number) = self.journal.write_number(user, change) else {
            return Ok(());
        };
        self.journal.writer.borrow_mut().record_mismatch(
            number,
            mismatch.to_string(),
            stored.cloned(),
        )
    }

    fn duplicate_suspected(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        duplicate: &SuspectedDuplicate,
    ) -> io::Result<()> {
        let Some(number) = self.journal.write_number(user, change) else {
            return Ok(());
        };
        let duplicate_ids = match duplicate {
            // The first is the confirmed resource, which is already in the journal.
            SuspectedDuplicate::Found(ids) => ids.iter().skip(1).cloned().collect(),
            // A rollback must not delete the rules of another run.
            SuspectedDuplicate::Concurrent(_) | SuspectedDuplicate::Failed(_) => Vec::new(),
        };
        self.journal.writer.borrow_mut().record_duplicate(
            number,
            duplicate.to_string(),
            duplicate_ids,
        )
    }
}

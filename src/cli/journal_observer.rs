//! Observes an apply: records it in the journal and counts its progress.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::CommandError;
use super::progress::PhaseProgress;
use super::{GlobalArgs, clock, state_dir};
use crate::journal::{self, FORMAT_VERSION, JournalHeader, JournalWriter, PriorState};
use crate::reconcile::{ApplyObserver, ChangeOutcome, DuplicateCheck, PlannedChange, UserPlan};
use crate::render::WriteOperation;

/// The journal file of one run.
pub(super) struct JournalFile {
    writer: RefCell<JournalWriter>,
    /// The journal's numbers of the writes. The key is the address of the change in the plan,
    /// because a change has no id.
    write_numbers: RefCell<HashMap<*const PlannedChange, usize>>,
    path: PathBuf,
}

impl JournalFile {
    /// Creates a journal at `file`, or in `.callrules/journal` under a name from the current time.
    pub(super) fn create(
        root: &Path,
        file: Option<&Path>,
        account: &str,
        server: &str,
    ) -> Result<Self, CommandError> {
        let started_at = clock::now_rfc3339();
        let path = match file {
            Some(file) => file.to_owned(),
            None => free_path(&state_dir::ensure(root)?.join("journal"), &started_at),
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
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| JournalWriter::create(&path, &header, clock::now_rfc3339))
            .map_err(|error| CommandError::CreateJournal {
                path: path.display().to_string(),
                error,
                is_named: file.is_some(),
            })?;
        Ok(JournalFile {
            writer: RefCell::new(writer),
            write_numbers: RefCell::default(),
            path,
        })
    }

    /// Records the end of the run.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.writer.borrow_mut().record_end()
    }

    /// Returns the message with the journal's path and the command that undoes the run.
    pub(super) fn location_message(
        &self,
        global: &GlobalArgs,
        operation: WriteOperation,
    ) -> String {
        let path = self.path.to_string_lossy();
        let action = match operation {
            WriteOperation::Apply => "undo",
            WriteOperation::Rollback => "undo this rollback",
        };
        let undo = global.format_command(&["rollback", &path]);
        format!("Journal: {path}  ({action} with `{undo}`)\n")
    }
}

/// Returns the path of a new file, named after the time (RFC 3339).
fn free_path(folder: &Path, time: &str) -> PathBuf {
    let stem = time.replace([':', '-'], "");
    let mut path = folder.join(format!("{stem}.jsonl"));
    let mut number = 2;
    while path.exists() {
        path = folder.join(format!("{stem}-{number}.jsonl"));
        number += 1;
    }
    path
}

/// Records writes in the journal and counts them in the progress display.
pub(super) struct JournalObserver<'a> {
    pub(super) journal: &'a JournalFile,
    pub(super) progress: &'a PhaseProgress<'a>,
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
        write_numbers.borrow_mut().insert(change, number);
        Ok(())
    }

    fn after_write<E>(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        self.progress.step();
        let JournalFile {
            writer,
            write_numbers,
            ..
        } = self.journal;
        // A write that was never sent is not in the journal.
        let Some(number) = write_numbers
            .borrow()
            .get(&std::ptr::from_ref(change))
            .copied()
        else {
            return Ok(());
        };
        let outcome = match outcome {
            ChangeOutcome::Applied { .. } => journal::WriteOutcome::Done,
            ChangeOutcome::Failed(failure) if failure.is_outcome_unknown() => {
                journal::WriteOutcome::Unclear
            }
            ChangeOutcome::Failed(_) => journal::WriteOutcome::Failed,
            ChangeOutcome::NotAttempted | ChangeOutcome::Refused(_) => {
                journal::WriteOutcome::NotSent
            }
        };
        writer
            .borrow_mut()
            .record_outcome(number, outcome, after.cloned())
    }

    fn duplicate_suspected(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        check: &DuplicateCheck,
    ) -> io::Result<()> {
        let JournalFile {
            writer,
            write_numbers,
            ..
        } = self.journal;
        let Some(number) = write_numbers
            .borrow()
            .get(&std::ptr::from_ref(change))
            .copied()
        else {
            return Ok(());
        };
        let duplicate_ids = match check {
            // The first is the confirmed resource, which is already in the journal.
            DuplicateCheck::Found(ids) => ids.iter().skip(1).cloned().collect(),
            DuplicateCheck::Failed(_) => Vec::new(),
        };
        writer
            .borrow_mut()
            .record_duplicate(number, check.to_string(), duplicate_ids)
    }
}

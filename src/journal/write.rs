//! Writes a journal, line by line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::checksum_chain::ChecksumChain;
use super::{
    DuplicateSuspected, JournalHeader, MismatchFound, PriorState, RunFinished, WriteFinished,
    WriteOutcome, WriteStarted,
};
use crate::reconcile::{PlannedChange, UserPlan};

/// A writer of a new journal. `clock` returns the current time in UTC.
#[derive(Debug)]
pub struct JournalWriter {
    file: File,
    clock: fn() -> String,
    writes: usize,
    chain: ChecksumChain,
    /// Whether a line could not be written. A line after it would look like the rest of it.
    has_failed: bool,
}

impl JournalWriter {
    /// Creates a journal in a new file.
    ///
    /// # Errors
    /// If the file exists or cannot be written; then nothing may be sent.
    pub fn create(path: &Path, header: &JournalHeader, clock: fn() -> String) -> io::Result<Self> {
        let file = private_file_options()
            .write(true)
            .create_new(true)
            .open(path)?;
        let mut writer = JournalWriter {
            file,
            clock,
            writes: 0,
            chain: ChecksumChain::default(),
            has_failed: false,
        };
        writer.append_line(header)?;
        Ok(writer)
    }

    /// Records a write that is about to be sent; returns its number.
    ///
    /// # Errors
    /// If the line cannot be written; then the write must not be sent.
    pub fn record_start(
        &mut self,
        user: &UserPlan,
        change: &PlannedChange,
        prior: PriorState,
    ) -> io::Result<usize> {
        self.writes += 1;
        self.append_line(&WriteStarted {
            write: self.writes,
            time: (self.clock)(),
            user: user.into(),
            change: change.clone(),
            prior,
        })?;
        Ok(self.writes)
    }

    /// Records the outcome of a write.
    ///
    /// # Errors
    /// If the line cannot be written; then nothing more may be sent.
    pub fn record_outcome(
        &mut self,
        write: usize,
        outcome: WriteOutcome,
        after: Option<Value>,
    ) -> io::Result<()> {
        self.append_line(&WriteFinished {
            write,
            time: (self.clock)(),
            outcome,
            after,
        })
    }

    /// Records that a completed create may have made duplicates.
    ///
    /// # Errors
    /// If the line cannot be written; then nothing more may be sent.
    pub fn record_duplicate(
        &mut self,
        write: usize,
        problem: String,
        duplicate_ids: Vec<String>,
    ) -> io::Result<()> {
        self.append_line(&DuplicateSuspected {
            write,
            time: (self.clock)(),
            problem,
            duplicate_ids,
        })
    }

    /// Records that an accepted write is stored differently.
    ///
    /// # Errors
    /// If the line cannot be written; then nothing more may be sent.
    pub fn record_mismatch(
        &mut self,
        write: usize,
        problem: String,
        stored: Option<Value>,
    ) -> io::Result<()> {
        self.append_line(&MismatchFound {
            write,
            time: (self.clock)(),
            problem,
            stored,
        })
    }

    /// Records the end of the run.
    ///
    /// # Errors
    /// If the line cannot be written.
    pub fn record_end(&mut self) -> io::Result<()> {
        self.append_line(&RunFinished {
            ended_at: (self.clock)(),
        })
    }

    /// Appends a line and syncs it to disk. Fails without writing if an earlier line failed.
    fn append_line<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        if self.has_failed {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        let text = self.chain.next_line(line)?;
        let result = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        self.has_failed = result.is_err();
        result
    }
}

/// Returns options for a file that only its owner can read, because rules contain personal data.
#[cfg(unix)]
fn private_file_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Returns options for a file with the permissions of its folder.
#[cfg(not(unix))]
fn private_file_options() -> OpenOptions {
    OpenOptions::new()
}

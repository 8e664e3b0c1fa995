//! Writes a journal, line by line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::chain::Chain;
use super::{Begun, Doubted, Ended, Header, Outcome, Record, Settled};
use crate::engine::{Change, UserPlan};

/// A journal that is being written. `clock` tells the time.
#[derive(Debug)]
pub struct Writer {
    file: File,
    clock: fn() -> String,
    writes: usize,
    chain: Chain,
    /// Whether a line could not be written: what follows it would be taken for its end.
    broken: bool,
}

impl Writer {
    /// Begins a journal in a new file.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written: then nothing may be sent.
    pub fn begin(path: &Path, header: &Header, clock: fn() -> String) -> io::Result<Self> {
        let file = private().write(true).create_new(true).open(path)?;
        let mut writer = Writer {
            file,
            clock,
            writes: 0,
            chain: Chain::default(),
            broken: false,
        };
        writer.line(header)?;
        Ok(writer)
    }

    /// Notes a write that is about to be sent; gives its number.
    ///
    /// # Errors
    /// When it cannot be noted: then it must not be sent.
    pub fn about_to(
        &mut self,
        user: &UserPlan,
        change: &Change,
        record: Record,
    ) -> io::Result<usize> {
        self.writes += 1;
        self.line(&Begun {
            write: self.writes,
            time: (self.clock)(),
            user: user.into(),
            change: change.clone(),
            record,
        })?;
        Ok(self.writes)
    }

    /// Notes what became of a write.
    ///
    /// # Errors
    /// When it cannot be noted: then nothing more may be sent.
    pub fn settled(
        &mut self,
        write: usize,
        outcome: Outcome,
        after: Option<Value>,
    ) -> io::Result<()> {
        self.line(&Settled {
            write,
            time: (self.clock)(),
            outcome,
            after,
        })
    }

    /// Notes that a write which was told as done is in doubt.
    ///
    /// # Errors
    /// When it cannot be noted: then nothing more may be sent.
    pub fn doubted(&mut self, write: usize, doubt: String, twins: Vec<String>) -> io::Result<()> {
        self.line(&Doubted {
            write,
            time: (self.clock)(),
            doubt,
            twins,
        })
    }

    /// Notes that the run came to its end.
    ///
    /// # Errors
    /// When it cannot be noted.
    pub fn end(&mut self) -> io::Result<()> {
        self.line(&Ended {
            ended_at: (self.clock)(),
        })
    }

    /// Puts a line on the disk. After one that could not be written there is no other.
    fn line<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("a line before could not be written"));
        }
        let text = self.chain.line(line)?;
        let written = self.file.write_all(text.as_bytes());
        let kept = written.and_then(|()| self.file.sync_data());
        self.broken = kept.is_err();
        kept
    }
}

/// A file for its owner alone: it holds what rules say of people.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// A file as its folder has them.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

//! One run that writes at a time in a repository.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::error::Error;
use super::{clock, memory};
use crate::render::Deed;

/// Held while it lives. The lock is the operating system's: it ends with the process, however that
/// ends. The file stays, and says who held it last.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or tells who has it.
    pub(super) fn hold(root: &Path, deed: Deed) -> Result<Self, Error> {
        let path = memory::folder(root)?.join("apply.lock");
        let file_error = |error: io::Error| Error::File {
            path: path.display().to_string(),
            error,
        };
        let mut options = OpenOptions::new();
        // Not emptied on opening: until the lock is ours, it says who has it.
        options.create(true).read(true).write(true).truncate(false);
        let mut file = options.open(&path).map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Some systems let nobody read a locked file; then we only know that it is locked.
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim().to_owned();
                return Err(Error::Busy { holder });
            }
            Err(TryLockError::Error(error)) => return Err(file_error(error)),
        }
        file.set_len(0).map_err(file_error)?;
        writeln!(file, "{deed} by {}", who()).map_err(file_error)?;
        Ok(Lock { _file: file })
    }
}

/// `alex@office, process 4711, since 2026-11-20T23:00:00Z`.
fn who() -> String {
    let known = |name: whoami::Result<String>| name.unwrap_or_else(|_| "unknown".to_owned());
    let (user, host) = (known(whoami::username()), known(whoami::hostname()));
    let process = std::process::id();
    format!("{user}@{host}, process {process}, since {}", clock::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::hold(folder.path(), Deed::Rollback).unwrap();
        let refused = Lock::hold(folder.path(), Deed::Apply)
            .unwrap_err()
            .to_string();
        let us = format!("process {}, since 20", std::process::id());
        assert!(refused.contains(&us), "{refused}");
        assert!(refused.contains(": rollback by "), "{refused}");
        drop(first);
        assert!(Lock::hold(folder.path(), Deed::Apply).is_ok());
    }
}

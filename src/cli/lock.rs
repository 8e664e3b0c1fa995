//! The lock of a repository: only one run at a time can write.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::error::CommandError;
use super::{clock, state_dir};
use crate::render::WriteOperation;

/// A lock that is held until it is dropped.
///
/// The operating system releases it when the process ends, even if it is killed. The lock file
/// remains and names the last holder.
#[derive(Debug)]
pub(super) struct RepositoryLock {
    _file: File,
}

impl RepositoryLock {
    /// Acquires the lock. If another run has it, returns [`CommandError::Locked`] with the holder.
    pub(super) fn acquire(root: &Path, operation: WriteOperation) -> Result<Self, CommandError> {
        let path = state_dir::ensure(root)?.join("apply.lock");
        let file_error = |error: io::Error| CommandError::File {
            path: path.display().to_string(),
            error,
        };
        let mut options = OpenOptions::new();
        // Not truncated on opening, because the file may name the current holder.
        options.create(true).read(true).write(true).truncate(false);
        let mut file = options.open(&path).map_err(file_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Windows does not allow reading a locked file. The holder stays unknown there.
                let _ = file.read_to_string(&mut text);
                return Err(CommandError::Locked {
                    holder: text.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(file_error(error)),
        }
        file.set_len(0).map_err(file_error)?;
        writeln!(file, "{operation} by {}", describe_holder()).map_err(file_error)?;
        Ok(RepositoryLock { _file: file })
    }
}

/// Describes this process: `alex@office, process 4711, since 2026-11-20T23:00:00Z`.
fn describe_holder() -> String {
    let or_unknown = |name: whoami::Result<String>| name.unwrap_or_else(|_| "unknown".to_owned());
    let (user, host) = (
        or_unknown(whoami::username()),
        or_unknown(whoami::hostname()),
    );
    let process = std::process::id();
    format!(
        "{user}@{host}, process {process}, since {}",
        clock::now_rfc3339()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_acquire_fails_with_holder_until_first_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let first = RepositoryLock::acquire(folder.path(), WriteOperation::Rollback).unwrap();
        let message = RepositoryLock::acquire(folder.path(), WriteOperation::Apply)
            .unwrap_err()
            .to_string();
        let holder = format!("process {}, since 20", std::process::id());
        assert!(message.contains(&holder), "{message}");
        assert!(message.contains(": rollback by "), "{message}");
        drop(first);
        assert!(RepositoryLock::acquire(folder.path(), WriteOperation::Apply).is_ok());
    }
}

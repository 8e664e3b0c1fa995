//! The lock of a repository: only one run at a time can write.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use jiff::Timestamp;

use super::error::RunError;
use super::state_dir;
use crate::render::WriteOperation;

/// A lock that is held until it is dropped.
///
/// The operating system releases it when the process ends, even if it is killed. The lock file
/// remains and names the last holder.
#[derive(Debug)]
pub struct RepositoryLock {
    _file: File,
}

impl RepositoryLock {
    /// Acquires the lock of a repository. The lock file names this process and `now`.
    ///
    /// # Errors
    ///
    /// If another run has the lock, with its holder, or if the file can't be written.
    pub fn acquire(
        root: &Path,
        operation: WriteOperation,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        let path = state_dir::entry_path(root, "apply.lock")?;
        let file_error = |error: io::Error| RunError::file(&path, &error);
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
                let holder = match text.trim() {
                    "" => String::new(),
                    holder => format!(": {holder}"),
                };
                let message = format!("another run is active in this repository{holder}");
                return Err(RunError::new(message)
                    .hinted("wait until it ends; a killed run doesn't leave a lock"));
            }
            Err(TryLockError::Error(error)) => return Err(file_error(error)),
        }
        file.set_len(0).map_err(file_error)?;
        writeln!(file, "{operation} by {}", describe_holder(now)).map_err(file_error)?;
        Ok(RepositoryLock { _file: file })
    }
}

/// Describes this process: `alex@office, process 4711, since 2026-11-20T23:00:00Z`.
fn describe_holder(now: Timestamp) -> String {
    let or_unknown = |name: whoami::Result<String>| name.unwrap_or_else(|_| "unknown".to_owned());
    let (user, host) = (
        or_unknown(whoami::username()),
        or_unknown(whoami::hostname()),
    );
    let process = std::process::id();
    let since = now.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("{user}@{host}, process {process}, since {since}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_acquire_fails_with_holder_until_first_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        let first = RepositoryLock::acquire(folder.path(), WriteOperation::Rollback, now).unwrap();
        let message = RepositoryLock::acquire(folder.path(), WriteOperation::Apply, now)
            .unwrap_err()
            .to_string();
        let holder = format!("process {}, since 20", std::process::id());
        assert!(message.contains(&holder), "{message}");
        assert!(message.contains(": rollback by "), "{message}");
        drop(first);
        assert!(RepositoryLock::acquire(folder.path(), WriteOperation::Apply, now).is_ok());
    }
}

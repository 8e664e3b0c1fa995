//! Errors of the sandbox itself. Errors that the API returns are in `response`.

use std::path::PathBuf;

/// An error that prevents the sandbox from starting, or a seed from being read.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A seed file or folder is unreadable.
    #[error("cannot read seed {}", path.display())]
    ReadSeed {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A seed folder contains no seed file.
    #[error("{}: this folder contains no .yaml, .yml or .json file; add a seed file or choose another folder", path.display())]
    NoSeedFiles {
        /// Path of the folder.
        path: PathBuf,
    },
    /// A seed contains an invalid value.
    #[error("{place}: {problem}")]
    InvalidSeed {
        /// Location of the value: the file, if any, and the key in it.
        place: String,
        /// What is wrong, and how to fix it.
        problem: String,
    },
    /// The state file cannot be parsed.
    #[error("state file {}: {problem}; delete the file to start from the seed", path.display())]
    DamagedState {
        /// Path of the state file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The state file could not be read or written.
    #[error("cannot {action} state file {}", path.display())]
    StateFile {
        /// Attempted operation: `read` or `write`.
        action: &'static str,
        /// Path of the state file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The server cannot listen on its port.
    #[error("cannot listen on 127.0.0.1:{port}; choose another port, or 0 for any free port")]
    Listen {
        /// Port that was requested.
        port: u16,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A fault edits the rules of a user who does not exist.
    #[error("a fault names the unknown user `{user}`; existing users: {possible}")]
    UnknownFaultUser {
        /// Extension number in the fault.
        user: String,
        /// Some extension numbers of users who exist.
        possible: String,
    },
    /// A rate limit that no request could ever pass.
    #[error("rate limit: {problem}")]
    InvalidRateLimit {
        /// What is wrong, and how to fix it.
        problem: &'static str,
    },
}

impl SandboxError {
    /// Builds the error for an invalid value in a seed.
    pub(crate) fn invalid_seed(
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> SandboxError {
        SandboxError::InvalidSeed {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

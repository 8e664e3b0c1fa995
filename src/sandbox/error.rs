//! Errors of the sandbox itself. Errors that the API returns are in `response`.

use std::path::{Path, PathBuf};

/// An error that prevents the sandbox from starting, or a seed from being read.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A seed or the state file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// Attempted operation, such as `read seed`.
        action: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A seed, the state file or an option contains an invalid value.
    #[error("{place}: {problem}")]
    InvalidValue {
        /// Location of the value: the file, if any, and the key in it.
        place: String,
        /// What is wrong, and how to fix it.
        problem: String,
    },
    /// One or more values of a seed are invalid.
    #[error("{}", problems.join("\n"))]
    InvalidSeed {
        /// What is wrong, each with its file, line and column, or its key.
        problems: Vec<String>,
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
}

impl SandboxError {
    /// Builds the error for an invalid value.
    pub(crate) fn invalid(place: impl Into<String>, problem: impl Into<String>) -> SandboxError {
        let (place, problem) = (place.into(), problem.into());
        SandboxError::InvalidValue { place, problem }
    }

    /// Builds errors for failures of this operation on a file or folder.
    pub(crate) fn file(
        action: &'static str,
        path: &Path,
    ) -> impl Fn(std::io::Error) -> SandboxError + use<> {
        let path = path.to_owned();
        move |source| SandboxError::File {
            action,
            path: path.clone(),
            source,
        }
    }
}

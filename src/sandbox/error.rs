//! What can go wrong before or beside the HTTP traffic. (What the API itself refuses is in `answers`.)

use std::path::PathBuf;

/// Why the sandbox could not be started, or a seed could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A seed file or folder could not be read from disk.
    #[error("cannot read seed {}", path.display())]
    ReadSeed {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A seed folder holds no seed file.
    #[error("{}: no .yaml, .yml or .json file in this folder; put a seed file there or name one", path.display())]
    NoSeedFiles {
        /// The folder.
        path: PathBuf,
    },
    /// A seed says something that cannot be.
    #[error("{place}: {problem}")]
    Seed {
        /// The file (where there is one) and the place in it.
        place: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// The state file cannot be used.
    #[error("state file {}: {problem}; delete the file to start again from the seed", path.display())]
    DamagedState {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The state file could not be read or written.
    #[error("cannot {action} state file {}", path.display())]
    StateFile {
        /// `read` or `write`.
        action: &'static str,
        /// The state file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address could not be listened on.
    #[error("cannot listen on 127.0.0.1:{port}; choose another port, or 0 for any that is free")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// A fault has somebody edit the rules of a user who is not there.
    #[error("a fault names the user `{user}`, whom this account does not have; it has {possible}")]
    NoUserToEdit {
        /// The extension number.
        user: String,
        /// Some users whom it has.
        possible: String,
    },
    /// A rate limit that no request could ever pass.
    #[error("rate limit: {problem}")]
    Limit {
        /// What is wrong and how to mend it.
        problem: &'static str,
    },
}

impl Error {
    pub(crate) fn seed(place: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Seed {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

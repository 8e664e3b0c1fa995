//! The error that ends a run, with a hint about how to fix it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use crate::client::{ClientConfigError, ClientError};
use crate::diagnostic::Diagnostic;

/// An error that ends a run. It carries its hint from where it was raised.
#[derive(Debug)]
pub struct RunError {
    cause: RunErrorCause,
    hint: Option<String>,
}

/// What ended a run.
#[derive(Debug)]
pub enum RunErrorCause {
    /// The files of the repository have errors. Each diagnostic has its own position and help.
    Configuration(InvalidConfiguration),
    /// The credentials for the account are missing or malformed.
    Credentials(ClientConfigError),
    /// RingCentral can't be reached or rejects a request that the run can't do without.
    Service(ClientError),
    /// Any other error, such as a file that can't be written or a plan that was refused.
    Other(Box<dyn Error + Send + Sync>),
}

/// The diagnostics of a configuration with at least one error.
#[derive(Debug)]
pub struct InvalidConfiguration {
    /// Errors and warnings, in the order of files and positions.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of files that were checked.
    pub file_count: usize,
}

impl RunError {
    /// Creates an error from a message: a lower-case fragment without a period.
    pub fn new(message: impl Into<String>) -> Self {
        let message: String = message.into();
        RunError::from_cause(RunErrorCause::Other(message.into()))
    }

    /// Creates the error of a configuration that can't be used.
    pub(crate) fn configuration(diagnostics: Vec<Diagnostic>, file_count: usize) -> Self {
        RunError::from_cause(RunErrorCause::Configuration(InvalidConfiguration {
            diagnostics,
            file_count,
        }))
    }

    /// Creates the error of a failed operation on a file.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        RunError::new(format!("{}: {error}", path.display()))
    }

    pub(super) fn from_cause(cause: RunErrorCause) -> Self {
        RunError { cause, hint: None }
    }

    /// Adds a hint about how to fix the error.
    #[must_use]
    pub fn hinted(self, hint: impl Into<String>) -> Self {
        RunError {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Returns what ended the run.
    pub fn cause(&self) -> &RunErrorCause {
        &self.cause
    }

    /// Returns what ended the run, without the hint.
    pub fn into_cause(self) -> RunErrorCause {
        self.cause
    }

    /// Returns what to do about the error.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            RunErrorCause::Configuration(_) => f.write_str("the configuration has errors"),
            RunErrorCause::Credentials(error) => error.fmt(f),
            RunErrorCause::Service(error) => error.fmt(f),
            RunErrorCause::Other(error) => error.fmt(f),
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            RunErrorCause::Configuration(_) => None,
            RunErrorCause::Credentials(error) => error.source(),
            RunErrorCause::Service(error) => error.source(),
            RunErrorCause::Other(error) => error.source(),
        }
    }
}

impl From<ClientConfigError> for RunError {
    fn from(error: ClientConfigError) -> Self {
        RunError::from_cause(RunErrorCause::Credentials(error))
            .hinted("to try callrules without an account, put `--sandbox` before the command")
    }
}

impl From<ClientError> for RunError {
    fn from(error: ClientError) -> Self {
        RunError::from_cause(RunErrorCause::Service(error))
    }
}

/// Implements the conversion of errors that need no hint.
macro_rules! from_other_error {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for RunError {
            fn from(error: $error) -> Self {
                RunError::from_cause(RunErrorCause::Other(error.into()))
            }
        })+
    };
}

from_other_error!(
    io::Error,
    serde_json::Error,
    quick_junit::SerializeError,
    crate::sandbox::SandboxError,
    crate::yaml::YamlWriteError,
);

//! Checks the connection between a repository and its account.
//!
//! This module does no I/O. The caller fills in [`ConnectionFacts`] step by step. A step that was
//! not reached stays `None`, and [`evaluate`] reports its check as skipped.

mod checks;

use std::time::Duration;

pub use checks::{CheckName, CheckResult, CheckSeverity, evaluate, is_plan_possible};

/// The facts about a connection. Each error is a message for the user.
#[derive(Debug, Default)]
pub struct ConnectionFacts {
    /// The state of the configuration repository.
    pub repository: RepositoryStatus,
    /// Whether the account is the built-in sandbox, which needs no variables.
    pub is_sandbox: bool,
    /// Whether the JWT is well-formed, or an error if environment variables are missing or invalid.
    pub variables: Option<Result<bool, String>>,
    /// The host name of the server that responded.
    pub server: Option<Result<String, String>>,
    /// How many seconds the server's clock is ahead of the local clock, if the server sent its
    /// time.
    pub clock_skew: Option<i64>,
    /// Whether the server issued an access token.
    pub token: Option<Result<(), String>>,
    /// The permissions of the token, if RingCentral reports them.
    pub permissions: Option<Vec<String>>,
    /// The id of the account that the credentials belong to.
    pub account: Option<Result<String, String>>,
    /// The users of the account and of the files, if there is a repository.
    pub users: Option<Result<UserFileStatus, String>>,
    /// Whether the account uses new call handling.
    pub new_call_handling: Option<Result<bool, String>>,
    /// The rate limits that responses have reported.
    pub limits: Vec<ReportedRateLimit>,
}

impl ConnectionFacts {
    /// Returns whether there is a token whose known permissions include reading.
    pub fn is_read_allowed(&self) -> bool {
        let permissions = self.permissions.as_ref();
        let reads = permissions
            .is_none_or(|all| all.iter().any(|granted| granted == checks::READ_PERMISSION));
        matches!(self.token, Some(Ok(()))) && reads
    }
}

/// How many users of the account have a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFileStatus {
    /// The number of users in service.
    pub user_count: usize,
    /// The users without a file, in words, and the command that imports them.
    pub without_file: Option<(String, String)>,
}

/// The state of the repository in the working directory.
#[derive(Debug, Default)]
pub enum RepositoryStatus {
    /// There is no repository.
    #[default]
    None,
    /// A repository with this number of errors in its files.
    Invalid(usize),
    /// A repository without errors, which can be planned.
    Valid {
        /// The account id in `callrules.yaml`.
        account: Option<String>,
        /// The number of user files.
        users: usize,
    },
}

/// The rate limit of a group of API endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedRateLimit {
    /// The name of the group, such as `medium`.
    pub group: String,
    /// The number of requests that are allowed per window.
    pub requests: usize,
    /// The length of the sliding window.
    pub window: Duration,
}

impl ReportedRateLimit {
    /// Returns the allowed number of requests per minute.
    pub fn per_minute(&self) -> f64 {
        self.requests as f64 * 60.0 / self.window.as_secs_f64().max(1.0)
    }
}

#[cfg(test)]
mod tests;

//! What stands between a repository and its account: from what was found to what to say of it.
//!
//! Pure. Whoever looks fills in a [`Found`], stage by stage; a stage that was not reached stays `None`,
//! and [`judge`] says of it that it was not tried.

mod judge;

use std::time::Duration;

pub use judge::{Check, Line, Severity, judge, may_plan};

/// What was found, or the reason why not, in words for people.
#[derive(Debug, Default)]
pub struct Found {
    /// The configuration repository.
    pub repository: Repository,
    /// Whether the account is the sandbox in the program, which needs no variables.
    pub is_sandbox: bool,
    /// Whether the variables say how to reach an account; then whether the JWT looks like one.
    pub variables: Option<Result<bool, String>>,
    /// Who answered.
    pub server: Option<Result<String, String>>,
    /// By how many seconds the server's clock is ahead of ours, where it told the time.
    pub skew: Option<i64>,
    /// Whether a token was given.
    pub token: Option<Result<(), String>>,
    /// What the token allows, where the service tells.
    pub permissions: Option<Vec<String>>,
    /// The id of the account that the credentials open.
    pub account: Option<Result<String, String>>,
    /// Whether the account is on new call handling.
    pub new_call_handling: Option<Result<bool, String>>,
    /// The limits that answers have named.
    pub limits: Vec<RateLimit>,
}

impl Found {
    /// Whether there is a token that does not rule out reading.
    pub fn may_read(&self) -> bool {
        let permissions = self.permissions.as_ref();
        let reads = permissions.is_none_or(|all| all.iter().any(|one| one == judge::READING));
        matches!(self.token, Some(Ok(()))) && reads
    }
}

/// What was found in the folder that the command was run in.
#[derive(Debug, Default)]
pub enum Repository {
    /// No repository at all.
    #[default]
    None,
    /// One with so many mistakes in its files.
    Mistaken(usize),
    /// One that can be planned.
    Sound {
        /// The account that it is for.
        account: Option<String>,
        /// How many users have a file.
        users: usize,
    },
}

/// A limit on a group of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// The group's name.
    pub group: String,
    /// How many requests it allows …
    pub requests: usize,
    /// … in any span of this length.
    pub window: Duration,
}

impl RateLimit {
    /// How many requests that is a minute.
    pub fn a_minute(&self) -> f64 {
        self.requests as f64 * 60.0 / self.window.as_secs_f64().max(1.0)
    }
}

#[cfg(test)]
mod tests;

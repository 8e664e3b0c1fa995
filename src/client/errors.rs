//! Why a call failed.
//!
//! Programs rely on [`Error::code`], never on a text: the service's messages change \[docs\].

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use thiserror::Error;

use super::config::ConfigError;
use super::refusal::{ApiError, LONGEST, Problem, problems};
use super::scrub;

/// The request that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The verb.
    pub method: &'static str,
    /// The path below the server's address.
    pub path: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Why a call failed. Cheap to clone, since one failed sign-in concerns every waiting task.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum Error {
    /// The service refused the request and said why.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// Something answered that does not speak the API, such as a gateway's error page.
    #[error("{}", told_otherwise(host, target, *status, *is_page, excerpt))]
    NotJson {
        /// Who answered.
        host: String,
        /// What was asked.
        target: Target,
        /// The HTTP status.
        status: u16,
        /// Whether it is a page for a browser.
        is_page: bool,
        /// The beginning of the answer, made safe to show.
        excerpt: String,
    },
    /// No connection came about, so the request was surely not processed.
    #[error("no connection to {host} for {target}: {reason}")]
    Connect {
        /// Who was called.
        host: String,
        /// What was asked.
        target: Target,
        /// The system's reason.
        reason: String,
    },
    /// The request went out and nothing, or not all, came back in time.
    #[error("no complete answer from {host} to {target} in time")]
    TimedOut {
        /// Who was asked.
        host: String,
        /// What was asked.
        target: Target,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to {host} broke before {target} was answered: {reason}")]
    Broken {
        /// Who was asked.
        host: String,
        /// What was asked.
        target: Target,
        /// The system's reason.
        reason: String,
    },
    /// The answer is larger than any that we expect.
    #[error("the answer to {target} is larger than {mebibytes} MiB")]
    TooLarge {
        /// What was asked.
        target: Target,
        /// The bound.
        mebibytes: usize,
    },
    /// The answer is JSON, but not what the API documents.
    #[error("the answer to {target} cannot be used: {reason}")]
    Malformed {
        /// What was asked.
        target: Target,
        /// What is wrong with it.
        reason: String,
    },
    /// Signing in failed, so nothing was asked.
    #[error("cannot sign in")]
    SignIn(#[source] Box<Error>),
    /// The token was renewed, and the new one is refused as well.
    #[error(
        "{0}; a new access token was refused as well: the app or its user may have been suspended, or may not do \
         this"
    )]
    NewToken(Box<Error>),
    /// A write may or may not have been carried out; look before sending it again.
    #[error("it is unclear whether {target} was carried out")]
    Unclear {
        /// What was asked.
        target: Target,
        /// What kept us from knowing.
        #[source]
        cause: Box<Error>,
    },
    /// The run was stopped before the request was sent.
    #[error("the run was stopped before {target} could be sent")]
    Stopped {
        /// What would have been asked.
        target: Target,
    },
    /// The service asks to wait for longer than a run waits, so nothing more was sent.
    #[error(
        "{target} was not sent: the service asks to send nothing before {until}; run again then"
    )]
    Shut {
        /// What would have been asked.
        target: Target,
        /// When the wait is over.
        until: String,
    },
    /// Nothing has got through to the service for longer than a run waits, so nothing more was sent.
    #[error(
        "{target} was not sent: {host} could not be reached for {seconds} s; run again when it can"
    )]
    Away {
        /// Who was called.
        host: String,
        /// What would have been asked.
        target: Target,
        /// For how long nothing got through.
        seconds: u64,
    },
    /// A request, perhaps of an edited plan file, that does not lead into the API.
    #[error("`{path}` is not a path of the API")]
    BadPath {
        /// The path as it was given.
        path: String,
    },
    /// The HTTP client could not be made.
    #[error("cannot set up HTTPS: {0}")]
    Setup(String),
    /// The configuration must not be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl Error {
    /// Whether a write may have been carried out all the same.
    pub fn is_unclear(&self) -> bool {
        matches!(self, Error::Unclear { .. })
    }

    /// Whether nothing was done because the run was stopped before.
    pub fn is_stop(&self) -> bool {
        match self {
            Error::Stopped { .. } => true,
            Error::SignIn(cause) => cause.is_stop(),
            _ => false,
        }
    }

    /// Whether the service wants nothing, or cannot be reached, for longer than a run waits.
    pub fn is_shut(&self) -> bool {
        match self {
            Error::Shut { .. } | Error::Away { .. } => true,
            Error::SignIn(cause) | Error::Unclear { cause, .. } => cause.is_shut(),
            _ => false,
        }
    }

    /// Whether a write that failed so may be carried out even later. Not so where the service itself has answered
    /// that it failed; a gateway or a time limit speaks only for itself.
    pub(super) fn may_still_land(&self) -> bool {
        !(self.is_from_the_api() && matches!(self.status(), Some(500 | 503)))
    }

    /// The service's error code, such as `CMN-101`; of the cause where this wraps one.
    pub fn code(&self) -> Option<&str> {
        let code = self.problems().first().map(|problem| problem.code.as_str());
        code.filter(|code| !code.is_empty())
    }

    /// The field that the service finds fault with.
    pub fn parameter(&self) -> Option<&str> {
        self.problems().first()?.parameter.as_deref()
    }

    /// Everything that the service said about a refusal.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Error::Api(refusal) => &refusal.problems,
            Error::SignIn(cause) | Error::NewToken(cause) | Error::Unclear { cause, .. } => {
                cause.problems()
            }
            _ => &[],
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Api(refusal) => Some(refusal.status),
            Error::NotJson { status, .. } => Some(*status),
            Error::SignIn(cause) | Error::NewToken(cause) | Error::Unclear { cause, .. } => {
                cause.status()
            }
            _ => None,
        }
    }

    /// Whether it was the service that answered, and not something before it, or nothing at all.
    pub fn is_from_the_api(&self) -> bool {
        match self {
            Error::Api(_) | Error::Malformed { .. } | Error::TooLarge { .. } => true,
            Error::SignIn(cause) | Error::NewToken(cause) | Error::Unclear { cause, .. } => {
                cause.is_from_the_api()
            }
            _ => false,
        }
    }

    /// Whether the service says that the thing does not exist: CMN-102, under 400 or 404 \[docs\]. A gateway
    /// that does not find the service has no error code, and says nothing about the thing.
    pub(super) fn is_not_found(&self) -> bool {
        match self.code() {
            Some("CMN-102") => true,
            Some(_) => self.status() == Some(404),
            None => false,
        }
    }

    /// The error where the service wants nothing for so long from now on.
    pub(super) fn shut(target: Target, wait: Duration, now: Timestamp) -> Error {
        // Whole minutes, rounded up.
        let seconds = wait.as_secs() + 60;
        let until = i64::try_from(seconds).ok();
        let until = until.and_then(|span| now.checked_add(SignedDuration::from_secs(span)).ok());
        let until = until.unwrap_or(Timestamp::MAX);
        Error::Shut {
            target,
            until: until.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }

    /// The error for an answer whose status is no success.
    pub(super) fn refused(
        host: &str,
        target: Target,
        status: u16,
        request_id: Option<&str>,
        body: &[u8],
        secrets: &[&str],
    ) -> Error {
        let body_json = serde_json::from_slice(body).unwrap_or(Value::Null);
        let problems = problems(&body_json, secrets);
        if problems.is_empty() {
            return Error::not_json(host, target, status, body, secrets);
        }
        Error::Api(Box::new(ApiError {
            target,
            status,
            problems,
            request_id: request_id.map(|id| scrub::clean(id, secrets, 100)),
        }))
    }

    /// The error for an answer that does not follow the API's form.
    pub(super) fn not_json(
        host: &str,
        target: Target,
        status: u16,
        body: &[u8],
        secrets: &[&str],
    ) -> Error {
        // Enough for an excerpt; the page of a gateway may be long.
        let beginning = &body[..body.len().min(16 * 1024)];
        let text = scrub::without_tags(&String::from_utf8_lossy(beginning));
        let excerpt = match scrub::clean(&text, secrets, LONGEST) {
            text if text.is_empty() => "the answer is empty".to_owned(),
            text => format!("\"{text}\""),
        };
        Error::NotJson {
            host: host.to_owned(),
            target,
            status,
            is_page: is_page(body),
            excerpt,
        }
    }
}

/// Whether an answer is meant for a browser.
pub(super) fn is_page(body: &[u8]) -> bool {
    let beginning = String::from_utf8_lossy(&body[..body.len().min(1024)]).to_lowercase();
    let beginning = beginning.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    beginning.starts_with('<')
        && ["<!doctype html", "<html"]
            .iter()
            .any(|tag| beginning.contains(tag))
}

fn told_otherwise(
    host: &str,
    target: &Target,
    status: u16,
    is_page: bool,
    excerpt: &str,
) -> String {
    // The page of a gateway in trouble says nothing about the address.
    if is_page && status < 500 {
        format!(
            "{host} answered with a web page, not the API; is RC_SERVER_URL right, or is a login \
             page in between? ({target}, status {status}: {excerpt})"
        )
    } else {
        format!("{host} answered {target} with status {status} and no usable JSON: {excerpt}")
    }
}

#[cfg(test)]
mod tests;

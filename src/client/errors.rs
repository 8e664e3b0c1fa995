//! Errors of API requests.
//!
//! Programs rely on [`ClientError::code`], never on a message, because RingCentral changes its
//! messages \[docs\].

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use thiserror::Error;

use super::api_error::{ApiError, ApiErrorDetail, MAX_MESSAGE_LENGTH, parse_error_details};
use super::config::ClientConfigError;
use super::redact;

/// The request that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTarget {
    /// The HTTP method in capitals, such as `GET`.
    pub method: &'static str,
    /// The path after the server address, without a query.
    pub path: String,
}

impl fmt::Display for RequestTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The reason why an API request failed. It is cheap to clone, because one failed sign-in is
/// reported to every waiting task.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// RingCentral refused the request and returned error details.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The response is not in the format of the API, such as the error page of a gateway.
    #[error("{}", unexpected_response_message(host, target, *status, *is_html, excerpt))]
    UnexpectedResponse {
        /// The server that responded, with its port if it is not the default.
        host: String,
        /// The request that failed.
        target: RequestTarget,
        /// The HTTP status code of the response.
        status: u16,
        /// Whether the response is an HTML page.
        is_html: bool,
        /// The beginning of the response, redacted and sanitized for display.
        excerpt: String,
    },
    /// The connection failed, so the request was not processed.
    #[error("cannot connect to {host} for {target}: {reason}")]
    Connect {
        /// The server that the client tried to reach.
        host: String,
        /// The request that failed.
        target: RequestTarget,
        /// The reason that the operating system or TLS library reports.
        reason: String,
    },
    /// The request was sent, but no complete response arrived in time.
    #[error("{target} timed out: no complete response from {host}")]
    TimedOut {
        /// The server that received the request.
        host: String,
        /// The request that failed.
        target: RequestTarget,
    },
    /// The connection was lost before the response was complete.
    #[error("lost the connection to {host} before {target} was answered: {reason}")]
    ConnectionLost {
        /// The server that received the request.
        host: String,
        /// The request that failed.
        target: RequestTarget,
        /// The reason that the operating system or TLS library reports.
        reason: String,
    },
    /// The response exceeds the size limit.
    #[error("the response to {target} is larger than {mebibytes} MiB")]
    TooLarge {
        /// The request that failed.
        target: RequestTarget,
        /// The size limit in MiB.
        mebibytes: usize,
    },
    /// The response is JSON, but lacks what the API documents.
    #[error("unusable response to {target}: {reason}")]
    MalformedResponse {
        /// The request that failed.
        target: RequestTarget,
        /// The part of the response that is missing or invalid.
        reason: String,
    },
    /// The sign-in failed, so the request was not sent.
    #[error("cannot sign in")]
    SignIn(#[source] Box<ClientError>),
    /// RingCentral refused the request again after the token was refreshed.
    #[error(
        "{0}; a new access token was refused as well: the app or its user may be suspended or may \
         lack the permission"
    )]
    TokenRejected(Box<ClientError>),
    /// The write may or may not have been applied; look it up before sending it again.
    #[error("unknown whether {target} succeeded")]
    OutcomeUnknown {
        /// The request that failed.
        target: RequestTarget,
        /// The error that hides the outcome.
        #[source]
        cause: Box<ClientError>,
    },
    /// The run was stopped before the request was sent.
    #[error("the run was stopped before {target} was sent")]
    Cancelled {
        /// The request that was not sent.
        target: RequestTarget,
    },
    /// RingCentral asks for a longer wait than a run accepts, so the request was not sent.
    #[error(
        "{target} was not sent: RingCentral accepts no requests before {until}; run again after that"
    )]
    RateLimitedUntil {
        /// The request that was not sent.
        target: RequestTarget,
        /// The end of the wait, such as `2026-11-30 20:48 UTC`.
        until: String,
    },
    /// The server has been unreachable for longer than a run waits, so the request was not sent.
    #[error(
        "{target} was not sent: {host} has been unreachable for {seconds} s; run again when it is back"
    )]
    Unreachable {
        /// The server that the client tried to reach.
        host: String,
        /// The request that was not sent.
        target: RequestTarget,
        /// How long the server has been unreachable, in seconds.
        seconds: u64,
    },
    /// The path leads outside the API, perhaps because a plan file was edited.
    #[error("`{path}` is not an API path")]
    InvalidPath {
        /// The path from the request, escaped for display.
        path: String,
    },
    /// The HTTP client could not be set up.
    #[error("cannot set up HTTPS: {0}")]
    HttpsSetup(String),
    /// The configuration is incomplete or unsafe.
    #[error(transparent)]
    Config(#[from] ClientConfigError),
}

impl ClientError {
    /// Returns whether the write may have been applied despite the error.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, ClientError::OutcomeUnknown { .. })
    }

    /// Returns whether the request was not sent because the run was stopped.
    pub fn is_cancelled(&self) -> bool {
        match self {
            ClientError::Cancelled { .. } => true,
            ClientError::SignIn(cause) => cause.is_cancelled(),
            _ => false,
        }
    }

    /// Returns whether requests are blocked by a rate limit or an outage for longer than a run
    /// waits.
    pub fn is_retry_later(&self) -> bool {
        match self {
            ClientError::RateLimitedUntil { .. } | ClientError::Unreachable { .. } => true,
            ClientError::SignIn(cause) | ClientError::OutcomeUnknown { cause, .. } => {
                cause.is_retry_later()
            }
            _ => false,
        }
    }

    /// Returns whether a write that failed with this error may still be applied later. A 500 or 503
    /// from the API itself is final; a gateway or a timeout knows nothing about the API server.
    pub(super) fn may_complete_late(&self) -> bool {
        !(self.came_from_api() && matches!(self.status(), Some(500 | 503)))
    }

    /// Returns the error code of RingCentral, such as `CMN-101`, also if it is nested in this
    /// error.
    pub fn code(&self) -> Option<&str> {
        let code = self
            .api_error_details()
            .first()
            .map(|detail| detail.code.as_str());
        code.filter(|code| !code.is_empty())
    }

    /// Returns the request field that RingCentral rejected.
    pub fn parameter(&self) -> Option<&str> {
        self.api_error_details().first()?.parameter.as_deref()
    }

    /// Returns all error details of the response.
    pub fn api_error_details(&self) -> &[ApiErrorDetail] {
        match self {
            ClientError::Api(error) => &error.details,
            ClientError::SignIn(cause)
            | ClientError::TokenRejected(cause)
            | ClientError::OutcomeUnknown { cause, .. } => cause.api_error_details(),
            _ => &[],
        }
    }

    /// Returns the HTTP status code, or `None` without a response.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::Api(error) => Some(error.status),
            ClientError::UnexpectedResponse { status, .. } => Some(*status),
            ClientError::SignIn(cause)
            | ClientError::TokenRejected(cause)
            | ClientError::OutcomeUnknown { cause, .. } => cause.status(),
            _ => None,
        }
    }

    /// Returns whether the response came from the API, not from a gateway in front of it.
    pub fn came_from_api(&self) -> bool {
        match self {
            ClientError::Api(_)
            | ClientError::MalformedResponse { .. }
            | ClientError::TooLarge { .. } => true,
            ClientError::SignIn(cause)
            | ClientError::TokenRejected(cause)
            | ClientError::OutcomeUnknown { cause, .. } => cause.came_from_api(),
            _ => false,
        }
    }

    /// Returns whether RingCentral reports that the resource does not exist: CMN-102, with status
    /// 400 or 404 \[docs\]. The 404 of a gateway has no error code and proves nothing.
    pub(super) fn is_not_found(&self) -> bool {
        match self.code() {
            Some("CMN-102") => true,
            Some(_) => self.status() == Some(404),
            None => false,
        }
    }

    /// Builds the error for a penalty that lasts `wait` from `now` on.
    pub(super) fn rate_limited_until(
        target: RequestTarget,
        wait: Duration,
        now: Timestamp,
    ) -> ClientError {
        // The message shows whole minutes, rounded up.
        let seconds = wait.as_secs() + 60;
        let until = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok())
            .unwrap_or(Timestamp::MAX);
        ClientError::RateLimitedUntil {
            target,
            until: until.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }

    /// Builds the error for a response with an error status.
    pub(super) fn from_error_response(
        host: &str,
        target: RequestTarget,
        status: u16,
        request_id: Option<&str>,
        body: &[u8],
        secrets: &[&str],
    ) -> ClientError {
        let body_json = serde_json::from_slice(body).unwrap_or(Value::Null);
        let details = parse_error_details(&body_json, secrets);
        if details.is_empty() {
            return ClientError::unexpected_response(host, target, status, body, secrets);
        }
        ClientError::Api(Box::new(ApiError {
            target,
            status,
            details,
            request_id: request_id.map(|id| redact::redact(id, secrets, 100)),
        }))
    }

    /// Builds the error for a response that is not in the format of the API.
    pub(super) fn unexpected_response(
        host: &str,
        target: RequestTarget,
        status: u16,
        body: &[u8],
        secrets: &[&str],
    ) -> ClientError {
        // An excerpt needs no more, and the page of a gateway may be long.
        let beginning = &body[..body.len().min(16 * 1024)];
        let text = redact::strip_html(&String::from_utf8_lossy(beginning));
        let excerpt = match redact::redact(&text, secrets, MAX_MESSAGE_LENGTH) {
            text if text.is_empty() => "the response is empty".to_owned(),
            text => format!("\"{text}\""),
        };
        ClientError::UnexpectedResponse {
            host: host.to_owned(),
            target,
            status,
            is_html: is_html_page(body),
            excerpt,
        }
    }
}

/// Returns whether a response body is an HTML page.
pub(super) fn is_html_page(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(1024)]).to_lowercase();
    let beginning = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    beginning.starts_with('<')
        && ["<!doctype html", "<html"]
            .iter()
            .any(|tag| beginning.contains(tag))
}

fn unexpected_response_message(
    host: &str,
    target: &RequestTarget,
    status: u16,
    is_html: bool,
    excerpt: &str,
) -> String {
    // A gateway shows pages with a 5xx status during outages; they do not suggest a wrong address.
    if is_html && status < 500 {
        format!(
            "{host} returned a web page instead of an API response; check RC_SERVER_URL, and check \
             whether a login page intercepts the connection ({target}, status {status}: {excerpt})"
        )
    } else {
        format!("{host} answered {target} with status {status} and no usable JSON: {excerpt}")
    }
}

#[cfg(test)]
mod tests;

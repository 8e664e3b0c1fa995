//! Errors of API requests.
//!
//! Programs rely on [`ClientError::code`], never on a message, because RingCentral changes its
//! messages \[docs\].

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use thiserror::Error;

use super::config::ClientConfigError;
use super::redact;
use super::request::{HttpMethod, RequestTarget};

/// The longest message of RingCentral that is shown, in characters.
const MAX_MESSAGE_LENGTH: usize = 300;

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
    #[error("the response to {target} has more than {mebibytes} MiB or {values} values")]
    TooLarge {
        /// The request that failed.
        target: RequestTarget,
        /// The size limit in MiB.
        mebibytes: usize,
        /// The limit of JSON values.
        values: usize,
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
    Canceled {
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
    /// The account has been locked for longer than the run waits, so the write was not carried out.
    #[error(
        "{target} was not carried out: the account has been edited elsewhere for {}; run again when \
         that is finished",
        format_minutes(*seconds)
    )]
    LockTimeout {
        /// The write that was not carried out.
        target: RequestTarget,
        /// How long the account has been locked, in seconds.
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
    pub fn is_canceled(&self) -> bool {
        match self {
            ClientError::Canceled { .. } => true,
            ClientError::SignIn(cause) => cause.is_canceled(),
            _ => false,
        }
    }

    /// Returns whether requests are blocked by a rate limit or an outage for longer than a run
    /// waits.
    pub fn is_retry_later(&self) -> bool {
        matches!(
            self.innermost(),
            ClientError::RateLimitedUntil { .. } | ClientError::Unreachable { .. }
        )
    }

    /// Returns whether the write was not carried out because the account is locked for longer than
    /// the run waits.
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self.innermost(), ClientError::LockTimeout { .. })
    }

    /// Returns whether RingCentral refused a write because another client edits the account, for
    /// example with a call handling template: 409 or 423, or a 400 or 500 with such a text
    /// \[field\]. There is no error code for it.
    pub(super) fn is_lock_refusal(&self) -> bool {
        let texts = ["locked", "in progress", "try again"];
        let is_lock_text = |detail: &ApiErrorDetail| {
            let message = detail.message.to_lowercase();
            texts.iter().any(|text| message.contains(text))
        };
        match self.status() {
            Some(409 | 423) => true,
            Some(400 | 500) => self.api_error_details().iter().any(is_lock_text),
            _ => false,
        }
    }

    /// Returns whether a write that failed with this error may still be applied later. A 500, a 503
    /// or a success status from the API itself is final; a gateway or a timeout knows nothing about
    /// the API server.
    pub(super) fn may_complete_late(&self) -> bool {
        let is_final = match self.innermost() {
            ClientError::Api(error) => matches!(error.status, 200..=299 | 500 | 503),
            ClientError::MalformedResponse { .. } => true,
            _ => false,
        };
        !is_final
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
        match self.innermost() {
            ClientError::Api(error) => &error.details,
            _ => &[],
        }
    }

    /// Returns the HTTP status code, or `None` without a response.
    pub fn status(&self) -> Option<u16> {
        match self.innermost() {
            ClientError::Api(error) => Some(error.status),
            ClientError::UnexpectedResponse { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether the response came from the API, not from a gateway in front of it.
    pub fn came_from_api(&self) -> bool {
        matches!(
            self.innermost(),
            ClientError::Api(_)
                | ClientError::MalformedResponse { .. }
                | ClientError::TooLarge { .. }
        )
    }

    /// Returns the error of the last attempt, without the errors that wrap it.
    fn innermost(&self) -> &ClientError {
        match self {
            ClientError::SignIn(cause)
            | ClientError::TokenRejected(cause)
            | ClientError::OutcomeUnknown { cause, .. } => cause.innermost(),
            _ => self,
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

    /// Builds the error for a JSON response with a success status that is not the result of the
    /// request.
    pub(super) fn contradictory_response(
        target: RequestTarget,
        status: u16,
        body: &Value,
        secrets: &[&str],
    ) -> ClientError {
        let details = parse_error_details(body, secrets);
        if details.is_empty() {
            let reason = "the response is not the changed resource".to_owned();
            return ClientError::MalformedResponse { target, reason };
        }
        ClientError::Api(Box::new(ApiError {
            target,
            status,
            details,
            request_id: None,
        }))
    }

    /// Builds the error for a JSON response to a GET that lacks what the API documents.
    pub(super) fn malformed_response(path: &str, reason: &str) -> ClientError {
        ClientError::MalformedResponse {
            target: RequestTarget {
                method: HttpMethod::Get.as_str(),
                path: path.to_owned(),
            },
            reason: reason.to_owned(),
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

/// Formats a duration in minutes, or in seconds below one minute.
pub fn format_minutes(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
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

/// An error response of RingCentral, in RingCentral's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The request that was refused.
    pub target: RequestTarget,
    /// The HTTP status code of the response.
    pub status: u16,
    /// The error details of the response, the main one first; never empty.
    pub details: Vec<ApiErrorDetail>,
    /// The request id that RingCentral support asks for.
    pub request_id: Option<String>,
}

/// One entry of a response's `errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiErrorDetail {
    /// The error code, such as `CMN-101`; empty if RingCentral sent none.
    pub code: String,
    /// The message for users, redacted and shortened.
    pub message: String,
    /// The request field that caused the error.
    pub parameter: Option<String>,
}

/// Parses the error details of a body: its `errors`, else its top level, else the OAuth format.
fn parse_error_details(body: &Value, secrets: &[&str]) -> Vec<ApiErrorDetail> {
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.map(|text| redact::redact(text, secrets, MAX_MESSAGE_LENGTH))
    };
    let parse_detail = |value: &Value, code: &str, message: &str| {
        let detail = ApiErrorDetail {
            code: text(value, code).unwrap_or_default(),
            message: text(value, message).unwrap_or_default(),
            parameter: text(value, "parameterName")
                .or_else(|| text(value.pointer("/parameters/0")?, "parameterName")),
        };
        let is_empty = detail.code.is_empty() && detail.message.is_empty();
        (!is_empty).then_some(detail)
    };
    let errors = body.get("errors").and_then(Value::as_array);
    let details: Vec<ApiErrorDetail> = errors
        .into_iter()
        .flatten()
        .filter_map(|entry| parse_detail(entry, "errorCode", "message"))
        .collect();
    if !details.is_empty() {
        return details;
    }
    parse_detail(body, "errorCode", "message")
        .or_else(|| parse_detail(body, "error", "error_description"))
        .into_iter()
        .collect()
}

impl fmt::Display for ApiErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        if !self.code.is_empty() {
            f.write_str(&self.code)?;
            space = " ";
        }
        if let Some(parameter) = &self.parameter {
            write!(f, "{space}[{parameter}]")?;
            space = " ";
        }
        if !self.message.is_empty() {
            write!(f, "{space}{}", self.message)?;
        }
        Ok(())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused: ", self.target)?;
        for (index, detail) in self.details.iter().enumerate() {
            write!(f, "{}{detail}", if index == 0 { "" } else { "; " })?;
        }
        write!(f, " (status {}", self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests;

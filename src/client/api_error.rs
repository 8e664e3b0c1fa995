//! The error responses of RingCentral.

use std::fmt;

use serde_json::Value;

use super::errors::RequestTarget;
use super::redact;

/// The longest message of RingCentral that is shown, in characters.
pub(super) const MAX_MESSAGE_LENGTH: usize = 300;

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
pub(super) fn parse_error_details(body: &Value, secrets: &[&str]) -> Vec<ApiErrorDetail> {
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

//! Responses of the API: a JSON body, or an error body that lists all errors of the request.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::SandboxError;
use super::rate_limit::RateLimitRejection;

/// Result of a request handler.
pub(crate) type HandlerResult = Result<Json<Value>, SandboxApiError>;

/// One entry of `errors[]` in an error response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SandboxErrorDetail {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) parameter: Option<String>,
}

/// An error response: the HTTP status and one or more errors.
#[derive(Clone, Debug)]
pub(crate) struct SandboxApiError {
    pub(crate) status: StatusCode,
    pub(crate) details: Vec<SandboxErrorDetail>,
}

impl SandboxApiError {
    /// Builds a response with one error, which names no parameter.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> SandboxApiError {
        let details = vec![SandboxErrorDetail {
            code,
            message: message.into(),
            parameter: None,
        }];
        SandboxApiError { status, details }
    }

    /// Names the parameter that caused the error.
    pub(crate) fn at(mut self, parameter: &str) -> SandboxApiError {
        for detail in &mut self.details {
            detail.parameter = Some(parameter.to_owned());
        }
        self
    }

    /// Builds CMN-101: a parameter has an invalid value, for the reason in the message.
    pub(crate) fn invalid(parameter: &str, message: impl Into<String>) -> SandboxApiError {
        SandboxApiError::new(StatusCode::BAD_REQUEST, "CMN-101", message).at(parameter)
    }

    /// Builds CMN-101 for a parameter whose value has the wrong form.
    pub(crate) fn invalid_value(parameter: &str) -> SandboxApiError {
        SandboxApiError::invalid(
            parameter,
            format!("Parameter [{parameter}] value is invalid"),
        )
    }

    /// Builds CMN-102: the resource does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> SandboxApiError {
        SandboxApiError::new(StatusCode::NOT_FOUND, "CMN-102", message)
    }

    /// Builds CMN-102 for the resource that a parameter of the request path names.
    pub(crate) fn parameter_not_found(parameter: &str) -> SandboxApiError {
        let message = format!("Resource for parameter [{parameter}] is not found");
        SandboxApiError::not_found(message).at(parameter)
    }

    /// Builds CMN-109: a feature is not available. [spec: 403 for features and permissions]
    pub(crate) fn unavailable(message: impl Into<String>) -> SandboxApiError {
        SandboxApiError::new(StatusCode::FORBIDDEN, "CMN-109", message)
    }

    /// Returns an error response with all details, or `Ok` if there are none.
    pub(crate) fn from_details(details: Vec<SandboxErrorDetail>) -> Result<(), SandboxApiError> {
        if details.is_empty() {
            return Ok(());
        }
        Err(SandboxApiError {
            status: StatusCode::BAD_REQUEST,
            details,
        })
    }

    /// Returns the JSON body. Its top-level code and message are those of the first error.
    fn body(&self) -> Value {
        let detail_body = |detail: &SandboxErrorDetail| {
            let mut error = json!({ "errorCode": detail.code, "message": detail.message });
            if let Some(parameter) = &detail.parameter {
                error["parameterName"] = parameter.as_str().into();
            }
            error
        };
        let errors: Vec<Value> = self.details.iter().map(detail_body).collect();
        let first = errors.first().cloned().unwrap_or_default();
        json!({ "errorCode": first["errorCode"], "message": first["message"], "errors": errors })
    }
}

impl From<SandboxError> for SandboxApiError {
    fn from(error: SandboxError) -> SandboxApiError {
        tracing::error!("{error}");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        SandboxApiError::new(status, "CMN-211", error.to_string())
    }
}

impl IntoResponse for SandboxApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}

impl IntoResponse for RateLimitRejection {
    /// Builds a 429 response. The rejection is added to its extensions for the record.
    fn into_response(self) -> Response {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = SandboxApiError::new(status, "CMN-301", "Request rate exceeded");
        let mut response = error.into_response();
        if let Some(seconds) = self.retry_after {
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

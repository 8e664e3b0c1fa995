//! Responses of the API: a JSON body, or an error body that lists all errors of the request.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::rate_limit::RateLimitRejection;

/// One entry of `errors[]` in an error response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SandboxErrorDetail {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) parameter: Option<String>,
}

/// A successful response: its HTTP status, and a JSON body unless the status is 204.
#[derive(Debug)]
pub(crate) struct SandboxResponse {
    status: StatusCode,
    body: Option<Value>,
}

impl SandboxResponse {
    pub(crate) fn ok(body: Value) -> SandboxResponse {
        SandboxResponse {
            status: StatusCode::OK,
            body: Some(body),
        }
    }

    pub(crate) fn created(body: Value) -> SandboxResponse {
        SandboxResponse {
            status: StatusCode::CREATED,
            body: Some(body),
        }
    }

    pub(crate) fn no_content() -> SandboxResponse {
        SandboxResponse {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }
}

impl IntoResponse for SandboxResponse {
    fn into_response(self) -> Response {
        match self.body {
            Some(body) => (self.status, Json(body)).into_response(),
            None => self.status.into_response(),
        }
    }
}

/// An error response: the HTTP status and one or more errors.
#[derive(Clone, Debug)]
pub(crate) struct SandboxApiError {
    pub(crate) status: StatusCode,
    pub(crate) details: Vec<SandboxErrorDetail>,
}

impl SandboxApiError {
    pub(crate) fn with_detail(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        parameter: Option<&str>,
    ) -> SandboxApiError {
        let detail = SandboxErrorDetail {
            code,
            message: message.into(),
            parameter: parameter.map(str::to_owned),
        };
        SandboxApiError {
            status,
            details: vec![detail],
        }
    }

    /// Builds CMN-101: a parameter has an invalid value.
    pub(crate) fn invalid(parameter: &str, message: impl Into<String>) -> SandboxApiError {
        SandboxApiError::with_detail(StatusCode::BAD_REQUEST, "CMN-101", message, Some(parameter))
    }

    /// Builds CMN-102: the resource does not exist.
    pub(crate) fn not_found(
        parameter: Option<&str>,
        message: impl Into<String>,
    ) -> SandboxApiError {
        SandboxApiError::with_detail(StatusCode::NOT_FOUND, "CMN-102", message, parameter)
    }

    /// Builds CMN-109: a feature is not available. [spec: 403 for features and permissions]
    pub(crate) fn unavailable(message: impl Into<String>) -> SandboxApiError {
        SandboxApiError::with_detail(StatusCode::FORBIDDEN, "CMN-109", message, None)
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
    pub(crate) fn body(&self) -> Value {
        let errors: Vec<Value> = self
            .details
            .iter()
            .map(|detail| {
                let mut error = json!({ "errorCode": detail.code, "message": detail.message });
                if let Some(parameter) = &detail.parameter {
                    error["parameterName"] = parameter.as_str().into();
                }
                error
            })
            .collect();
        let first = errors.first().cloned().unwrap_or_default();
        json!({ "errorCode": first["errorCode"], "message": first["message"], "errors": errors })
    }
}

impl IntoResponse for SandboxApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}

impl IntoResponse for RateLimitRejection {
    /// Builds a 429 response. The rejection is added to its extensions for `record_exchange`.
    fn into_response(self) -> Response {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = SandboxApiError::with_detail(status, "CMN-301", "Request rate exceeded", None);
        let mut response = error.into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

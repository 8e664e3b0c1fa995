//! What the API answers: a JSON body, or an error body with as many errors as were found.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::limits::Refused;

/// One thing the API refuses, as it stands in `errors[]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) parameter: Option<String>,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Option<Value>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Answer {
        Answer {
            status: StatusCode::OK,
            body: Some(body),
        }
    }

    pub(crate) fn created(body: Value) -> Answer {
        Answer {
            status: StatusCode::CREATED,
            body: Some(body),
        }
    }

    pub(crate) fn no_content() -> Answer {
        Answer {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.body {
            Some(body) => (self.status, Json(body)).into_response(),
            None => self.status.into_response(),
        }
    }
}

/// An error answer: HTTP status and what was refused.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) refusals: Vec<Refusal>,
}

impl ApiError {
    pub(crate) fn one(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        parameter: Option<&str>,
    ) -> ApiError {
        let refusal = Refusal {
            code,
            message: message.into(),
            parameter: parameter.map(str::to_owned),
        };
        ApiError {
            status,
            refusals: vec![refusal],
        }
    }

    /// CMN-101: a value is invalid.
    pub(crate) fn invalid(parameter: &str, message: impl Into<String>) -> ApiError {
        ApiError::one(StatusCode::BAD_REQUEST, "CMN-101", message, Some(parameter))
    }

    /// CMN-102: there is no such resource.
    pub(crate) fn not_found(parameter: Option<&str>, message: impl Into<String>) -> ApiError {
        ApiError::one(StatusCode::NOT_FOUND, "CMN-102", message, parameter)
    }

    /// CMN-109: a feature is not available. [spec: 403 for features and permissions]
    pub(crate) fn unavailable(message: impl Into<String>) -> ApiError {
        ApiError::one(StatusCode::FORBIDDEN, "CMN-109", message, None)
    }

    /// Everything a check found, or nothing.
    pub(crate) fn from_checks(refusals: Vec<Refusal>) -> Result<(), ApiError> {
        if refusals.is_empty() {
            return Ok(());
        }
        Err(ApiError {
            status: StatusCode::BAD_REQUEST,
            refusals,
        })
    }

    pub(crate) fn body(&self) -> Value {
        let errors: Vec<Value> = self
            .refusals
            .iter()
            .map(|refusal| {
                let mut error = json!({ "errorCode": refusal.code, "message": refusal.message });
                if let Some(parameter) = &refusal.parameter {
                    error["parameterName"] = parameter.as_str().into();
                }
                error
            })
            .collect();
        let first = errors.first().cloned().unwrap_or_default();
        json!({ "errorCode": first["errorCode"], "message": first["message"], "errors": errors })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}

/// 429; whether the request came inside a penalty stands in the answer's extensions.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let message = "Request rate exceeded";
        let refused = ApiError::one(StatusCode::TOO_MANY_REQUESTS, "CMN-301", message, None);
        let mut response = refused.into_response();
        if let Some(seconds) = self.retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(self);
        response
    }
}

//! The layer that injects faults. It runs after the rate limits and before any other handling of
//! the request.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::super::rate_limit::rate_limit_group;
use super::super::response::SandboxApiError;
use super::super::server::SandboxState;
use super::concurrent_edit::ConcurrentEdit;
use super::{FaultEffect, RequestFault, ResponseFault};

/// The fault that affected a request, as an extension of its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InjectedFault {
    /// Kind of the fault, as in the fault syntax.
    pub(crate) kind: &'static str,
    /// Whether the response is not one of the API: it has no rate limit headers and need not be
    /// JSON.
    pub(crate) is_not_from_api: bool,
    /// Whether the request was dropped before it was executed, so that there is no response.
    pub(crate) has_no_response: bool,
    pub(super) response_fault: Option<ResponseFault>,
}

impl InjectedFault {
    /// Describes a fault that affects a request.
    fn from_fault(fault: &RequestFault) -> InjectedFault {
        let is_unanswered = matches!(
            fault.effect,
            FaultEffect::DropBefore | FaultEffect::DropLate(_)
        );
        InjectedFault {
            kind: fault.name,
            is_not_from_api: is_unanswered
                || matches!(
                    fault.effect,
                    FaultEffect::ThrottleAccount(_) | FaultEffect::Html(_)
                ),
            has_no_response: is_unanswered,
            response_fault: match fault.effect {
                FaultEffect::Response(response_fault) => Some(response_fault),
                FaultEffect::DropBefore | FaultEffect::DropLate(_) => Some(ResponseFault::Dropped),
                _ => None,
            },
        }
    }
}

/// Passes a request on, or applies the fault that affects it.
pub(crate) async fn inject(
    State(shared): State<SandboxState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let (method, path) = (request.method().to_string(), path.to_owned());
    let Some(fault) = shared.faults().select_fault(&method, &path) else {
        return next.run(request).await;
    };
    tracing::info!("injecting fault {}: {method} {path}", fault.name);
    let injected_fault = InjectedFault::from_fault(&fault);
    let mut response = match fault.effect {
        FaultEffect::Throttle(pause) => {
            let group = rate_limit_group(&method, request.uri().path());
            let rejection = shared.limits().start_penalty(group, pause, Instant::now());
            let mut response = rejection.into_response();
            response
                .headers_mut()
                .insert("X-Rate-Limit-Remaining", HeaderValue::from_static("0"));
            response
        }
        FaultEffect::ThrottleAccount(pause) => {
            let rejection = shared.limits().start_account_penalty(pause, Instant::now());
            rejection.into_response()
        }
        FaultEffect::Status(status) => error_response(status),
        FaultEffect::Html(status) => html_response(status),
        FaultEffect::DropBefore => StatusCode::NO_CONTENT.into_response(),
        FaultEffect::DropLate(delay) => {
            tokio::spawn(execute_late(request, next, delay));
            StatusCode::NO_CONTENT.into_response()
        }
        FaultEffect::ExpireToken => {
            shared.tokens().expire(request.headers(), Instant::now());
            next.run(request).await
        }
        FaultEffect::Response(_) => next.run(request).await,
        FaultEffect::ConcurrentEdit(edit) => {
            let response = next.run(request).await;
            if !edit_concurrently(&shared, &edit, &path) {
                return response; // without a record of a fault, because nothing happened
            }
            response
        }
    };
    response.extensions_mut().insert(injected_fault);
    response
}

/// Executes a request after a delay, when its client has stopped waiting.
async fn execute_late(request: Request, next: Next, delay: Duration) {
    let description = format!("{} {}", request.method(), request.uri());
    tokio::time::sleep(delay).await;
    let status = next.run(request).await.status().as_u16();
    tracing::info!(status, "executed late: {description}");
}

/// Returns an error with the JSON body of the API. The codes are \[inferred\].
fn error_response(status: u16) -> Response {
    let (code, message) = match status {
        500 => ("CMN-211", "Internal server error"),
        503 => ("CMN-201", "Service temporarily unavailable"),
        _ => ("CMN-202", "The upstream service does not respond"),
    };
    SandboxApiError::with_detail(status_code(status), code, message, None).into_response()
}

/// Returns an HTML error page, as a gateway sends it.
fn html_response(status: u16) -> Response {
    let status = status_code(status);
    let html = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
    (status, Html(html)).into_response()
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)
}

/// Performs the edit and returns whether there was a rule to edit.
fn edit_concurrently(shared: &SandboxState, edit: &ConcurrentEdit, path: &str) -> bool {
    let result = shared.write(|store| edit.perform(store, path));
    result.unwrap_or_else(|error| {
        tracing::error!("edit in the RingCentral app was not saved: {error}");
        false
    })
}

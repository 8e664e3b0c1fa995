//! The layer that injects faults. It runs after the rate limits and before any other handling of
//! the request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::super::rate_limit::rate_limit_group;
use super::super::request::{BODY_LIMIT, HandlingMode, SandboxState, SharedMutex};
use super::super::response::SandboxApiError;
use super::concurrent_edit::ConcurrentEdit;
use super::delivery::InjectedForms;
use super::forms::trim_names;
use super::{FaultEffect, FaultInjector, InjectedFault, RequestFault};

/// State of the layer.
#[derive(Clone)]
pub(crate) struct FaultLayer {
    shared: Arc<SandboxState>,
    injector: Arc<SharedMutex<FaultInjector>>,
}

impl FaultLayer {
    pub(crate) fn new(shared: Arc<SandboxState>, injector: FaultInjector) -> FaultLayer {
        FaultLayer {
            shared,
            injector: Arc::new(SharedMutex::new(injector)),
        }
    }
}

/// Passes a request on, or applies the fault that affects it.
pub(crate) async fn inject(
    State(FaultLayer { shared, injector }): State<FaultLayer>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let (method, path) = (request.method().to_string(), path.to_owned());
    let (forms, fault) = {
        let mut injector = injector.lock();
        let forms = injector.select_forms(&method, &path);
        (forms, injector.select_fault(&method, &path))
    };
    let Some(first_form) = forms.first().copied() else {
        return match fault {
            Some(fault) => apply_fault(fault, &shared, request, next).await,
            None => next.run(request).await,
        };
    };
    tracing::info!("responding in the form {}: {method} {path}", first_form.0);
    let revert = |body: &mut Value| forms.iter().for_each(|(_, form)| form.revert(body));
    let request = change_body(request, revert).await;
    let mut response = match fault {
        Some(fault) => apply_fault(fault, &shared, request, next).await,
        None => {
            let mut response = next.run(request).await;
            let (kind, form) = first_form;
            let effect = FaultEffect::Form(form);
            response
                .extensions_mut()
                .insert(InjectedFault { kind, effect });
            response
        }
    };
    let forms = forms.into_iter().map(|(_, form)| form).collect();
    let injected_forms = InjectedForms { path, forms };
    response.extensions_mut().insert(injected_forms);
    response
}

/// Applies a fault to a request.
async fn apply_fault(
    fault: RequestFault,
    shared: &SandboxState,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let (method, path) = (request.method().to_string(), path.to_owned());
    tracing::info!("injecting fault {}: {method} {path}", fault.name);
    let injected_fault = InjectedFault {
        kind: fault.name,
        effect: fault.effect.clone(),
    };
    let mut response = match fault.effect {
        FaultEffect::Throttle(pause) => {
            let group = rate_limit_group(&method, request.uri().path());
            let mut limits = shared.limits.lock();
            let rejection = limits.start_penalty(group, pause, Instant::now());
            let remaining = [("X-Rate-Limit-Remaining", HeaderValue::from_static("0"))];
            (remaining, rejection).into_response()
        }
        FaultEffect::ThrottleAccount(pause) => {
            let mut limits = shared.limits.lock();
            let rejection = limits.start_account_penalty(pause, Instant::now());
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
            let now = Instant::now();
            shared.tokens.lock().expire(request.headers(), now);
            next.run(request).await
        }
        FaultEffect::DropAfter
        | FaultEffect::Delay(_)
        | FaultEffect::Truncate
        | FaultEffect::NotJson
        | FaultEffect::ShortList(_)
        | FaultEffect::Form(_) => next.run(request).await, // changed when it is delivered
        FaultEffect::Lock { status, .. } => lock_response(status),
        FaultEffect::RefuseDelete => refused_delete(),
        FaultEffect::TrimNames(length) => {
            let request = change_body(request, |body| trim_names(body, length)).await;
            next.run(request).await
        }
        FaultEffect::IgnoreWrite => {
            request.extensions_mut().insert(HandlingMode::IgnoredWrite);
            next.run(request).await
        }
        FaultEffect::Legacy => {
            request.extensions_mut().insert(HandlingMode::LegacyAccount);
            next.run(request).await
        }
        FaultEffect::ConcurrentEdit(edit) => {
            let response = next.run(request).await;
            if !edit_concurrently(shared, &edit, &path) {
                return response; // without a record of a fault, because nothing happened
            }
            response
        }
    };
    response.extensions_mut().insert(injected_fault);
    response
}

/// Changes the JSON body of a request, if it has one.
async fn change_body(request: Request, change: impl FnOnce(&mut Value)) -> Request {
    let (mut parts, body) = request.into_parts();
    // The record of the request has already rejected bodies that are too large.
    let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let Ok(mut body) = serde_json::from_slice(&bytes) else {
        return Request::from_parts(parts, bytes.into());
    };
    change(&mut body);
    parts.headers.remove(header::CONTENT_LENGTH);
    Request::from_parts(parts, body.to_string().into())
}

/// Returns the response to a write while someone else edits the user. [field; the codes are
/// inferred]
fn lock_response(status: u16) -> Response {
    let code = match status {
        400 => "CMN-101",
        500 => "CMN-211",
        _ => "CMN-409",
    };
    let message = "Call handling of this user is locked, try again later";
    SandboxApiError::new(status_code(status), code, message).into_response()
}

/// Returns the body of an error with the status of a success.
fn refused_delete() -> Response {
    let message = "The rule was not deleted";
    SandboxApiError::new(StatusCode::OK, "CMN-101", message).into_response()
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
    SandboxApiError::new(status_code(status), code, message).into_response()
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
    let result = edit.perform(&mut shared.store.lock(), path);
    result.unwrap_or_else(|error| {
        tracing::error!("edit in the RingCentral app was not saved: {error}");
        false
    })
}

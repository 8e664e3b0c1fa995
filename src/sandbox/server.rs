//! The HTTP server: routes, and the middleware layers that every request passes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::RecordedExchange;
use super::faults::inject::{FaultLayer, inject};
use super::faults::{FaultInjector, InjectedFault, delivery};
use super::handlers::directory::{
    answering_rules, get_account, get_extension, list_account_devices, list_call_queues,
    list_devices, list_extensions, list_features, list_greetings, list_phone_numbers,
    list_queue_members,
};
use super::handlers::{audit_search, interaction_rules, states};
use super::rate_limit::{AnnouncedLimit, RateLimitRejection, rate_limit_group};
use super::request::{BODY_LIMIT, SandboxState, has_content_type, unsupported_media_type};
use super::response::{HandlerResult, SandboxApiError};
use super::tokens::{TOKEN_PATH, check_permission};

/// Number of recorded exchanges that are kept.
const MAX_EXCHANGES: usize = 10_000;

/// Returns the routes of all resources with their layers. Axum runs the layer that was added last
/// first.
pub(crate) fn router(shared: Arc<SandboxState>, faults: FaultInjector) -> Router {
    let faults = FaultLayer::new(shared.clone(), faults);
    Router::new()
        .route(TOKEN_PATH, post(issue_token))
        .route("/restapi/v1.0/dictionary/greeting", get(list_greetings))
        .nest("/restapi/v1.0/account/{account}", account_routes())
        .nest(
            "/restapi/v2/accounts/{account}/extensions/{extension}/comm-handling",
            comm_handling_routes(),
        )
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(shared.clone(), authorize))
        // Faults act on requests that have been counted but not yet authorized.
        .layer(from_fn_with_state(faults, inject))
        .layer(from_fn_with_state(shared.clone(), apply_rate_limit))
        .layer(map_response(ensure_json_errors))
        .layer(from_fn_with_state(shared.clone(), record_exchange))
        .layer(from_fn(delivery::deliver))
        .with_state(shared)
}

fn account_routes() -> Router<Arc<SandboxState>> {
    Router::new()
        .route("/", get(get_account))
        .route("/extension", get(list_extensions))
        .route("/extension/{extension}", get(get_extension))
        .route(
            "/extension/{extension}/phone-number",
            get(list_phone_numbers),
        )
        .route("/extension/{extension}/device", get(list_devices))
        .route("/extension/{extension}/features", get(list_features))
        .route(
            "/extension/{extension}/answering-rule",
            any(answering_rules),
        )
        .route(
            "/extension/{extension}/answering-rule/{rule}",
            any(answering_rules),
        )
        .route("/device", get(list_account_devices))
        .route("/call-queues", get(list_call_queues))
        .route("/call-queues/{queue}/members", get(list_queue_members))
        .route("/audit-trail/search", post(audit_search::search))
}

fn comm_handling_routes() -> Router<Arc<SandboxState>> {
    Router::new()
        .route("/states", get(states::list))
        .route("/states/{state}", get(states::get).patch(states::update))
        .route("/voice/state-rules", get(states::list_rules))
        .route(
            "/voice/state-rules/{state}",
            get(states::get_rule).patch(states::update_rule),
        )
        .route(
            "/voice/interaction-rules",
            get(interaction_rules::list).post(interaction_rules::create),
        )
        .route(
            "/voice/interaction-rules/{rule}",
            get(interaction_rules::get)
                .patch(interaction_rules::update)
                .delete(interaction_rules::delete),
        )
        .route_layer(from_fn(refuse_put))
}

/// Rejects PUT, which no resource of call handling has. [spec, docs, field]
async fn refuse_put(request: Request, next: Next) -> Response {
    if request.method() == Method::PUT {
        let message = "Resource is not found";
        return SandboxApiError::new(StatusCode::NOT_FOUND, "AGW-404", message).into_response();
    }
    next.run(request).await
}

/// Handles `POST /restapi/oauth/token`: issues an access token.
async fn issue_token(
    State(shared): State<Arc<SandboxState>>,
    headers: HeaderMap,
    body: Bytes,
) -> HandlerResult {
    if !has_content_type(&headers, "application/x-www-form-urlencoded") {
        return Err(unsupported_media_type("a form is required"));
    }
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (store, mut tokens) = (shared.store.lock(), shared.tokens.lock());
    let token = tokens.issue(store.account(), &headers, &form, Instant::now())?;
    Ok(Json(token))
}

/// Rejects requests without a valid token or without the required permission.
async fn authorize(
    State(shared): State<Arc<SandboxState>>,
    request: Request,
    next: Next,
) -> Response {
    match check_authorization(&shared, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check_authorization(shared: &SandboxState, request: &Request) -> Result<(), SandboxApiError> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    if path == TOKEN_PATH {
        return Ok(());
    }
    let (store, tokens) = (shared.store.lock(), shared.tokens.lock());
    tokens.check(request.headers(), Instant::now())?;
    check_permission(&store.account().account.permissions, method, path)
}

/// Counts the request, and adds the rate limit headers to every response of the API. \[docs\]
async fn apply_rate_limit(
    State(shared): State<Arc<SandboxState>>,
    request: Request,
    next: Next,
) -> Response {
    let group = rate_limit_group(request.method().as_str(), request.uri().path());
    let outcome = shared.limits.lock().count_request(group, Instant::now());
    let mut response = match outcome.rejection {
        None => next.run(request).await,
        Some(rejection) => {
            if rejection.in_penalty {
                let (method, path) = (request.method(), request.uri().path());
                tracing::warn!("request during a penalty, which restarts: {method} {path}");
            }
            rejection.into_response()
        }
    };
    if let Some(announced_limit) = outcome.announced
        && !is_not_from_api(&response)
    {
        add_rate_limit_headers(response.headers_mut(), group, announced_limit);
    }
    response
}

/// Returns whether a fault replaced the response of the API, as a gateway would.
fn is_not_from_api(response: &Response) -> bool {
    let fault = response.extensions().get::<InjectedFault>();
    fault.is_some_and(InjectedFault::is_not_from_api)
}

/// Adds the rate limit headers to a response.
fn add_rate_limit_headers(headers: &mut HeaderMap, group: &'static str, limit: AnnouncedLimit) {
    headers.insert("X-Rate-Limit-Group", HeaderValue::from_static(group));
    headers.insert("X-Rate-Limit-Limit", HeaderValue::from(limit.limit));
    headers.insert("X-Rate-Limit-Window", HeaderValue::from(limit.window));
    // A throttling fault has already set the header to 0.
    let remaining = headers.entry("X-Rate-Limit-Remaining");
    remaining.or_insert(HeaderValue::from(limit.remaining));
}

/// Adds a JSON body to error responses that no handler built: unknown path, wrong method, or a path
/// that is not UTF-8. The code for a wrong method is \[inferred\].
async fn ensure_json_errors(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = has_content_type(response.headers(), "application/json");
    if !is_error || is_json || is_not_from_api(&response) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::NOT_FOUND => ("CMN-102", "Resource is not found"),
        StatusCode::METHOD_NOT_ALLOWED => ("CMN-405", "HTTP method is not allowed here"),
        _ => ("CMN-101", "Request is invalid"),
    };
    let error = SandboxApiError::new(status, code, message);
    let mut json_response = error.into_response();
    let headers = json_response.headers_mut();
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            headers.insert(name.clone(), value.clone());
        }
    }
    json_response
}

/// Records the request and its response for tests.
async fn record_exchange(
    State(shared): State<Arc<SandboxState>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.to_owned();
    let group = rate_limit_group(method.as_str(), parts.uri.path());
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        let message = "request body is too large";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return SandboxApiError::new(status, "CMN-103", message).into_response();
    };
    let request_body = recorded_body(&parts.headers, &bytes);
    let request = Request::from_parts(parts, bytes.into());
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    tracing::debug!(%method, path, status = parts.status.as_u16(), "response sent");
    let fault = parts.extensions.get::<InjectedFault>();
    let rejection = parts.extensions.get::<RateLimitRejection>();
    let mut exchanges = shared.exchanges.lock();
    if exchanges.len() == MAX_EXCHANGES {
        exchanges.pop_front();
    }
    exchanges.push_back(RecordedExchange {
        method: method.to_string(),
        path,
        group: group.to_owned(),
        request: request_body,
        status: match fault {
            Some(fault) if fault.has_no_response() => 0,
            _ => parts.status.as_u16(),
        },
        response: serde_json::from_slice(&bytes).ok(),
        fault: fault.map(|fault| fault.kind),
        in_penalty: rejection.is_some_and(|rejection| rejection.in_penalty),
        avoidable: rejection.is_some_and(|rejection| rejection.was_avoidable),
    });
    drop(exchanges);
    if method == Method::HEAD {
        return parts.into_response();
    }
    Response::from_parts(parts, bytes.into())
}

/// Parses a request body for the record. The assertion of a form is hidden, because it may be a
/// real credential.
fn recorded_body(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    if !has_content_type(headers, "application/x-www-form-urlencoded") {
        return serde_json::from_slice(body).ok();
    }
    let pairs = url::form_urlencoded::parse(body).into_owned();
    let hide = |(key, value): (String, String)| match key.as_str() {
        "assertion" => (key, "(not shown)".into()),
        _ => (key, value.into()),
    };
    Some(Value::Object(pairs.map(hide).collect()))
}

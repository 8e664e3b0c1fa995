//! The HTTP server: routes, and the middleware layers that every request passes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde_json::Value;

use super::error::SandboxError;
use super::faults::inject::InjectedFault;
use super::faults::{FaultInjector, delivery, inject};
use super::rate_limit::{AnnouncedLimit, RateLimitRejection, SandboxRateLimiter, rate_limit_group};
use super::response::{SandboxApiError, SandboxResponse};
use super::store::AccountStore;
use super::tokens::AccessTokens;
use super::{RecordedExchange, audit_search, directory, interaction_rules, permissions, states};

/// Maximum size of a request body in bytes, far above the size of any real rule.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// Number of recorded exchanges that are kept.
const MAX_EXCHANGES: usize = 10_000;
pub(crate) const TOKEN_PATH: &str = "/restapi/oauth/token";

/// Result of a request handler.
pub(crate) type HandlerResult = Result<SandboxResponse, SandboxApiError>;

/// State that all requests share.
#[derive(Clone, Debug)]
pub(crate) struct SandboxState(Arc<SandboxStateInner>);

#[derive(Debug)]
struct SandboxStateInner {
    url: String,
    store: Mutex<AccountStore>,
    tokens: Mutex<AccessTokens>,
    limits: Mutex<SandboxRateLimiter>,
    faults: Mutex<FaultInjector>,
    exchanges: Mutex<VecDeque<RecordedExchange>>,
}

/// Locks a mutex, also if another thread panicked while it held the lock. The account is never half
/// changed, so its content is still valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SandboxState {
    pub(crate) fn new(
        url: String,
        store: AccountStore,
        limits: SandboxRateLimiter,
        faults: FaultInjector,
        token_life: Duration,
    ) -> SandboxState {
        SandboxState(Arc::new(SandboxStateInner {
            url,
            store: Mutex::new(store),
            tokens: Mutex::new(AccessTokens::new(token_life)),
            limits: Mutex::new(limits),
            faults: Mutex::new(faults),
            exchanges: Mutex::default(),
        }))
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn exchanges(&self) -> Vec<RecordedExchange> {
        lock(&self.0.exchanges).iter().cloned().collect()
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, AccessTokens> {
        lock(&self.0.tokens)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, SandboxRateLimiter> {
        lock(&self.0.limits)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultInjector> {
        lock(&self.0.faults)
    }

    /// Calls `read` with the store while it is locked.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&AccountStore) -> T) -> T {
        read(&lock(&self.0.store))
    }

    /// Calls `write` with the store while it is locked.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut AccountStore) -> T) -> T {
        write(&mut lock(&self.0.store))
    }
}

/// Returns the routes of all resources with their layers. Axum runs the layer that was added last
/// first.
pub(crate) fn router(shared: SandboxState) -> Router {
    let users = "/restapi/v2/accounts/{account}/extensions/{extension}/comm-handling";
    let rules = format!("{users}/voice/interaction-rules");
    let state_rules = format!("{users}/voice/state-rules");
    let account = "/restapi/v1.0/account/{account}";
    let extension = format!("{account}/extension/{{extension}}");
    Router::new()
        .route(TOKEN_PATH, post(issue_token))
        .route(account, get(directory::get_account))
        .route(
            &format!("{account}/extension"),
            get(directory::list_extensions),
        )
        .route(&extension, get(directory::get_extension))
        .route(
            &format!("{extension}/phone-number"),
            get(directory::list_phone_numbers),
        )
        .route(&format!("{extension}/device"), get(directory::list_devices))
        .route(
            &format!("{extension}/features"),
            get(directory::list_features),
        )
        .route(
            &format!("{account}/call-queues"),
            get(directory::list_call_queues),
        )
        .route(
            &format!("{account}/call-queues/{{queue}}/members"),
            get(directory::list_queue_members),
        )
        .route(
            &format!("{account}/audit-trail/search"),
            post(audit_search::search),
        )
        .route(
            "/restapi/v1.0/dictionary/greeting",
            get(directory::list_greetings),
        )
        .route(&format!("{users}/states"), get(states::list))
        .route(
            &format!("{users}/states/{{state}}"),
            get(states::get).patch(states::update),
        )
        .route(&state_rules, get(states::list_rules))
        .route(
            &format!("{state_rules}/{{state}}"),
            get(states::get_rule).patch(states::update_rule),
        )
        .route(
            &rules,
            get(interaction_rules::list).post(interaction_rules::create),
        )
        .route(
            &format!("{rules}/{{rule}}"),
            get(interaction_rules::get)
                .patch(interaction_rules::update)
                .delete(interaction_rules::delete),
        )
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(shared.clone(), authorize))
        // Faults act on requests that have been counted but not yet authorized.
        .layer(from_fn_with_state(shared.clone(), inject::inject))
        .layer(from_fn_with_state(shared.clone(), apply_rate_limit))
        .layer(middleware::map_response(ensure_json_errors))
        .layer(from_fn_with_state(shared.clone(), record_exchange))
        .layer(middleware::from_fn(delivery::deliver))
        .with_state(shared)
}

/// Handles `POST /restapi/oauth/token`: issues an access token.
async fn issue_token(
    State(shared): State<SandboxState>,
    headers: HeaderMap,
    body: Bytes,
) -> HandlerResult {
    if !has_content_type(&headers, "application/x-www-form-urlencoded") {
        return Err(unsupported_media_type("a form is required"));
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (owner, scope) = shared.read(|store| {
        let account = store.account();
        let user_id = account
            .extension_index("~")
            .map(|i| &account.extensions[i].id);
        let owner = user_id.unwrap_or(&account.account.id).clone();
        (
            owner,
            permissions::token_scope(&account.account.permissions),
        )
    });
    let token = shared
        .tokens()
        .issue(&headers, &form, &owner, &scope, Instant::now())?;
    Ok(SandboxResponse::ok(token))
}

/// Rejects requests without a valid token or without the required permission.
async fn authorize(State(shared): State<SandboxState>, request: Request, next: Next) -> Response {
    if request.uri().path() != TOKEN_PATH {
        let token_check = shared.tokens().check(request.headers(), Instant::now());
        let (method, path) = (request.method().as_str(), request.uri().path());
        let check_permission = || {
            shared.read(|store| {
                permissions::check_permission(&store.account().account.permissions, method, path)
            })
        };
        if let Err(error) = token_check.and_then(|()| check_permission()) {
            return error.into_response();
        }
    }
    next.run(request).await
}

/// Counts the request, and adds the rate limit headers to every response of the API. \[docs\]
async fn apply_rate_limit(
    State(shared): State<SandboxState>,
    request: Request,
    next: Next,
) -> Response {
    let group = rate_limit_group(request.method().as_str(), request.uri().path());
    let outcome = shared.limits().count_request(group, Instant::now());
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
    fault.is_some_and(|fault| fault.is_not_from_api)
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
    let mut json_response =
        SandboxApiError::with_detail(status, code, message, None).into_response();
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            json_response
                .headers_mut()
                .insert(name.clone(), value.clone());
        }
    }
    json_response
}

/// Records the request and its response for tests.
async fn record_exchange(
    State(shared): State<SandboxState>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let path = parts
        .uri
        .path_and_query()
        .map_or("", |path| path.as_str())
        .to_owned();
    let group = rate_limit_group(method.as_str(), parts.uri.path());
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        let message = "request body is too large";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return SandboxApiError::with_detail(status, "CMN-103", message, None).into_response();
    };
    let request_body = recorded_body(&parts.headers, &bytes);
    let request = Request::from_parts(parts, bytes.into());
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    tracing::debug!(%method, path, status = parts.status.as_u16(), "response sent");
    let fault = parts.extensions.get::<InjectedFault>();
    let rejection = parts.extensions.get::<RateLimitRejection>();
    let mut exchanges = lock(&shared.0.exchanges);
    if exchanges.len() == MAX_EXCHANGES {
        exchanges.pop_front();
    }
    exchanges.push_back(RecordedExchange {
        method: method.to_string(),
        path,
        group: group.to_owned(),
        request: request_body,
        status: match fault {
            Some(fault) if fault.has_no_response => 0,
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

/// Returns whether the headers declare this media type, with any parameters.
fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}

fn unsupported_media_type(message: &str) -> SandboxApiError {
    SandboxApiError::with_detail(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "CMN-103",
        message,
        Some("Content-Type"),
    )
}

/// A request body that is a JSON object.
///
/// Extraction fails with CMN-103 if the body is not JSON, and with CMN-104 if it is JSON of another
/// shape. \[docs\]
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = SandboxApiError;

    async fn from_request(request: Request, _: &S) -> Result<JsonBody, SandboxApiError> {
        if !has_content_type(request.headers(), "application/json") {
            return Err(unsupported_media_type("application/json is required"));
        }
        let bad_request = |code, message: String| {
            SandboxApiError::with_detail(StatusCode::BAD_REQUEST, code, message, None)
        };
        let bytes = to_bytes(request.into_body(), BODY_LIMIT)
            .await
            .map_err(|e| bad_request("CMN-103", e.to_string()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|e| bad_request("CMN-103", format!("cannot parse the request body: {e}")))?;
        if !value.is_object() {
            let message = "the request body must be an object";
            return Err(bad_request("CMN-104", message.to_owned()));
        }
        Ok(JsonBody(value))
    }
}

/// A [`JsonBody`] that may be missing; then it is an empty object.
pub(crate) struct OptionalJsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for OptionalJsonBody {
    type Rejection = SandboxApiError;

    async fn from_request(
        request: Request,
        state: &S,
    ) -> Result<OptionalJsonBody, SandboxApiError> {
        let (parts, body) = request.into_parts();
        // `record_exchange` has already rejected bodies that are too large.
        let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
        if bytes.is_empty() {
            return Ok(OptionalJsonBody(Value::Object(serde_json::Map::new())));
        }
        let request = Request::from_parts(parts, bytes.into());
        let JsonBody(value) = JsonBody::from_request(request, state).await?;
        Ok(OptionalJsonBody(value))
    }
}

impl From<SandboxError> for SandboxApiError {
    fn from(error: SandboxError) -> SandboxApiError {
        tracing::error!("{error}");
        SandboxApiError::with_detail(
            StatusCode::INTERNAL_SERVER_ERROR,
            "CMN-211",
            error.to_string(),
            None,
        )
    }
}

//! The HTTP side: routes, and the layers that every request passes.

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

use super::answers::{Answer, ApiError};
use super::error::Error;
use super::faults::layer::Struck;
use super::faults::{Faults, delivery, layer};
use super::limits::{Announcement, Limits, Refused, group_of};
use super::store::Store;
use super::tokens::Tokens;
use super::{Exchange, audit, directory, interaction_rules, permissions, states};

/// Largest request body; the largest rule anybody writes is a small part of it.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// Exchanges that are remembered.
const REMEMBERED: usize = 10_000;
pub(crate) const TOKEN_PATH: &str = "/restapi/oauth/token";

/// What a handler answers.
pub(crate) type Reply = Result<Answer, ApiError>;

/// What all requests share.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    store: Mutex<Store>,
    tokens: Mutex<Tokens>,
    limits: Mutex<Limits>,
    faults: Mutex<Faults>,
    exchanges: Mutex<VecDeque<Exchange>>,
}

/// A lock that a panicking thread left is taken over: the sandbox never changes the account half.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(
        url: String,
        store: Store,
        limits: Limits,
        faults: Faults,
        token_life: Duration,
    ) -> Shared {
        Shared(Arc::new(Inner {
            url,
            store: Mutex::new(store),
            tokens: Mutex::new(Tokens::new(token_life)),
            limits: Mutex::new(limits),
            faults: Mutex::new(faults),
            exchanges: Mutex::default(),
        }))
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.0.exchanges).iter().cloned().collect()
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.0.tokens)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        lock(&self.0.limits)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&lock(&self.0.store))
    }

    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut Store) -> T) -> T {
        write(&mut lock(&self.0.store))
    }
}

/// All resources, behind the layers, the outermost last.
pub(crate) fn router(shared: Shared) -> Router {
    let users = "/restapi/v2/accounts/{account}/extensions/{extension}/comm-handling";
    let rules = format!("{users}/voice/interaction-rules");
    let state_rules = format!("{users}/voice/state-rules");
    let account = "/restapi/v1.0/account/{account}";
    let extension = format!("{account}/extension/{{extension}}");
    Router::new()
        .route(TOKEN_PATH, post(token))
        .route(account, get(directory::account))
        .route(&format!("{account}/extension"), get(directory::extensions))
        .route(&extension, get(directory::extension))
        .route(
            &format!("{extension}/phone-number"),
            get(directory::phone_numbers),
        )
        .route(&format!("{extension}/device"), get(directory::devices))
        .route(&format!("{extension}/features"), get(directory::features))
        .route(
            &format!("{account}/call-queues"),
            get(directory::call_queues),
        )
        .route(
            &format!("{account}/call-queues/{{queue}}/members"),
            get(directory::members),
        )
        .route(
            &format!("{account}/audit-trail/search"),
            post(audit::search),
        )
        .route(
            "/restapi/v1.0/dictionary/greeting",
            get(directory::greetings),
        )
        .route(&format!("{users}/states"), get(states::list))
        .route(
            &format!("{users}/states/{{state}}"),
            get(states::one).patch(states::update),
        )
        .route(&state_rules, get(states::list_rules))
        .route(
            &format!("{state_rules}/{{state}}"),
            get(states::one_rule).patch(states::update_rule),
        )
        .route(
            &rules,
            get(interaction_rules::list).post(interaction_rules::create),
        )
        .route(
            &format!("{rules}/{{rule}}"),
            get(interaction_rules::one)
                .patch(interaction_rules::update)
                .delete(interaction_rules::delete),
        )
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(shared.clone(), authorise))
        // After a request is counted, before anything looks at it.
        .layer(from_fn_with_state(shared.clone(), layer::strike))
        .layer(from_fn_with_state(shared.clone(), limit))
        .layer(middleware::map_response(only_json_errors))
        .layer(from_fn_with_state(shared.clone(), record))
        .layer(middleware::from_fn(delivery::deliver))
        .with_state(shared)
}

/// POST /restapi/oauth/token
async fn token(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Reply {
    if !has_content_type(&headers, "application/x-www-form-urlencoded") {
        return Err(unsupported_media_type("a form is required"));
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (owner, scope) = shared.read(|store| {
        let account = store.account();
        let owner = account.position("~").map(|i| &account.extensions[i].id);
        let owner = owner.unwrap_or(&account.account.id).clone();
        (owner, permissions::scope(&account.account.permissions))
    });
    let answer = shared
        .tokens()
        .issue(&headers, &form, &owner, &scope, Instant::now())?;
    Ok(Answer::ok(answer))
}

async fn authorise(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.uri().path() != TOKEN_PATH {
        let checked = shared.tokens().check(request.headers(), Instant::now());
        let (method, path) = (request.method().as_str(), request.uri().path());
        let allowed = || {
            shared.read(|store| {
                permissions::check(&store.account().account.permissions, method, path)
            })
        };
        if let Err(refused) = checked.and_then(|()| allowed()) {
            return refused.into_response();
        }
    }
    next.run(request).await
}

/// Counts the request and announces its limits, on every answer of the API. \[docs\]
async fn limit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let group = group_of(request.method().as_str(), request.uri().path());
    let counted = shared.limits().count(group, Instant::now());
    let mut response = match counted.refused {
        None => next.run(request).await,
        Some(refused) => {
            if refused.in_penalty {
                let (method, path) = (request.method(), request.uri().path());
                tracing::warn!("inside a penalty, which begins again: {method} {path}");
            }
            refused.into_response()
        }
    };
    if let Some(announcement) = counted.announcement
        && !is_foreign(&response)
    {
        announce(response.headers_mut(), group, announcement);
    }
    response
}

/// Whether a fault has somebody else answer in the API's place.
fn is_foreign(response: &Response) -> bool {
    let struck = response.extensions().get::<Struck>();
    struck.is_some_and(|struck| struck.is_foreign)
}

fn announce(headers: &mut HeaderMap, group: &'static str, counted: Announcement) {
    headers.insert("X-Rate-Limit-Group", HeaderValue::from_static(group));
    headers.insert("X-Rate-Limit-Limit", HeaderValue::from(counted.limit));
    headers.insert("X-Rate-Limit-Window", HeaderValue::from(counted.window));
    // Where a fault refuses, nothing remains.
    let remaining = headers.entry("X-Rate-Limit-Remaining");
    remaining.or_insert(HeaderValue::from(counted.remaining));
}

/// Gives a JSON body to the errors that no handler wrote: no such path, no such method, a path that is not
/// text. The code for a wrong method is \[inferred\].
async fn only_json_errors(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = has_content_type(response.headers(), "application/json");
    if !is_error || is_json || is_foreign(&response) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::NOT_FOUND => ("CMN-102", "Resource is not found"),
        StatusCode::METHOD_NOT_ALLOWED => ("CMN-405", "HTTP method is not allowed here"),
        _ => ("CMN-101", "Request is invalid"),
    };
    let mut answer = ApiError::one(status, code, message, None).into_response();
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    answer
}

/// Remembers what was said, for tests to look at.
async fn record(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let path = parts
        .uri
        .path_and_query()
        .map_or("", |path| path.as_str())
        .to_owned();
    let group = group_of(method.as_str(), parts.uri.path());
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        let message = "request body is too large";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return ApiError::one(status, "CMN-103", message, None).into_response();
    };
    let said = said(&parts.headers, &bytes);
    let request = Request::from_parts(parts, bytes.into());
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    tracing::debug!(%method, path, status = parts.status.as_u16(), "answered");
    let struck = parts.extensions.get::<Struck>();
    let refused = parts.extensions.get::<Refused>();
    let mut exchanges = lock(&shared.0.exchanges);
    if exchanges.len() == REMEMBERED {
        exchanges.pop_front();
    }
    exchanges.push_back(Exchange {
        method: method.to_string(),
        path,
        group: group.to_owned(),
        request: said,
        status: match struck {
            Some(struck) if struck.is_unanswered => 0,
            _ => parts.status.as_u16(),
        },
        response: serde_json::from_slice(&bytes).ok(),
        fault: struck.map(|struck| struck.fault),
        in_penalty: refused.is_some_and(|refused| refused.in_penalty),
        in_spite: refused.is_some_and(|refused| refused.could_know),
    });
    drop(exchanges);
    if method == Method::HEAD {
        return parts.into_response();
    }
    Response::from_parts(parts, bytes.into())
}

/// A request body as a value. Of a form, the assertion is left out: it may be a real one.
fn said(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
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

fn has_content_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

fn unsupported_media_type(message: &str) -> ApiError {
    ApiError::one(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "CMN-103",
        message,
        Some("Content-Type"),
    )
}

/// A JSON object as request body. CMN-103 where it is not JSON, CMN-104 where it is JSON of another shape.
/// \[docs\]
pub(crate) struct Body(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Body, ApiError> {
        if !has_content_type(request.headers(), "application/json") {
            return Err(unsupported_media_type("application/json is required"));
        }
        let refuse =
            |code, message: String| ApiError::one(StatusCode::BAD_REQUEST, code, message, None);
        let bytes = to_bytes(request.into_body(), BODY_LIMIT).await;
        let bytes = bytes.map_err(|e| refuse("CMN-103", e.to_string()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|e| refuse("CMN-103", format!("cannot parse the request body: {e}")))?;
        if !value.is_object() {
            return Err(refuse(
                "CMN-104",
                "the request body must be an object".to_owned(),
            ));
        }
        Ok(Body(value))
    }
}

/// The same where it may be left out: then it says nothing.
pub(crate) struct OptionalBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for OptionalBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<OptionalBody, ApiError> {
        let (parts, body) = request.into_parts();
        // One that is too large is refused where it is recorded.
        let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
        if bytes.is_empty() {
            return Ok(OptionalBody(Value::Object(serde_json::Map::new())));
        }
        let request = Request::from_parts(parts, bytes.into());
        let Body(value) = Body::from_request(request, state).await?;
        Ok(OptionalBody(value))
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> ApiError {
        tracing::error!("{error}");
        ApiError::one(
            StatusCode::INTERNAL_SERVER_ERROR,
            "CMN-211",
            error.to_string(),
            None,
        )
    }
}

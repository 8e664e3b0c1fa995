//! A mock server that records its requests, and the responses it can give.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request as Incoming;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use callrules::client::{ApiClient, ClientConfig, ClientError, RetryPolicy};
use callrules::model::ExtensionId;
use callrules::reconcile::account::{WriteMethod, WriteRequest};
use secrecy::SecretString;
use serde_json::{Value, json};

pub(super) const SECRET: &str = "hush-app-secret-4711";
pub(super) const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJl";

pub(super) const TOKEN: &str = "/restapi/oauth/token";
pub(super) const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(super) const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

pub(super) fn rules_path(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/interaction-rules")
}

pub(super) fn state_rules_path(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/state-rules")
}

/// A request as the mock server received it.
#[derive(Debug, Clone)]
pub(super) struct ReceivedRequest {
    /// The method and the path without its query, such as `GET /restapi/v1.0/account/~`.
    pub(super) method_and_path: String,
    pub(super) query: String,
    pub(super) authorization: String,
    pub(super) body: String,
    pub(super) at: Instant,
}

impl ReceivedRequest {
    /// Returns whether the request is for this exact path.
    pub(super) fn is_for(&self, path: &str) -> bool {
        self.method_and_path.ends_with(&format!(" {path}"))
    }

    /// Returns a query parameter that is a number.
    pub(super) fn query(&self, key: &str) -> Option<usize> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.parse().ok())
    }
}

pub(super) struct MockServer {
    pub(super) address: String,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
}

/// How long the server waits before it sends a response.
#[derive(Clone, Copy)]
struct ResponseDelay(Duration);

/// Returns the response with a delay, which the server waits for before it answers.
pub(super) fn delayed(milliseconds: u64, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response
        .extensions_mut()
        .insert(ResponseDelay(Duration::from_millis(milliseconds)));
    response
}

impl MockServer {
    /// Starts a server that answers with the result of `answer`, which gets a request and the
    /// number of earlier requests with the same method and path.
    ///
    /// Where `answer` returns nothing, a sign-in gets the next of `token-1-of-many`,
    /// `token-2-of-many`, …, each valid for an hour, and every other request gets a 404 page.
    pub(super) async fn start<A>(answer: A) -> MockServer
    where
        A: Fn(&ReceivedRequest, usize) -> Option<Response> + Send + Sync + 'static,
    {
        MockServer::start_at(([127, 0, 0, 1], 0).into(), answer).await
    }

    /// Starts a server that accepts every sign-in and answers all other requests with `answer`.
    pub(super) async fn start_api<A>(answer: A) -> MockServer
    where
        A: Fn(&ReceivedRequest, usize) -> Response + Send + Sync + 'static,
    {
        MockServer::start(move |request, earlier| {
            (!request.is_for(TOKEN)).then(|| answer(request, earlier))
        })
        .await
    }

    /// Starts such a server as [`MockServer::start`] does, at a given address.
    pub(super) async fn start_at<A>(address: SocketAddr, answer: A) -> MockServer
    where
        A: Fn(&ReceivedRequest, usize) -> Option<Response> + Send + Sync + 'static,
    {
        let received = Arc::new(Mutex::new(Vec::<ReceivedRequest>::new()));
        let (recorded, answer) = (Arc::clone(&received), Arc::new(answer));
        let app = Router::new().fallback(move |request: Incoming| {
            let (recorded, answer) = (Arc::clone(&recorded), Arc::clone(&answer));
            async move {
                let request = read_request(request).await;
                let earlier = {
                    let mut recorded = recorded.lock().unwrap();
                    let is_same =
                        |other: &&ReceivedRequest| other.method_and_path == request.method_and_path;
                    let earlier = recorded.iter().filter(is_same).count();
                    recorded.push(request.clone());
                    earlier
                };
                let response = answer(&request, earlier).unwrap_or_else(|| {
                    if request.is_for(TOKEN) {
                        token_response(earlier + 1, 3600)
                    } else {
                        html_page(404, "nothing here")
                    }
                });
                if let Some(ResponseDelay(delay)) = response.extensions().get().copied() {
                    tokio::time::sleep(delay).await;
                }
                response
            }
        });
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        MockServer { address, received }
    }

    pub(super) fn client(&self) -> ApiClient {
        ApiClient::with_retry_policy(config(&self.address), fast_retries()).unwrap()
    }

    /// Returns the host and port, as messages name the server.
    pub(super) fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// Returns the message with the address of this server replaced, which differs between runs.
    pub(super) fn without_address(&self, message: &impl ToString) -> String {
        message.to_string().replace(self.host(), "SERVER")
    }

    pub(super) fn received(&self) -> Vec<ReceivedRequest> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the method and path of every request except sign-ins.
    pub(super) fn api_calls(&self) -> Vec<String> {
        let requests = self.received().into_iter();
        let calls = requests.filter(|request| !request.is_for(TOKEN));
        calls.map(|request| request.method_and_path).collect()
    }

    /// Returns how many requests were for this path, whatever their method.
    pub(super) fn count(&self, path: &str) -> usize {
        let requests = self.received();
        requests
            .iter()
            .filter(|request| request.is_for(path))
            .count()
    }
}

async fn read_request(request: Incoming) -> ReceivedRequest {
    let at = Instant::now();
    let authorization = request.headers().get("authorization");
    ReceivedRequest {
        method_and_path: format!("{} {}", request.method(), request.uri().path()),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization: authorization
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default(),
        body: {
            let bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
                .await
                .unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        },
        at,
    }
}

pub(super) fn config(server: &str) -> ClientConfig {
    ClientConfig {
        server: server.parse().unwrap(),
        client_id: "app".to_owned(),
        client_secret: SecretString::from(SECRET),
        jwt: SecretString::from(JWT),
    }
}

/// Returns the default policy with pauses of milliseconds.
pub(super) fn fast_retries() -> RetryPolicy {
    RetryPolicy {
        retry_delay: Duration::from_millis(5),
        max_elapsed: Duration::from_millis(50),
        first_response_timeout: Duration::from_millis(50),
        request_timeout: Duration::from_secs(5),
        ..RetryPolicy::default()
    }
}

/// Returns a token that is valid for `lifetime` seconds.
pub(super) fn token_response(number: usize, lifetime: u64) -> Response {
    Json(json!({"access_token": format!("token-{number}-of-many"), "expires_in": lifetime}))
        .into_response()
}

pub(super) fn html_page(status: u16, title: &str) -> Response {
    let html = format!("<html><head><title>{title}</title></head></html>");
    (StatusCode::from_u16(status).unwrap(), html).into_response()
}

pub(super) fn api_error(status: u16, code: &str) -> Response {
    let body =
        json!({"errors": [{"errorCode": code, "message": "no", "parameterName": "some.field"}]});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

pub(super) fn list_response(records: Vec<Value>) -> Response {
    let paging = json!({"page": 1, "perPage": 1000, "totalPages": 1});
    Json(json!({"records": records, "paging": paging})).into_response()
}

pub(super) fn account_response() -> Response {
    Json(json!({"id": 37439510})).into_response()
}

pub(super) fn rule_body(id: &str) -> Value {
    let dispatching = json!({"type": "Terminate", "actions": []});
    json!({"id": id, "displayName": id, "enabled": true, "conditions": [], "dispatching": dispatching})
}

/// Returns the response with one header more.
pub(super) fn with_header(mut response: Response, name: &'static str, value: &str) -> Response {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    response
}

/// Returns the response with RingCentral's headers for a rate limit; `window` is in seconds.
pub(super) fn with_rate_limit(
    response: Response,
    group: &str,
    limit: usize,
    window: u64,
) -> Response {
    let response = with_header(response, "x-rate-limit-group", group);
    let response = with_header(response, "x-rate-limit-limit", &limit.to_string());
    with_header(response, "x-rate-limit-window", &window.to_string())
}

/// Returns a response whose connection breaks in the middle of the body.
pub(super) fn truncated_response() -> Response {
    let pieces = [
        Ok(Bytes::from_static(br#"{"id": 374"#)),
        Err(io::Error::other("connection reset by the test")),
    ];
    Body::from_stream(futures::stream::iter(pieces)).into_response()
}

pub(super) fn user_id(id: &str) -> ExtensionId {
    ExtensionId(id.to_owned())
}

pub(super) fn write_request(method: WriteMethod, path: &str) -> WriteRequest {
    let body = (method != WriteMethod::Delete).then(|| json!({"displayName": "VIP"}));
    WriteRequest {
        method,
        path: path.to_owned(),
        body,
    }
}

/// Returns the messages of an error and of its direct cause. Deeper causes come from libraries and
/// the operating system.
pub(super) fn message_and_cause(error: &ClientError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Returns the `Display` and `Debug` text of an error and all its causes.
pub(super) fn full_error_text(error: &ClientError) -> String {
    let mut text = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner:?} {inner}"));
        cause = inner.source();
    }
    text
}

//! A server that logs what it is asked, and the answers it may give.

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
use callrules::client::{Client, Config, Error, Patience};
use callrules::engine::account::{Method, Request};
use callrules::model::ExtensionId;
use secrecy::SecretString;
use serde_json::{Value, json};

pub(super) const SECRET: &str = "hush-app-secret-4711";
pub(super) const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJl";

pub(super) const TOKEN: &str = "/restapi/oauth/token";
pub(super) const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(super) const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

pub(super) fn rules(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/interaction-rules")
}

pub(super) fn state_rules(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/state-rules")
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) what: String,
    pub(super) query: String,
    pub(super) authorization: String,
    pub(super) body: String,
    pub(super) at: Instant,
}

impl Seen {
    pub(super) fn is_for(&self, path: &str) -> bool {
        self.what.ends_with(&format!(" {path}"))
    }

    pub(super) fn query(&self, key: &str) -> Option<usize> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.parse().ok())
    }
}

pub(super) struct Server {
    pub(super) address: String,
    log: Arc<Mutex<Vec<Seen>>>,
}

/// An answer that takes its time.
#[derive(Clone, Copy)]
struct Delay(Duration);

pub(super) fn late(milliseconds: u64, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response
        .extensions_mut()
        .insert(Delay(Duration::from_millis(milliseconds)));
    response
}

impl Server {
    /// Answers with what `answer` says about a request and the number of earlier ones like it;
    /// sign-ins on which it says nothing give `token-1`, `token-2`, …, each good for an hour.
    pub(super) async fn start<A>(answer: A) -> Server
    where
        A: Fn(&Seen, usize) -> Option<Response> + Send + Sync + 'static,
    {
        Server::start_at(([127, 0, 0, 1], 0).into(), answer).await
    }

    /// The same at an address.
    pub(super) async fn start_at<A>(address: SocketAddr, answer: A) -> Server
    where
        A: Fn(&Seen, usize) -> Option<Response> + Send + Sync + 'static,
    {
        let log = Arc::new(Mutex::new(Vec::<Seen>::new()));
        let (written, answer) = (Arc::clone(&log), Arc::new(answer));
        let app = Router::new().fallback(move |request: Incoming| {
            let (log, answer) = (Arc::clone(&written), Arc::clone(&answer));
            async move {
                let seen = look(request).await;
                let earlier = {
                    let mut log = log.lock().unwrap();
                    let earlier = log.iter().filter(|other| other.what == seen.what).count();
                    log.push(seen.clone());
                    earlier
                };
                let response = answer(&seen, earlier).unwrap_or_else(|| {
                    if seen.is_for(TOKEN) {
                        token(earlier + 1, 3600)
                    } else {
                        page(404, "nothing here")
                    }
                });
                if let Some(Delay(delay)) = response.extensions().get().copied() {
                    tokio::time::sleep(delay).await;
                }
                response
            }
        });
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Server { address, log }
    }

    pub(super) fn client(&self) -> Client {
        Client::with_patience(config(&self.address), patience()).unwrap()
    }

    /// The server as messages name it.
    pub(super) fn host(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().clone()
    }

    /// Everything that was asked but sign-ins, such as `GET /restapi/…`.
    pub(super) fn asked(&self) -> Vec<String> {
        let seen = self.seen().into_iter().filter(|seen| !seen.is_for(TOKEN));
        seen.map(|seen| seen.what).collect()
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is_for(path)).count()
    }
}

async fn look(request: Incoming) -> Seen {
    let at = Instant::now();
    let authorization = request.headers().get("authorization");
    Seen {
        what: format!("{} {}", request.method(), request.uri().path()),
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

pub(super) fn config(server: &str) -> Config {
    Config {
        server: server.parse().unwrap(),
        client_id: "app".to_owned(),
        client_secret: SecretString::from(SECRET),
        jwt: SecretString::from(JWT),
    }
}

/// Short pauses; all else is as in earnest.
pub(super) fn patience() -> Patience {
    Patience {
        retry_delay: Duration::from_millis(5),
        trouble: Duration::from_millis(50),
        first_answer: Duration::from_millis(50),
        request_timeout: Duration::from_secs(5),
        ..Patience::default()
    }
}

pub(super) fn token(number: usize, life: u64) -> Response {
    Json(json!({"access_token": format!("token-{number}-of-many"), "expires_in": life}))
        .into_response()
}

pub(super) fn page(status: u16, title: &str) -> Response {
    let html = format!("<html><head><title>{title}</title></head></html>");
    (StatusCode::from_u16(status).unwrap(), html).into_response()
}

pub(super) fn refusal(status: u16, code: &str) -> Response {
    let body =
        json!({"errors": [{"errorCode": code, "message": "no", "parameterName": "some.field"}]});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

pub(super) fn list(records: Vec<Value>) -> Response {
    let paging = json!({"page": 1, "perPage": 1000, "totalPages": 1});
    Json(json!({"records": records, "paging": paging})).into_response()
}

pub(super) fn account() -> Response {
    Json(json!({"id": 37439510})).into_response()
}

pub(super) fn rule(id: &str) -> Value {
    let dispatching = json!({"type": "Terminate", "actions": []});
    json!({"id": id, "displayName": id, "enabled": true, "conditions": [], "dispatching": dispatching})
}

/// Adds a header.
pub(super) fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    response
}

/// Adds what the service says about limits.
pub(super) fn limited(response: Response, group: &str, limit: usize, window: u64) -> Response {
    let response = with(response, "x-rate-limit-group", group);
    let response = with(response, "x-rate-limit-limit", &limit.to_string());
    with(response, "x-rate-limit-window", &window.to_string())
}

/// The first half of an answer, then the connection breaks.
pub(super) fn cut() -> Response {
    let pieces = [
        Ok(Bytes::from_static(br#"{"id": 374"#)),
        Err(io::Error::other("cable bitten through")),
    ];
    Body::from_stream(futures::stream::iter(pieces)).into_response()
}

pub(super) fn user(id: &str) -> ExtensionId {
    ExtensionId(id.to_owned())
}

pub(super) fn write(method: Method, path: &str) -> Request {
    let body = (method != Method::Delete).then(|| json!({"displayName": "VIP"}));
    Request {
        method,
        path: path.to_owned(),
        body,
    }
}

/// An error with all its causes, as people and as programmers see it.
pub(super) fn everything_about(error: &Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner:?} {inner}"));
        cause = inner.source();
    }
    text
}

//! A GitHub with one pull request, its issues and one release.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Who the token is for.
pub(super) const BOT: &str = "github-actions[bot]";

pub(super) struct GitHub {
    address: String,
    here: Arc<Mutex<Here>>,
    // Its end is the server's.
    _runtime: Runtime,
}

#[derive(Default)]
pub(super) struct Here {
    /// The comments of the pull request 5.
    pub(super) comments: Vec<Value>,
    pub(super) issues: Vec<Value>,
    /// The files of the release `v0.1.0` of `YOUR_ORG/callrules`.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What writes are answered with, where not done.
    pub(super) refuse: Option<u16>,
    /// Every request: the method, and the path with its query.
    pub(super) requests: Vec<String>,
}

impl GitHub {
    pub(super) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let here = Arc::new(Mutex::new(Here::default()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(here.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        GitHub {
            address,
            here,
            _runtime: runtime,
        }
    }

    pub(super) fn url(&self) -> String {
        self.address.clone()
    }

    pub(super) fn here(&self) -> std::sync::MutexGuard<'_, Here> {
        self.here.lock().unwrap()
    }
}

/// Something that somebody wrote.
pub(super) fn written(id: usize, login: &str, body: &str) -> Value {
    let kind = if login.ends_with("[bot]") {
        "Bot"
    } else {
        "User"
    };
    json!({ "id": id, "number": id, "state": "open", "body": body, "user": { "login": login, "type": kind } })
}

async fn answer(
    State(here): State<Arc<Mutex<Here>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let mut here = here.lock().unwrap();
    here.requests.push(format!("{method} {uri}"));
    let path = uri.path();
    if let Some(file) = path.strip_prefix("/YOUR_ORG/callrules/releases/download/v0.1.0/") {
        return match here.files.get(file) {
            Some(bytes) => (StatusCode::OK, bytes.clone()),
            None => (StatusCode::NOT_FOUND, Vec::new()),
        };
    }
    let is_known = headers
        .get("authorization")
        .is_some_and(|v| v == "Bearer secret");
    if !is_known {
        return (StatusCode::UNAUTHORIZED, Vec::new());
    }
    if path == "/graphql" {
        return say(
            StatusCode::OK,
            &json!({ "data": { "viewer": { "login": BOT } } }),
        );
    }
    if let (true, Some(code)) = (method != Method::GET, here.refuse) {
        return say(
            StatusCode::from_u16(code).unwrap(),
            &json!({ "message": "no" }),
        );
    }
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let rest = path.strip_prefix("/repos/acme/phones/").unwrap_or_default();
    let parts: Vec<&str> = rest.split('/').collect();
    match (method.as_str(), &parts[..]) {
        ("GET", ["issues", "5", "comments"]) => page(&here.comments, &uri),
        ("GET", ["issues"]) => {
            let open = here.issues.iter().filter(|issue| issue["state"] == "open");
            page(&open.cloned().collect::<Vec<_>>(), &uri)
        }
        ("POST", ["issues", "5", "comments"]) => create(&mut here.comments, &sent),
        ("POST", ["issues"]) => create(&mut here.issues, &sent),
        ("PATCH", ["issues", "comments", id]) => edit(&mut here.comments, id, &sent),
        ("PATCH", ["issues", id]) => edit(&mut here.issues, id, &sent),
        _ => say(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
    }
}

fn say(status: StatusCode, answer: &Value) -> (StatusCode, Vec<u8>) {
    (status, answer.to_string().into_bytes())
}

/// A page of a list, of the size that was asked for, which is at most 100.
fn page(all: &[Value], uri: &Uri) -> (StatusCode, Vec<u8>) {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let number =
        |name: &str, default: usize| query.get(name).map_or(default, |n| n.parse().unwrap());
    let size = number("per_page", 30).min(100);
    let from = (number("page", 1) - 1) * size;
    let some: Vec<&Value> = all.iter().skip(from).take(size).collect();
    say(StatusCode::OK, &json!(some))
}

fn create(all: &mut Vec<Value>, sent: &Value) -> (StatusCode, Vec<u8>) {
    let mut new = written(9000 + all.len(), BOT, "");
    for (key, value) in sent.as_object().unwrap() {
        new[key] = value.clone();
    }
    all.push(new.clone());
    say(StatusCode::CREATED, &new)
}

fn edit(all: &mut [Value], id: &str, sent: &Value) -> (StatusCode, Vec<u8>) {
    let Some(one) = all
        .iter_mut()
        .find(|one| one["id"].as_u64() == id.parse().ok())
    else {
        return say(StatusCode::NOT_FOUND, &json!({}));
    };
    for (key, value) in sent.as_object().unwrap() {
        one[key] = value.clone();
    }
    say(StatusCode::OK, one)
}

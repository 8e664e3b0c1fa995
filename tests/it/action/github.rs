//! A fake GitHub server with one pull request, issues and one release.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The login of the token's user.
pub(super) const BOT: &str = "github-actions[bot]";

/// A fake GitHub server on a free port of this machine.
pub(super) struct GitHub {
    address: String,
    state: Arc<Mutex<GitHubState>>,
    /// Stops the server when it is dropped.
    _runtime: Runtime,
}

/// The data that the server returns and changes, and the requests so far.
#[derive(Default)]
pub(super) struct GitHubState {
    /// The comments of pull request 5.
    pub(super) comments: Vec<Value>,
    pub(super) issues: Vec<Value>,
    /// The files of release `v0.1.0` of `YOUR_ORG/callrules`, by name.
    pub(super) release_files: BTreeMap<String, Vec<u8>>,
    /// The status with which all writes are rejected, if any.
    pub(super) reject_writes: Option<u16>,
    /// The method of each request, and its path with the query.
    pub(super) requests: Vec<String>,
}

impl GitHub {
    pub(super) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let state = Arc::new(Mutex::new(GitHubState::default()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(respond).with_state(state.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        GitHub {
            address,
            state,
            _runtime: runtime,
        }
    }

    pub(super) fn url(&self) -> String {
        self.address.clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, GitHubState> {
        self.state.lock().unwrap()
    }
}

/// Returns an issue or comment of the user with this login, as the API represents it.
pub(super) fn issue_or_comment(id: usize, login: &str, body: &str) -> Value {
    let user_type = if login.ends_with("[bot]") {
        "Bot"
    } else {
        "User"
    };
    json!({ "id": id, "number": id, "state": "open", "body": body, "user": { "login": login, "type": user_type } })
}

async fn respond(
    State(shared_state): State<Arc<Mutex<GitHubState>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let mut state = shared_state.lock().unwrap();
    state.requests.push(format!("{method} {uri}"));
    let path = uri.path();
    if let Some(file) = path.strip_prefix("/YOUR_ORG/callrules/releases/download/v0.1.0/") {
        return match state.release_files.get(file) {
            Some(bytes) => (StatusCode::OK, bytes.clone()),
            None => (StatusCode::NOT_FOUND, Vec::new()),
        };
    }
    let is_authorized = headers
        .get("authorization")
        .is_some_and(|value| value == "Bearer secret");
    if !is_authorized {
        return (StatusCode::UNAUTHORIZED, Vec::new());
    }
    if path == "/graphql" {
        return json_response(
            StatusCode::OK,
            &json!({ "data": { "viewer": { "login": BOT } } }),
        );
    }
    if method != Method::GET
        && let Some(code) = state.reject_writes
    {
        return json_response(
            StatusCode::from_u16(code).unwrap(),
            &json!({ "message": "no" }),
        );
    }
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let relative = path.strip_prefix("/repos/acme/phones/").unwrap_or_default();
    let parts: Vec<&str> = relative.split('/').collect();
    match (method.as_str(), &parts[..]) {
        ("GET", ["issues", "5", "comments"]) => page(&state.comments, &uri),
        ("GET", ["issues"]) => {
            let open = state.issues.iter().filter(|issue| issue["state"] == "open");
            page(&open.cloned().collect::<Vec<_>>(), &uri)
        }
        ("POST", ["issues", "5", "comments"]) => create(&mut state.comments, &sent),
        ("POST", ["issues"]) => create(&mut state.issues, &sent),
        ("PATCH", ["issues", "comments", id]) => edit(&mut state.comments, id, &sent),
        ("PATCH", ["issues", id]) => edit(&mut state.issues, id, &sent),
        _ => json_response(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" })),
    }
}

fn json_response(status: StatusCode, body: &Value) -> (StatusCode, Vec<u8>) {
    (status, body.to_string().into_bytes())
}

/// Returns a page of a list. A page has the requested size, but at most 100 entries.
fn page(entries: &[Value], uri: &Uri) -> (StatusCode, Vec<u8>) {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let parameter = |name: &str, default: usize| {
        query
            .get(name)
            .map_or(default, |value| value.parse().unwrap())
    };
    let size = parameter("per_page", 30).min(100);
    let start = (parameter("page", 1) - 1) * size;
    let entries_of_page: Vec<&Value> = entries.iter().skip(start).take(size).collect();
    json_response(StatusCode::OK, &json!(entries_of_page))
}

fn create(entries: &mut Vec<Value>, sent: &Value) -> (StatusCode, Vec<u8>) {
    let mut entry = issue_or_comment(9000 + entries.len(), BOT, "");
    set_fields(&mut entry, sent);
    entries.push(entry.clone());
    json_response(StatusCode::CREATED, &entry)
}

fn edit(entries: &mut [Value], id: &str, sent: &Value) -> (StatusCode, Vec<u8>) {
    let Some(entry) = entries
        .iter_mut()
        .find(|entry| entry["id"].as_u64() == id.parse().ok())
    else {
        return json_response(StatusCode::NOT_FOUND, &json!({}));
    };
    set_fields(entry, sent);
    json_response(StatusCode::OK, entry)
}

fn set_fields(entry: &mut Value, sent: &Value) {
    for (key, value) in sent.as_object().unwrap() {
        entry[key] = value.clone();
    }
}

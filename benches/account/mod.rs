//! A server that answers immediately: every body is prepared and sent from memory.
//!
//! It runs in its own process with one thread, so it uses one of the cores while it answers.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};
use std::process::{self, Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use super::company::{
    ACCOUNT, BenchError, GeneratedAccount, RuleLists, directory_records, user_id,
};

/// The number of directory entries in one response.
const PER_PAGE: usize = 1000;

/// The first argument of the server process; the second is the number of users.
pub(crate) const SERVE_ARG: &str = "serve";

/// The path that returns the number of requests since it was last called.
const REQUEST_COUNT_PATH: &str = "/asked";

/// A server that runs until it is dropped.
pub(crate) struct AccountServer {
    url: String,
    process: Child,
}

struct CannedResponses {
    bodies: HashMap<String, Bytes>,
    request_count: AtomicU64,
}

impl Drop for AccountServer {
    fn drop(&mut self) {
        // A server that has exited already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves a company of this many users, and prints its address.
pub(crate) fn serve(users: usize) -> Result<(), BenchError> {
    let answers = Arc::new(CannedResponses {
        bodies: response_bodies(&GeneratedAccount::generate()?, users),
        request_count: AtomicU64::new(0),
    });
    // The input of the server ends with the process that started it.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(0);
    });
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(respond).with_state(answers);
        Ok(axum::serve(listener, router).await?)
    })
}

impl AccountServer {
    /// Starts a server process.
    pub(crate) fn start(users: usize) -> Result<AccountServer, BenchError> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([SERVE_ARG, &users.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("it has no standard output")?;
        let url = BufReader::new(stdout)
            .lines()
            .next()
            .ok_or("it does not start")??;
        Ok(AccountServer { url, process })
    }

    /// Returns the address of the server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of requests since the last call.
    pub(crate) fn take_request_count(&self) -> Result<u64, BenchError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let request = client
            .get(format!("{}{REQUEST_COUNT_PATH}", self.url))
            .send();
        let response = async { request.await?.text().await };
        Ok(runtime.block_on(response)?.parse()?)
    }

    /// Returns the addresses of the two lists of every user.
    pub(crate) fn list_urls(&self, users: usize) -> Vec<String> {
        let url = &self.url;
        let both = |user| list_paths(user).map(|path| format!("{url}{path}?page=1&perPage=1000"));
        (0..users).flat_map(both).collect()
    }
}

fn list_paths(user: usize) -> [String; 2] {
    let lists = ["state-rules", "interaction-rules"];
    lists.map(|list| {
        let user = user_id(user);
        format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/{list}")
    })
}

/// Returns the responses by path; directory pages also by page number.
fn response_bodies(account: &GeneratedAccount, users: usize) -> HashMap<String, Bytes> {
    let token = json!({
        "access_token": "company", "token_type": "bearer", "expires_in": 3600, "scope": "ReadAccounts EditExtensions",
    });
    let mut bodies = HashMap::from([
        ("/restapi/oauth/token".to_owned(), token.to_string().into()),
        (
            "/restapi/v1.0/account/~".to_owned(),
            json!({ "id": ACCOUNT.parse::<u64>().unwrap_or_default() })
                .to_string()
                .into(),
        ),
    ]);
    let records = directory_records(users);
    let pages = records.len().div_ceil(PER_PAGE);
    for (page, records) in records.chunks(PER_PAGE).enumerate() {
        let page = page + 1;
        let body: Value = json!({
            "records": records,
            "paging": { "page": page, "perPage": PER_PAGE, "totalPages": pages },
        });
        let path = format!("/restapi/v1.0/account/~/extension#{page}");
        bodies.insert(path, body.to_string().into());
    }
    for user in 0..users {
        let RuleLists { rules, states } = account.rule_lists(user);
        for (path, body) in list_paths(user).into_iter().zip([states, rules]) {
            bodies.insert(path, body.into());
        }
    }
    bodies
}

/// Returns a list, or the body that was sent as the service would store it.
async fn respond(State(answers): State<Arc<CannedResponses>>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    if path == REQUEST_COUNT_PATH {
        return Response::new(Body::from(
            answers.request_count.swap(0, Ordering::Relaxed).to_string(),
        ));
    }
    answers.request_count.fetch_add(1, Ordering::Relaxed);
    let page = || {
        let query = request.uri().query().unwrap_or_default();
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let page = pairs.find(|(key, _)| *key == "page");
        page.map_or("1", |(_, page)| page)
    };
    let found = match request.method() {
        &Method::PATCH => {
            let (head, body) = request.into_parts();
            let written = axum::body::to_bytes(body, usize::MAX).await.ok();
            written.and_then(|body| patched_body(head.uri.path(), &body))
        }
        _ => match answers.bodies.get(path) {
            Some(body) => Some(body.clone()),
            None => answers.bodies.get(&format!("{path}#{}", page())).cloned(),
        },
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("x-rate-limit-group", "medium")
        .header("x-rate-limit-limit", "1000000")
        .header("x-rate-limit-remaining", "999999")
        .header("x-rate-limit-window", "60");
    let response = match found {
        Some(body) => response.body(Body::from(body)),
        None => response.status(404).body(Body::empty()),
    };
    response.unwrap_or_default()
}

/// Returns a body that was sent, with the id at the end of its path.
fn patched_body(path: &str, body: &[u8]) -> Option<Bytes> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let (_, id) = path.rsplit_once('/')?;
    body.as_object_mut()?.insert("id".to_owned(), id.into());
    Some(body.to_string().into())
}

//! An account that answers at once: every body is made beforehand and sent from memory.
//!
//! It runs in a process of its own, with one thread, and so takes one of the cores while it answers.

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

use super::company::{ACCOUNT, Account, Failure, Lists, directory, id};

/// How many entries of the directory an answer has.
const PER_PAGE: usize = 1000;

/// The first argument of the process that serves; the second is the number of users.
pub(crate) const SERVE: &str = "serve";

/// Where it tells how many requests came since it was asked that last.
const ASKED: &str = "/asked";

/// A server that goes on until it is dropped.
pub(crate) struct Server {
    url: String,
    process: Child,
}

struct Answers {
    bodies: HashMap<String, Bytes>,
    asked: AtomicU64,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves a company of so many users, and tells where.
pub(crate) fn serve(users: usize) -> Result<(), Failure> {
    let answers = Arc::new(Answers {
        bodies: bodies(&Account::set_up()?, users),
        asked: AtomicU64::new(0),
    });
    // Its input ends with the process that began it.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(0);
    });
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(answers);
        Ok(axum::serve(listener, router).await?)
    })
}

impl Server {
    /// Starts one.
    pub(crate) fn start(users: usize) -> Result<Server, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([SERVE, &users.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = process.stdout.take().ok_or("it has no standard output")?;
        let url = BufReader::new(told)
            .lines()
            .next()
            .ok_or("it does not start")??;
        Ok(Server { url, process })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests came since this was asked last.
    pub(crate) fn take_asked(&self) -> Result<u64, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let asked = client.get(format!("{}{ASKED}", self.url)).send();
        let asked = async { asked.await?.text().await };
        Ok(runtime.block_on(asked)?.parse()?)
    }

    /// The addresses of the two lists of every user.
    pub(crate) fn addresses(&self, users: usize) -> Vec<String> {
        let url = &self.url;
        let both = |user| paths(user).map(|path| format!("{url}{path}?page=1&perPage=1000"));
        (0..users).flat_map(both).collect()
    }
}

fn paths(user: usize) -> [String; 2] {
    let lists = ["state-rules", "interaction-rules"];
    lists.map(|list| {
        let user = id(user);
        format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/{list}")
    })
}

/// What is answered to which path; to pages of the directory with their number behind it.
fn bodies(account: &Account, users: usize) -> HashMap<String, Bytes> {
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
    let records = directory(users);
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
        let Lists { rules, states } = account.lists(user);
        for (path, body) in paths(user).into_iter().zip([states, rules]) {
            bodies.insert(path, body.into());
        }
    }
    bodies
}

/// A list, or what was sent, as the service has it then.
async fn answer(State(answers): State<Arc<Answers>>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    if path == ASKED {
        return Response::new(Body::from(
            answers.asked.swap(0, Ordering::Relaxed).to_string(),
        ));
    }
    answers.asked.fetch_add(1, Ordering::Relaxed);
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
            written.and_then(|body| written_as(head.uri.path(), &body))
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

/// A body that was sent, with the id that its path ends in.
fn written_as(path: &str, body: &[u8]) -> Option<Bytes> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let (_, id) = path.rsplit_once('/')?;
    body.as_object_mut()?.insert("id".to_owned(), id.into());
    Some(body.to_string().into())
}

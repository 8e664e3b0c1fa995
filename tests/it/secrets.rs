//! Nothing that a full run tells or keeps has a secret in it, at the highest verbosity, also where the
//! service quotes back what it was sent.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::sandbox::http;
use crate::support::TestEnv;

const SECRET: &str = "hush-app-secret-4711";
const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJlLW9m";
/// `app:` and the secret, as the sign-in sends them.
const BASIC: &str = "YXBwOmh1c2gtYXBwLXNlY3JldC00NzEx";

/// Which requests are answered with an error that quotes them.
type Quotes = fn(method: &str, path: &str) -> Option<StatusCode>;

/// A gateway before the sandbox. Its errors quote all that went through it since the last sign-in, as those
/// that are being debugged do.
struct Gateway {
    address: String,
    quotes: Arc<Mutex<(Quotes, bool)>>,
}

#[derive(Clone)]
struct Inside {
    sandbox: String,
    quotes: Arc<Mutex<(Quotes, bool)>>,
    seen: Arc<Mutex<String>>,
}

impl Gateway {
    fn open(env: &TestEnv) -> Self {
        let quotes: Arc<Mutex<(Quotes, bool)>> = Arc::new(Mutex::new((|_, _| None, true)));
        let inside = Inside {
            sandbox: env.sandbox().url(),
            quotes: Arc::clone(&quotes),
            seen: Arc::default(),
        };
        let app = Router::new().fallback(move |request: Request| answer(inside.clone(), request));
        let address = env.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, app).await });
            address
        });
        Gateway { address, quotes }
    }

    fn quotes(&self, quotes: Quotes, as_json: bool) {
        *self.quotes.lock().unwrap() = (quotes, as_json);
    }
}

async fn answer(inside: Inside, request: Request) -> Response {
    let Inside {
        sandbox,
        quotes,
        seen,
    } = inside;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let authorization = text(&head.headers, header::AUTHORIZATION.as_str());
    let path = head.uri.to_string();
    if path.ends_with("/oauth/token") {
        // A run knows what it was given itself.
        seen.lock().unwrap().clear();
    }
    seen.lock().unwrap().push_str(&format!(
        " Authorization: {authorization} {}",
        String::from_utf8_lossy(&body)
    ));
    let (quotes, as_json) = *quotes.lock().unwrap();
    if let Some(status) = quotes(head.method.as_str(), &path) {
        let quote = format!("{} {SECRET} {JWT} {BASIC}", seen.lock().unwrap());
        let error = json!({ "errorCode": "X-1", "message": quote, "errors": [{ "errorCode": "X-1", "message": quote }] });
        return match as_json {
            true => (status, axum::Json(error)).into_response(),
            false => (status, format!("<html><b>{quote}</b></html>")).into_response(),
        };
    }
    let passed = http()
        .request(head.method, format!("{sandbox}{path}"))
        .header(header::AUTHORIZATION, authorization)
        .header(
            header::CONTENT_TYPE,
            text(&head.headers, header::CONTENT_TYPE.as_str()),
        )
        .body(body);
    let passed = passed.send().await.unwrap();
    let (status, headers) = (passed.status(), passed.headers().clone());
    let body: Bytes = passed.bytes().await.unwrap();
    if path.ends_with("/oauth/token") {
        // The token is quoted from now on, also where nobody sends it.
        let tokens: Value = serde_json::from_slice(&body).unwrap();
        seen.lock()
            .unwrap()
            .push_str(&tokens["access_token"].to_string());
    }
    let mut response = (status, body).into_response();
    for (name, value) in &headers {
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// All that a run with these arguments tells, and its exit code.
fn told(env: &TestEnv, gateway: &Gateway, arguments: &[&str]) -> (i32, String) {
    let mut command = env.command();
    command
        .env("RC_SERVER_URL", &gateway.address)
        .env("RC_APP_CLIENT_ID", "app")
        .env("RC_APP_CLIENT_SECRET", SECRET)
        .env("RC_USER_JWT", JWT);
    let output = command.args(arguments).output().unwrap();
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), told.concat())
}

/// The text of every file below a folder.
fn files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        text += &match path.is_dir() {
            true => files(&path),
            false => String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
        };
    }
    text
}

/// The tokens that the account has given out, and what opened it.
fn secrets(env: &TestEnv) -> Vec<String> {
    let mut secrets = [SECRET, JWT, BASIC].map(str::to_owned).to_vec();
    secrets.extend(JWT.split('.').map(str::to_owned));
    for sign_in in env.requests("POST", "/oauth/token") {
        let answer = sign_in.response.unwrap_or_default();
        let tokens =
            ["access_token", "refresh_token"].map(|key| answer[key].as_str().map(str::to_owned));
        secrets.extend(tokens.into_iter().flatten());
    }
    secrets
}

#[test]
fn no_secret_is_told_or_kept_by_a_full_run() {
    let env = TestEnv::example("acme");
    let gateway = Gateway::open(&env);
    let plan = env.path().join("plan.json").display().to_string();
    let journal = env.path().join("journal.jsonl").display().to_string();
    let mut all = String::new();
    let mut run = |code: i32, arguments: &[&str]| {
        for log in [&["-vvv", "--log-format", "json"][..], &["-vvv"]] {
            let (found, told) = told(&env, &gateway, &[log, arguments].concat());
            assert_eq!(found, code, "{arguments:?}: {told}");
            all += &told;
            // What writes does so once.
            if arguments.contains(&"--auto-approve") || code == 1 {
                break;
            }
        }
    };
    run(0, &["doctor"]);
    run(0, &["doctor", "--format", "json"]);
    run(0, &["plan", "--out", &plan]);
    run(0, &["plan", "--format", "json"]);
    // Some writes are refused with a quotation, and then the rest is done.
    gateway.quotes(
        |method, _| (method == "PATCH").then_some(StatusCode::BAD_REQUEST),
        true,
    );
    run(
        3,
        &["apply", &plan, "--auto-approve", "--journal", &journal],
    );
    gateway.quotes(|_, _| None, true);
    run(0, &["apply", "--auto-approve", "--format", "json"]);
    run(0, &["rollback", &journal, "--auto-approve"]);
    // What the tests speak of is gone with the files that are written anew.
    std::fs::remove_dir_all(env.path().join("tests")).unwrap();
    run(0, &["import", "--force"]);

    // Each thing that a run asks for is refused with a quotation, as JSON and as a page.
    let refusals: [Quotes; 4] = [
        |_, path| {
            path.ends_with("/oauth/token")
                .then_some(StatusCode::BAD_REQUEST)
        },
        |_, path| {
            path.contains("/v1.0/account")
                .then_some(StatusCode::UNAUTHORIZED)
        },
        |_, path| {
            path.contains("interaction-rules")
                .then_some(StatusCode::FORBIDDEN)
        },
        |_, path| path.contains("/extension?").then_some(StatusCode::CONFLICT),
    ];
    for refusal in refusals {
        for as_json in [true, false] {
            gateway.quotes(refusal, as_json);
            run(1, &["plan"]);
            if as_json {
                run(1, &["apply", "--auto-approve"]);
                run(1, &["import", "--force"]);
            }
        }
    }
    all += &files(env.path());
    assert!(all.contains("[secret]"), "the quotations were looked at");
    assert!(all.contains("a request was sent"), "and so was the log");
    for secret in secrets(&env) {
        if let Some(at) = all.find(&secret) {
            let (start, end) = (at.saturating_sub(200), (at + 100).min(all.len()));
            panic!("{secret} in {:?}", all.get(start..end));
        }
    }
}

//! No command prints or stores a secret, at the highest verbosity and with a gateway that quotes
//! requests in its errors.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::sandbox::http_client;
use crate::support::TestEnv;

const SECRET: &str = "hush-app-secret-4711";
const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJlLW9m";
/// `app:` and the secret, as the sign-in sends them.
const BASIC: &str = "YXBwOmh1c2gtYXBwLXNlY3JldC00NzEx";

/// Returns the status of the error for a request, or nothing if the gateway passes it on.
type ErrorRule = fn(method: &str, path: &str) -> Option<StatusCode>;

/// Which errors the gateway makes, and whether they are JSON or a web page.
#[derive(Clone, Copy)]
struct ErrorPolicy {
    rule: ErrorRule,
    as_json: bool,
}

/// A gateway between the program and the sandbox. Its errors quote all requests since the last
/// sign-in, as gateways do for debugging.
struct QuotingGateway {
    address: String,
    policy: Arc<Mutex<ErrorPolicy>>,
}

#[derive(Clone)]
struct GatewayState {
    sandbox_url: String,
    policy: Arc<Mutex<ErrorPolicy>>,
    quotation: Arc<Mutex<String>>,
}

impl QuotingGateway {
    /// Starts a gateway that passes on all requests.
    fn start(env: &TestEnv) -> Self {
        let policy = Arc::new(Mutex::new(ErrorPolicy {
            rule: |_, _| None,
            as_json: true,
        }));
        let state = GatewayState {
            sandbox_url: env.sandbox().url(),
            policy: Arc::clone(&policy),
            quotation: Arc::default(),
        };
        let app = Router::new().fallback(move |request: Request| respond(state.clone(), request));
        let address = env.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move { axum::serve(listener, app).await });
            address
        });
        QuotingGateway { address, policy }
    }

    fn set_errors(&self, rule: ErrorRule, as_json: bool) {
        *self.policy.lock().unwrap() = ErrorPolicy { rule, as_json };
    }
}

/// Adds the request to the quotation, and then responds with an error or passes the request on.
async fn respond(state: GatewayState, request: Request) -> Response {
    let GatewayState {
        sandbox_url,
        policy,
        quotation,
    } = state;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let authorization = header_text(&head.headers, header::AUTHORIZATION.as_str());
    let path = head.uri.to_string();
    if path.ends_with("/oauth/token") {
        // The program can only recognize the secrets of its own run.
        quotation.lock().unwrap().clear();
    }
    quotation.lock().unwrap().push_str(&format!(
        " Authorization: {authorization} {}",
        String::from_utf8_lossy(&body)
    ));
    let ErrorPolicy { rule, as_json } = *policy.lock().unwrap();
    if let Some(status) = rule(head.method.as_str(), &path) {
        let quote = format!("{} {SECRET} {JWT} {BASIC}", quotation.lock().unwrap());
        if !as_json {
            return (status, format!("<html><b>{quote}</b></html>")).into_response();
        }
        let error = json!({ "errorCode": "X-1", "message": quote, "errors": [{ "errorCode": "X-1", "message": quote }] });
        return (status, axum::Json(error)).into_response();
    }
    let forwarded_request = http_client()
        .request(head.method, format!("{sandbox_url}{path}"))
        .header(header::AUTHORIZATION, authorization)
        .header(
            header::CONTENT_TYPE,
            header_text(&head.headers, header::CONTENT_TYPE.as_str()),
        )
        .body(body);
    let forwarded = forwarded_request.send().await.unwrap();
    let (status, headers) = (forwarded.status(), forwarded.headers().clone());
    let body: Bytes = forwarded.bytes().await.unwrap();
    if path.ends_with("/oauth/token") {
        // From now on errors quote the token, even those of requests without it.
        let tokens: Value = serde_json::from_slice(&body).unwrap();
        quotation
            .lock()
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

fn header_text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Runs the program through the gateway. Returns its exit code and everything that it prints.
fn run_through(gateway: &QuotingGateway, env: &TestEnv, arguments: &[&str]) -> (i32, String) {
    let mut command = env.command();
    command
        .env("RC_SERVER_URL", &gateway.address)
        .env("RC_APP_CLIENT_ID", "app")
        .env("RC_APP_CLIENT_SECRET", SECRET)
        .env("RC_USER_JWT", JWT);
    let output = command.args(arguments).output().unwrap();
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), texts.concat())
}

/// Returns the text of all files in a folder and its subfolders.
fn read_all_files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &read_all_files(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    text
}

/// Returns the credentials, and the tokens that the sandbox has issued.
fn all_secrets(env: &TestEnv) -> Vec<String> {
    let mut secrets = [SECRET, JWT, BASIC].map(str::to_owned).to_vec();
    secrets.extend(JWT.split('.').map(str::to_owned));
    for sign_in in env.requests("POST", "/oauth/token") {
        let body = sign_in.response.unwrap_or_default();
        let tokens = ["access_token", "refresh_token"].map(|key| body[key].as_str());
        secrets.extend(tokens.into_iter().flatten().map(str::to_owned));
    }
    secrets
}

#[test]
fn no_command_prints_or_stores_a_secret() {
    let env = TestEnv::example("acme");
    let gateway = QuotingGateway::start(&env);
    let plan = env.path().join("plan.json").display().to_string();
    let journal = env.path().join("journal.jsonl").display().to_string();
    let mut output = String::new();
    let mut assert_exit_code = |expected_code: i32, arguments: &[&str]| {
        for log in [&["-vvv", "--log-format", "json"][..], &["-vvv"]] {
            let (code, text) = run_through(&gateway, &env, &[log, arguments].concat());
            assert_eq!(code, expected_code, "{arguments:?}: {text}");
            output += &text;
            // Commands that write, and commands that fail, run only once.
            if arguments.contains(&"--auto-approve") || expected_code == 1 {
                break;
            }
        }
    };
    assert_exit_code(0, &["doctor"]);
    assert_exit_code(0, &["doctor", "--format", "json"]);
    assert_exit_code(0, &["plan", "--out", &plan]);
    assert_exit_code(0, &["plan", "--format", "json"]);
    // The gateway rejects some writes with a quotation. A second apply does the rest.
    gateway.set_errors(
        |method, _| (method == "PATCH").then_some(StatusCode::BAD_REQUEST),
        true,
    );
    assert_exit_code(
        3,
        &["apply", &plan, "--auto-approve", "--journal", &journal],
    );
    gateway.set_errors(|_, _| None, true);
    assert_exit_code(0, &["apply", "--auto-approve", "--format", "json"]);
    assert_exit_code(0, &["rollback", &journal, "--auto-approve"]);
    // The tests refer to parts of the user files that `import --force` overwrites.
    fs::remove_dir_all(env.path().join("tests")).unwrap();
    assert_exit_code(0, &["import", "--force"]);

    // The gateway rejects each kind of request with a quotation, as JSON and as a web page.
    let error_rules: [ErrorRule; 4] = [
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
    for rule in error_rules {
        for as_json in [true, false] {
            gateway.set_errors(rule, as_json);
            assert_exit_code(1, &["plan"]);
            if as_json {
                assert_exit_code(1, &["apply", "--auto-approve"]);
                assert_exit_code(1, &["import", "--force"]);
            }
        }
    }
    output += &read_all_files(env.path());
    // The output includes quotations with redacted secrets, and the log of requests.
    let (_, quotation) = output.split_once("Authorization: Bearer ").unwrap();
    insta::assert_snapshot!(quotation.split(' ').next().unwrap(), @"[secret]");
    let log_lines = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut fields = log_lines.map(|line| line["fields"].clone());
    let request_log = fields.find(|fields| fields["status"] == 200).unwrap();
    insta::assert_snapshot!(request_log["message"].as_str().unwrap(), @"a request was sent");
    for secret in all_secrets(&env) {
        if let Some(position) = output.find(&secret) {
            let (start, end) = (
                position.saturating_sub(200),
                (position + 100).min(output.len()),
            );
            panic!("{secret} in {:?}", output.get(start..end));
        }
    }
}

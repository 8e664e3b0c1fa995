//! Secrets: where they must not appear, and which network settings the client uses.

use std::io;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use callrules::client::ApiClient;
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod};
use serde_json::json;

use super::support::{
    ACCOUNT, JWT, MockServer, SECRET, TOKEN, account_response, config, fast_retries,
    full_error_text, html_page, rules_path, write_request,
};

/// A buffer that collects the log.
#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for LogBuffer {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log subscriber is global to a process, so this test runs itself in a process of its own.
#[tokio::test]
async fn errors_logs_and_debug_output_contain_no_secrets() {
    if child_argument().is_none() {
        return run_in_child(
            "errors_logs_and_debug_output_contain_no_secrets",
            "yes",
            &[],
        )
        .await;
    }
    let log = LogBuffer::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();

    // This server quotes the requests that it received, as gateways do for debugging.
    let start_quoting_server = |status: u16, as_json: bool, sign_in_too: bool| {
        MockServer::start(move |request, _| {
            if request.is_for(TOKEN) && !sign_in_too {
                return None;
            }
            let quote = format!(
                "Authorization: {} body {} {SECRET} {JWT}",
                request.authorization, request.body
            );
            let status = StatusCode::from_u16(status).unwrap();
            Some(if as_json {
                let error = json!({"errors": [{"errorCode": "X", "message": quote}]});
                (status, Json(error)).into_response()
            } else {
                (status, format!("<html>{quote}</html>")).into_response()
            })
        })
    };
    let mut output = format!("{:?}", config("https://platform.ringcentral.com"));
    for (status, as_json, sign_in_too) in [
        (400, true, false),
        (502, false, false),
        (200, false, false),
        (400, true, true),
        (403, false, true),
    ] {
        let server = start_quoting_server(status, as_json, sign_in_too).await;
        let client = server.client();
        output += &full_error_text(&client.account_id().await.unwrap_err());
        let create = write_request(WriteMethod::Post, &rules_path("7"));
        output += &full_error_text(&client.send(&create).await.unwrap_err());
        output += &format!("{client:?}");
    }
    // The response to this sign-in is damaged after the token.
    let damaged =
        MockServer::start(|_, _| Some(r#"{"access_token": "token-1-of-many", "#.into_response()))
            .await;
    output += &full_error_text(&damaged.client().account_id().await.unwrap_err());
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // A line has a time, the level, the module, and after a colon the message.
    let mut warnings = log.lines().filter_map(|line| line.split_once("WARN "));
    let (_, first_retry) = warnings.find(|(_, text)| text.contains(" 502")).unwrap();
    let (_, message) = first_retry.split_once(": ").unwrap();
    insta::with_settings!({filters => vec![(r"127\.0\.0\.1:\d+", "SERVER")]}, {
        insta::assert_snapshot!(message, @"SERVER answered with status 502, trying again (attempt 2)");
    });
    output += &log;
    let basic = "YXBwOmh1c2gtYXBwLXNlY3JldC00NzEx"; // app:hush-app-secret-4711
    for secret in [SECRET, JWT, basic, "token-1-of-many"] {
        assert!(!output.contains(secret), "{secret} in {output}");
    }
}

const CHILD_ARGUMENT: &str = "CALLRULES_TEST_INSIDE";

/// Returns the argument of [`run_in_child`], if this process is such a child.
fn child_argument() -> Option<String> {
    std::env::var(CHILD_ARGUMENT).ok()
}

/// Runs one test of this file in a process of its own, with an argument and environment variables.
async fn run_in_child(test: &str, argument: &str, variables: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([
        &format!("client::secrets::{test}"),
        "--exact",
        "--nocapture",
    ]);
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        command.env_remove(name);
    }
    command
        .env(CHILD_ARGUMENT, argument)
        .envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[tokio::test]
async fn proxy_is_used_except_for_the_local_machine() {
    let new_client = |url: &str| ApiClient::with_retry_policy(config(url), fast_retries()).unwrap();
    if let Some(by_ip) = child_argument() {
        let by_name = by_ip.replace("127.0.0.1", "localhost");
        for url in [by_ip, by_name] {
            let account = new_client(&url).account_id().await;
            assert_eq!(account.unwrap(), "37439510", "{url}");
        }
        let remote = new_client("https://platform.example");
        remote.account_id().await.unwrap_err();
        return;
    }
    let proxy = MockServer::start(|_, _| Some(html_page(502, "no way through"))).await;
    let server =
        MockServer::start(|request, _| request.is_for(ACCOUNT).then(account_response)).await;
    let variables =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, proxy.address.as_str()));
    run_in_child(
        "proxy_is_used_except_for_the_local_machine",
        &server.address,
        &variables,
    )
    .await;
    assert_eq!(server.count(ACCOUNT), 2);
    let requests = proxy.received();
    assert!(!requests.is_empty());
    for request in &requests {
        assert!(
            request.method_and_path.starts_with("CONNECT "),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn missing_system_certificates_are_replaced_by_bundled_ones() {
    if child_argument().is_some() {
        ApiClient::new(config("https://platform.ringcentral.com")).unwrap();
        return;
    }
    let missing_roots = [
        ("SSL_CERT_FILE", "/nonexistent/roots.pem"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    run_in_child(
        "missing_system_certificates_are_replaced_by_bundled_ones",
        "yes",
        &missing_roots,
    )
    .await;
}

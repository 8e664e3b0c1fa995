//! Secrets stay where they belong, whatever the environment looks like.

use std::io;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use callrules::client::Client;
use callrules::engine::account::{Method, Read, Write};
use serde_json::json;

use super::support::{
    ACCOUNT, JWT, SECRET, Server, TOKEN, account, config, everything_about, page, patience, rules,
    with, write,
};

#[tokio::test]
async fn the_token_goes_nowhere_but_to_the_server() {
    let elsewhere = Server::start(|_, _| Some(account())).await;
    let address = elsewhere.address.clone();
    let server = Server::start(move |seen, _| {
        let moved = || {
            with(
                StatusCode::TEMPORARY_REDIRECT.into_response(),
                "location",
                &address,
            )
        };
        (!seen.is_for(TOKEN)).then(moved)
    })
    .await;
    let client = server.client();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(307));
    let outside = format!("{}/restapi/x", elsewhere.address.replace("http:", ""));
    let error = client
        .send(&write(Method::Patch, &outside))
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("is not a path of the API"),
        "{error}"
    );
    assert!(elsewhere.seen().is_empty());
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log belongs to a whole process, so this test runs itself as another one.
#[tokio::test]
async fn secrets_appear_in_no_error_no_log_and_no_debug_output() {
    if inside().is_none() {
        return rerun(
            "secrets_appear_in_no_error_no_log_and_no_debug_output",
            "yes",
            &[],
        )
        .await;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();

    // This one quotes back whatever it was sent, as debugging gateways do.
    let quoting = |status: u16, as_json: bool, sign_in_too: bool| {
        Server::start(move |seen, _| {
            if seen.is_for(TOKEN) && !sign_in_too {
                return None;
            }
            let quote = format!(
                "Authorization: {} body {} {SECRET} {JWT}",
                seen.authorization, seen.body
            );
            let status = StatusCode::from_u16(status).unwrap();
            Some(match as_json {
                true => (
                    status,
                    Json(json!({"errors": [{"errorCode": "X", "message": quote}]})),
                )
                    .into_response(),
                false => (status, format!("<html>{quote}</html>")).into_response(),
            })
        })
    };
    let mut told = format!("{:?}", config("https://platform.ringcentral.com"));
    for (status, as_json, sign_in_too) in [
        (400, true, false),
        (502, false, false),
        (200, false, false),
        (400, true, true),
        (403, false, true),
    ] {
        let server = quoting(status, as_json, sign_in_too).await;
        let client = server.client();
        told += &everything_about(&client.account_id().await.unwrap_err());
        told += &everything_about(
            &client
                .send(&write(Method::Post, &rules("7")))
                .await
                .unwrap_err(),
        );
        told += &format!("{client:?}");
    }
    // A sign-in whose answer is damaged after the token.
    let damaged =
        Server::start(|_, _| Some(r#"{"access_token": "token-1-of-many", "#.into_response())).await;
    told += &everything_about(&damaged.client().account_id().await.unwrap_err());
    told += &String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        told.contains("WARN")
            && told.contains(" answered with status 502, trying again (attempt 2)"),
        "the log is looked at as well: {told}"
    );
    let basic = "YXBwOmh1c2gtYXBwLXNlY3JldC00NzEx"; // app:hush-app-secret-4711
    for secret in [SECRET, JWT, basic, "token-1-of-many"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

const INSIDE: &str = "CALLRULES_TEST_INSIDE";

/// What the test that runs this process has to say to itself.
fn inside() -> Option<String> {
    std::env::var(INSIDE).ok()
}

/// Runs one test of this file again, alone in a process with these variables.
async fn rerun(test: &str, inside: &str, variables: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([
        &format!("client::secrets::{test}"),
        "--exact",
        "--nocapture",
    ]);
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        command.env_remove(name);
    }
    command.env(INSIDE, inside).envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
async fn a_proxy_serves_the_world_but_never_this_machine() {
    if let Some(local) = inside() {
        for local in [local.clone(), local.replace("127.0.0.1", "localhost")] {
            let client = Client::with_patience(config(&local), patience()).unwrap();
            assert_eq!(client.account_id().await.unwrap(), "37439510", "{local}");
        }
        let env = Client::with_patience(config("https://platform.example"), patience()).unwrap();
        env.account_id().await.unwrap_err();
        return;
    }
    let proxy = Server::start(|_, _| Some(page(502, "no way through"))).await;
    let server = Server::start(|seen, _| seen.is_for(ACCOUNT).then(account)).await;
    let variables =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, proxy.address.as_str()));
    rerun(
        "a_proxy_serves_the_world_but_never_this_machine",
        &server.address,
        &variables,
    )
    .await;
    assert_eq!(server.count(ACCOUNT), 2);
    let through: Vec<String> = proxy.seen().into_iter().map(|seen| seen.what).collect();
    assert!(!through.is_empty());
    let is_through = |what: &String| what.starts_with("CONNECT ");
    assert!(through.iter().all(is_through), "{through:?}");
}

#[tokio::test]
async fn a_system_without_certificates_is_served_by_the_bundled_ones() {
    if inside().is_some() {
        Client::new(config("https://platform.ringcentral.com")).unwrap();
        return;
    }
    let nowhere = [
        ("SSL_CERT_FILE", "/nonexistent/roots.pem"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    rerun(
        "a_system_without_certificates_is_served_by_the_bundled_ones",
        "yes",
        &nowhere,
    )
    .await;
}

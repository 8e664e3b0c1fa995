//! Faults of the connection: truncated, slow and missing responses.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{
    last_exchange, live_rule_names, outcomes, rule_body, rules_path, start_with_faults, timed,
};
use crate::sandbox::SandboxClient;

/// Sends a request and returns all bytes until the server closes the connection.
async fn send_raw(api: &SandboxClient, method: &str, path: &str, body: &str) -> String {
    let address = api.sandbox.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        api.token,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    String::from_utf8(response).unwrap()
}

#[tokio::test]
async fn cut_response_is_shorter_than_its_content_length() {
    let api = start_with_faults(&["cut nth=1"]).await;
    let response = send_raw(&api, "GET", &rules_path(), "").await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = content_length(head);
    assert!(!body.is_empty() && body.len() < length, "{response}");
    // The sandbox records the complete response.
    assert_eq!(
        (last_exchange(&api).status, last_exchange(&api).fault),
        (200, Some("cut"))
    );
    assert!(last_exchange(&api).response.unwrap()["records"].is_array());

    let complete = send_raw(&api, "GET", &rules_path(), "").await;
    let (_, complete_body) = complete.split_once("\r\n\r\n").unwrap();
    assert_eq!(complete_body.len(), length);
}

/// Returns the value of `Content-Length` in bytes.
fn content_length(head: &str) -> usize {
    let lowercase_head = head.to_lowercase();
    let (_, rest) = lowercase_head.split_once("content-length: ").unwrap();
    rest.lines().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn drop_before_changes_nothing() {
    let api = start_with_faults(&["drop-before method=POST"]).await;
    let body = rule_body("VIP").to_string();
    assert_eq!(send_raw(&api, "POST", &rules_path(), &body).await, "");
    assert!(live_rule_names(&api).is_empty());
    assert_eq!(outcomes(&api), [(0, Some("drop-before"))]);
    assert_eq!(last_exchange(&api).request.unwrap()["displayName"], "VIP");
}

#[tokio::test]
async fn drop_after_changes_the_account_without_a_response() {
    let api = start_with_faults(&["drop-after method=POST", "drop-after method=DELETE"]).await;
    let body = rule_body("VIP").to_string();
    assert_eq!(send_raw(&api, "POST", &rules_path(), &body).await, "");
    assert_eq!(live_rule_names(&api), ["VIP"]);
    let created = last_exchange(&api).response.unwrap();
    let path = format!("{}/{}", rules_path(), created["id"].as_str().unwrap());
    assert_eq!(send_raw(&api, "DELETE", &path, "").await, "");
    assert!(live_rule_names(&api).is_empty());
    assert_eq!(
        outcomes(&api),
        [(201, Some("drop-after")), (204, Some("drop-after"))]
    );
}

#[tokio::test]
async fn drop_late_changes_the_account_after_the_delay() {
    let api = start_with_faults(&["drop-late delay=0.5 method=POST nth=1"]).await;
    let body = rule_body("VIP").to_string();
    assert_eq!(send_raw(&api, "POST", &rules_path(), &body).await, "");
    assert!(live_rule_names(&api).is_empty());
    assert_eq!(outcomes(&api), [(0, Some("drop-late"))]);
    api.call_ok("POST", &rules_path(), rule_body("VIP")).await;
    assert_eq!(live_rule_names(&api), ["VIP"]);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(live_rule_names(&api), ["VIP", "VIP"]);
    assert_eq!(outcomes(&api).len(), 2, "the late write is not an exchange");
}

#[tokio::test]
async fn not_json_changes_the_account() {
    let api = start_with_faults(&["not-json method=POST", "not-json method=DELETE"]).await;
    let response = send_raw(&api, "POST", &rules_path(), &rule_body("VIP").to_string()).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    assert!(serde_json::from_str::<serde_json::Value>(body).is_err());
    assert_eq!(live_rule_names(&api), ["VIP"]);
    let created = last_exchange(&api).response.unwrap();
    let path = format!("{}/{}", rules_path(), created["id"].as_str().unwrap());
    let response = send_raw(&api, "DELETE", &path, "").await;
    insta::assert_snapshot!(response.split_once("\r\n\r\n").unwrap().1, @"ok, but this is not JSON");
}

#[tokio::test]
async fn slow_response_changes_the_account_at_once() {
    let api = start_with_faults(&["slow delay=2 method=POST"]).await;
    let url = format!("{}{}", api.sandbox.url(), rules_path());
    let request = api
        .http
        .post(url)
        .bearer_auth(&api.token)
        .json(&rule_body("VIP"));
    // A client that times out has changed the account nevertheless.
    let impatient_request = request.try_clone().unwrap().timeout(Duration::from_secs(1));
    assert!(impatient_request.send().await.unwrap_err().is_timeout());
    assert_eq!(live_rule_names(&api), ["VIP"]);
    let (response, span) = timed(request.send()).await;
    assert_eq!(response.unwrap().status(), 201);
    assert!(span >= Duration::from_secs(2), "{span:?}");
    assert_eq!(outcomes(&api), [(201, Some("slow")); 2]);
}

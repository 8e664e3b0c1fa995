//! Faults that the connection itself shows.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{faulty, last, log, names, rule, rules, timed};
use crate::sandbox::Api;

/// Everything that comes back until the connection ends.
async fn raw(api: &Api, method: &str, path: &str, body: &str) -> String {
    let address = api.sandbox.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        api.token,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_cut_answer_has_fewer_bytes_than_it_announces() {
    let api = faulty(&["cut nth=1"]).await;
    let answer = raw(&api, "GET", &rules(), "").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let (_, length) = head.split_once("content-length: ").unwrap();
    let length: usize = length.lines().next().unwrap().parse().unwrap();
    assert!(!body.is_empty() && body.len() < length, "{answer}");
    // What was made stands in the log whole.
    assert_eq!((last(&api).status, last(&api).fault), (200, Some("cut")));
    assert!(last(&api).response.unwrap()["records"].is_array());

    let whole = raw(&api, "GET", &rules(), "").await;
    assert_eq!(whole.split_once("\r\n\r\n").unwrap().1.len(), length);
}

#[tokio::test]
async fn a_request_that_is_dropped_before_counts_for_nothing() {
    let api = faulty(&["drop-before method=POST"]).await;
    let body = rule("VIP").to_string();
    assert_eq!(raw(&api, "POST", &rules(), &body).await, "");
    assert!(names(&api).is_empty());
    assert_eq!(log(&api), [(0, Some("drop-before"))]);
    assert_eq!(last(&api).request.unwrap()["displayName"], "VIP");
}

#[tokio::test]
async fn a_request_that_is_dropped_after_counts_and_nobody_hears_of_it() {
    let api = faulty(&["drop-after method=POST", "drop-after method=DELETE"]).await;
    let body = rule("VIP").to_string();
    assert_eq!(raw(&api, "POST", &rules(), &body).await, "");
    assert_eq!(names(&api), ["VIP"]);
    let created = last(&api).response.unwrap();
    let one = format!("{}/{}", rules(), created["id"].as_str().unwrap());
    assert_eq!(raw(&api, "DELETE", &one, "").await, "");
    assert!(names(&api).is_empty());
    assert_eq!(
        log(&api),
        [(201, Some("drop-after")), (204, Some("drop-after"))]
    );
}

#[tokio::test]
async fn a_request_that_is_dropped_and_carried_out_late_lands_when_nobody_waits() {
    let api = faulty(&["drop-late delay=0.5 method=POST nth=1"]).await;
    let body = rule("VIP").to_string();
    assert_eq!(raw(&api, "POST", &rules(), &body).await, "");
    assert!(names(&api).is_empty());
    assert_eq!(log(&api), [(0, Some("drop-late"))]);
    api.good("POST", &rules(), rule("VIP")).await;
    assert_eq!(names(&api), ["VIP"]);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(names(&api), ["VIP", "VIP"]);
    assert_eq!(log(&api).len(), 2, "its landing is no exchange");
}

#[tokio::test]
async fn an_answer_that_is_no_json_came_of_a_request_that_was_carried_out() {
    let api = faulty(&["not-json method=POST", "not-json method=DELETE"]).await;
    let answer = raw(&api, "POST", &rules(), &rule("VIP").to_string()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    assert!(serde_json::from_str::<serde_json::Value>(body).is_err());
    assert_eq!(names(&api), ["VIP"]);
    let created = last(&api).response.unwrap();
    let one = format!("{}/{}", rules(), created["id"].as_str().unwrap());
    let answer = raw(&api, "DELETE", &one, "").await;
    assert!(answer.ends_with("no JSON"), "{answer}");
}

#[tokio::test]
async fn a_slow_answer_was_made_at_once() {
    let api = faulty(&["slow delay=2 method=POST"]).await;
    let url = format!("{}{}", api.sandbox.url(), rules());
    let request = api.http.post(url).bearer_auth(&api.token);
    let request = request.json(&rule("VIP"));
    // Whoever cannot wait has changed the account all the same.
    let hasty = request.try_clone().unwrap();
    let hasty = hasty.timeout(Duration::from_secs(1)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    assert_eq!(names(&api), ["VIP"]);
    let (answer, span) = timed(request.send()).await;
    assert_eq!(answer.unwrap().status(), 201);
    assert!(span >= Duration::from_secs(2), "{span:?}");
    assert_eq!(log(&api), [(201, Some("slow")); 2]);
}

//! Faults whose response replaces the response of the API.

use std::time::Duration;

use super::{last_exchange, live_rule_names, outcomes, rule_body, rules_path, start_with_faults};
use crate::sandbox::ALEX_PATH;

#[tokio::test]
async fn request_during_a_429_penalty_restarts_it() {
    let api = start_with_faults(&["429 pause=2 path=interaction-rules nth=1"]).await;
    let response = api.get(&rules_path()).await;
    assert_eq!((response.status, response.code()), (429, "CMN-301"));
    assert_eq!(response.header("retry-after"), "2");
    assert_eq!(response.header("x-rate-limit-group"), "Medium");
    assert_eq!(response.header("x-rate-limit-remaining"), "0");
    assert_ne!(response.header("x-rate-limit-limit"), "");
    assert_ne!(response.header("x-rate-limit-window"), "");

    let other_group = api.get("/restapi/v1.0/account/~").await;
    assert_eq!(other_group.status, 200);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(api.get(&format!("{ALEX_PATH}/states")).await.status, 429);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let response = api.get(&rules_path()).await;
    assert_eq!(
        (response.status, response.header("retry-after")),
        (429, "2")
    );
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(api.get(&rules_path()).await.status, 200);

    let exchanges = api.sandbox.exchanges();
    let outcomes = exchanges.iter().map(|e| (e.status, e.fault, e.in_penalty));
    assert_eq!(
        outcomes.collect::<Vec<_>>(),
        [
            (200, None, false),
            (429, Some("429"), false),
            (200, None, false),
            (429, None, true),
            (429, None, true),
            (200, None, false),
        ]
    );
}

#[tokio::test]
async fn account_429_names_no_group_and_rejects_all_requests() {
    let api = start_with_faults(&["429-account nth=1"]).await;
    let response = api.get(&rules_path()).await;
    assert_eq!((response.status, response.code()), (429, "CMN-301"));
    for name in ["retry-after", "x-rate-limit-group", "x-rate-limit-limit"] {
        assert_eq!(response.header(name), "", "{name}");
    }
    let other_group = api.get("/restapi/v1.0/account/~").await;
    assert_eq!(other_group.status, 429);
    assert_eq!(other_group.header("x-rate-limit-group"), "");
    assert!(last_exchange(&api).in_penalty);

    let api = start_with_faults(&["429-account pause=0.3 nth=1"]).await;
    assert_eq!(api.get(&rules_path()).await.header("retry-after"), "1");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(api.get(&rules_path()).await.status, 200);
}

#[tokio::test]
async fn server_errors_change_nothing() {
    let api = start_with_faults(&[
        "500 method=POST nth=1",
        "502 method=POST nth=1",
        "503 method=POST nth=1",
        "504 method=POST nth=1",
    ])
    .await;
    let rule = rule_body("VIP");
    for status in [500, 502, 503, 504] {
        let response = api.call("POST", &rules_path(), Some(&rule)).await;
        assert_eq!(response.status, status);
        assert!(response.code().starts_with("CMN-"), "{}", response.body);
        assert_eq!(response.header("x-rate-limit-group"), "Medium");
    }
    assert!(live_rule_names(&api).is_empty());
    assert_eq!(
        api.call("POST", &rules_path(), Some(&rule)).await.status,
        201
    );
    assert_eq!(
        outcomes(&api),
        [
            (500, Some("500")),
            (502, Some("502")),
            (503, Some("503")),
            (504, Some("504")),
            (201, None),
        ]
    );
}

#[tokio::test]
async fn html_fault_responds_with_a_web_page() {
    let api =
        start_with_faults(&["html path=rules nth=1", "html path=rules status=200 nth=1"]).await;
    for status in [502, 200] {
        let url = format!("{}{}", api.sandbox.url(), rules_path());
        let request = api.http.get(url).bearer_auth(&api.token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        assert!(response.headers().get("x-rate-limit-group").is_none());
        let content_type = response.headers()["content-type"].to_str().unwrap();
        assert!(content_type.starts_with("text/html"), "{content_type}");
        assert!(response.text().await.unwrap().starts_with("<html>"));
    }
    assert_eq!(outcomes(&api), [(502, Some("html")), (200, Some("html"))]);
}

#[tokio::test]
async fn expired_token_stays_expired() {
    let api = start_with_faults(&["expired nth=2"]).await;
    assert_eq!(api.get(&rules_path()).await.status, 200);
    for fault in [Some("expired"), None] {
        let response = api.get(&rules_path()).await;
        assert_eq!((response.status, response.code()), (401, "OAU-128"));
        assert_eq!(last_exchange(&api).fault, fault);
    }
}

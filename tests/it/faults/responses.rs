//! Faults that answer in the place of the API.

use std::time::Duration;

use super::{faulty, last, log, names, rule, rules};
use crate::sandbox::ALEX;

#[tokio::test]
async fn a_429_names_its_group_and_a_request_inside_the_penalty_restarts_it() {
    let api = faulty(&["429 pause=2 path=interaction-rules nth=1"]).await;
    let got = api.get(&rules()).await;
    assert_eq!((got.status, got.code()), (429, "CMN-301"));
    assert_eq!(got.header("retry-after"), "2");
    assert_eq!(got.header("x-rate-limit-group"), "Medium");
    assert_eq!(got.header("x-rate-limit-remaining"), "0");
    assert_ne!(got.header("x-rate-limit-limit"), "");
    assert_ne!(got.header("x-rate-limit-window"), "");

    let other_group = api.get("/restapi/v1.0/account/~").await;
    assert_eq!(other_group.status, 200);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(api.get(&format!("{ALEX}/states")).await.status, 429);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let got = api.get(&rules()).await;
    assert_eq!((got.status, got.header("retry-after")), (429, "2"));
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(api.get(&rules()).await.status, 200);

    let exchanges = api.sandbox.exchanges();
    let seen = exchanges.iter().map(|e| (e.status, e.fault, e.in_penalty));
    assert_eq!(
        seen.collect::<Vec<_>>(),
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
async fn a_429_of_the_account_names_no_group_and_stops_all() {
    let api = faulty(&["429-account nth=1"]).await;
    let got = api.get(&rules()).await;
    assert_eq!((got.status, got.code()), (429, "CMN-301"));
    for name in ["retry-after", "x-rate-limit-group", "x-rate-limit-limit"] {
        assert_eq!(got.header(name), "", "{name}");
    }
    let other_group = api.get("/restapi/v1.0/account/~").await;
    assert_eq!(other_group.status, 429);
    assert_eq!(other_group.header("x-rate-limit-group"), "");
    assert!(last(&api).in_penalty);

    let api = faulty(&["429-account pause=0.3 nth=1"]).await;
    assert_eq!(api.get(&rules()).await.header("retry-after"), "1");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(api.get(&rules()).await.status, 200);
}

#[tokio::test]
async fn a_service_in_trouble_says_so_and_carries_nothing_out() {
    let api = faulty(&[
        "500 method=POST nth=1",
        "502 method=POST nth=1",
        "503 method=POST nth=1",
        "504 method=POST nth=1",
    ])
    .await;
    let rule = rule("VIP");
    for status in [500, 502, 503, 504] {
        let got = api.call("POST", &rules(), Some(&rule)).await;
        assert_eq!(got.status, status);
        assert!(got.code().starts_with("CMN-"), "{}", got.body);
        assert_eq!(got.header("x-rate-limit-group"), "Medium");
    }
    assert!(names(&api).is_empty());
    assert_eq!(api.call("POST", &rules(), Some(&rule)).await.status, 201);
    assert_eq!(
        log(&api),
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
async fn a_gateway_answers_with_a_page() {
    let api = faulty(&["html path=rules nth=1", "html path=rules status=200 nth=1"]).await;
    for status in [502, 200] {
        let url = format!("{}{}", api.sandbox.url(), rules());
        let answer = api.http.get(url).bearer_auth(&api.token).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.headers().get("x-rate-limit-group").is_none());
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/html"), "{kind}");
        assert!(answer.text().await.unwrap().starts_with("<html>"));
    }
    assert_eq!(log(&api), [(502, Some("html")), (200, Some("html"))]);
}

#[tokio::test]
async fn a_token_expires_in_the_middle_and_stays_expired() {
    let api = faulty(&["expired nth=2"]).await;
    assert_eq!(api.get(&rules()).await.status, 200);
    for fault in [Some("expired"), None] {
        let got = api.get(&rules()).await;
        assert_eq!((got.status, got.code()), (401, "OAU-128"));
        assert_eq!(last(&api).fault, fault);
    }
}

//! Rate limits: when the client sends its requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use callrules::model::ExtensionId;
use callrules::reconcile::account::AccountReader;
use futures::future::{join, join_all};

use super::support::{
    ACCOUNT, EXTENSIONS, MockServer, TOKEN, account_response, api_error, delayed, list_response,
    user_id, with_header, with_rate_limit,
};

/// Returns a 429 of a rate limit group, with a `Retry-After` header.
fn rate_limited(group: &str, limit: usize, retry_after: &str) -> Response {
    let error = with_rate_limit(api_error(429, "CMN-301"), group, limit, 60);
    with_header(error, "retry-after", retry_after)
}

/// Returns the ids of the users 0 up to `count`.
fn user_ids(count: usize) -> Vec<ExtensionId> {
    (0..count)
        .map(|number| user_id(&number.to_string()))
        .collect()
}

#[tokio::test]
async fn after_429_one_request_probes_the_group_and_then_all_succeed() {
    let is_first = AtomicBool::new(true);
    let server = MockServer::start_api(move |_, _| {
        let response = if is_first.swap(false, Ordering::SeqCst) {
            rate_limited("medium", 40, "1")
        } else {
            with_rate_limit(list_response(Vec::new()), "medium", 40, 60)
        };
        delayed(100, response)
    })
    .await;
    let client = server.client();
    let users = user_ids(7);
    let late_requests = async {
        // These start during the penalty, and wait together with the request that got the 429.
        tokio::time::sleep(Duration::from_millis(300)).await;
        join_all(users[1..].iter().map(|user| client.state_rules(user))).await
    };
    let (first, others) = join(client.state_rules(&users[0]), late_requests).await;
    first.unwrap();
    for result in others {
        result.unwrap();
    }

    let requests = server.received().into_iter();
    let api_requests = requests.filter(|request| !request.is_for(TOKEN));
    let arrivals: Vec<Instant> = api_requests.map(|request| request.at).collect();
    assert_eq!(arrivals.len(), 8);
    let penalty_end = arrivals[0] + Duration::from_millis(1100);
    assert!(
        arrivals[1] >= penalty_end,
        "{:?} too early",
        penalty_end - arrivals[1]
    );
    assert!(
        arrivals[2] >= arrivals[1] + Duration::from_millis(100),
        "a request was sent before the probe's response"
    );
}

#[tokio::test]
async fn a_429_without_a_group_delays_all_requests() {
    let server = MockServer::start(|request, earlier| {
        if !request.is_for(EXTENSIONS) {
            return request.is_for(ACCOUNT).then(account_response);
        }
        Some(if earlier == 0 {
            with_header(api_error(429, "CMN-310"), "retry-after", "1")
        } else {
            list_response(Vec::new())
        })
    })
    .await;
    let client = server.client();
    let other_group = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        client.account_id().await
    };
    let (directory, account) = join(client.directory(), other_group).await;
    assert!(directory.is_ok() && account.is_ok());
    let requests = server.received();
    let pause = requests[2].at - requests[1].at;
    assert!(pause >= Duration::from_secs(1), "{pause:?}");
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn endless_429_becomes_an_error() {
    let server = MockServer::start_api(|_, _| rate_limited("light", 50, "0")).await;
    let error = server.client().account_id().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(429), Some("CMN-301")));
    assert_eq!(server.count(ACCOUNT), 6);
}

#[tokio::test]
async fn penalty_of_hours_fails_at_once_with_the_time_of_its_end() {
    let server = MockServer::start_api(|_, _| rate_limited("medium", 40, "7200")).await;
    let client = server.client();
    for user in [user_id("7"), user_id("8")] {
        let error = client.state_rules(&user).await.unwrap_err();
        assert!(error.is_retry_later() && !error.is_canceled(), "{error}");
        let message = error
            .to_string()
            .replace(&format!("/{}/", user.0), "/USER/");
        insta::with_settings!({filters => vec![(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME")]}, {
            insta::allow_duplicates! {
                insta::assert_snapshot!(message, @"GET /restapi/v2/accounts/~/extensions/USER/comm-handling/voice/state-rules was not sent: RingCentral accepts no requests before TIME UTC; run again after that");
            }
        });
    }
    assert_eq!(server.api_calls().len(), 1);
}

#[tokio::test]
async fn retry_after_date_is_honored() {
    let server = MockServer::start_api(|_, earlier| {
        if earlier > 0 {
            return account_response();
        }
        let [now, end] = ["37", "38"].map(|s| format!("Sun, 06 Nov 1994 08:49:{s} GMT"));
        with_header(rate_limited("light", 50, &end), "date", &now)
    })
    .await;
    server.client().account_id().await.unwrap();
    let requests = server.received().into_iter();
    let account_requests = requests.filter(|request| request.is_for(ACCOUNT));
    let times: Vec<Instant> = account_requests.map(|request| request.at).collect();
    assert_eq!(times.len(), 2);
    assert!(times[1] - times[0] >= Duration::from_secs(1));
}

#[tokio::test]
async fn limit_in_response_headers_is_kept_in_every_window() {
    let (limit, window) = (3, Duration::from_secs(1));
    let server = MockServer::start_api(move |_, _| {
        with_rate_limit(
            list_response(Vec::new()),
            "CustomPlan",
            limit,
            window.as_secs(),
        )
    })
    .await;
    let client = server.client();
    // The client learns the limit from the first response. The other requests start together.
    let users = user_ids(6);
    client.state_rules(&users[0]).await.unwrap();
    for result in join_all(users[1..].iter().map(|user| client.state_rules(user))).await {
        result.unwrap();
    }
    let requests = server.received();
    for consecutive in requests[1..].windows(limit + 1) {
        let span = consecutive[limit].at - consecutive[0].at;
        assert!(span >= window, "{} requests in {span:?}", limit + 1);
    }
    assert_eq!(requests.len(), 7);
}

#[tokio::test]
async fn canceled_request_releases_its_permit() {
    let server = MockServer::start_api(|_, earlier| {
        let response = with_rate_limit(account_response(), "light", 2, 1);
        if earlier == 1 {
            delayed(60_000, response)
        } else {
            response
        }
    })
    .await;
    let client = server.client();
    client.account_id().await.unwrap();
    let canceled = tokio::time::timeout(Duration::from_millis(100), client.account_id()).await;
    assert!(canceled.is_err());
    let next = tokio::time::timeout(Duration::from_secs(3), client.account_id()).await;
    next.expect("the canceled request kept its permit").unwrap();
}

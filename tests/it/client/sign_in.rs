//! Signing in: all tasks share one token, and the client signs in as rarely as possible.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use callrules::client::{ApiClient, RetryPolicy};
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod};
use futures::future::join_all;
use serde_json::json;

use super::support::{
    ACCOUNT, JWT, MockServer, TOKEN, account_response, api_error, config, delayed, fast_retries,
    message_and_cause, token_response, with_header, write_request,
};

#[tokio::test]
async fn concurrent_requests_share_one_sign_in() {
    let server = MockServer::start(|request, earlier| {
        if request.is_for(TOKEN) {
            return Some(delayed(50, token_response(earlier + 1, 3600)));
        }
        request.is_for(ACCOUNT).then(account_response)
    })
    .await;
    let client = Arc::new(server.client());
    let task = |_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.account_id().await })
    };
    for id in join_all((0..20).map(task)).await {
        assert_eq!(id.unwrap().unwrap(), "37439510");
    }
    assert_eq!(server.count(TOKEN), 1);
    assert_eq!(client.requests_made(), 21);

    let sign_in = &server.received()[0];
    let form: Vec<(String, String)> = url::form_urlencoded::parse(sign_in.body.as_bytes())
        .into_owned()
        .collect();
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(
        form,
        [("grant_type", grant), ("assertion", JWT)].map(|(k, v)| (k.into(), v.into()))
    );
    assert!(sign_in.authorization.starts_with("Basic "));
    assert_eq!(server.received()[1].authorization, "Bearer token-1-of-many");
}

#[tokio::test]
async fn rejected_sign_in_fails_all_requests_and_is_not_repeated() {
    let server = MockServer::start(|request, _| {
        let body = json!({"error": "invalid_grant", "error_description": "no such credential"});
        request
            .is_for(TOKEN)
            .then(|| delayed(50, (StatusCode::BAD_REQUEST, Json(body))))
    })
    .await;
    let client = server.client();
    for result in join_all((0..20).map(|_| client.account_id())).await {
        let error = result.unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(message_and_cause(&error), @"cannot sign in: POST /restapi/oauth/token was refused: invalid_grant no such credential (status 400)");
        }
        assert_eq!(error.code(), Some("invalid_grant"));
    }
    client.directory().await.unwrap_err();
    assert_eq!(
        client.requests_made(),
        1,
        "RingCentral allows only five sign-ins per minute"
    );
}

#[tokio::test]
async fn sign_in_that_failed_temporarily_is_repeated_by_the_next_request() {
    let server = MockServer::start(|request, earlier| {
        if !request.is_for(TOKEN) {
            return Some(account_response());
        }
        (earlier < 3).then(|| api_error(503, "CMN-201"))
    })
    .await;
    let patience = RetryPolicy {
        first_response_timeout: Duration::from_millis(10),
        ..fast_retries()
    };
    let client = ApiClient::with_retry_policy(config(&server.address), patience).unwrap();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(503));
    assert_eq!(client.account_id().await.unwrap(), "37439510");
}

#[tokio::test]
async fn sign_in_without_a_response_times_out_with_a_certain_outcome() {
    let server = MockServer::start(|_, _| Some(delayed(60_000, account_response()))).await;
    let patience = RetryPolicy {
        sign_in_timeout: Duration::from_millis(200),
        ..fast_retries()
    };
    let client = ApiClient::with_retry_policy(config(&server.address), patience).unwrap();
    let error = client.account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&message_and_cause(&error)), @"cannot sign in: POST /restapi/oauth/token timed out: no complete response from SERVER");
    assert!(!error.is_outcome_unknown());
    assert_eq!(client.requests_made(), 2);
}

#[tokio::test]
async fn token_is_refreshed_before_it_expires() {
    let lifetime = Duration::from_secs(2);
    let server = MockServer::start(move |request, earlier| {
        Some(if request.is_for(TOKEN) {
            token_response(earlier + 1, lifetime.as_secs())
        } else {
            account_response()
        })
    })
    .await;
    let client = server.client();
    let start = Instant::now();
    while start.elapsed() < lifetime {
        client.account_id().await.unwrap();
        tokio::time::sleep(Duration::from_millis(95)).await;
    }
    let requests = server.received();
    let sign_ins = requests.iter().filter(|request| request.is_for(TOKEN));
    let times: Vec<Instant> = sign_ins.map(|request| request.at).collect();
    assert_eq!(times.len(), 2);
    let age = times[1] - times[0];
    assert!(age < lifetime, "the token was refreshed after {age:?}");
}

#[tokio::test]
async fn concurrent_requests_refresh_an_expired_token_once() {
    let server = MockServer::start_api(|request, _| {
        if request.authorization == "Bearer token-1-of-many" {
            delayed(30, api_error(401, "OAU-128"))
        } else {
            account_response()
        }
    })
    .await;
    let client = server.client();
    for id in join_all((0..5).map(|_| client.account_id())).await {
        id.unwrap();
    }
    assert_eq!((server.count(TOKEN), server.count(ACCOUNT)), (2, 10));
}

#[tokio::test]
async fn futile_token_refreshes_end_after_three() {
    let server = MockServer::start_api(|_, _| api_error(401, "OAU-129")).await;
    let client = server.client();
    for _ in 0..3 {
        let error = client.account_id().await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(401), Some("OAU-129")));
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"GET /restapi/v1.0/account/~ was refused: OAU-129 [some.field] no (status 401); a new access token was refused as well: the app or its user may be suspended or may lack the permission");
        }
    }
    // After three refreshes in a row without an accepted request, the client stops refreshing.
    let error = client.account_id().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(server.count(TOKEN), 4);
}

#[tokio::test]
async fn tokens_that_expire_early_are_refreshed_every_time() {
    // The server accepts each token twice, and then rejects it.
    let uses_by_token = Mutex::new(HashMap::<String, usize>::new());
    let server = MockServer::start(move |request, earlier| {
        if request.is_for(TOKEN) {
            return Some(token_response(earlier + 1, 3600));
        }
        let mut uses_by_token = uses_by_token.lock().unwrap();
        let uses = uses_by_token
            .entry(request.authorization.clone())
            .or_default();
        *uses += 1;
        Some(if *uses > 2 {
            api_error(401, "OAU-128")
        } else {
            account_response()
        })
    })
    .await;
    let client = server.client();
    for _ in 0..8 {
        client.account_id().await.unwrap();
    }
    assert_eq!((server.count(TOKEN), server.count(ACCOUNT)), (4, 11));
}

#[tokio::test]
async fn sign_in_returns_permissions_and_clock_skew() {
    let server = MockServer::start(|request, _| {
        let token = json!({"access_token": "t", "expires_in": 60, "scope": "ReadAccounts  Other"});
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        request
            .is_for(TOKEN)
            .then(|| with_header(Json(token).into_response(), "date", date))
    })
    .await;
    let client = server.client();
    assert_eq!(client.clock_skew(), None);
    let permissions = client.sign_in().await.unwrap().unwrap();
    assert_eq!(permissions, ["ReadAccounts", "Other"]);
    let skew = client.clock_skew().unwrap();
    assert!(
        skew.as_hours() < -24 * 365 * 30,
        "the date of the server is in the past: {skew}"
    );
    client.sign_in().await.unwrap();
    assert_eq!(server.count(TOKEN), 1, "both sign-ins use the same token");
}

#[tokio::test]
async fn token_is_not_sent_to_other_servers() {
    let elsewhere = MockServer::start(|_, _| Some(account_response())).await;
    let address = elsewhere.address.clone();
    let server = MockServer::start_api(move |_, _| {
        let redirect = StatusCode::TEMPORARY_REDIRECT.into_response();
        with_header(redirect, "location", &address)
    })
    .await;
    let client = server.client();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(307));
    let outside = format!("{}/restapi/x", elsewhere.address.replace("http:", ""));
    let error = client
        .send(&write_request(WriteMethod::Patch, &outside))
        .await
        .unwrap_err();
    let message = error.to_string().replace(elsewhere.host(), "SERVER");
    insta::assert_snapshot!(message, @"`//SERVER/restapi/x` is not an API path");
    assert!(elsewhere.received().is_empty());
}

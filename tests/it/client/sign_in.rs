//! Signing in: one token for all, and no more sign-ins than that takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use callrules::client::{Client, Patience};
use callrules::engine::account::Read;
use futures::future::join_all;
use serde_json::json;

use super::support::{
    ACCOUNT, JWT, Server, TOKEN, account, config, everything_about, late, patience, refusal, token,
    with,
};

#[tokio::test]
async fn twenty_tasks_share_one_sign_in() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(TOKEN) {
            return Some(late(50, token(earlier + 1, 3600)));
        }
        seen.is_for(ACCOUNT).then(account)
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

    let sign_in = &server.seen()[0];
    let form: Vec<(String, String)> = url::form_urlencoded::parse(sign_in.body.as_bytes())
        .into_owned()
        .collect();
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(
        form,
        [("grant_type", grant), ("assertion", JWT)].map(|(k, v)| (k.into(), v.into()))
    );
    assert!(sign_in.authorization.starts_with("Basic "));
    assert_eq!(server.seen()[1].authorization, "Bearer token-1-of-many");
}

#[tokio::test]
async fn twenty_tasks_share_one_failed_sign_in_and_no_later_one_tries_again() {
    let server = Server::start(|seen, _| {
        let body = json!({"error": "invalid_grant", "error_description": "no such credential"});
        seen.is_for(TOKEN)
            .then(|| late(50, (StatusCode::BAD_REQUEST, Json(body))))
    })
    .await;
    let client = server.client();
    for result in join_all((0..20).map(|_| client.account_id())).await {
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), "cannot sign in");
        assert_eq!(error.code(), Some("invalid_grant"));
    }
    client.directory().await.unwrap_err();
    assert_eq!(
        client.requests_made(),
        1,
        "five sign-ins a minute are all there is"
    );
}

#[tokio::test]
async fn a_sign_in_that_failed_for_the_moment_is_tried_again_by_the_next_task() {
    let server = Server::start(|seen, earlier| match seen.is_for(TOKEN) {
        true if earlier < 3 => Some(refusal(503, "CMN-201")),
        true => None,
        false => Some(account()),
    })
    .await;
    let hasty = Patience {
        first_answer: Duration::from_millis(10),
        ..patience()
    };
    let client = Client::with_patience(config(&server.address), hasty).unwrap();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(503));
    assert_eq!(client.account_id().await.unwrap(), "37439510");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_soon_and_nothing_is_unclear() {
    let server = Server::start(|_, _| Some(late(60_000, account()))).await;
    let hasty = Patience {
        sign_in_timeout: Duration::from_millis(200),
        ..patience()
    };
    let client = Client::with_patience(config(&server.address), hasty).unwrap();
    let error = client.account_id().await.unwrap_err();
    let told = everything_about(&error);
    let reason = format!(
        "no complete answer from {} to POST {TOKEN} in time",
        server.host()
    );
    assert_eq!(error.to_string(), "cannot sign in");
    assert!(told.contains(&reason), "{told}");
    assert!(!told.contains("unclear"), "{told}");
    assert_eq!(client.requests_made(), 2);
}

#[tokio::test]
async fn the_token_is_renewed_before_it_ends() {
    let life = Duration::from_secs(2);
    let server = Server::start(move |seen, earlier| {
        Some(if seen.is_for(TOKEN) {
            token(earlier + 1, life.as_secs())
        } else {
            account()
        })
    })
    .await;
    let client = server.client();
    let began = Instant::now();
    while began.elapsed() < life {
        client.account_id().await.unwrap();
        tokio::time::sleep(Duration::from_millis(95)).await;
    }
    let issued = server.seen()[0].at;
    let renewed = server
        .seen()
        .into_iter()
        .skip(1)
        .find(|seen| seen.is_for(TOKEN))
        .unwrap();
    assert!(
        renewed.at < issued + life,
        "{:?} after the first",
        renewed.at - issued
    );
    assert_eq!(server.count(TOKEN), 2);
}

#[tokio::test]
async fn tasks_that_meet_an_ended_token_renew_it_once_and_repeat_once() {
    let server = Server::start(|seen, _| {
        if seen.is_for(TOKEN) {
            return None;
        }
        let ended = seen.authorization == "Bearer token-1-of-many";
        Some(if ended {
            late(30, refusal(401, "OAU-128"))
        } else {
            account()
        })
    })
    .await;
    let client = server.client();
    for id in join_all((0..5).map(|_| client.account_id())).await {
        id.unwrap();
    }
    assert_eq!((server.count(TOKEN), server.count(ACCOUNT)), (2, 10));
}

#[tokio::test]
async fn where_a_new_token_does_not_help_no_more_are_fetched() {
    let server =
        Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| refusal(401, "OAU-129"))).await;
    let client = server.client();
    for _ in 0..3 {
        let error = client.account_id().await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(401), Some("OAU-129")));
        let told = error.to_string();
        assert!(
            told.contains("a new access token was refused as well"),
            "{told}"
        );
        assert!(
            told.contains("GET /restapi/v1.0/account/~ was refused"),
            "{told}"
        );
    }
    // Three renewals in a row, of which nobody was served, are all there are.
    let error = client.account_id().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(server.count(TOKEN), 4);
}

#[tokio::test]
async fn tokens_that_end_again_and_again_are_renewed_as_often() {
    // Each token is good for two answers, then it is refused.
    let served = Mutex::new(HashMap::<String, usize>::new());
    let server = Server::start(move |seen, earlier| {
        if seen.is_for(TOKEN) {
            return Some(token(earlier + 1, 3600));
        }
        let mut served = served.lock().unwrap();
        let times = served.entry(seen.authorization.clone()).or_default();
        *times += 1;
        Some(if *times > 2 {
            refusal(401, "OAU-128")
        } else {
            account()
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
async fn an_answer_tells_what_the_app_may_do_and_what_time_it_is() {
    let server = Server::start(|seen, _| {
        let token = json!({"access_token": "t", "expires_in": 60, "scope": "ReadAccounts  Other"});
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        seen.is_for(TOKEN)
            .then(|| with(Json(token).into_response(), "date", date))
    })
    .await;
    let client = server.client();
    assert_eq!(client.clock_skew(), None);
    let permissions = client.sign_in().await.unwrap().unwrap();
    assert_eq!(permissions, ["ReadAccounts", "Other"]);
    let skew = client.clock_skew().unwrap();
    assert!(
        skew.as_hours() < -24 * 365 * 30,
        "that server lives in the past: {skew}"
    );
    client.sign_in().await.unwrap();
    assert_eq!(server.count(TOKEN), 1, "one token for all");
}

//! A locked account: writes wait together until it is unlocked.

use std::time::Duration;

use axum::response::{IntoResponse, Json, Response};
use callrules::client::{ApiClient, ClientError, RetryPolicy};
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod};
use futures::future::join_all;
use serde_json::json;

use super::support::{
    MockServer, account_response, api_error, config, fast_retries, rule_body, rules_path,
    write_request,
};

/// Returns a client that waits for a locked account in steps of 20 ms.
fn client(server: &MockServer, lock_timeout: Duration) -> ApiClient {
    let retry_policy = RetryPolicy {
        lock_delay: Duration::from_millis(20),
        lock_timeout,
        ..fast_retries()
    };
    ApiClient::with_retry_policy(config(&server.address), retry_policy).unwrap()
}

/// Returns an API error with this message.
fn error_with_text(status: u16, message: &str) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let body = json!({"errorCode": "CMN-211", "message": message});
    (status, Json(body)).into_response()
}

#[tokio::test]
async fn write_to_locked_account_is_repeated_until_it_is_unlocked() {
    let refusals: [fn() -> Response; 5] = [
        || api_error(409, "CMN-201"),
        || api_error(423, "CMN-201"),
        || error_with_text(400, "Call handling is LOCKED by a template"),
        || error_with_text(500, "Another update is in progress"),
        || error_with_text(400, "Please try again later"),
    ];
    for refusal in refusals {
        let server = MockServer::start_api(move |_, earlier| match earlier {
            0..3 => refusal(),
            _ => Json(rule_body("a")).into_response(),
        })
        .await;
        let client = client(&server, Duration::from_secs(20));
        for method in [WriteMethod::Post, WriteMethod::Patch] {
            let request = write_request(method, &rules_path("7"));
            assert!(client.send(&request).await.unwrap().is_some());
        }
        assert_eq!(server.api_calls().len(), 8);
        assert!(client.locked_for().is_none());
    }
}

#[tokio::test]
async fn writes_wait_together_while_reads_continue() {
    let server = MockServer::start_api(|request, _| {
        if request.method_and_path.starts_with("GET") {
            account_response()
        } else {
            api_error(423, "CMN-201")
        }
    })
    .await;
    let client = client(&server, Duration::from_millis(400));
    let write = async |user: usize| {
        let request = write_request(WriteMethod::Patch, &rules_path(&user.to_string()));
        client.send(&request).await.unwrap_err()
    };
    let errors = join_all((0..8).map(write));
    let reads = async {
        for _ in 0..5 {
            client.account_id().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(client.locked_for().is_some());
    };
    let (errors, ()) = futures::future::join(errors, reads).await;
    assert!(
        errors.iter().all(ClientError::is_lock_timeout),
        "{errors:?}"
    );
    assert!(!errors.iter().any(ClientError::is_outcome_unknown));
    // The first writes go out together; then one probe follows another.
    let calls = server.api_calls();
    let writes = calls.iter().filter(|call| call.starts_with("PATCH"));
    assert!((8..20).contains(&writes.count()), "{calls:?}");
}

#[tokio::test]
async fn lock_timeout_is_reported_with_its_duration() {
    let server = MockServer::start_api(|_, _| api_error(423, "CMN-201")).await;
    let client = client(&server, Duration::from_secs(9));
    client.set_lock_timeout(Duration::ZERO);
    let request = write_request(WriteMethod::Patch, &format!("{}/a", rules_path("7")));
    let error = client.send(&request).await.unwrap_err();
    insta::assert_snapshot!(error, @"PATCH /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a was not carried out: the account has been edited elsewhere for 0 s; run again when that is finished");
    assert_eq!(server.api_calls().len(), 1);
}

//! A canceled run: requests in flight finish, and waiting ones end at once.

use std::time::{Duration, Instant};

use callrules::client::ApiClient;
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod};
use futures::future::join;

use super::support::{
    MockServer, TOKEN, account_response, api_error, delayed, rules_path, user_id, with_header,
    with_rate_limit, write_request,
};

/// Long enough for a request to be in flight, or to wait.
const CANCEL_DELAY: Duration = Duration::from_millis(300);

/// Does some work, and cancels the run while the work is under way.
async fn cancel_during<T>(client: &ApiClient, work: impl Future<Output = T>) -> T {
    let cancel = async {
        tokio::time::sleep(CANCEL_DELAY).await;
        client.cancellation_token().cancel();
    };
    join(work, cancel).await.0
}

#[tokio::test]
async fn canceled_run_finishes_requests_in_flight_and_sends_no_others() {
    let server = MockServer::start_api(|_, _| delayed(900, account_response())).await;
    let client = server.client();
    let update = write_request(WriteMethod::Patch, &format!("{}/a", rules_path("7")));
    let result = cancel_during(&client, client.send(&update)).await;
    assert!(result.unwrap().is_some());
    let error = client.send(&update).await.unwrap_err();
    assert!(
        error.is_canceled() && !error.is_outcome_unknown(),
        "{error}"
    );
    assert!(client.account_id().await.unwrap_err().is_canceled());
    assert_eq!(server.api_calls().len(), 1);
}

#[tokio::test]
async fn canceled_run_stops_waiting_for_a_rate_limit() {
    let server = MockServer::start_api(|_, _| {
        let error = with_rate_limit(api_error(429, "CMN-301"), "medium", 40, 60);
        with_header(error, "retry-after", "60")
    })
    .await;
    let client = server.client();
    let (user, start) = (user_id("7"), Instant::now());
    let result = cancel_during(&client, client.state_rules(&user)).await;
    assert!(result.unwrap_err().is_canceled());
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.api_calls().len(), 1);
}

#[tokio::test]
async fn write_whose_retry_is_canceled_has_an_unknown_outcome() {
    let server =
        MockServer::start_api(|_, _| with_header(api_error(503, "CMN-201"), "retry-after", "60"))
            .await;
    let client = server.client();
    let update = write_request(WriteMethod::Patch, &format!("{}/a", rules_path("7")));
    let result = cancel_during(&client, client.send(&update)).await;
    let error = result.unwrap_err();
    assert!(
        error.is_outcome_unknown() && !error.is_canceled(),
        "{error}"
    );
    assert_eq!(server.api_calls().len(), 1);
}

#[tokio::test]
async fn canceled_run_stops_waiting_for_the_next_sign_in() {
    let server = MockServer::start(|request, _| {
        let busy = || with_header(api_error(503, "CMN-201"), "retry-after", "1800");
        request.is_for(TOKEN).then(busy)
    })
    .await;
    let client = server.client();
    let start = Instant::now();
    let result = cancel_during(&client, client.account_id()).await;
    assert!(result.unwrap_err().is_canceled());
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn canceled_run_does_not_sign_in() {
    let server = MockServer::start(|_, _| None).await;
    let client = server.client();
    client.cancellation_token().cancel();
    assert!(client.account_id().await.unwrap_err().is_canceled());
    assert!(server.received().is_empty());
}

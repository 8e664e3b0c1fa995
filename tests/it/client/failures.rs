//! Failed requests: which ones the client repeats, and which it must not.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use callrules::client::{ApiClient, RetryPolicy};
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod};
use futures::future::{join, join_all};

use super::support::{
    ACCOUNT, MockServer, ReceivedRequest, TOKEN, account_response, api_error, config, delayed,
    fast_retries, html_page, list_response, message_and_cause, rule_body, rules_path,
    truncated_response, user_id, with_header, write_request,
};

#[tokio::test]
async fn reads_and_updates_survive_temporary_failures() {
    let failures: [fn() -> Response; 4] = [
        || html_page(502, "Bad Gateway"),
        || html_page(200, "Welcome to the hotel's network"),
        truncated_response,
        || api_error(503, "CMN-201"),
    ];
    for failure in failures {
        let server = MockServer::start_api(move |_, earlier| {
            if earlier == 0 {
                failure()
            } else {
                account_response()
            }
        })
        .await;
        let client = server.client();
        assert_eq!(client.account_id().await.unwrap(), "37439510");
        let update = write_request(WriteMethod::Patch, &format!("{}/a", rules_path("7")));
        assert!(client.send(&update).await.unwrap().is_some());
        assert_eq!(server.api_calls().len(), 4);
    }
}

#[tokio::test]
async fn permanent_failure_is_reported_with_the_title_of_the_gateways_page() {
    let server = MockServer::start_api(|_, _| html_page(502, "Bad Gateway")).await;
    // Long enough for a slow machine to answer several times.
    let patience = RetryPolicy {
        max_elapsed: Duration::from_secs(1),
        first_response_timeout: Duration::from_secs(20),
        ..fast_retries()
    };
    let client = ApiClient::with_retry_policy(config(&server.address), patience).unwrap();
    let error = client.account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @r#"SERVER answered GET /restapi/v1.0/account/~ with status 502 and no usable JSON: "Bad Gateway""#);
    // Pauses of 5 ms, each twice as long as the last one, and shortened by up to a half.
    assert!((3..11).contains(&server.count(ACCOUNT)));
}

/// How long the server is unavailable: much longer than the first pauses between attempts.
const OUTAGE: Duration = Duration::from_millis(1_500);

/// Reads and writes 16 users at once with a client that waits for the end of the outage. Returns
/// the number of requests that the client made.
async fn read_and_write_users(address: &str) -> u64 {
    let patience = RetryPolicy {
        max_elapsed: Duration::from_secs(20),
        first_response_timeout: Duration::from_secs(20),
        ..fast_retries()
    };
    let client = ApiClient::with_retry_policy(config(address), patience).unwrap();
    let call_once = async |number: usize| {
        let id = number.to_string();
        if number.is_multiple_of(2) {
            client.interaction_rules(&user_id(&id)).await.map(drop)
        } else {
            let update = write_request(WriteMethod::Patch, &format!("{}/a", rules_path(&id)));
            client.send(&update).await.map(drop)
        }
    };
    for result in join_all((0..16).map(call_once)).await {
        result.unwrap();
    }
    client.requests_made()
}

/// Returns what a healthy server answers to [`read_and_write_users`].
fn rules_or_rule(request: &ReceivedRequest) -> Response {
    if request.method_and_path.starts_with("GET") {
        list_response(vec![rule_body("a")])
    } else {
        Json(rule_body("a")).into_response()
    }
}

#[tokio::test]
async fn outage_loses_no_user_and_causes_few_requests() {
    let start = OnceLock::new();
    let server = MockServer::start_api(move |request, _| {
        if start.get_or_init(Instant::now).elapsed() < OUTAGE {
            html_page(503, "Away")
        } else {
            rules_or_rule(request)
        }
    })
    .await;
    // The sign-in, the 16 requests in flight when the outage begins, retries with pauses that grow
    // from 5 ms, and the 16 requests that succeed.
    let requests = read_and_write_users(&server.address).await;
    assert!(requests < 1 + 16 + 10 + 16, "{requests}");
}

#[tokio::test]
async fn network_failure_loses_no_user_and_causes_few_requests() {
    let address = unused_address();
    let restore_network = async {
        tokio::time::sleep(OUTAGE).await;
        MockServer::start_at(address, |request, _| {
            (!request.is_for(TOKEN)).then(|| rules_or_rule(request))
        })
        .await
    };
    let url = format!("http://{address}");
    let (requests, _server) = join(read_and_write_users(&url), restore_network).await;
    assert!(requests < 1 + 16 + 12, "{requests}");
}

/// Returns the address of a port on which nothing listens.
fn unused_address() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn endless_outage_fails_all_waiting_requests_at_once() {
    let server = MockServer::start_api(|request, earlier| {
        if earlier == 0 && request.is_for(ACCOUNT) {
            account_response()
        } else {
            html_page(502, "Bad Gateway")
        }
    })
    .await;
    let client = server.client();
    client.account_id().await.unwrap();
    let read_user = async |number: usize| {
        client
            .interaction_rules(&user_id(&number.to_string()))
            .await
    };
    let results = join_all((0..100).map(read_user)).await;
    let errors: Vec<_> = results.into_iter().map(Result::unwrap_err).collect();
    let unsent = errors.iter().find(|error| error.is_retry_later()).unwrap();
    insta::with_settings!({filters => vec![(r"extensions/\d+/", "extensions/ID/"), (r"for \d+ ?m?s\b", "for TIME")]}, {
        insta::assert_snapshot!(server.without_address(unsent), @"GET /restapi/v2/accounts/~/extensions/ID/comm-handling/voice/interaction-rules was not sent: SERVER has been unreachable for TIME; run again when it is back");
    });
    assert!(
        server.api_calls().len() < 30,
        "{}",
        server.api_calls().len()
    );
}

#[tokio::test]
async fn web_page_with_client_error_asks_for_the_server_url() {
    let server =
        MockServer::start_api(|_, _| html_page(404, "Welcome to the hotel's network")).await;
    let error = server.client().account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @r#"SERVER returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v1.0/account/~, status 404: "Welcome to the hotel's network")"#);
}

#[tokio::test]
async fn missing_response_is_reported_with_the_host() {
    let server = MockServer::start_api(|_, _| delayed(5_000, account_response())).await;
    let patience = RetryPolicy {
        request_timeout: Duration::from_millis(100),
        ..fast_retries()
    };
    let client = ApiClient::with_retry_policy(config(&server.address), patience).unwrap();
    let error = client.account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @"GET /restapi/v1.0/account/~ timed out: no complete response from SERVER");
}

#[tokio::test]
async fn server_without_tls_is_reported_as_such() {
    let server = MockServer::start(|_, _| None).await;
    let address = server.address.replace("http:", "https:");
    let client = ApiClient::with_retry_policy(config(&address), fast_retries()).unwrap();
    let error = client.account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&message_and_cause(&error)), @"cannot sign in: cannot connect to SERVER for POST /restapi/oauth/token: SERVER does not support HTTPS");
}

#[tokio::test]
async fn rejected_request_is_not_repeated_and_names_its_request_id() {
    let server = MockServer::start_api(|_, _| {
        with_header(api_error(400, "CMN-101"), "rcrequestid", "trace-me")
    })
    .await;
    let create = write_request(WriteMethod::Post, &rules_path("7"));
    let error = server.client().send(&create).await.unwrap_err();
    assert_eq!(
        (error.code(), error.parameter()),
        (Some("CMN-101"), Some("some.field"))
    );
    assert!(!error.is_outcome_unknown());
    insta::assert_snapshot!(error, @"POST /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules was refused: CMN-101 [some.field] no (status 400, request id trace-me)");
    assert_eq!(server.api_calls().len(), 1);
}

#[tokio::test]
async fn create_without_a_usable_response_is_not_repeated() {
    let responses: [fn() -> Response; 4] = [
        || html_page(504, "Gateway Time-out"),
        || delayed(2_000, account_response()),
        truncated_response,
        || html_page(200, "Welcome to the hotel's network"),
    ];
    for response in responses {
        let server = MockServer::start_api(move |_, _| response()).await;
        let patience = RetryPolicy {
            request_timeout: Duration::from_millis(300),
            ..fast_retries()
        };
        let client = ApiClient::with_retry_policy(config(&server.address), patience).unwrap();
        let create = write_request(WriteMethod::Post, &rules_path("7"));
        let error = client.send(&create).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"unknown whether POST /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules succeeded");
        }
        assert_eq!(server.api_calls().len(), 1);
    }
}

#[tokio::test]
async fn create_that_was_certainly_not_processed_is_repeated() {
    let server = MockServer::start_api(|_, earlier| match earlier {
        0 => with_header(api_error(429, "CMN-301"), "retry-after", "0"),
        1 => api_error(401, "OAU-128"),
        _ => (StatusCode::CREATED, Json(rule_body("new"))).into_response(),
    })
    .await;
    let client = server.client();
    let create = write_request(WriteMethod::Post, &rules_path("7"));
    let created = client.send(&create).await.unwrap().unwrap();
    assert_eq!(created["id"], "new");
    assert_eq!(server.api_calls().len(), 3);
    assert_eq!(
        server.received().last().unwrap().body,
        r#"{"displayName":"VIP"}"#
    );
}

#[tokio::test]
async fn create_without_a_connection_has_a_certain_outcome() {
    let address = unused_address();
    let client =
        ApiClient::with_retry_policy(config(&format!("http://{address}")), fast_retries()).unwrap();
    let create = write_request(WriteMethod::Post, &rules_path("7"));
    let error = client.send(&create).await.unwrap_err();
    assert!(!error.is_outcome_unknown());
    let message = message_and_cause(&error).replace(&address.to_string(), "SERVER");
    // The error of the operating system differs between platforms.
    insta::with_settings!({filters => vec![(r"(/oauth/token: ).*", "${1}OS_ERROR")]}, {
        insta::assert_snapshot!(message, @"cannot sign in: cannot connect to SERVER for POST /restapi/oauth/token: OS_ERROR");
    });
    assert!((3..7).contains(&client.requests_made()));
}

#[tokio::test]
async fn repeated_delete_that_finds_nothing_succeeds() {
    let path = format!("{}/a", rules_path("7"));
    let server = MockServer::start_api(|_, earlier| match earlier {
        0 => html_page(504, "Gateway Time-out"),
        _ => api_error(404, "CMN-102"),
    })
    .await;
    let client = server.client();
    let delete = write_request(WriteMethod::Delete, &path);
    assert_eq!(client.send(&delete).await.unwrap(), None);
    // If the first attempt finds nothing, someone else has deleted the rule. That is an error.
    let error = client.send(&delete).await.unwrap_err();
    assert_eq!(error.code(), Some("CMN-102"));
}

#[tokio::test]
async fn response_without_a_body_is_accepted_only_for_deletes() {
    for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT] {
        let server = MockServer::start_api(move |_, earlier| {
            if earlier == 0 {
                status.into_response()
            } else {
                Json(rule_body("a")).into_response()
            }
        })
        .await;
        let client = server.client();
        let send = async |method| client.send(&write_request(method, &rules_path("7"))).await;
        assert_eq!(send(WriteMethod::Delete).await.unwrap(), None);
        // The client repeats an update. The caller of a create looks up its result.
        assert_eq!(send(WriteMethod::Patch).await.unwrap().unwrap()["id"], "a");
        let error = send(WriteMethod::Post).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(server.api_calls().len(), 4);
    }
}

#[tokio::test]
async fn endless_response_is_aborted() {
    let server = MockServer::start_api(|_, _| {
        let megabyte = Bytes::from(vec![b' '; 1 << 20]);
        let endless = futures::stream::iter(std::iter::repeat_with(move || {
            Ok::<_, io::Error>(megabyte.clone())
        }));
        Body::from_stream(endless).into_response()
    })
    .await;
    let error = server.client().account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @"the response to GET /restapi/v1.0/account/~ has more than 16 MiB or 1000000 values");
}

#[tokio::test]
async fn response_that_unpacks_into_too_many_values_is_refused() {
    let server = MockServer::start_api(|_, _| {
        let zeros = format!("{{\"id\": 1, \"more\": [{}0]}}", "0,".repeat(1_000_000));
        ([("content-type", "application/json")], zeros).into_response()
    })
    .await;
    let error = server.client().account_id().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @"the response to GET /restapi/v1.0/account/~ has more than 16 MiB or 1000000 values");
}

#[tokio::test]
async fn success_status_without_the_resource_is_an_unknown_outcome() {
    let bodies = [
        r#"{"errorCode": "CMN-101", "message": "Parameter value is invalid"}"#,
        r#"{"id": "a", "errors": [{"errorCode": "CMN-101", "message": "no"}]}"#,
        "{}",
        "[]",
    ];
    let mut messages = Vec::new();
    for body in bodies {
        let server = MockServer::start_api(move |_, _| body.into_response()).await;
        let client = server.client();
        for method in [WriteMethod::Post, WriteMethod::Patch, WriteMethod::Delete] {
            let request = write_request(method, &format!("{}/a", rules_path("7")));
            let error = client.send(&request).await.unwrap_err();
            assert!(error.is_outcome_unknown(), "{error}");
            assert!(!ApiClient::may_complete_late(&error));
            messages.push(message_and_cause(&error));
        }
        // The request is not repeated.
        assert_eq!(server.api_calls().len(), 3);
    }
    insta::assert_snapshot!(messages[2], @"unknown whether DELETE /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a succeeded: DELETE /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a was refused: CMN-101 Parameter value is invalid (status 200)");
    insta::assert_snapshot!(messages[8], @"unknown whether DELETE /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a succeeded: unusable response to DELETE /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a: the response is not the changed resource");
}

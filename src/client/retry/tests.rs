use super::super::transport::RequestPayload;
use super::*;

fn retry_state(method: HttpMethod, retry_policy: &RetryPolicy) -> RetryState<'_> {
    let request = ApiRequest {
        method,
        path: "/restapi/x",
        payload: RequestPayload::Empty,
        idempotent: method != HttpMethod::Post,
    };
    RetryState::new(&request, retry_policy, "api.example")
}

fn target() -> RequestTarget {
    RequestTarget {
        method: "-",
        path: "-".to_owned(),
    }
}

fn failed_attempt(error: ClientError) -> AttemptOutcome {
    AttemptOutcome {
        result: Err(error),
        retry_after: None,
        elapsed: Duration::ZERO,
    }
}

fn attempt_with_status(status: u16) -> AttemptOutcome {
    failed_attempt(ClientError::from_error_response(
        "api.example",
        target(),
        status,
        None,
        b"<html>",
        &[],
    ))
}

/// Returns a 404 of the API itself, with an error code.
fn not_found() -> AttemptOutcome {
    let body = br#"{"errors":[{"errorCode":"CMN-102"}]}"#;
    failed_attempt(ClientError::from_error_response(
        "api.example",
        target(),
        404,
        None,
        body,
        &[],
    ))
}

fn timed_out() -> AttemptOutcome {
    failed_attempt(ClientError::TimedOut {
        host: "api.example".to_owned(),
        target: target(),
    })
}

fn connect_failed() -> AttemptOutcome {
    failed_attempt(ClientError::Connect {
        host: "api.example".to_owned(),
        target: target(),
        reason: String::new(),
    })
}

#[test]
fn read_is_retried_with_growing_pauses_up_to_max_elapsed() {
    let retry_policy = RetryPolicy::default();
    let mut state = retry_state(HttpMethod::Get, &retry_policy);
    for (code, minimum) in [(502, 250), (503, 500), (408, 1000)] {
        match state.decide(attempt_with_status(code)) {
            RetryDecision::RetryAfter(pause) => {
                let milliseconds = u64::try_from(pause.as_millis()).unwrap();
                assert!(
                    (minimum..=2 * minimum).contains(&milliseconds),
                    "{code}: {pause:?}"
                );
            }
            other => panic!("{code}: {other:?}"),
        }
    }
    // Ten minutes of retries with pauses of 15 to 30 seconds.
    for retries in 3.. {
        match state.decide(attempt_with_status(502)) {
            RetryDecision::RetryAfter(pause) => {
                assert!(pause <= Duration::from_secs(30), "{pause:?}");
            }
            RetryDecision::Fail(error) => {
                assert!(!error.is_outcome_unknown(), "a read changes nothing");
                assert!((20..50).contains(&retries), "{retries}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn slow_attempts_count_but_one_retry_is_always_made() {
    let retry_policy = RetryPolicy::default();
    let slow = || AttemptOutcome {
        elapsed: Duration::from_secs(601),
        ..timed_out()
    };
    let mut state = retry_state(HttpMethod::Get, &retry_policy);
    assert!(matches!(state.decide(slow()), RetryDecision::RetryAfter(_)));
    assert!(matches!(state.decide(slow()), RetryDecision::Fail(_)));
}

#[test]
fn retry_after_is_honored_up_to_the_maximum() {
    let retry_policy = RetryPolicy::default();
    for (requested, expected) in [
        (7, Some(7)),
        (90, Some(90)),
        (3600, Some(3600)),
        (3601, None),
    ] {
        let outcome = AttemptOutcome {
            retry_after: Some(Duration::from_secs(requested)),
            ..attempt_with_status(503)
        };
        match retry_state(HttpMethod::Get, &retry_policy).decide(outcome) {
            RetryDecision::RetryAfter(pause) => {
                assert_eq!(Some(pause), expected.map(Duration::from_secs));
            }
            RetryDecision::Fail(error) => assert_eq!((error.status(), expected), (Some(503), None)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn sign_in_outcome_is_never_unknown_and_first_sign_in_fails_soon() {
    let retry_policy = RetryPolicy::default().before_first_response();
    let request = ApiRequest {
        method: HttpMethod::Post,
        path: "/restapi/oauth/token",
        payload: RequestPayload::Form(Vec::new()),
        idempotent: true,
    };
    let slow_timeout = || AttemptOutcome {
        elapsed: Duration::from_secs(20),
        ..timed_out()
    };
    for (outcome, allowed_retries) in [
        (slow_timeout as fn() -> AttemptOutcome, 1..=1),
        (|| attempt_with_status(503), 2..=3),
    ] {
        let mut state = RetryState::new(&request, &retry_policy, "api.example");
        let mut retries = 0;
        loop {
            match state.decide(outcome()) {
                RetryDecision::RetryAfter(_) => retries += 1,
                RetryDecision::Fail(error) => {
                    assert!(!error.is_outcome_unknown(), "{error}");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(allowed_retries.contains(&retries), "{retries}");
    }
}

#[test]
fn create_is_retried_only_if_not_processed() {
    let retry_policy = RetryPolicy::default();
    for outcome in [connect_failed(), attempt_with_status(429)] {
        assert!(matches!(
            retry_state(HttpMethod::Post, &retry_policy).decide(outcome),
            RetryDecision::RetryAfter(_)
        ));
    }
    let duplicate_body = br#"{"errors":[{"errorCode":"CMN-304"}]}"#;
    let duplicate =
        ClientError::from_error_response("api.example", target(), 429, None, duplicate_body, &[]);
    for outcome in [
        timed_out(),
        attempt_with_status(500),
        attempt_with_status(504),
        attempt_with_status(201),
        failed_attempt(duplicate),
    ] {
        match retry_state(HttpMethod::Post, &retry_policy).decide(outcome) {
            RetryDecision::Fail(error) => assert!(error.is_outcome_unknown(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    match retry_state(HttpMethod::Post, &retry_policy).decide(attempt_with_status(400)) {
        RetryDecision::Fail(error) => assert!(!error.is_outcome_unknown(), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn delete_of_missing_resource_succeeds_only_after_unanswered_attempt() {
    let retry_policy = RetryPolicy::default();
    assert!(matches!(
        retry_state(HttpMethod::Delete, &retry_policy).decide(not_found()),
        RetryDecision::Fail(_)
    ));

    let mut refused = retry_state(HttpMethod::Delete, &retry_policy);
    assert!(matches!(
        refused.decide(connect_failed()),
        RetryDecision::RetryAfter(_)
    ));
    assert!(matches!(
        refused.decide(not_found()),
        RetryDecision::Fail(_)
    ));

    let mut unanswered = retry_state(HttpMethod::Delete, &retry_policy);
    assert!(matches!(
        unanswered.decide(timed_out()),
        RetryDecision::RetryAfter(_)
    ));
    assert!(matches!(
        unanswered.decide(not_found()),
        RetryDecision::Return(None)
    ));
}

#[test]
fn gateway_404_does_not_prove_a_delete() {
    let retry_policy = RetryPolicy::default();
    let gateway_body = br#"{"message":"no Route matched with those values"}"#;
    let gateway_error =
        || ClientError::from_error_response("api.example", target(), 404, None, gateway_body, &[]);
    for outcome in [attempt_with_status(404), failed_attempt(gateway_error())] {
        let mut unanswered = retry_state(HttpMethod::Delete, &retry_policy);
        assert!(matches!(
            unanswered.decide(timed_out()),
            RetryDecision::RetryAfter(_)
        ));
        match unanswered.decide(outcome) {
            RetryDecision::Fail(error) => assert!(error.is_outcome_unknown(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn unanswered_update_has_unknown_outcome() {
    let retry_policy = RetryPolicy {
        max_elapsed: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let mut state = retry_state(HttpMethod::Patch, &retry_policy);
    assert!(matches!(
        state.decide(timed_out()),
        RetryDecision::RetryAfter(_)
    ));
    match state.decide(timed_out()) {
        RetryDecision::Fail(error) => assert!(error.is_outcome_unknown()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn request_gets_one_futile_refresh_and_five_throttle_retries() {
    let retry_policy = RetryPolicy::default();
    let mut state = retry_state(HttpMethod::Get, &retry_policy);
    assert!(matches!(
        state.decide(attempt_with_status(401)),
        RetryDecision::RefreshToken(_)
    ));
    assert!(matches!(
        state.decide(attempt_with_status(401)),
        RetryDecision::Fail(_)
    ));
    for _ in 0..5 {
        assert!(matches!(
            state.decide(attempt_with_status(429)),
            RetryDecision::RetryAfter(Duration::ZERO)
        ));
    }
    assert!(matches!(
        state.decide(attempt_with_status(429)),
        RetryDecision::Fail(_)
    ));
}

#[test]
fn token_accepted_elsewhere_is_refreshed_a_limited_number_of_times() {
    let retry_policy = RetryPolicy::default();
    let mut state = retry_state(HttpMethod::Get, &retry_policy);
    for _ in 0..MAX_TOKEN_REFRESHES {
        assert!(matches!(
            state.decide(attempt_with_status(401)),
            RetryDecision::RefreshToken(_)
        ));
        state.mark_token_verified();
    }
    match state.decide(attempt_with_status(401)) {
        RetryDecision::Fail(error) => {
            assert!(matches!(error, ClientError::TokenRejected(_)), "{error:?}");
            assert_eq!(error.status(), Some(401));
        }
        other => panic!("{other:?}"),
    }
}

use super::super::request::{RequestPayload, RequestTarget};
use super::*;

const HOST: &str = "api.example";

static GET: ApiRequest<'static> = request(HttpMethod::Get);
static PATCH: ApiRequest<'static> = request(HttpMethod::Patch);
static POST: ApiRequest<'static> = request(HttpMethod::Post);
static DELETE: ApiRequest<'static> = request(HttpMethod::Delete);

const fn request(method: HttpMethod) -> ApiRequest<'static> {
    ApiRequest {
        method,
        path: "/restapi/x",
        payload: RequestPayload::Empty,
        idempotent: !matches!(method, HttpMethod::Post),
    }
}

/// Checks that the attempt is repeated, and returns the pause before that.
#[track_caller]
fn assert_retried(state: &mut RetryState<'_>, outcome: AttemptOutcome) -> Duration {
    match state.decide(outcome) {
        RetryDecision::RetryAfter(pause) => pause,
        RetryDecision::RetryWhenPermitted => Duration::ZERO,
        other => panic!("{other:?}"),
    }
}

/// Checks that the request fails, and returns its error.
#[track_caller]
fn assert_failed(state: &mut RetryState<'_>, outcome: AttemptOutcome) -> ClientError {
    match state.decide(outcome) {
        RetryDecision::Fail(error) => error,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_token_refreshed(state: &mut RetryState<'_>) {
    let decision = state.decide(status(401));
    assert!(
        matches!(decision, RetryDecision::RefreshToken(_)),
        "{decision:?}"
    );
}

fn target() -> RequestTarget {
    RequestTarget {
        method: "-",
        path: "-".to_owned(),
    }
}

fn failure(error: ClientError) -> AttemptOutcome {
    AttemptOutcome {
        result: Err(error),
        retry_after: None,
        elapsed: Duration::ZERO,
    }
}

fn response(status: u16, body: &str) -> AttemptOutcome {
    let body = body.as_bytes();
    failure(ClientError::from_error_response(
        HOST,
        target(),
        status,
        None,
        body,
        &[],
    ))
}

/// Returns a response of a gateway, without an error code.
fn status(status: u16) -> AttemptOutcome {
    response(status, "<html>")
}

/// Returns a 404 of the API itself, with an error code.
fn not_found() -> AttemptOutcome {
    response(404, r#"{"errors":[{"errorCode":"CMN-102"}]}"#)
}

fn timed_out() -> AttemptOutcome {
    let (host, target) = (HOST.to_owned(), target());
    failure(ClientError::TimedOut { host, target })
}

fn connect_failed() -> AttemptOutcome {
    failure(ClientError::Connect {
        host: HOST.to_owned(),
        target: target(),
        reason: String::new(),
    })
}

#[test]
fn read_is_retried_with_growing_pauses_up_to_max_elapsed() {
    let retry_policy = RetryPolicy::default();
    let mut state = RetryState::new(&GET, &retry_policy, HOST);
    for (code, minimum) in [(502, 250), (503, 500), (408, 1000)] {
        let pause = assert_retried(&mut state, status(code)).as_millis();
        assert!((minimum..=2 * minimum).contains(&pause), "{code}: {pause}");
    }
    // Ten minutes of retries with pauses of 15 to 30 seconds.
    for retries in 3.. {
        match state.decide(status(502)) {
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
    let mut state = RetryState::new(&GET, &retry_policy, HOST);
    assert_retried(&mut state, slow());
    assert_failed(&mut state, slow());
}

#[test]
fn retry_after_is_honored_up_to_the_maximum() {
    let retry_policy = RetryPolicy::default();
    let unavailable = |requested: u64| AttemptOutcome {
        retry_after: Some(Duration::from_secs(requested)),
        ..status(503)
    };
    for requested in [7, 90, 3600] {
        let mut state = RetryState::new(&GET, &retry_policy, HOST);
        let pause = assert_retried(&mut state, unavailable(requested));
        assert_eq!(pause, Duration::from_secs(requested));
    }
    let mut state = RetryState::new(&GET, &retry_policy, HOST);
    let error = assert_failed(&mut state, unavailable(3601));
    assert_eq!(error.status(), Some(503));
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
        (|| status(503), 2..=3),
    ] {
        let mut state = RetryState::new(&request, &retry_policy, HOST);
        let mut retries = 0;
        let error = loop {
            match state.decide(outcome()) {
                RetryDecision::RetryAfter(_) => retries += 1,
                RetryDecision::Fail(error) => break error,
                other => panic!("{other:?}"),
            }
        };
        assert!(!error.is_outcome_unknown(), "{error}");
        assert!(allowed_retries.contains(&retries), "{retries}");
    }
}

#[test]
fn create_is_retried_only_if_not_processed() {
    let retry_policy = RetryPolicy::default();
    let create = || RetryState::new(&POST, &retry_policy, HOST);
    for outcome in [connect_failed(), status(429)] {
        assert_retried(&mut create(), outcome);
    }
    let duplicate = response(429, r#"{"errors":[{"errorCode":"CMN-304"}]}"#);
    for outcome in [
        timed_out(),
        status(500),
        status(504),
        status(201),
        duplicate,
    ] {
        let error = assert_failed(&mut create(), outcome);
        assert!(error.is_outcome_unknown(), "{error}");
    }
    let error = assert_failed(&mut create(), status(400));
    assert!(!error.is_outcome_unknown(), "{error}");
}

#[test]
fn delete_of_missing_resource_succeeds_only_after_attempt_with_unknown_outcome() {
    let retry_policy = RetryPolicy::default();
    let delete = || RetryState::new(&DELETE, &retry_policy, HOST);
    assert_failed(&mut delete(), not_found());

    let mut unsent = delete();
    assert_retried(&mut unsent, connect_failed());
    assert_failed(&mut unsent, not_found());

    let mut unknown = delete();
    assert_retried(&mut unknown, timed_out());
    let decision = unknown.decide(not_found());
    assert!(
        matches!(decision, RetryDecision::Return(None)),
        "{decision:?}"
    );
}

#[test]
fn gateway_404_does_not_prove_a_delete() {
    let retry_policy = RetryPolicy::default();
    let no_route = r#"{"message":"no Route matched with those values"}"#;
    for outcome in [status(404), response(404, no_route)] {
        let mut state = RetryState::new(&DELETE, &retry_policy, HOST);
        assert_retried(&mut state, timed_out());
        let error = assert_failed(&mut state, outcome);
        assert!(error.is_outcome_unknown(), "{error}");
    }
}

#[test]
fn update_without_response_has_unknown_outcome() {
    let retry_policy = RetryPolicy {
        max_elapsed: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let mut state = RetryState::new(&PATCH, &retry_policy, HOST);
    assert_retried(&mut state, timed_out());
    assert!(assert_failed(&mut state, timed_out()).is_outcome_unknown());
}

#[test]
fn request_gets_one_futile_refresh_and_five_throttle_retries() {
    let retry_policy = RetryPolicy::default();
    let mut state = RetryState::new(&GET, &retry_policy, HOST);
    assert_token_refreshed(&mut state);
    assert_failed(&mut state, status(401));
    for _ in 0..5 {
        assert_eq!(assert_retried(&mut state, status(429)), Duration::ZERO);
    }
    assert_failed(&mut state, status(429));
}

#[test]
fn token_accepted_elsewhere_is_refreshed_a_limited_number_of_times() {
    let retry_policy = RetryPolicy::default();
    let mut state = RetryState::new(&GET, &retry_policy, HOST);
    for _ in 0..MAX_TOKEN_REFRESHES {
        assert_token_refreshed(&mut state);
        state.mark_token_verified();
    }
    let error = assert_failed(&mut state, status(401));
    assert!(matches!(error, ClientError::TokenRejected(_)), "{error:?}");
    assert_eq!(error.status(), Some(401));
}

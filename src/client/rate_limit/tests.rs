//! Unit tests of the rate limits, with explicit times instead of a clock.

use super::*;
use crate::client::endpoints::HttpMethod;

const TOKEN: &str = "/restapi/oauth/token";
const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(super) const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

pub(super) fn endpoint_class(path: &str) -> EndpointClass {
    EndpointClass::classify(HttpMethod::Get, path)
}

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) fn headers(group: &str, limit: usize, remaining: usize) -> RateHeaders {
    RateHeaders {
        group: Some(group.to_owned()),
        limit: Some(limit),
        remaining: Some(remaining),
        window: Some(seconds(60)),
    }
}

fn acquire_ok(limits: &mut RateLimitState, path: &str, now: Instant) -> SendReservation {
    match limits.try_acquire(endpoint_class(path), now) {
        SendAdmission::Proceed(reservation) => reservation,
        other => panic!("{path} should go now, got {other:?}"),
    }
}

/// Sends a request that is answered at once.
fn send_and_accept(limits: &mut RateLimitState, path: &str, headers: &RateHeaders, now: Instant) {
    let reservation = acquire_ok(limits, path, now);
    limits.record_outcome(&reservation, &SendOutcome::Accepted(headers), now);
}

fn expected_wait(limits: &mut RateLimitState, path: &str, now: Instant) -> Duration {
    match limits.try_acquire(endpoint_class(path), now) {
        SendAdmission::WaitUntil { until, .. } => until - now,
        other => panic!("{path} should wait, got {other:?}"),
    }
}

#[test]
fn documented_limits_hold_until_response_reports_others() {
    for (path, limit) in [(TOKEN, 5), (ACCOUNT, 50), (EXTENSIONS, 40)] {
        let (mut limits, start) = (RateLimitState::default(), Instant::now());
        for _ in 0..limit {
            send_and_accept(&mut limits, path, &RateHeaders::default(), start);
        }
        assert_eq!(
            expected_wait(&mut limits, path, start + seconds(1)),
            seconds(59),
            "{path}"
        );
        acquire_ok(&mut limits, path, start + seconds(60));
    }
}

#[test]
fn slot_is_free_one_window_after_response() {
    // The request may have arrived, and been counted, as late as its response.
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let rate_headers = headers("medium", 1, 0);
    let reservation = acquire_ok(&mut limits, EXTENSIONS, start);
    limits.record_outcome(
        &reservation,
        &SendOutcome::Accepted(&rate_headers),
        start + seconds(7),
    );
    assert_eq!(
        expected_wait(&mut limits, EXTENSIONS, start + seconds(8)),
        seconds(59)
    );
}

#[test]
fn next_response_decides_with_all_requests_in_flight() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    send_and_accept(&mut limits, EXTENSIONS, &headers("medium", 2, 1), start);
    let in_flight = acquire_ok(&mut limits, EXTENSIONS, start + seconds(60));
    acquire_ok(&mut limits, EXTENSIONS, start + seconds(60));
    let now = start + seconds(61);
    assert_eq!(
        limits.try_acquire(endpoint_class(EXTENSIONS), now),
        SendAdmission::WaitForResponse
    );
    limits.record_outcome(&in_flight, &SendOutcome::NotSent, now);
    acquire_ok(&mut limits, EXTENSIONS, now);
}

#[test]
fn group_name_and_limit_are_learned_from_response() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    send_and_accept(&mut limits, EXTENSIONS, &headers("Directory", 2, 1), start);
    send_and_accept(&mut limits, EXTENSIONS, &headers("directory", 2, 0), start);
    assert_eq!(expected_wait(&mut limits, EXTENSIONS, start), seconds(60));
    // The budget of the previously assumed group is not affected.
    acquire_ok(&mut limits, "/restapi/v9/other-medium", start);
}

#[test]
fn usage_by_other_clients_is_held_back() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    // The limit is ten, and after our first request only five remain: other clients have used four,
    // and two more are left to them.
    for remaining in [5, 4, 3, 2] {
        send_and_accept(
            &mut limits,
            EXTENSIONS,
            &headers("medium", 10, remaining),
            start,
        );
    }
    assert_eq!(
        expected_wait(&mut limits, EXTENSIONS, start + seconds(10)),
        seconds(50)
    );
}

#[test]
fn own_usage_is_not_attributed_to_other_clients() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
    // Each response comes after 0.2 s, and the server counts the request after 0.1 s.
    let mut send_at = |tenths: u64, remaining| {
        let reservation = acquire_ok(&mut limits, EXTENSIONS, at(tenths));
        let rate_headers = headers("medium", 3, remaining);
        limits.record_outcome(
            &reservation,
            &SendOutcome::Accepted(&rate_headers),
            at(tenths + 2),
        );
    };
    send_at(0, 2);
    send_at(2, 1);
    send_at(4, 0);
    // When this request is answered, the previous one was sent a whole window ago and still counts.
    send_at(602, 1);
    send_at(604, 1);
    acquire_ok(&mut limits, EXTENSIONS, at(606));
}

#[test]
fn wait_for_budget_is_logged_once_per_window() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    send_and_accept(&mut limits, EXTENSIONS, &headers("medium", 1, 0), start);
    let mut logged_wait =
        |after: u64| match limits.try_acquire(endpoint_class(EXTENSIONS), start + seconds(after)) {
            SendAdmission::WaitUntil { log_wait, .. } => log_wait,
            other => panic!("{other:?}"),
        };
    assert_eq!(logged_wait(1), Some(("medium".to_owned(), seconds(59))));
    assert_eq!(logged_wait(2), None);
}

#[test]
fn rate_limited_group_pauses_and_then_sends_one_probe() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    let rate_headers = headers("medium", 40, 0);
    let penalty = limits.record_outcome(
        &first,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(9))),
        start,
    );
    assert_eq!(penalty.unwrap().group.as_deref(), Some("medium"));
    assert_eq!(
        expected_wait(&mut limits, EXTENSIONS, start + seconds(1)),
        seconds(8)
    );
    // Other groups are not affected.
    acquire_ok(&mut limits, ACCOUNT, start + seconds(1));

    let after = start + seconds(9);
    let probe = acquire_ok(&mut limits, EXTENSIONS, after);
    assert_eq!(
        limits.try_acquire(endpoint_class(EXTENSIONS), after),
        SendAdmission::WaitForResponse
    );
    limits.record_outcome(
        &probe,
        &SendOutcome::Accepted(&headers("medium", 40, 39)),
        after,
    );
    acquire_ok(&mut limits, EXTENSIONS, after);
    acquire_ok(&mut limits, EXTENSIONS, after);
}

#[test]
fn rate_limit_without_headers_pauses_all_groups() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    let no_headers = RateHeaders::default();
    let penalty =
        limits.record_outcome(&first, &SendOutcome::RateLimited(&no_headers, None), start);
    assert_eq!(
        penalty,
        Some(PenaltyStarted {
            group: None,
            duration: seconds(30)
        })
    );
    for path in [EXTENSIONS, ACCOUNT, TOKEN] {
        assert_eq!(
            expected_wait(&mut limits, path, start + seconds(10)),
            seconds(20),
            "{path}"
        );
    }
    let after = start + seconds(30);
    let probe = acquire_ok(&mut limits, ACCOUNT, after);
    assert_eq!(
        limits.try_acquire(endpoint_class(EXTENSIONS), after),
        SendAdmission::WaitForResponse
    );
    limits.record_outcome(&probe, &SendOutcome::Accepted(&no_headers), after);
    acquire_ok(&mut limits, EXTENSIONS, after);
}

#[test]
fn in_flight_bound_shrinks_with_remaining_budget() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let mut max_in_flight = |remaining| {
        let rate_headers = headers("medium", 40, remaining);
        send_and_accept(&mut limits, EXTENSIONS, &rate_headers, start);
        let mut in_flight = Vec::new();
        while let SendAdmission::Proceed(reservation) =
            limits.try_acquire(endpoint_class(EXTENSIONS), start)
        {
            in_flight.push(reservation);
        }
        for reservation in &in_flight {
            limits.record_outcome(reservation, &SendOutcome::NotSent, start);
        }
        in_flight.len()
    };
    // A quarter of the remaining requests, without the two that are left to other clients.
    assert_eq!(
        [
            max_in_flight(39),
            max_in_flight(20),
            max_in_flight(10),
            max_in_flight(3)
        ],
        [8, 3, 2, 1]
    );
}

#[test]
fn refused_probes_double_the_penalty() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let rate_headers = headers("medium", 40, 0);
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    limits.record_outcome(
        &first,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(9))),
        start,
    );
    let mut now = start + seconds(9);
    for doubled in [18, 36] {
        let probe = acquire_ok(&mut limits, EXTENSIONS, now);
        let penalty = limits.record_outcome(
            &probe,
            &SendOutcome::RateLimited(&rate_headers, Some(seconds(9))),
            now,
        );
        assert_eq!(penalty.unwrap().duration, seconds(doubled));
        now += seconds(doubled);
    }
    // An accepted request resets the doubling.
    send_and_accept(&mut limits, EXTENSIONS, &headers("medium", 40, 39), now);
    let next = acquire_ok(&mut limits, EXTENSIONS, now);
    let penalty = limits.record_outcome(
        &next,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(9))),
        now,
    );
    assert_eq!(penalty.unwrap().duration, seconds(9));
}

#[test]
fn lost_probe_is_replaced() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let rate_headers = headers("medium", 40, 0);
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    limits.record_outcome(
        &first,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(1))),
        start,
    );
    let mut after = start + seconds(1);
    // A gateway, or a refusal without rate-limit headers, does not prove the end of the penalty
    // either.
    for outcome in [
        SendOutcome::NotSent,
        SendOutcome::NoResponse,
        SendOutcome::NonApiResponse,
        SendOutcome::NoRateHeaders,
    ] {
        let probe = acquire_ok(&mut limits, EXTENSIONS, after);
        assert_eq!(
            limits.try_acquire(endpoint_class(EXTENSIONS), after),
            SendAdmission::WaitForResponse
        );
        limits.record_outcome(&probe, &outcome, after);
        // A gateway response opens the circuit breaker for a moment.
        after += seconds(1);
    }
    let probe = acquire_ok(&mut limits, EXTENSIONS, after);
    assert_eq!(
        limits.try_acquire(endpoint_class(EXTENSIONS), after),
        SendAdmission::WaitForResponse
    );
    limits.record_outcome(
        &probe,
        &SendOutcome::Accepted(&RateHeaders::default()),
        after,
    );
    acquire_ok(&mut limits, EXTENSIONS, after);
    acquire_ok(&mut limits, EXTENSIONS, after);
}

#[test]
fn lost_in_flight_request_extends_penalty() {
    let start = Instant::now();
    let rate_headers = headers("medium", 40, 0);
    for outcome in [SendOutcome::NoResponse, SendOutcome::NonApiResponse] {
        let mut limits = RateLimitState::default();
        let [first, lost, late] = [(); 3].map(|()| acquire_ok(&mut limits, EXTENSIONS, start));
        limits.record_outcome(
            &first,
            &SendOutcome::RateLimited(&rate_headers, Some(seconds(9))),
            start,
        );
        let now = start + seconds(5);
        limits.record_outcome(&lost, &outcome, now);
        assert_eq!(expected_wait(&mut limits, EXTENSIONS, now), seconds(9));
        // The same if the probe is in flight, because the lost request may have arrived before it.
        let now = now + seconds(9);
        let probe = acquire_ok(&mut limits, EXTENSIONS, now);
        limits.record_outcome(&late, &outcome, now);
        limits.record_outcome(
            &probe,
            &SendOutcome::Accepted(&headers("medium", 40, 39)),
            now,
        );
        assert_eq!(expected_wait(&mut limits, EXTENSIONS, now), seconds(9));
        // A request sent after the penalty does not restart it.
        let now = now + seconds(9);
        let probe = acquire_ok(&mut limits, EXTENSIONS, now);
        limits.record_outcome(&probe, &outcome, now);
        acquire_ok(&mut limits, EXTENSIONS, now + seconds(1));
    }
}

#[test]
fn response_to_old_probe_does_not_end_newer_penalty() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let rate_headers = headers("medium", 40, 0);
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    let late = acquire_ok(&mut limits, EXTENSIONS, start);
    limits.record_outcome(
        &first,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(1))),
        start,
    );
    let after = start + seconds(1);
    let probe = acquire_ok(&mut limits, EXTENSIONS, after);
    limits.record_outcome(
        &late,
        &SendOutcome::RateLimited(&rate_headers, Some(seconds(5))),
        after,
    );
    limits.record_outcome(
        &probe,
        &SendOutcome::Accepted(&headers("medium", 40, 30)),
        after,
    );
    assert_eq!(expected_wait(&mut limits, EXTENSIONS, after), seconds(5));
}

#[test]
fn absurd_limits_and_waits_are_bounded() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let absurd = RateHeaders {
        limit: Some(0),
        window: Some(Duration::MAX),
        ..headers("medium", 0, usize::MAX)
    };
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    limits.record_outcome(
        &first,
        &SendOutcome::RateLimited(&absurd, Some(Duration::MAX)),
        start,
    );
    let admission = limits.try_acquire(endpoint_class(EXTENSIONS), start);
    assert_eq!(admission, SendAdmission::RetryLater(start + MAX_PENALTY));
    // The limit of the group is as absurd.
    let after = start + MAX_PENALTY;
    acquire_ok(&mut limits, EXTENSIONS, after);
}

#[test]
fn long_penalty_is_waited_for_and_too_long_one_is_reported() {
    for (requested, is_waited_for) in [(601, true), (3600, true), (3601, false), (100_000, false)] {
        let (mut limits, start) = (RateLimitState::default(), Instant::now());
        let rate_headers = headers("medium", 40, 0);
        let first = acquire_ok(&mut limits, EXTENSIONS, start);
        limits.record_outcome(
            &first,
            &SendOutcome::RateLimited(&rate_headers, Some(seconds(requested))),
            start,
        );
        let until = start + seconds(requested);
        for late in [0, requested / 2, requested - 1] {
            match limits.try_acquire(endpoint_class(EXTENSIONS), start + seconds(late)) {
                SendAdmission::WaitUntil { until: actual, .. } if is_waited_for => {
                    assert_eq!(actual, until);
                }
                SendAdmission::RetryLater(actual) if !is_waited_for => assert_eq!(actual, until),
                other => panic!("{requested} after {late}: {other:?}"),
            }
        }
        // Other groups are not affected, and this one continues after the penalty.
        acquire_ok(&mut limits, ACCOUNT, start);
        acquire_ok(&mut limits, EXTENSIONS, until);
    }
}

#[test]
fn doubled_penalty_never_exceeds_maximum_wait() {
    let (mut limits, start) = (RateLimitState::default(), Instant::now());
    let rate_headers = headers("medium", 40, 0);
    let first = acquire_ok(&mut limits, EXTENSIONS, start);
    let throttled = SendOutcome::RateLimited(&rate_headers, Some(seconds(2400)));
    limits.record_outcome(&first, &throttled, start);
    let now = start + seconds(2400);
    let probe = acquire_ok(&mut limits, EXTENSIONS, now);
    limits.record_outcome(&probe, &throttled, now);
    assert_eq!(expected_wait(&mut limits, EXTENSIONS, now), seconds(3600));
}

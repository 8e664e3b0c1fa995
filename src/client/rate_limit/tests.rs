//! Unit tests of the rate limits, with explicit times instead of a clock.

use super::*;
use crate::client::request::HttpMethod;

const TOKEN: &str = "/restapi/oauth/token";
const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(super) const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";
const RULES: &str = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules";
const RULE: &str = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules/a";

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

/// The state of the limits, at a time that the test sets.
struct LimitsAt {
    state: RateLimitState,
    start: Instant,
    now: Instant,
}

impl LimitsAt {
    fn new() -> LimitsAt {
        let now = Instant::now();
        LimitsAt {
            state: RateLimitState::default(),
            start: now,
            now,
        }
    }

    /// Sets the time, in seconds since the start.
    fn at(&mut self, seconds: f64) -> &mut LimitsAt {
        self.now = self.start + Duration::from_secs_f64(seconds);
        self
    }

    fn acquire(&mut self, path: &str) -> Result<SendReservation, SendDelay> {
        self.state.try_acquire(endpoint_class(path), self.now)
    }

    #[track_caller]
    fn send(&mut self, path: &str) -> SendReservation {
        self.acquire(path).expect("the request should go now")
    }

    /// Sends a request that is answered at once.
    #[track_caller]
    fn send_and_accept(&mut self, path: &str, headers: &RateHeaders) {
        let reservation = self.send(path);
        self.accept(&reservation, headers);
    }

    fn accept(&mut self, reservation: &SendReservation, headers: &RateHeaders) {
        self.record(reservation, &SendOutcome::Accepted(headers));
    }

    fn record(&mut self, reservation: &SendReservation, outcome: &SendOutcome<'_>) {
        self.state.record_outcome(reservation, outcome, self.now);
    }

    /// Answers with a 429 of the Medium group; returns the length of its penalty in seconds.
    fn refuse(&mut self, reservation: &SendReservation, retry_after: u64) -> u64 {
        let headers = headers("medium", 40, 0);
        let outcome = SendOutcome::RateLimited(&headers, Some(seconds(retry_after)));
        let penalty = self.state.record_outcome(reservation, &outcome, self.now);
        let penalty = penalty.expect("a 429 starts a penalty");
        assert_eq!(penalty.group.as_deref(), Some("medium"));
        penalty.duration.as_secs()
    }

    #[track_caller]
    fn assert_wait(&mut self, path: &str, expected: u64) {
        let until = self.now + seconds(expected);
        assert_eq!(self.acquire(path), Err(SendDelay::Until(until)), "{path}");
    }

    #[track_caller]
    fn assert_waits_for_response(&mut self, path: &str) {
        assert_eq!(self.acquire(path), Err(SendDelay::AfterResponse), "{path}");
    }
}

#[test]
fn documented_limits_hold_until_response_reports_others() {
    for (path, limit) in [(TOKEN, 5), (ACCOUNT, 50), (EXTENSIONS, 40)] {
        let mut limits = LimitsAt::new();
        for _ in 0..limit {
            limits.send_and_accept(path, &RateHeaders::default());
        }
        limits.at(1.0).assert_wait(path, 59);
        limits.at(60.0).send(path);
    }
}

#[test]
fn slot_is_free_one_window_after_response() {
    // The request may have arrived, and been counted, as late as its response.
    let mut limits = LimitsAt::new();
    let request = limits.send(EXTENSIONS);
    limits.at(7.0).accept(&request, &headers("medium", 1, 0));
    limits.at(8.0).assert_wait(EXTENSIONS, 59);
}

#[test]
fn next_response_decides_with_all_requests_in_flight() {
    let mut limits = LimitsAt::new();
    limits.send_and_accept(EXTENSIONS, &headers("medium", 2, 1));
    let in_flight = limits.at(60.0).send(EXTENSIONS);
    limits.send(EXTENSIONS);
    limits.at(61.0).assert_waits_for_response(EXTENSIONS);
    limits.record(&in_flight, &SendOutcome::NotSent);
    limits.send(EXTENSIONS);
}

#[test]
fn group_name_and_limit_are_learned_from_response() {
    let mut limits = LimitsAt::new();
    limits.send_and_accept(EXTENSIONS, &headers("Directory", 2, 1));
    limits.send_and_accept(EXTENSIONS, &headers("directory", 2, 0));
    limits.assert_wait(EXTENSIONS, 60);
    // The budget of the previously assumed group is not affected.
    limits.send("/restapi/v9/other-medium");
}

#[test]
fn last_requests_of_shared_window_are_left_to_other_clients() {
    let mut limits = LimitsAt::new();
    // The limit is ten, and after our first request only eight remain: other clients have used one.
    for remaining in [8, 7, 6] {
        limits.send_and_accept(EXTENSIONS, &headers("medium", 10, remaining));
    }
    // Our first request leaves the window at 60 s.
    limits.at(10.0).assert_wait(EXTENSIONS, 50);
    limits.at(60.0).send(EXTENSIONS);
}

#[test]
fn window_of_single_client_is_used_completely() {
    let mut limits = LimitsAt::new();
    // Each response comes after 0.2 s, and the server counts the request after 0.1 s.
    for (sent_at, remaining) in [(0.0, 2), (0.2, 1), (0.4, 0), (60.2, 1), (60.4, 1)] {
        let request = limits.at(sent_at).send(EXTENSIONS);
        let headers = headers("medium", 3, remaining);
        limits.at(sent_at + 0.2).accept(&request, &headers);
    }
    limits.at(60.6).send(EXTENSIONS);
}

#[test]
fn wait_for_budget_is_announced_once() {
    let mut limits = LimitsAt::new();
    limits.send_and_accept(EXTENSIONS, &headers("medium", 1, 0));
    let class = endpoint_class(EXTENSIONS);
    let now = limits.at(1.0).now;
    let until = now + seconds(59);
    let announced = limits.state.wait_to_announce(class, until, now);
    let expected = AnnouncedWait {
        reason: WaitReason::RateLimit("medium".to_owned()),
        wait: seconds(59),
    };
    assert_eq!(announced, Some(expected));
    let again = limits
        .state
        .wait_to_announce(class, until, now + seconds(1));
    assert_eq!(again, None);
}

#[test]
fn lock_is_announced_with_its_start_and_for_writes_only() {
    let mut limits = LimitsAt::new();
    let write = EndpointClass::classify(HttpMethod::Patch, RULE);
    let reservation = limits.state.try_acquire(write, limits.now).unwrap();
    limits.record(
        &reservation,
        &SendOutcome::Locked(&RateHeaders::default(), None),
    );
    let (start, now) = (limits.now, limits.at(3.0).now);
    let until = start + seconds(15);
    let announced = limits.state.wait_to_announce(write, until, now);
    let expected = AnnouncedWait {
        reason: WaitReason::Lock(start),
        wait: seconds(12),
    };
    assert_eq!(announced, Some(expected));
    let read = limits
        .state
        .wait_to_announce(endpoint_class(RULE), until, now);
    assert_ne!(read.unwrap().reason, WaitReason::Lock(start));
}

#[test]
fn window_longer_than_an_hour_ends_the_run() {
    let mut limits = LimitsAt::new();
    let long = |length: u64| RateHeaders {
        window: Some(seconds(length)),
        ..headers("medium", 1, 0)
    };
    limits.send_and_accept(EXTENSIONS, &long(3600));
    limits.assert_wait(EXTENSIONS, 3600);
    limits.at(3600.0).send_and_accept(EXTENSIONS, &long(7200));
    let until = limits.now + seconds(7200);
    assert_eq!(limits.acquire(EXTENSIONS), Err(SendDelay::TooLong(until)));
    // The wait counts, not the length of the window.
    limits.at(3600.0 + 3601.0).assert_wait(EXTENSIONS, 3599);
}

#[test]
fn locked_account_delays_writes_but_not_reads() {
    let mut limits = LimitsAt::new();
    let write = EndpointClass::classify(HttpMethod::Patch, RULE);
    let reservation = limits.state.try_acquire(write, limits.now).unwrap();
    limits.record(
        &reservation,
        &SendOutcome::Locked(&headers("medium", 40, 39), None),
    );
    let until = limits.now + seconds(15);
    let acquired = limits.state.try_acquire(write, limits.now);
    assert_eq!(acquired, Err(SendDelay::Until(until)));
    let create = EndpointClass::classify(HttpMethod::Post, RULES);
    let acquired = limits.state.try_acquire(create, limits.now);
    assert_eq!(acquired, Err(SendDelay::Until(until)));
    limits.send(RULES);
    limits.send(EXTENSIONS);
    // One probe ends the lock for all.
    limits.at(15.0);
    let probe = limits.state.try_acquire(write, limits.now).unwrap();
    let acquired = limits.state.try_acquire(create, limits.now);
    assert_eq!(acquired, Err(SendDelay::AfterResponse));
    limits.accept(&probe, &headers("medium", 40, 30));
    assert!(limits.state.try_acquire(create, limits.now).is_ok());
}

#[test]
fn rate_limited_group_pauses_and_then_sends_one_probe() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    assert_eq!(limits.refuse(&first, 9), 9);
    limits.at(1.0).assert_wait(EXTENSIONS, 8);
    // Other groups are not affected.
    limits.send(ACCOUNT);

    let probe = limits.at(9.0).send(EXTENSIONS);
    limits.assert_waits_for_response(EXTENSIONS);
    limits.accept(&probe, &headers("medium", 40, 39));
    limits.send(EXTENSIONS);
    limits.send(EXTENSIONS);
}

#[test]
fn rate_limit_without_headers_pauses_all_groups() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    let no_headers = RateHeaders::default();
    let outcome = SendOutcome::RateLimited(&no_headers, None);
    let penalty = limits.state.record_outcome(&first, &outcome, limits.now);
    let expected = PenaltyStarted {
        group: None,
        duration: seconds(30),
    };
    assert_eq!(penalty, Some(expected));
    limits.at(10.0);
    for path in [EXTENSIONS, ACCOUNT, TOKEN] {
        limits.assert_wait(path, 20);
    }
    let probe = limits.at(30.0).send(ACCOUNT);
    limits.assert_waits_for_response(EXTENSIONS);
    limits.accept(&probe, &no_headers);
    limits.send(EXTENSIONS);
}

#[test]
fn in_flight_bound_shrinks_with_remaining_budget() {
    let mut limits = LimitsAt::new();
    let mut remaining = 40;
    for (left, expected) in [(39, 8), (20, 4), (9, 2), (2, 2), (1, 1)] {
        while remaining > left {
            remaining -= 1;
            limits.send_and_accept(EXTENSIONS, &headers("medium", 40, remaining));
        }
        let mut in_flight = Vec::new();
        while let Ok(reservation) = limits.acquire(EXTENSIONS) {
            in_flight.push(reservation);
        }
        assert_eq!(in_flight.len(), expected, "with {left} left");
        for reservation in &in_flight {
            limits.record(reservation, &SendOutcome::NotSent);
        }
    }
}

#[test]
fn refused_probes_double_the_penalty() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    assert_eq!(limits.refuse(&first, 9), 9);
    for (time, doubled) in [(9.0, 18), (27.0, 36)] {
        let probe = limits.at(time).send(EXTENSIONS);
        assert_eq!(limits.refuse(&probe, 9), doubled);
    }
    // An accepted request resets the doubling.
    limits
        .at(63.0)
        .send_and_accept(EXTENSIONS, &headers("medium", 40, 39));
    let next = limits.send(EXTENSIONS);
    assert_eq!(limits.refuse(&next, 9), 9);
}

#[test]
fn doubled_penalty_never_exceeds_maximum_wait() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    limits.refuse(&first, 2400);
    let probe = limits.at(2400.0).send(EXTENSIONS);
    assert_eq!(limits.refuse(&probe, 2400), 3600);
    limits.assert_wait(EXTENSIONS, 3600);
}

#[test]
fn lost_probe_is_replaced() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    limits.refuse(&first, 1);
    // A gateway, or a refusal without rate-limit headers, does not prove the end of the penalty
    // either. A gateway response also starts an outage, for a moment.
    let no_headers = RateHeaders::default();
    for (time, outcome) in [
        (1.0, SendOutcome::NotSent),
        (2.0, SendOutcome::NoResponse),
        (3.0, SendOutcome::NonApiResponse),
        (4.0, SendOutcome::NoRateHeaders),
        (5.0, SendOutcome::Accepted(&no_headers)),
    ] {
        let probe = limits.at(time).send(EXTENSIONS);
        limits.assert_waits_for_response(EXTENSIONS);
        limits.record(&probe, &outcome);
    }
    limits.send(EXTENSIONS);
    limits.send(EXTENSIONS);
}

#[test]
fn lost_in_flight_request_extends_penalty() {
    for outcome in [SendOutcome::NoResponse, SendOutcome::NonApiResponse] {
        let mut limits = LimitsAt::new();
        let [first, lost, late] = [(); 3].map(|()| limits.send(EXTENSIONS));
        limits.refuse(&first, 9);
        limits.at(5.0).record(&lost, &outcome);
        limits.assert_wait(EXTENSIONS, 9);
        // The same if the probe is in flight, because the lost request may have arrived before it.
        let probe = limits.at(14.0).send(EXTENSIONS);
        limits.record(&late, &outcome);
        limits.accept(&probe, &headers("medium", 40, 39));
        limits.assert_wait(EXTENSIONS, 9);
        // A request sent after the penalty does not restart it.
        let probe = limits.at(23.0).send(EXTENSIONS);
        limits.record(&probe, &outcome);
        limits.at(24.0).send(EXTENSIONS);
    }
}

#[test]
fn response_to_old_probe_does_not_end_newer_penalty() {
    let mut limits = LimitsAt::new();
    let first = limits.send(EXTENSIONS);
    let late = limits.send(EXTENSIONS);
    limits.refuse(&first, 1);
    let probe = limits.at(1.0).send(EXTENSIONS);
    limits.refuse(&late, 5);
    limits.accept(&probe, &headers("medium", 40, 30));
    limits.assert_wait(EXTENSIONS, 5);
}

#[test]
fn absurd_limits_and_waits_are_bounded() {
    let mut limits = LimitsAt::new();
    let absurd = RateHeaders {
        limit: Some(0),
        window: Some(Duration::MAX),
        ..headers("medium", 0, usize::MAX)
    };
    let first = limits.send(EXTENSIONS);
    limits.record(
        &first,
        &SendOutcome::RateLimited(&absurd, Some(Duration::MAX)),
    );
    let end = limits.start + MAX_PENALTY;
    assert_eq!(limits.acquire(EXTENSIONS), Err(SendDelay::TooLong(end)));
    // The limit of the group is as absurd.
    limits.at(MAX_PENALTY.as_secs_f64()).send(EXTENSIONS);
}

#[test]
fn long_penalty_is_waited_for_and_too_long_one_is_reported() {
    for (requested, is_waited_for) in [(601, true), (3600, true), (3601, false), (100_000, false)] {
        let mut limits = LimitsAt::new();
        let first = limits.send(EXTENSIONS);
        limits.refuse(&first, requested);
        let end = limits.start + seconds(requested);
        let expected = if is_waited_for {
            SendDelay::Until(end)
        } else {
            SendDelay::TooLong(end)
        };
        for late in [0, requested / 2, requested - 1] {
            limits.now = limits.start + seconds(late);
            assert_eq!(
                limits.acquire(EXTENSIONS),
                Err(expected),
                "{requested} after {late}"
            );
        }
        // Other groups are not affected, and this one continues after the penalty.
        limits.send(ACCOUNT);
        limits.now = end;
        limits.send(EXTENSIONS);
    }
}

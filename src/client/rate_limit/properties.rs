//! Property tests: limits and penalties are kept, and no task waits forever.

use proptest::prelude::*;

use super::tests::{EXTENSIONS, endpoint_class, headers, seconds};
use super::*;

/// An event in a group that a client shares with other clients.
#[derive(Debug, Clone)]
enum RateLimitEvent {
    TimePasses(u64),
    TrySend,
    /// RingCentral answers one of the requests in flight.
    Accepted {
        index: usize,
        limit: usize,
        remaining: usize,
        window: u64,
    },
    RateLimited {
        index: usize,
        retry_after: Option<u64>,
        with_headers: bool,
    },
    /// A request ends without a response of the API: it arrived at any time until now, or never.
    LostRequest {
        index: usize,
        by: LossKind,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum LossKind {
    NotSent,
    NoResponse,
    NonApiResponse,
}

fn event_strategy() -> impl Strategy<Value = RateLimitEvent> {
    prop_oneof![
        3 => (0..20_000u64).prop_map(RateLimitEvent::TimePasses),
        8 => Just(RateLimitEvent::TrySend),
        4 => (0..9usize, 1..8usize, 0..9usize, 1..120u64).prop_map(|(index, limit, remaining, window)| {
            RateLimitEvent::Accepted { index, limit, remaining, window }
        }),
        1 => (0..9usize, proptest::option::of(0..90u64), any::<bool>())
            .prop_map(|(index, retry_after, with_headers)| RateLimitEvent::RateLimited { index, retry_after, with_headers }),
        1 => (0..9usize, prop_oneof![Just(LossKind::NotSent), Just(LossKind::NoResponse), Just(LossKind::NonApiResponse)])
            .prop_map(|(index, by)| RateLimitEvent::LostRequest { index, by }),
    ]
}

proptest! {
    /// The model has only the list of sends, the last penalty, and its probe. A request that was in
    /// flight when the penalty started, and is lost, restarts the penalty at the worst time.
    #[test]
    fn limits_and_penalties_are_kept_and_every_wait_ends(
        events in proptest::collection::vec(event_strategy(), 1..200)
    ) {
        let (mut limits, mut now) = (RateLimitState::default(), Instant::now());
        let (mut limit, mut window) = (40, seconds(60));
        let mut sent: Vec<(u64, Instant)> = Vec::new();
        let mut in_flight: Vec<SendReservation> = Vec::new();
        let (mut penalty, mut after_penalty) = (now, None::<Option<u64>>);
        let (mut penalty_started_at, mut penalty_duration) = (now, seconds(0));

        for event in events {
            match event {
                RateLimitEvent::TimePasses(millis) => now += Duration::from_millis(millis),
                RateLimitEvent::TrySend => if let Ok(reservation) = limits.try_acquire(endpoint_class(EXTENSIONS), now) {
                    prop_assert!(now >= penalty, "sent inside a penalty");
                    if let Some(probe) = &mut after_penalty {
                        prop_assert_eq!(*probe, None, "a second request before the probe's answer");
                        *probe = Some(reservation.id);
                    }
                    sent.push((reservation.id, now));
                    let count = sent.iter().filter(|(_, at)| now - *at < window).count();
                    prop_assert!(count <= limit, "{} sends in a window of {}", count, limit);
                    in_flight.push(reservation);
                    // A 429 can meet at most this many requests in flight.
                    prop_assert!(in_flight.len() <= (limit / 4).max(2), "{} in flight", in_flight.len());
                },
                RateLimitEvent::Accepted { index, limit: new_limit, remaining, window: window_seconds } if index < in_flight.len() => {
                    let reservation = in_flight.remove(index);
                    (limit, window) = (new_limit, seconds(window_seconds));
                    let rate_headers = RateHeaders { window: Some(window), ..headers("medium", limit, remaining) };
                    limits.record_outcome(&reservation, &SendOutcome::Accepted(&rate_headers), now);
                    if after_penalty == Some(Some(reservation.id)) {
                        after_penalty = None;
                    }
                }
                RateLimitEvent::RateLimited { index, retry_after, with_headers } if index < in_flight.len() => {
                    let reservation = in_flight.remove(index);
                    let rate_headers = if with_headers {
                        RateHeaders { window: Some(window), ..headers("medium", limit, 0) }
                    } else {
                        RateHeaders::default()
                    };
                    limits.record_outcome(&reservation, &SendOutcome::RateLimited(&rate_headers, retry_after.map(seconds)), now);
                    let requested = seconds(retry_after.unwrap_or(30));
                    if penalty < now + requested {
                        (penalty, penalty_duration) = (now + requested, requested);
                    }
                    penalty_started_at = now;
                    after_penalty = Some(None);
                }
                RateLimitEvent::LostRequest { index, by } if index < in_flight.len() => {
                    let reservation = in_flight.remove(index);
                    let (id, sent_at) = (reservation.id, reservation.sent_at);
                    let outcome = match by {
                        LossKind::NotSent => SendOutcome::NotSent,
                        LossKind::NoResponse => SendOutcome::NoResponse,
                        LossKind::NonApiResponse => SendOutcome::NonApiResponse,
                    };
                    if by == LossKind::NotSent {
                        sent.retain(|(sent_id, _)| *sent_id != id);
                    }
                    limits.record_outcome(&reservation, &outcome, now);
                    if by != LossKind::NotSent && after_penalty.is_some() && sent_at <= penalty_started_at {
                        penalty = penalty.max(now + penalty_duration);
                        after_penalty = Some(None);
                    }
                    if after_penalty == Some(Some(id)) {
                        after_penalty = Some(None);
                    }
                }
                _ => {}
            }
        }

        // With no request in flight, the reported wait must lead to a send.
        for reservation in in_flight.drain(..) {
            limits.record_outcome(&reservation, &SendOutcome::NoResponse, now);
        }
        let mut rounds = 0;
        while let Err(SendDelay::Until(until)) = limits.try_acquire(endpoint_class(EXTENSIONS), now) {
            prop_assert!(until > now, "asked to wait for a time in the past");
            now = until;
            rounds += 1;
            prop_assert!(rounds < 10, "waits repeatedly");
        }
    }
}

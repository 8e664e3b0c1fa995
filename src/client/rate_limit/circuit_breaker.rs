//! A circuit breaker for outages: one pause for all tasks, and one probe request at a time.
//!
//! If every task retried on its own, a one-minute outage would use up the retries of every task,
//! and RingCentral would get a burst of requests when it comes back. The functions have no side
//! effects; the time is always an argument.

use std::time::Instant;

use super::window::NextSlot;
use crate::client::retry_policy::RetryPolicy;

/// The circuit breaker, open while RingCentral is unreachable.
#[derive(Debug, Default)]
pub(in crate::client) struct CircuitBreaker {
    retry_policy: RetryPolicy,
    /// Whether the server has ever responded. If not, its address may be wrong.
    has_answered: bool,
    open_state: Option<OpenState>,
}

/// An outage, from the first failed request on.
#[derive(Debug)]
struct OpenState {
    opened_at: Instant,
    /// When the next probe may be sent.
    retry_at: Instant,
    failures: u32,
    probe: Option<u64>,
    /// Whether the outage has lasted longer than a run waits.
    exceeds_max_wait: bool,
}

impl CircuitBreaker {
    pub(in crate::client) fn new(retry_policy: RetryPolicy) -> CircuitBreaker {
        CircuitBreaker {
            retry_policy,
            ..CircuitBreaker::default()
        }
    }

    /// Returns whether RingCentral is unreachable, as far as is known.
    pub(in crate::client) fn is_open(&self) -> bool {
        self.open_state.is_some()
    }

    pub(in crate::client) fn next_slot(&self, now: Instant) -> NextSlot {
        match &self.open_state {
            None => NextSlot::Now,
            Some(open) => {
                let (is_pausing, has_probe) = (now < open.retry_at, open.probe.is_some());
                match (open.exceeds_max_wait, is_pausing, has_probe) {
                    (_, false, false) => NextSlot::Now,
                    (true, ..) => NextSlot::Unreachable(open.opened_at),
                    (false, true, _) => NextSlot::At(open.retry_at),
                    (false, false, true) => NextSlot::AfterResponse,
                }
            }
        }
    }

    /// Notes that request `id` was sent; during an outage it is the probe.
    pub(in crate::client) fn on_send(&mut self, id: u64) {
        if let Some(open) = &mut self.open_state {
            open.probe = Some(id);
        }
    }

    /// Notes that request `id` could not reach RingCentral. A request sent before the outage was
    /// known does not count as a further failure.
    pub(in crate::client) fn on_connect_failed(&mut self, id: u64, now: Instant) {
        match &mut self.open_state {
            None => {
                self.open_state = Some(OpenState {
                    opened_at: now,
                    retry_at: now + self.retry_policy.backoff(1),
                    failures: 1,
                    probe: None,
                    exceeds_max_wait: false,
                });
            }
            Some(open) if open.probe == Some(id) => {
                open.failures += 1;
                open.retry_at = now + self.retry_policy.backoff(open.failures);
                open.probe = None;
                let max_duration = if self.has_answered {
                    self.retry_policy.max_elapsed
                } else {
                    self.retry_policy.first_response_timeout
                };
                open.exceeds_max_wait =
                    now.saturating_duration_since(open.opened_at) >= max_duration;
            }
            Some(_) => {}
        }
    }

    /// Notes that request `id` got no response. That alone is not an outage, but it fails a probe.
    pub(in crate::client) fn on_no_response(&mut self, id: u64, now: Instant) {
        if self.is_probe(id) {
            self.on_connect_failed(id, now);
        }
    }

    /// Notes that request `id` was not sent after all; if it was the probe, another one replaces
    /// it.
    pub(in crate::client) fn on_not_sent(&mut self, id: u64) {
        if self.is_probe(id)
            && let Some(open) = &mut self.open_state
        {
            open.probe = None;
        }
    }

    /// Notes that RingCentral responded, which closes the circuit.
    pub(in crate::client) fn on_response(&mut self) {
        self.has_answered = true;
        self.open_state = None;
    }

    fn is_probe(&self, id: u64) -> bool {
        (self.open_state.as_ref()).is_some_and(|open| open.probe == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sends one probe after another until `duration` has passed; returns the number of probes and
    /// whether the breaker gave up.
    fn probe_until_given_up(
        breaker: &mut CircuitBreaker,
        start: Instant,
        duration: Duration,
    ) -> (u64, bool) {
        let mut now = start;
        for id in 1.. {
            match breaker.next_slot(now) {
                NextSlot::At(until) => now = until,
                NextSlot::Unreachable(since) => {
                    assert_eq!(since, start);
                    return (id, true);
                }
                _ => {}
            }
            if now >= start + duration {
                return (id, false);
            }
            breaker.on_send(id);
            // No other request is admitted meanwhile.
            let other = breaker.next_slot(now);
            assert!(id == 1 || other == NextSlot::AfterResponse, "{other:?}");
            breaker.on_connect_failed(id, now);
        }
        unreachable!()
    }

    #[test]
    fn outage_is_probed_rarely_and_given_up_after_ten_minutes() {
        let (start, minutes) = (Instant::now(), |n: u64| Duration::from_secs(60 * n));
        let mut breaker = CircuitBreaker::default();
        breaker.on_response();
        let (probes, gave_up) = probe_until_given_up(&mut breaker, start, minutes(9));
        assert!((20..30).contains(&probes) && !gave_up, "{probes}");
        // One response closes the circuit for all tasks.
        breaker.on_response();
        assert_eq!(breaker.next_slot(start), NextSlot::Now);

        let (probes, gave_up) = probe_until_given_up(&mut breaker, start, minutes(60));
        assert!((20..30).contains(&probes) && gave_up, "{probes}");
        // A later request may probe, but the others do not wait for it.
        assert_eq!(breaker.next_slot(start + minutes(60)), NextSlot::Now);
        breaker.on_send(99);
        assert_eq!(
            breaker.next_slot(start + minutes(60)),
            NextSlot::Unreachable(start)
        );
    }

    #[test]
    fn server_that_never_responded_is_given_up_quickly() {
        let start = Instant::now();
        let mut breaker = CircuitBreaker::default();
        let (probes, gave_up) = probe_until_given_up(&mut breaker, start, Duration::from_mins(10));
        assert!(probes < 7 && gave_up, "{probes}");
    }

    #[test]
    fn earlier_requests_count_once_and_lost_probe_counts_as_failure() {
        let start = Instant::now();
        let mut breaker = CircuitBreaker::default();
        breaker.on_no_response(1, start);
        assert_eq!(breaker.next_slot(start), NextSlot::Now);
        for id in 1..9 {
            breaker.on_connect_failed(id, start);
        }
        let half = Duration::from_millis(500);
        assert_eq!(breaker.next_slot(start), NextSlot::At(start + half));
        let now = start + half;
        breaker.on_send(9);
        breaker.on_not_sent(9);
        assert_eq!(breaker.next_slot(now), NextSlot::Now);
        breaker.on_send(10);
        breaker.on_no_response(10, now);
        assert_eq!(breaker.next_slot(now), NextSlot::At(now + 2 * half));
    }
}

//! Outages: RingCentral cannot be reached. All tasks pause, and one probe follows another.

use std::time::Instant;

use super::SendDelay;
use super::circuit_breaker::CircuitBreaker;
use crate::client::retry::RetryPolicy;

/// The state of the connection to RingCentral.
#[derive(Debug, Default)]
pub(super) struct OutageState {
    retry_policy: RetryPolicy,
    /// Whether the server has ever responded. If not, its address may be wrong.
    has_responded: bool,
    pub(super) breaker: CircuitBreaker,
}

impl OutageState {
    pub(super) fn new(retry_policy: RetryPolicy) -> OutageState {
        OutageState {
            retry_policy,
            ..OutageState::default()
        }
    }

    pub(super) fn delay(&self, now: Instant) -> Option<SendDelay> {
        let delay = self.breaker.delay(now)?;
        let max_duration = if self.has_responded {
            self.retry_policy.max_elapsed
        } else {
            self.retry_policy.first_response_timeout
        };
        match self.breaker.failing_since() {
            Some((since, duration)) if duration >= max_duration => {
                Some(SendDelay::Unreachable(since))
            }
            _ => Some(delay),
        }
    }

    /// Records that request `id` could not reach RingCentral. A request that was sent before the
    /// outage was known does not count as a further failure.
    pub(super) fn on_failure(&mut self, id: u64, now: Instant) {
        if !self.breaker.is_open() || self.breaker.is_probe(id) {
            let backoff = |failed_probes| self.retry_policy.backoff(failed_probes + 1);
            self.breaker.open(id, now, backoff);
        }
    }

    /// Records that request `id` got no response. That alone is not an outage, but it fails a
    /// probe.
    pub(super) fn on_no_response(&mut self, id: u64, now: Instant) {
        if self.breaker.is_probe(id) {
            self.on_failure(id, now);
        }
    }

    /// Records that RingCentral responded, to any request.
    pub(super) fn on_response(&mut self) {
        self.has_responded = true;
        self.breaker.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sends one probe after another until `duration` has passed; returns the number of probes and
    /// whether the run gave up.
    fn probe_until_given_up(
        outage: &mut OutageState,
        start: Instant,
        duration: Duration,
    ) -> (u64, bool) {
        let mut now = start;
        for id in 1.. {
            match outage.delay(now) {
                Some(SendDelay::Until(until)) => now = until,
                Some(SendDelay::Unreachable(since)) => {
                    assert_eq!(since, start);
                    return (id, true);
                }
                _ => {}
            }
            if now >= start + duration {
                return (id, false);
            }
            outage.breaker.on_send(id);
            // No other request is admitted meanwhile.
            let other = outage.delay(now);
            assert!(
                id == 1 || other == Some(SendDelay::AfterResponse),
                "{other:?}"
            );
            outage.on_failure(id, now);
        }
        unreachable!()
    }

    #[test]
    fn outage_is_probed_rarely_and_given_up_after_ten_minutes() {
        let (start, hour) = (Instant::now(), Duration::from_hours(1));
        let mut outage = OutageState::default();
        outage.on_response();
        let (probes, gave_up) = probe_until_given_up(&mut outage, start, Duration::from_mins(9));
        assert!((20..30).contains(&probes) && !gave_up, "{probes}");
        // One response ends the outage for all tasks.
        outage.on_response();
        assert_eq!(outage.delay(start), None);

        let (probes, gave_up) = probe_until_given_up(&mut outage, start, hour);
        assert!((20..30).contains(&probes) && gave_up, "{probes}");
        // A later request may probe, but the others do not wait for it.
        assert_eq!(outage.delay(start + hour), None);
        outage.breaker.on_send(99);
        assert_eq!(
            outage.delay(start + hour),
            Some(SendDelay::Unreachable(start))
        );
    }

    #[test]
    fn server_that_never_responded_is_given_up_quickly() {
        let mut outage = OutageState::default();
        let (probes, gave_up) =
            probe_until_given_up(&mut outage, Instant::now(), Duration::from_mins(10));
        assert!(probes < 7 && gave_up, "{probes}");
    }

    #[test]
    fn earlier_requests_count_once_and_lost_probe_counts_as_failure() {
        let (start, half) = (Instant::now(), Duration::from_millis(500));
        let mut outage = OutageState::default();
        outage.on_no_response(1, start);
        assert_eq!(outage.delay(start), None);
        for id in 1..9 {
            outage.on_failure(id, start);
        }
        assert_eq!(outage.delay(start), Some(SendDelay::Until(start + half)));
        let now = start + half;
        outage.breaker.on_send(9);
        outage.breaker.release_probe(9);
        assert_eq!(outage.delay(now), None);
        outage.breaker.on_send(10);
        outage.on_no_response(10, now);
        assert_eq!(outage.delay(now), Some(SendDelay::Until(now + 2 * half)));
    }
}

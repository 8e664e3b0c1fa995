//! The circuit breaker: one pause for all tasks, and then one probe request at a time.
//!
//! If every task retried on its own, a one-minute outage would use up the retries of every task,
//! and RingCentral would get a burst of requests when it comes back. During a rate-limit penalty,
//! any request would restart the penalty.

use std::time::{Duration, Instant};

use super::SendDelay;

/// A circuit breaker: closed while requests may be sent, open during a pause, and half-open until
/// the probe after the pause has been answered.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    open_state: Option<OpenState>,
}

/// The time from the first failure until a probe succeeds.
#[derive(Debug)]
struct OpenState {
    opened_at: Instant,
    last_failure_at: Instant,
    /// The length of the pause that ends at `retry_at`.
    pause: Duration,
    retry_at: Instant,
    probe: Option<u64>,
    /// The number of failed probes in a row.
    failed_probes: u32,
}

impl CircuitBreaker {
    pub(super) fn is_open(&self) -> bool {
        self.open_state.is_some()
    }

    /// Returns whether request `id` is the probe.
    pub(super) fn is_probe(&self, id: u64) -> bool {
        (self.open_state.as_ref()).is_some_and(|open| open.probe == Some(id))
    }

    /// Returns the length of the current pause.
    pub(super) fn pause(&self) -> Duration {
        (self.open_state.as_ref()).map_or(Duration::ZERO, |open| open.pause)
    }

    /// Returns when the breaker opened, and how long after that the last failure was.
    pub(super) fn failing_since(&self) -> Option<(Instant, Duration)> {
        let open = self.open_state.as_ref()?;
        Some((open.opened_at, open.last_failure_at - open.opened_at))
    }

    pub(super) fn delay(&self, now: Instant) -> Option<SendDelay> {
        match &self.open_state {
            Some(open) if now < open.retry_at => Some(SendDelay::Until(open.retry_at)),
            Some(open) if open.probe.is_some() => Some(SendDelay::AfterResponse),
            _ => None,
        }
    }

    /// Opens the breaker because request `id` failed, and returns the length of the pause, which
    /// depends on the number of failed probes. An earlier pause that ends later still applies.
    pub(super) fn open(
        &mut self,
        id: u64,
        now: Instant,
        pause_after: impl FnOnce(u32) -> Duration,
    ) -> Duration {
        let open = self.open_state.get_or_insert(OpenState {
            opened_at: now,
            last_failure_at: now,
            pause: Duration::ZERO,
            retry_at: now,
            probe: None,
            failed_probes: 0,
        });
        open.failed_probes += u32::from(open.probe == Some(id));
        let pause = pause_after(open.failed_probes);
        if open.retry_at <= now + pause {
            open.retry_at = now + pause;
            open.pause = pause;
        }
        open.last_failure_at = now;
        // A probe that is still in flight was sent before this failure and proves nothing now.
        open.probe = None;
        pause
    }

    /// Restarts the pause because a request from before the last failure may have arrived as late
    /// as now.
    pub(super) fn extend_for_lost_request(&mut self, sent_at: Instant, now: Instant) {
        if let Some(open) = &mut self.open_state
            && sent_at <= open.last_failure_at
        {
            open.retry_at = open.retry_at.max(now + open.pause);
            open.probe = None;
        }
    }

    /// Records that request `id` was sent. While the breaker is open, that is the probe.
    pub(super) fn on_send(&mut self, id: u64) {
        if let Some(open) = &mut self.open_state {
            open.probe = Some(id);
        }
    }

    /// Closes the breaker if request `id` was the probe.
    pub(super) fn on_success(&mut self, id: u64) {
        if self.is_probe(id) {
            self.close();
        }
    }

    /// Records that request `id` proved nothing. If it was the probe, the next request replaces it.
    pub(super) fn release_probe(&mut self, id: u64) {
        if let Some(open) = &mut self.open_state
            && open.probe == Some(id)
        {
            open.probe = None;
        }
    }

    pub(super) fn close(&mut self) {
        self.open_state = None;
    }
}

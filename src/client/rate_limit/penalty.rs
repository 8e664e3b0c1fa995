//! The penalty after a 429. Any request restarts it \[docs\], so nothing is sent until it is over,
//! and then one request probes.

use std::time::{Duration, Instant};

use super::SendDelay;
use super::circuit_breaker::CircuitBreaker;
use crate::client::retry::MAX_RETRY_AFTER;

/// The penalty of one rate-limit group, or of all groups.
#[derive(Debug, Default)]
pub(super) struct RateLimitPenalty {
    pub(super) breaker: CircuitBreaker,
}

impl RateLimitPenalty {
    pub(super) fn delay(&self, now: Instant) -> Option<SendDelay> {
        match self.breaker.delay(now) {
            Some(SendDelay::Until(end)) if self.breaker.pause() > MAX_RETRY_AFTER => {
                Some(SendDelay::TooLong(end))
            }
            delay => delay,
        }
    }

    /// Starts or extends the penalty after a 429 for request `id`, and returns its length.
    ///
    /// A probe that waited as requested but was refused has met a penalty that another client
    /// restarted. Two clients that wait equally long would restart it for each other forever, so
    /// each refused probe doubles the wait, up to the longest wait of a run. The wait that
    /// RingCentral asks for is never shortened.
    pub(super) fn start(&mut self, id: u64, requested: Duration, now: Instant) -> Duration {
        self.breaker.open(id, now, |refused_probes| {
            let doubled = requested.saturating_mul(2_u32.saturating_pow(refused_probes));
            doubled.min(MAX_RETRY_AFTER.max(requested))
        })
    }
}

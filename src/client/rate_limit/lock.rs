//! A locked account: another client saves call handling, and RingCentral refuses all writes. That
//! can take many minutes \[field\]. All writes pause, and one probe follows another.

use std::time::{Duration, Instant};

use super::SendDelay;
use super::circuit_breaker::CircuitBreaker;
use crate::client::retry::RetryPolicy;

/// The longest pause between two probes, as a multiple of the first one.
const MAX_PAUSE_FACTOR: u32 = 4;

/// The state of the lock of the account.
#[derive(Debug)]
pub(super) struct AccountLockState {
    first_pause: Duration,
    /// How long writes wait for the end of the lock.
    pub(super) timeout: Duration,
    pub(super) breaker: CircuitBreaker,
}

impl AccountLockState {
    pub(super) fn new(retry_policy: &RetryPolicy) -> AccountLockState {
        AccountLockState {
            first_pause: retry_policy.lock_delay,
            timeout: retry_policy.lock_timeout,
            breaker: CircuitBreaker::default(),
        }
    }

    pub(super) fn delay(&self, now: Instant) -> Option<SendDelay> {
        match self.breaker.failing_since() {
            Some((since, duration)) if duration >= self.timeout => {
                Some(SendDelay::LockTimeout(since))
            }
            _ => self.breaker.delay(now),
        }
    }

    /// Returns when the lock was first noticed.
    pub(super) fn locked_since(&self) -> Option<Instant> {
        self.breaker.failing_since().map(|(since, _)| since)
    }

    /// Records that write `id` was refused because the account is locked. A write that was sent
    /// before the lock was known does not lengthen the pause.
    pub(super) fn on_locked(&mut self, id: u64, requested: Option<Duration>, now: Instant) {
        let since = self.locked_since().unwrap_or(now);
        // The last probe is sent exactly at the timeout.
        let time_left = self.timeout.saturating_sub(now - since);
        let (first, requested) = (self.first_pause, requested.unwrap_or_default());
        self.breaker.open(id, now, |failed_probes| {
            let factor = 2_u32.saturating_pow(failed_probes).min(MAX_PAUSE_FACTOR);
            first.saturating_mul(factor).max(requested).min(time_left)
        });
    }
}

impl Default for AccountLockState {
    fn default() -> AccountLockState {
        AccountLockState::new(&RetryPolicy::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends one probe after another, each refused. Returns the pauses in seconds until the lock
    /// state gives up.
    fn pauses_until_timeout(lock: &mut AccountLockState) -> Vec<u64> {
        let start = Instant::now();
        let (mut now, mut pauses) = (start, Vec::new());
        for id in 1.. {
            lock.breaker.on_send(id);
            lock.on_locked(id, None, now);
            match lock.delay(now) {
                Some(SendDelay::Until(until)) => {
                    pauses.push((until - now).as_secs());
                    now = until;
                }
                Some(SendDelay::LockTimeout(since)) => {
                    assert_eq!(since, start);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        pauses
    }

    #[test]
    fn pauses_grow_to_a_minute_and_end_at_the_timeout() {
        let mut lock = AccountLockState::default();
        let pauses = pauses_until_timeout(&mut lock);
        assert_eq!(pauses[..5], [15, 30, 60, 60, 60]);
        assert_eq!(pauses.iter().sum::<u64>(), 30 * 60);
    }

    #[test]
    fn timeout_of_zero_gives_up_at_once() {
        let mut lock = AccountLockState {
            timeout: Duration::ZERO,
            ..AccountLockState::default()
        };
        assert!(pauses_until_timeout(&mut lock).is_empty());
    }

    #[test]
    fn writes_in_flight_do_not_lengthen_the_first_pause() {
        let mut lock = AccountLockState::default();
        let now = Instant::now();
        for id in 1..5 {
            lock.on_locked(id, None, now);
        }
        let pause = Duration::from_secs(15);
        assert_eq!(lock.delay(now), Some(SendDelay::Until(now + pause)));
        // The probe succeeds, and all writes continue.
        lock.breaker.on_send(5);
        assert_eq!(lock.delay(now + pause), Some(SendDelay::AfterResponse));
        lock.breaker.on_success(5);
        assert_eq!(lock.delay(now + pause), None);
    }
}

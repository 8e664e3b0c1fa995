//! The rate limiter that all tasks share: waits until the limits allow a request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::announcement::{AnnouncedWait, WaitReason};
use super::{
    ObservedRateLimit, PenaltyStarted, RateLimitState, SendDelay, SendOutcome, SendReservation,
};
use crate::client::endpoints::EndpointClass;
use crate::client::errors::format_minutes;
use crate::client::retry::RetryPolicy;

/// The limits, penalties and pauses that all tasks share.
#[derive(Debug, Default)]
pub(in crate::client) struct RateLimiter {
    state: Mutex<RateLimitState>,
    outcome_recorded: Notify,
    /// Once canceled, no further request is sent.
    cancellation: CancellationToken,
}

/// The reasons why a request must not be sent.
#[derive(Debug)]
pub(in crate::client) enum AcquireError {
    /// The run was stopped.
    Canceled,
    /// RingCentral accepts no requests for this long.
    RetryLater(Duration),
    /// The account has been locked for this long.
    LockTimeout(Duration),
    /// RingCentral has been unreachable for this long.
    Unreachable(Duration),
}

/// The permission to send one request.
///
/// If it is dropped without an outcome, because its task was canceled, the request counts as sent
/// without a response, so that no other task waits for it forever.
#[derive(Debug)]
pub(in crate::client) struct RequestPermit<'g> {
    rate_limiter: &'g RateLimiter,
    reservation: Option<SendReservation>,
}

impl RateLimiter {
    pub(in crate::client) fn new(
        retry_policy: RetryPolicy,
        cancellation: CancellationToken,
    ) -> RateLimiter {
        RateLimiter {
            state: Mutex::new(RateLimitState::new(retry_policy)),
            cancellation,
            ..RateLimiter::default()
        }
    }

    /// Waits until a request of this class may be sent.
    ///
    /// # Errors
    /// If the run is stopped, or a penalty, an outage or the lock of the account lasts longer than
    /// a run waits.
    pub(in crate::client) async fn acquire(
        &self,
        endpoint_class: EndpointClass,
    ) -> Result<RequestPermit<'_>, AcquireError> {
        loop {
            if self.cancellation.is_cancelled() {
                return Err(AcquireError::Canceled);
            }
            // The task subscribes before it checks, or it could miss an outcome in between.
            let outcome_recorded = self.outcome_recorded.notified();
            tokio::pin!(outcome_recorded);
            outcome_recorded.as_mut().enable();
            let result = self.state().try_acquire(endpoint_class, Instant::now());
            match result {
                Ok(reservation) => {
                    return Ok(RequestPermit {
                        rate_limiter: self,
                        reservation: Some(reservation),
                    });
                }
                Err(SendDelay::Until(until)) => {
                    self.announce_wait(endpoint_class, until);
                    tokio::select! {
                        () = tokio::time::sleep_until(until.into()) => {}
                        () = outcome_recorded => {}
                        () = self.cancellation.cancelled() => {}
                    }
                }
                Err(SendDelay::AfterResponse) => tokio::select! {
                    () = outcome_recorded => {}
                    () = self.cancellation.cancelled() => {}
                },
                Err(SendDelay::TooLong(until)) => {
                    return Err(AcquireError::RetryLater(until - Instant::now()));
                }
                Err(SendDelay::LockTimeout(since)) => {
                    return Err(AcquireError::LockTimeout(since.elapsed()));
                }
                Err(SendDelay::Unreachable(since)) => {
                    return Err(AcquireError::Unreachable(since.elapsed()));
                }
            }
        }
    }

    /// Sleeps for `duration`, or until the run is stopped.
    pub(in crate::client) async fn sleep_unless_canceled(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.cancellation.cancelled() => {}
        }
    }

    /// Returns the limits that RingCentral has reported.
    pub(in crate::client) fn known_limits(&self) -> Vec<ObservedRateLimit> {
        self.state().known_limits()
    }

    /// Returns how long no request will be sent, as far as is known.
    pub(in crate::client) fn time_until_next_send(&self) -> Option<Duration> {
        let until = self.state().waiting_until;
        until?.checked_duration_since(Instant::now())
    }

    /// Returns whether RingCentral is unreachable.
    pub(in crate::client) fn is_unreachable(&self) -> bool {
        self.state().outage.breaker.is_open()
    }

    /// Returns how long the account has been locked, if it is locked.
    pub(in crate::client) fn locked_for(&self) -> Option<Duration> {
        let since = self.state().account_lock.locked_since();
        since.map(|since| since.elapsed())
    }

    /// Sets how long writes wait for a locked account.
    pub(in crate::client) fn set_lock_timeout(&self, timeout: Duration) {
        self.state().account_lock.timeout = timeout;
    }

    /// Announces a wait as a warning, so that users see it without a log option.
    fn announce_wait(&self, endpoint_class: EndpointClass, until: Instant) {
        let now = Instant::now();
        let announced = self.state().wait_to_announce(endpoint_class, until, now);
        let Some(AnnouncedWait { reason, wait }) = announced else {
            return;
        };
        let seconds = wait.as_secs_f64().ceil();
        let end = (Timestamp::now() + wait).strftime("%H:%M:%S UTC");
        match reason {
            WaitReason::Lock(since) => {
                let duration = format_minutes((now - since).as_secs());
                tracing::warn!(
                    "the account is being edited elsewhere; waiting ({duration} so far), next \
                     attempt at {end}"
                );
            }
            WaitReason::Outage => {
                tracing::warn!("RingCentral can't be reached; next attempt at {end}");
            }
            WaitReason::RateLimit(group) => {
                tracing::warn!(
                    "waiting {seconds} s until {end}: RingCentral's rate limit `{group}` is used up"
                );
            }
        }
    }

    fn record_outcome(&self, reservation: &SendReservation, outcome: &SendOutcome<'_>) {
        let penalty = self
            .state()
            .record_outcome(reservation, outcome, Instant::now());
        if let Some(PenaltyStarted { group, duration }) = penalty {
            let group = group.as_deref().unwrap_or("all");
            let seconds = duration.as_secs();
            tracing::info!(group, seconds, "rate limited: waiting");
        }
        self.outcome_recorded.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, RateLimitState> {
        // Every change is a single step, so a panic in another task leaves a consistent state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestPermit<'_> {
    /// Returns the permit without sending the request.
    pub(in crate::client) fn release_unsent(self) {
        self.record_outcome(&SendOutcome::NotSent);
    }

    pub(in crate::client) fn record_outcome(mut self, outcome: &SendOutcome<'_>) {
        if let Some(reservation) = self.reservation.take() {
            self.rate_limiter.record_outcome(&reservation, outcome);
        }
    }
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        if let Some(reservation) = self.reservation.take() {
            self.rate_limiter
                .record_outcome(&reservation, &SendOutcome::NoResponse);
        }
    }
}

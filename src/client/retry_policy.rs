//! Timeouts and retry delays of the client.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The longest backoff between two attempts, unless RingCentral asks for more.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// The timeouts and retry delays of the client.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// The pause before the first retry; it doubles with each further one.
    pub retry_delay: Duration,
    /// How long a request is retried during an outage, without waits for rate limits. At least one
    /// retry is made.
    pub max_elapsed: Duration,
    /// How long a request is retried until the first response of the server, whose address may be
    /// wrong.
    pub first_response_timeout: Duration,
    /// How often a rate-limited request is retried, after the pauses that RingCentral asks for.
    pub max_throttle_retries: u32,
    /// The timeout for a connection.
    pub connect_timeout: Duration,
    /// The timeout for a request, including its response.
    pub request_timeout: Duration,
    /// The timeout for a sign-in, which is the first request of a run.
    pub sign_in_timeout: Duration,
    /// How long an unanswered request may still reach RingCentral. The client looks for a create
    /// for this long before it sends the create again.
    pub in_flight_grace: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            retry_delay: Duration::from_millis(500),
            max_elapsed: Duration::from_mins(10),
            first_response_timeout: Duration::from_secs(3),
            max_throttle_retries: 5,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            sign_in_timeout: Duration::from_secs(20),
            in_flight_grace: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// Returns the pause after `failures` failed attempts, which doubles with each.
    pub(super) fn backoff(&self, failures: u32) -> Duration {
        let factor = 2u32.saturating_pow(failures.saturating_sub(1));
        self.retry_delay.saturating_mul(factor).min(MAX_BACKOFF)
    }

    /// Returns the backoff with jitter, so that tasks that failed together do not retry together.
    pub(super) fn backoff_with_jitter(&self, failures: u32) -> Duration {
        self.backoff(failures)
            .mul_f64(0.5 + random_fraction() / 2.0)
    }

    /// Returns the policy to use until the server has responded for the first time.
    pub(super) fn before_first_response(&self) -> RetryPolicy {
        RetryPolicy {
            max_elapsed: self.max_elapsed.min(self.first_response_timeout),
            ..self.clone()
        }
    }

    /// Returns the pause before the next lookup of a write, or `None` if no further lookup is
    /// worthwhile.
    ///
    /// `lookups` is the number of lookups that found nothing. Most late writes arrive at once, so
    /// the first lookup comes soon. Each one costs a request, so at most two follow.
    pub(super) fn next_lookup_delay(
        &self,
        lookups: u32,
        may_complete_late: bool,
    ) -> Option<Duration> {
        match (lookups, may_complete_late) {
            (0, _) => Some(self.backoff_with_jitter(1)),
            (1, true) => Some(self.in_flight_grace / 6),
            (2, true) => Some(self.in_flight_grace / 6 * 5),
            _ => None,
        }
    }
}

/// Returns a random number in `0..1`. The hashers of the standard library have random seeds, which
/// is enough to spread tasks.
fn random_fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

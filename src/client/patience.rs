//! How long to wait for what.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The longest pause between two attempts that we choose ourselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long to wait for what.
#[derive(Debug, Clone)]
pub struct Patience {
    /// The pause before the first repeat; it doubles with each one.
    pub retry_delay: Duration,
    /// For how long a call is repeated where the service is in trouble or cannot be reached, waits for rate
    /// limits apart. It is repeated once at least.
    pub trouble: Duration,
    /// The same before the service has answered for the first time: its address may be wrong.
    pub first_answer: Duration,
    /// How often a call is repeated that met a rate limit; the pauses are the service's.
    pub throttled_repeats: u32,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take, its answer included.
    pub request_timeout: Duration,
    /// The same for a sign-in, which is the first sign of life.
    pub sign_in_timeout: Duration,
    /// How long a request whose answer was lost may still be on its way; for so long a create is looked for
    /// before it is sent again.
    pub landing: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            retry_delay: Duration::from_millis(500),
            trouble: Duration::from_secs(600),
            first_answer: Duration::from_secs(3),
            throttled_repeats: 5,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            sign_in_timeout: Duration::from_secs(20),
            landing: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// The pause after so many failures; it doubles with each.
    pub(super) fn doubled(&self, failed: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failed.saturating_sub(1));
        self.retry_delay.saturating_mul(doubled).min(LONGEST_PAUSE)
    }

    /// The same, spread over the tasks that failed together.
    pub(super) fn pause(&self, failed: u32) -> Duration {
        self.doubled(failed).mul_f64(0.5 + chance() / 2.0)
    }

    /// As long as nobody knows whether there is a service.
    pub(super) fn for_the_first_answer(&self) -> Patience {
        Patience {
            trouble: self.trouble.min(self.first_answer),
            ..self.clone()
        }
    }

    /// How long to wait before the next look for what came of a write, after so many that found nothing;
    /// none where no further one is worth it. Most that arrive late do so at once, so the first look comes soon.
    /// Each costs a request, so only two follow.
    pub(super) fn before_look(&self, looks: u32, may_still_land: bool) -> Option<Duration> {
        match (looks, may_still_land) {
            (0, _) => Some(self.pause(1)),
            (1, true) => Some(self.landing / 6),
            (2, true) => Some(self.landing / 6 * 5),
            _ => None,
        }
    }
}

/// A number from 0 up to 1. The standard library seeds its hashers at random, which is chance
/// enough to spread tasks.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

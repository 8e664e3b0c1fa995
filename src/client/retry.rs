//! Decides whether and when a request is sent again, without side effects.
//!
//! Repeating a read, a delete or an update is harmless, because updates contain the whole resource.
//! A create is repeated only if the earlier attempt was certainly not processed. Otherwise the
//! caller looks for the rule first, because two rules of the same name are worse than an error.
//!
//! The waits after a 429 and for a locked account are decided in
//! [`rate_limit`](super::rate_limit), for all tasks together.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use serde_json::Value;

use super::errors::ClientError;
use super::request::{ApiRequest, HttpMethod};

/// The longest wait that RingCentral may ask for. A longer one ends the run, because users would
/// rather come back later, and RingCentral forbids earlier requests.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// How often the token is refreshed for one request. A second refresh happens only if the previous
/// token was accepted for another request.
const MAX_TOKEN_REFRESHES: u32 = 3;

/// Retry messages mention the pause if it is at least this long.
const LOG_PAUSE_AFTER: Duration = Duration::from_secs(5);

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
    /// How long a request without a response may still reach RingCentral. An apply looks for a
    /// create for this long before it sends the create again.
    pub in_flight_grace: Duration,
    /// The pause of all writes after the first one that a locked account refuses. It doubles up to
    /// four times its length.
    pub lock_delay: Duration,
    /// How long writes wait for a locked account.
    pub lock_timeout: Duration,
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
            lock_delay: Duration::from_secs(15),
            lock_timeout: Duration::from_mins(30),
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

/// The attempts at one request so far.
#[derive(Debug)]
pub(super) struct RetryState<'p> {
    request: &'p ApiRequest<'p>,
    host: &'p str,
    retry_policy: &'p RetryPolicy,
    failures: u32,
    /// The total duration of failed attempts and the pauses after them.
    elapsed: Duration,
    throttle_retries: u32,
    token_refreshes: u32,
    /// Whether the token is a new one that RingCentral has not accepted yet.
    is_token_unverified: bool,
    /// Whether an attempt with an unknown outcome may have been applied.
    may_have_succeeded: bool,
}

/// The outcome of one attempt.
pub(super) struct AttemptOutcome {
    /// The body of a success; `None` if it was empty.
    pub(super) result: Result<Option<Value>, ClientError>,
    pub(super) retry_after: Option<Duration>,
    /// The time from sending to the end of the response.
    pub(super) elapsed: Duration,
}

/// The decision after an attempt.
#[derive(Debug)]
pub(super) enum RetryDecision {
    Return(Option<Value>),
    Fail(ClientError),
    RetryAfter(Duration),
    /// Try again as soon as the rate limiter permits it.
    RetryWhenPermitted,
    /// Refresh the token and try again; fail with this error if there is no new token.
    RefreshToken(ClientError),
}

/// The class of a failed attempt. It determines whether the request is retried.
enum ErrorClass {
    NotProcessed,
    OutcomeUnknown,
    /// A success status with a body that contradicts it. Repeating the request would get the same
    /// response.
    Contradictory,
    RateLimited,
    /// Another client edits the account, so the write was not carried out.
    Locked,
    Unauthorized,
    Rejected,
}

impl<'p> RetryState<'p> {
    pub(super) fn new(
        request: &'p ApiRequest<'p>,
        retry_policy: &'p RetryPolicy,
        host: &'p str,
    ) -> RetryState<'p> {
        RetryState {
            request,
            host,
            retry_policy,
            failures: 0,
            elapsed: Duration::ZERO,
            throttle_retries: 0,
            token_refreshes: 0,
            is_token_unverified: false,
            may_have_succeeded: false,
        }
    }

    /// Decides what to do after an attempt.
    pub(super) fn decide(&mut self, outcome: AttemptOutcome) -> RetryDecision {
        let error = match outcome.result {
            Ok(body) => return RetryDecision::Return(body),
            Err(error) => error,
        };
        // An earlier attempt with an unknown outcome has deleted the resource.
        if self.request.method == HttpMethod::Delete
            && self.may_have_succeeded
            && error.is_not_found()
        {
            return RetryDecision::Return(None);
        }
        match self.classify(&error) {
            // A response without an error code is not from the API, which may have applied an
            // earlier attempt.
            ErrorClass::Rejected if error.code().is_none() => {
                RetryDecision::Fail(self.final_error(error))
            }
            ErrorClass::Rejected => RetryDecision::Fail(error),
            ErrorClass::Unauthorized
                if self.is_token_unverified || self.token_refreshes == MAX_TOKEN_REFRESHES =>
            {
                RetryDecision::Fail(self.auth_rejected(error))
            }
            ErrorClass::Unauthorized => {
                self.is_token_unverified = true;
                self.token_refreshes += 1;
                RetryDecision::RefreshToken(error)
            }
            ErrorClass::RateLimited
                if self.throttle_retries == self.retry_policy.max_throttle_retries =>
            {
                RetryDecision::Fail(self.final_error(error))
            }
            ErrorClass::RateLimited => {
                self.throttle_retries += 1;
                RetryDecision::RetryWhenPermitted
            }
            // The rate limiter ends the wait after the lock timeout.
            ErrorClass::Locked => RetryDecision::RetryWhenPermitted,
            ErrorClass::Contradictory => {
                self.may_have_succeeded = true;
                RetryDecision::Fail(self.final_error(error))
            }
            ErrorClass::NotProcessed => {
                self.schedule_retry(error, outcome.retry_after, outcome.elapsed)
            }
            ErrorClass::OutcomeUnknown => {
                self.may_have_succeeded = true;
                if self.request.idempotent {
                    self.schedule_retry(error, outcome.retry_after, outcome.elapsed)
                } else {
                    RetryDecision::Fail(self.final_error(error))
                }
            }
        }
    }

    /// Notes that the token of the last attempt was accepted before. If it was refused now, it has
    /// expired.
    pub(super) fn mark_token_verified(&mut self) {
        self.is_token_unverified = false;
    }

    /// Returns the final error if new tokens are refused as well.
    pub(super) fn auth_rejected(&self, error: ClientError) -> ClientError {
        match self.token_refreshes {
            0 => self.final_error(error),
            _ => self.final_error(ClientError::TokenRejected(Box::new(error))),
        }
    }

    /// Returns the final error: [`ClientError::OutcomeUnknown`] if an attempt may have been
    /// applied.
    pub(super) fn final_error(&self, cause: ClientError) -> ClientError {
        // A sign-in whose response was lost has changed nothing.
        if self.may_have_succeeded && self.request.is_write() {
            ClientError::OutcomeUnknown {
                target: self.request.target(),
                cause: Box::new(cause),
            }
        } else {
            cause
        }
    }

    fn schedule_retry(
        &mut self,
        error: ClientError,
        retry_after: Option<Duration>,
        elapsed: Duration,
    ) -> RetryDecision {
        self.failures += 1;
        let requested = retry_after.unwrap_or_default();
        let pause = self
            .retry_policy
            .backoff_with_jitter(self.failures)
            .max(requested);
        self.elapsed = self.elapsed.saturating_add(elapsed).saturating_add(pause);
        let is_too_long = self.failures > 1 && self.elapsed > self.retry_policy.max_elapsed;
        if is_too_long || requested > MAX_RETRY_AFTER {
            return RetryDecision::Fail(self.final_error(error));
        }
        self.log_retry(&error, pause);
        RetryDecision::RetryAfter(pause)
    }

    /// Logs why the run pauses, as a warning, so that users see it without a log option.
    fn log_retry(&self, error: &ClientError, pause: Duration) {
        tracing::debug!(%error, milliseconds = pause.as_millis(), "an attempt failed");
        let (host, next) = (self.host, self.failures + 1);
        let delay = if pause >= LOG_PAUSE_AFTER {
            format!(" in {} s", pause.as_secs())
        } else {
            String::new()
        };
        if let Some(status) = error.status() {
            tracing::warn!(
                "{host} answered with status {status}, trying again{delay} (attempt {next})"
            );
        } else {
            tracing::warn!("no answer from {host} yet, trying again{delay} (attempt {next})");
        }
    }

    fn classify(&self, error: &ClientError) -> ErrorClass {
        match error {
            _ if self.request.is_write() && error.is_lock_refusal() => ErrorClass::Locked,
            ClientError::Connect { .. } => ErrorClass::NotProcessed,
            ClientError::MalformedResponse { .. } => ErrorClass::Contradictory,
            ClientError::Api(error) if (200..300).contains(&error.status) => {
                ErrorClass::Contradictory
            }
            // The request was processed but its response is too large; repeating a read would not
            // help.
            ClientError::TooLarge { .. } if self.request.is_read() => ErrorClass::Rejected,
            ClientError::TimedOut { .. }
            | ClientError::ConnectionLost { .. }
            | ClientError::TooLarge { .. } => ErrorClass::OutcomeUnknown,
            _ => match error.status() {
                Some(401) => ErrorClass::Unauthorized,
                // The same request is already running, started by another client or repeated by a
                // gateway, so a create must not follow it blindly.
                Some(429) if error.code() == Some("CMN-304") && !self.request.idempotent => {
                    ErrorClass::OutcomeUnknown
                }
                Some(429) => ErrorClass::RateLimited,
                // An unreadable success counts as a truncated response.
                Some(200..=299 | 408 | 500 | 502..=504 | 506..=599) => ErrorClass::OutcomeUnknown,
                _ => ErrorClass::Rejected,
            },
        }
    }
}

#[cfg(test)]
mod tests;

//! Decides when a request may be sent.
//!
//! RingCentral counts requests per group over a sliding window. Each response names the group, the
//! limit, the remaining requests and the window, which all differ per app \[docs\]. So only the
//! initial values are fixed here.
//!
//! A request needs a permit ([`limiter`]). It is delayed by the budget of its group ([`window`]),
//! by a penalty after a 429 ([`penalty`]) or while RingCentral is unreachable ([`outage`]); a write
//! also while the account is locked ([`lock`]). The latter three use the same [`circuit_breaker`].
//! Except for the limiter, everything is a function of the time that the caller passes.

mod announcement;
mod circuit_breaker;
mod limiter;
mod lock;
mod outage;
mod penalty;
mod window;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::announcement::{AnnouncedWait, AnnouncementSchedule, WaitReason};
use self::lock::AccountLockState;
use self::outage::OutageState;
use self::penalty::RateLimitPenalty;
use self::window::SlidingWindow;
use super::endpoints::EndpointClass;
use super::retry::RetryPolicy;

pub(super) use self::limiter::{AcquireError, RateLimiter, RequestPermit};

/// The penalty after a 429 without `Retry-After` \[docs\].
const DEFAULT_PENALTY: Duration = Duration::from_secs(30);

/// The longest accepted window. The bound also keeps time arithmetic from overflowing.
const MAX_WINDOW: Duration = Duration::from_hours(24);

/// The longest accepted penalty, so that its end can be shown as a date.
const MAX_PENALTY: Duration = Duration::from_hours(366 * 24);

/// Returns the documented limit of a group, in requests per [`DEFAULT_WINDOW`] \[docs\]. It holds
/// until a response reports the real one.
fn default_limit(group: &str) -> usize {
    match group {
        "light" => 50,
        "heavy" => 10,
        "auth" => 5,
        _ => 40,
    }
}

/// The window of the documented limits \[docs\].
const DEFAULT_WINDOW: Duration = Duration::from_mins(1);

/// The `X-Rate-Limit-*` headers of a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RateHeaders {
    pub(super) group: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) remaining: Option<usize>,
    pub(super) window: Option<Duration>,
}

impl RateHeaders {
    /// Returns whether any header is present. A 429 without them comes from a limit on the account
    /// or IP address \[docs\].
    pub(super) fn is_present(&self) -> bool {
        *self != RateHeaders::default()
    }
}

/// The outcome of a request, as far as rate limits are concerned.
#[derive(Debug)]
pub(super) enum SendOutcome<'a> {
    /// The request was not sent.
    NotSent,
    /// The connection failed, so the request never left this machine.
    ConnectFailed,
    /// No response came, so the request may have arrived.
    NoResponse,
    /// A gateway responded, so the request may or may not have reached RingCentral.
    NonApiResponse,
    /// RingCentral refused the request without rate-limit headers, with a status other than 429.
    NoRateHeaders,
    /// RingCentral accepted the request, or at least counted it.
    Accepted(&'a RateHeaders),
    /// RingCentral refused a write because the account is locked, and the wait in `Retry-After`.
    Locked(&'a RateHeaders, Option<Duration>),
    /// Status 429 and the wait in `Retry-After`.
    RateLimited(&'a RateHeaders, Option<Duration>),
}

/// A request that counts from now on. Its outcome must be recorded.
#[derive(Debug, PartialEq, Eq)]
struct SendReservation {
    id: u64,
    sent_at: Instant,
    endpoint_class: EndpointClass,
    group: String,
}

/// The reason why a request may not be sent yet. Of two delays, the greater one satisfies both: a
/// later time, or a later variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SendDelay {
    /// Ask again at this time, or when an outcome was recorded.
    Until(Instant),
    /// Ask again when an outcome was recorded.
    AfterResponse,
    /// RingCentral accepts no requests before this time, which is later than a run waits.
    TooLong(Instant),
    /// The account has been locked since this time, which is longer than a run waits.
    LockTimeout(Instant),
    /// RingCentral has been unreachable since this time, which is longer than a run waits.
    Unreachable(Instant),
}

/// A rate limit that RingCentral has reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRateLimit {
    /// The name of the rate-limit group, in lower case.
    pub group: String,
    /// The number of requests that the window allows.
    pub requests: usize,
    /// The length of the sliding window.
    pub window: Duration,
    /// The number of requests sent so far in this run.
    pub sent: u64,
}

/// A penalty that a 429 has started.
#[derive(Debug, PartialEq, Eq)]
struct PenaltyStarted {
    /// The group under penalty, or `None` for all groups.
    group: Option<String>,
    duration: Duration,
}

/// A group of endpoints whose requests RingCentral counts together.
#[derive(Debug)]
struct RateLimitGroup {
    window: SlidingWindow,
    penalty: RateLimitPenalty,
}

/// The state of all rate limits, penalties and outages.
#[derive(Debug, Default)]
struct RateLimitState {
    groups: HashMap<String, RateLimitGroup>,
    learned_groups: HashMap<EndpointClass, String>,
    /// The penalty of a 429 without rate-limit headers.
    account_penalty: RateLimitPenalty,
    outage: OutageState,
    account_lock: AccountLockState,
    announcements: HashMap<WaitReason, AnnouncementSchedule>,
    last_id: u64,
    /// The end of the wait of the task that asked last.
    waiting_until: Option<Instant>,
}

impl RateLimitState {
    fn new(retry_policy: RetryPolicy) -> RateLimitState {
        RateLimitState {
            account_lock: AccountLockState::new(&retry_policy),
            outage: OutageState::new(retry_policy),
            ..RateLimitState::default()
        }
    }

    /// Reserves a request of this class, if one may be sent now.
    fn try_acquire(
        &mut self,
        endpoint_class: EndpointClass,
        now: Instant,
    ) -> Result<SendReservation, SendDelay> {
        let name = self.group_name(endpoint_class);
        let lock_delay = endpoint_class
            .is_write()
            .then(|| self.account_lock.delay(now))
            .flatten();
        let shared_delay = self
            .outage
            .delay(now)
            .max(self.account_penalty.delay(now))
            .max(lock_delay);
        let group = self.group_mut(&name);
        let group_delay = group.window.delay(now).max(group.penalty.delay(now));
        if let Some(delay) = shared_delay.max(group_delay) {
            if let SendDelay::Until(until) = delay {
                self.waiting_until = Some(until);
            }
            return Err(delay);
        }
        self.waiting_until = None;
        self.last_id += 1;
        let id = self.last_id;
        let group = self.group_mut(&name);
        group.window.add(id, now);
        group.penalty.breaker.on_send(id);
        self.account_penalty.breaker.on_send(id);
        self.outage.breaker.on_send(id);
        if endpoint_class.is_write() {
            self.account_lock.breaker.on_send(id);
        }
        Ok(SendReservation {
            id,
            sent_at: now,
            endpoint_class,
            group: name,
        })
    }

    /// Returns the wait of a request until `until`, if it is time to announce it.
    fn wait_to_announce(
        &mut self,
        endpoint_class: EndpointClass,
        until: Instant,
        now: Instant,
    ) -> Option<AnnouncedWait> {
        let locked_since = self.account_lock.locked_since();
        let reason = match locked_since.filter(|_| endpoint_class.is_write()) {
            Some(since) => WaitReason::Lock(since),
            None if self.outage.breaker.is_open() => WaitReason::Outage,
            None => WaitReason::RateLimit(self.group_name(endpoint_class)),
        };
        let wait = until.saturating_duration_since(now);
        let schedule = self.announcements.entry(reason.clone()).or_default();
        schedule
            .is_due(wait, now)
            .then_some(AnnouncedWait { reason, wait })
    }

    /// Records the outcome of a request; returns the penalty that it started, for the log.
    fn record_outcome(
        &mut self,
        reservation: &SendReservation,
        outcome: &SendOutcome<'_>,
        now: Instant,
    ) -> Option<PenaltyStarted> {
        let id = reservation.id;
        match outcome {
            SendOutcome::NotSent => self.outage.breaker.release_probe(id),
            SendOutcome::ConnectFailed | SendOutcome::NonApiResponse => {
                self.outage.on_failure(id, now);
            }
            SendOutcome::NoResponse => self.outage.on_no_response(id, now),
            SendOutcome::NoRateHeaders
            | SendOutcome::Accepted(_)
            | SendOutcome::Locked(..)
            | SendOutcome::RateLimited(..) => self.outage.on_response(),
        }
        match outcome {
            SendOutcome::Locked(_, retry_after) => {
                self.account_lock.on_locked(id, *retry_after, now);
            }
            SendOutcome::Accepted(_) | SendOutcome::NoRateHeaders => {
                self.account_lock.breaker.on_success(id);
            }
            _ => self.account_lock.breaker.release_probe(id),
        }
        let mut penalty_started = None;
        match *outcome {
            SendOutcome::NotSent | SendOutcome::ConnectFailed => {
                self.group_mut(&reservation.group).window.refund(id);
            }
            SendOutcome::NoResponse | SendOutcome::NonApiResponse => {
                self.group_mut(&reservation.group).window.complete(id, now);
                self.on_lost_request(reservation, now);
            }
            SendOutcome::NoRateHeaders => {
                self.group_mut(&reservation.group).window.complete(id, now);
            }
            SendOutcome::Accepted(headers) | SendOutcome::Locked(headers, _) => {
                let name = self.update_from_headers(reservation, headers, now);
                let group = self.group_mut(&name);
                if let Some(remaining) = headers.remaining {
                    let sent_at = reservation.sent_at;
                    group.window.observe_remaining(remaining, sent_at, now);
                }
                group.penalty.breaker.on_success(id);
                self.account_penalty.breaker.on_success(id);
            }
            SendOutcome::RateLimited(headers, retry_after) => {
                let name = self.update_from_headers(reservation, headers, now);
                let requested = retry_after.unwrap_or(DEFAULT_PENALTY).min(MAX_PENALTY);
                let has_rate_headers = headers.is_present();
                let penalty = if has_rate_headers {
                    &mut self.group_mut(&name).penalty
                } else {
                    &mut self.account_penalty
                };
                penalty_started = Some(PenaltyStarted {
                    duration: penalty.start(id, requested, now),
                    group: has_rate_headers.then_some(name),
                });
            }
        }
        // A probe whose penalty is neither over nor restarted proved nothing.
        self.group_mut(&reservation.group)
            .penalty
            .breaker
            .release_probe(id);
        self.account_penalty.breaker.release_probe(id);
        penalty_started
    }

    /// Returns the limits that responses have reported, sorted by group.
    fn known_limits(&self) -> Vec<ObservedRateLimit> {
        let mut limits: Vec<ObservedRateLimit> = self
            .groups
            .iter()
            .filter_map(|(name, group)| group.window.observed_limit(name))
            .collect();
        limits.sort_by(|a, b| a.group.cmp(&b.group));
        limits
    }

    /// Updates the limits from the headers; returns the group in which the request counts.
    fn update_from_headers(
        &mut self,
        reservation: &SendReservation,
        headers: &RateHeaders,
        now: Instant,
    ) -> String {
        let assumed = &reservation.group;
        let reported = headers.group.as_ref().map(|name| name.to_lowercase());
        let name = reported.unwrap_or_else(|| assumed.clone());
        if name != *assumed
            && let Some(sent_at) = self.group_mut(assumed).window.refund(reservation.id)
        {
            self.learned_groups
                .insert(reservation.endpoint_class, name.clone());
            self.group_mut(&name).window.add(reservation.id, sent_at);
        }
        let window = &mut self.group_mut(&name).window;
        window.complete(reservation.id, now);
        let length = headers.window.map(|length| length.min(MAX_WINDOW));
        window.update_limits(headers.limit, length);
        name
    }

    /// Records that a lost request may have restarted a penalty without our knowledge.
    fn on_lost_request(&mut self, reservation: &SendReservation, now: Instant) {
        let sent_at = reservation.sent_at;
        let account_breaker = &mut self.account_penalty.breaker;
        account_breaker.extend_for_lost_request(sent_at, now);
        // The endpoint class may have moved to another group since.
        let current_group = self.group_name(reservation.endpoint_class);
        for name in [&current_group, &reservation.group] {
            let breaker = &mut self.group_mut(name).penalty.breaker;
            breaker.extend_for_lost_request(sent_at, now);
        }
    }

    fn group_name(&self, endpoint_class: EndpointClass) -> String {
        let learned = self.learned_groups.get(&endpoint_class).cloned();
        learned.unwrap_or_else(|| endpoint_class.default_rate_group().to_owned())
    }

    fn group_mut(&mut self, name: &str) -> &mut RateLimitGroup {
        self.groups
            .entry(name.to_owned())
            .or_insert_with(|| RateLimitGroup {
                window: SlidingWindow::new(default_limit(name), DEFAULT_WINDOW),
                penalty: RateLimitPenalty::default(),
            })
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

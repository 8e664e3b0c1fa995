//! Decides when a request may be sent, without side effects.
//!
//! RingCentral counts requests per group over a sliding window. Each response names the group, the
//! limit, the remaining requests and the window, which all differ per app \[docs\]. So only the
//! initial values are fixed here.

mod circuit_breaker;
pub(super) mod limiter;
mod window;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::circuit_breaker::CircuitBreaker;
use self::window::{NextSlot, RateLimitPenalty, SlidingWindow};
use super::endpoints::EndpointClass;
use super::retry_policy::RetryPolicy;

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
    /// The request was abandoned before it was sent.
    NotSent,
    /// The connection failed, so the request never left this machine.
    ConnectFailed,
    /// No response came, so the request may have arrived.
    NoResponse,
    /// A gateway responded, so the request may or may not have reached RingCentral.
    NonApiResponse,
    /// RingCentral refused the request without rate-limit headers.
    NoRateHeaders,
    /// RingCentral accepted the request, or at least counted it.
    Accepted(&'a RateHeaders),
    /// Status 429 and the wait in `Retry-After`.
    RateLimited(&'a RateHeaders, Option<Duration>),
}

/// The permission to send one request. Its outcome must be recorded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SendReservation {
    id: u64,
    sent_at: Instant,
    endpoint_class: EndpointClass,
    pub(super) group: String,
}

/// The decision whether a request may be sent now, and if not, when to ask again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendAdmission {
    Proceed(SendReservation),
    /// Ask again at this time, or when an outcome was recorded.
    WaitUntil {
        until: Instant,
        log_wait: Option<(String, Duration)>,
    },
    /// Ask again when an outcome was recorded.
    WaitForResponse,
    /// RingCentral accepts no requests before this time, which is later than a run waits.
    RetryLater(Instant),
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
pub(super) struct PenaltyStarted {
    /// The group under penalty, or `None` for all groups.
    pub(super) group: Option<String>,
    pub(super) duration: Duration,
}

/// The state of all rate limits and of the circuit breaker.
#[derive(Debug, Default)]
pub(super) struct RateLimitState {
    windows: HashMap<String, SlidingWindow>,
    learned_groups: HashMap<EndpointClass, String>,
    /// The penalty of a 429 without a group.
    account_wide: RateLimitPenalty,
    circuit_breaker: CircuitBreaker,
    last_id: u64,
}

impl RateLimitState {
    pub(super) fn new(retry_policy: RetryPolicy) -> RateLimitState {
        RateLimitState {
            circuit_breaker: CircuitBreaker::new(retry_policy),
            ..RateLimitState::default()
        }
    }

    /// Returns whether RingCentral is unreachable.
    pub(super) fn is_unreachable(&self) -> bool {
        self.circuit_breaker.is_open()
    }

    /// Decides whether a request of this class may be sent now.
    pub(super) fn try_acquire(
        &mut self,
        endpoint_class: EndpointClass,
        now: Instant,
    ) -> SendAdmission {
        let name = self.group_name(endpoint_class);
        let shared_slot = self
            .account_wide
            .next_slot(now)
            .combine(self.circuit_breaker.next_slot(now));
        let window = self.window_mut(&name);
        match shared_slot.combine(window.next_slot(now)) {
            NextSlot::Now => {
                self.last_id += 1;
                let id = self.last_id;
                self.window_mut(&name).record_send(id, now);
                self.account_wide.on_send(id);
                self.circuit_breaker.on_send(id);
                SendAdmission::Proceed(SendReservation {
                    id,
                    sent_at: now,
                    endpoint_class,
                    group: name,
                })
            }
            NextSlot::At(until) => SendAdmission::WaitUntil {
                until,
                log_wait: window.log_wait_once(now).map(|wait| (name, wait)),
            },
            NextSlot::AfterResponse => SendAdmission::WaitForResponse,
            NextSlot::TooFar(until) => SendAdmission::RetryLater(until),
            NextSlot::Unreachable(since) => SendAdmission::Unreachable(since),
        }
    }

    /// Records the outcome of a request; returns the penalty that it started, for the log.
    pub(super) fn record_outcome(
        &mut self,
        reservation: &SendReservation,
        outcome: &SendOutcome<'_>,
        now: Instant,
    ) -> Option<PenaltyStarted> {
        let id = reservation.id;
        match outcome {
            SendOutcome::NotSent => self.circuit_breaker.on_not_sent(id),
            SendOutcome::ConnectFailed | SendOutcome::NonApiResponse => {
                self.circuit_breaker.on_connect_failed(id, now);
            }
            SendOutcome::NoResponse => self.circuit_breaker.on_no_response(id, now),
            SendOutcome::NoRateHeaders
            | SendOutcome::Accepted(_)
            | SendOutcome::RateLimited(..) => self.circuit_breaker.on_response(),
        }
        match *outcome {
            SendOutcome::NotSent | SendOutcome::ConnectFailed => {
                self.window_mut(&reservation.group).refund(id);
                self.on_inconclusive_probe(reservation);
                None
            }
            SendOutcome::NoResponse | SendOutcome::NonApiResponse => {
                self.window_mut(&reservation.group).complete(id, now);
                self.on_lost_request(reservation, now);
                self.on_inconclusive_probe(reservation);
                None
            }
            SendOutcome::NoRateHeaders => {
                self.window_mut(&reservation.group).complete(id, now);
                self.on_inconclusive_probe(reservation);
                None
            }
            SendOutcome::Accepted(headers) => {
                let name = self.update_from_headers(reservation, headers, now);
                let window = self.window_mut(&name);
                if let Some(remaining) = headers.remaining {
                    window.observe_remaining(id, remaining, now);
                }
                window.penalty.on_accepted(id);
                self.account_wide.on_accepted(id);
                // If the probe of one group turned out to belong to another group, it proved
                // nothing.
                self.on_inconclusive_probe(reservation);
                None
            }
            SendOutcome::RateLimited(headers, retry_after) => {
                let name = self.update_from_headers(reservation, headers, now);
                let requested = retry_after.unwrap_or(DEFAULT_PENALTY).min(MAX_PENALTY);
                let was_probe = self.on_inconclusive_probe(reservation);
                let has_group = headers.is_present();
                let penalty = if has_group {
                    let window = self.window_mut(&name);
                    window.reset_other_clients();
                    &mut window.penalty
                } else {
                    &mut self.account_wide
                };
                Some(PenaltyStarted {
                    duration: penalty.start(requested, was_probe, now),
                    group: has_group.then_some(name),
                })
            }
        }
    }

    /// Returns the limits that responses have reported, sorted by group.
    pub(super) fn known_limits(&self) -> Vec<ObservedRateLimit> {
        let mut limits: Vec<ObservedRateLimit> = self
            .windows
            .iter()
            .filter_map(|(name, window)| window.observed_limit(name))
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
            && let Some(sent_at) = self.window_mut(assumed).refund(reservation.id)
        {
            self.learned_groups
                .insert(reservation.endpoint_class, name.clone());
            self.window_mut(&name).transfer_in(reservation.id, sent_at);
        }
        let window = self.window_mut(&name);
        window.complete(reservation.id, now);
        window.update_limits(
            headers.limit,
            headers.window.map(|window| window.min(MAX_WINDOW)),
        );
        name
    }

    /// Notes that a lost request may have restarted a penalty without our knowledge.
    fn on_lost_request(&mut self, reservation: &SendReservation, now: Instant) {
        self.account_wide
            .extend_for_lost_request(reservation.sent_at, now);
        // The endpoint class may have moved to another group since.
        for group in [
            self.group_name(reservation.endpoint_class),
            reservation.group.clone(),
        ] {
            self.window_mut(&group)
                .penalty
                .extend_for_lost_request(reservation.sent_at, now);
        }
    }

    /// Notes that a request did not end a penalty; returns whether it was the probe.
    fn on_inconclusive_probe(&mut self, reservation: &SendReservation) -> bool {
        let is_group_probe = self
            .window_mut(&reservation.group)
            .penalty
            .on_inconclusive(reservation.id);
        self.account_wide.on_inconclusive(reservation.id) || is_group_probe
    }

    fn group_name(&self, endpoint_class: EndpointClass) -> String {
        let learned = self.learned_groups.get(&endpoint_class).cloned();
        learned.unwrap_or_else(|| endpoint_class.default_rate_group().to_owned())
    }

    fn window_mut(&mut self, name: &str) -> &mut SlidingWindow {
        self.windows
            .entry(name.to_owned())
            .or_insert_with(|| SlidingWindow::new(default_limit(name), DEFAULT_WINDOW))
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

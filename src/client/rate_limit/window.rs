//! The budget of one rate-limit group over a sliding window.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{ObservedRateLimit, SendDelay};
use crate::client::retry::MAX_RETRY_AFTER;

/// How many requests may be in flight when the budget is nearly used up.
///
/// A request that arrives during a penalty restarts it. When one request gets a 429, the others in
/// flight can do this, so few may be in flight while a 429 is likely. That costs little time,
/// because the group has to wait for the next window soon anyway. The number is two, so that one
/// slow request does not stop the group.
const MIN_IN_FLIGHT: usize = 2;

/// With a larger budget, the remaining requests divided by this number may be in flight.
const IN_FLIGHT_DIVISOR: usize = 4;

/// How long completed requests are kept, in case the window turns out to be longer.
const HISTORY: Duration = Duration::from_mins(10);

/// How many requests of each window are left to other clients of the same user and app, while there
/// are any. A client alone uses its whole window.
///
/// Two clients have up to four requests in flight when so few remain ([`MIN_IN_FLIGHT`] each), and
/// may not know of each other's latest. In the simulation, five is the least that avoids every 429
/// for limits of 20 and more; one more is the reserve for slow responses.
const HEADROOM: usize = 6;

/// A request that was sent and has no response yet.
#[derive(Debug, Clone, Copy)]
struct InFlightRequest {
    id: u64,
    sent_at: Instant,
}

/// The requests of one rate-limit group over a sliding window.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    limit: usize,
    length: Duration,
    in_flight: Vec<InFlightRequest>,
    /// When each finished request was answered or given up, in order. RingCentral counts a request
    /// on arrival, which is not later.
    completed: VecDeque<Instant>,
    /// What RingCentral reported as remaining, if other clients use the window, too.
    shared_remaining: Option<usize>,
    /// Until when other clients may use what remains.
    closed_until: Option<Instant>,
    /// Whether RingCentral has reported the limit.
    is_observed: bool,
    total_sent: u64,
}

impl SlidingWindow {
    pub(super) fn new(limit: usize, length: Duration) -> SlidingWindow {
        SlidingWindow {
            limit,
            length,
            in_flight: Vec::new(),
            completed: VecDeque::new(),
            shared_remaining: None,
            closed_until: None,
            is_observed: false,
            total_sent: 0,
        }
    }

    pub(super) fn update_limits(&mut self, limit: Option<usize>, length: Option<Duration>) {
        // A limit of zero would block the group forever.
        self.limit = limit.unwrap_or(self.limit).max(1);
        self.length = length.unwrap_or(self.length);
        self.is_observed |= limit.is_some();
    }

    /// Returns the limit if RingCentral has reported it.
    pub(super) fn observed_limit(&self, name: &str) -> Option<ObservedRateLimit> {
        self.is_observed.then(|| ObservedRateLimit {
            group: name.to_owned(),
            requests: self.limit,
            window: self.length,
            sent: self.total_sent,
        })
    }

    /// Returns how long the budget delays another request.
    pub(super) fn delay(&self, now: Instant) -> Option<SendDelay> {
        // A window may be so long that waiting for its end is useless.
        let delay_until = |until| match until - now {
            wait if wait > MAX_RETRY_AFTER => SendDelay::TooLong(until),
            _ => SendDelay::Until(until),
        };
        if let Some(until) = self.closed_until.filter(|&until| now < until) {
            return Some(delay_until(until));
        }
        let first = self.first_counted(now);
        let used = self.in_flight.len() + self.completed.len() - first;
        if used >= self.limit {
            // When requests in flight leave the window is unknown.
            let leaving = self.completed.get(first + used - self.limit);
            return Some(leaving.map_or(SendDelay::AfterResponse, |&completed_at| {
                delay_until(completed_at + self.length)
            }));
        }
        let left = (self.limit - used).min(self.shared_remaining.unwrap_or(usize::MAX));
        let max_in_flight = (left / IN_FLIGHT_DIVISOR).max(MIN_IN_FLIGHT);
        (self.in_flight.len() >= max_in_flight).then_some(SendDelay::AfterResponse)
    }

    /// Returns the index of the first completed request that may count at a time.
    fn first_counted(&self, at: Instant) -> usize {
        self.completed
            .partition_point(|&completed_at| completed_at + self.length <= at)
    }

    /// Adds a request that was sent, or that turned out to count in this group.
    pub(super) fn add(&mut self, id: u64, sent_at: Instant) {
        self.in_flight.push(InFlightRequest { id, sent_at });
        self.total_sent += 1;
    }

    /// Moves a request from in flight to completed.
    pub(super) fn complete(&mut self, id: u64, now: Instant) {
        let history = self.length.max(HISTORY);
        let expired = self
            .completed
            .partition_point(|&completed_at| completed_at + history <= now);
        self.completed.drain(..expired);
        if self.remove_in_flight(id).is_some() {
            self.completed.push_back(now);
        }
    }

    /// Removes a request that was never sent or counts in another group; returns when it was sent.
    pub(super) fn refund(&mut self, id: u64) -> Option<Instant> {
        let request = self.remove_in_flight(id)?;
        self.total_sent -= 1;
        Some(request.sent_at)
    }

    fn remove_in_flight(&mut self, id: u64) -> Option<InFlightRequest> {
        let index = self.in_flight.iter().position(|request| request.id == id)?;
        Some(self.in_flight.swap_remove(index))
    }

    /// Applies the remaining requests that the response to a request reports.
    ///
    /// If our own requests cannot have used that much, other clients are active. They continue to
    /// send, and a 429 that they get starts a penalty that this client learns of only by breaking
    /// it. So the last [`HEADROOM`] requests are left to them until one of our own requests leaves
    /// the window.
    pub(super) fn observe_remaining(&mut self, remaining: usize, sent_at: Instant, now: Instant) {
        let own = self.in_flight.len() + self.completed.len() - self.first_counted(sent_at);
        let is_shared = self.limit.saturating_sub(remaining) > own;
        self.shared_remaining = is_shared.then_some(remaining);
        if is_shared && remaining <= HEADROOM {
            let oldest = self.completed.get(self.first_counted(now)).copied();
            self.closed_until = Some(oldest.unwrap_or(now) + self.length);
        }
    }
}

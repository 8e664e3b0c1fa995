//! One rate-limit group: its budget over a sliding window, and its penalty after a 429.
//!
//! The functions have no side effects; the time is always an argument.

use std::collections::{VecDeque, vec_deque};
use std::time::{Duration, Instant};

use super::ObservedRateLimit;
use crate::client::retry::MAX_RETRY_AFTER;

/// How many requests may be in flight when the budget is nearly used up.
///
/// When one request gets a 429, the others in flight may restart the penalty on arrival. Nothing is
/// sent after the 429 was read, so this bound minus one is the number of requests that a penalty
/// can meet. With fewer remaining requests a 429 is more likely, and hurry gains less, because the
/// window opens no sooner. The bound is two, so that one hanging request does not stop the group.
const MIN_IN_FLIGHT: usize = 2;

/// With a larger budget, the remaining requests divided by this number may be in flight.
const IN_FLIGHT_DIVISOR: usize = 4;

/// How many requests of the budget are left to other clients beyond their known usage. They
/// continue to send, and a 429 that they get starts a penalty that this client learns of only by
/// breaking it.
const HEADROOM: usize = 2;

/// How long completed requests are kept, in case the window turns out to be longer.
const HISTORY: Duration = Duration::from_mins(10);

/// The time or event after which the next request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum NextSlot {
    Now,
    At(Instant),
    /// Not before a request in flight has been answered.
    AfterResponse,
    /// Not before this time, which is too far away to wait for.
    TooFar(Instant),
    /// Not in this run: RingCentral has been unreachable since this time.
    Unreachable(Instant),
}

impl NextSlot {
    /// Returns the slot that satisfies both. Waiting for a response wins over waiting for a time,
    /// because the response may change everything.
    pub(in crate::client) fn combine(self, other: NextSlot) -> NextSlot {
        match (self, other) {
            (NextSlot::Unreachable(since), _) | (_, NextSlot::Unreachable(since)) => {
                NextSlot::Unreachable(since)
            }
            (NextSlot::TooFar(a), NextSlot::TooFar(b)) => NextSlot::TooFar(a.max(b)),
            (NextSlot::TooFar(until), _) | (_, NextSlot::TooFar(until)) => NextSlot::TooFar(until),
            (NextSlot::AfterResponse, _) | (_, NextSlot::AfterResponse) => NextSlot::AfterResponse,
            (NextSlot::At(a), NextSlot::At(b)) => NextSlot::At(a.max(b)),
            (NextSlot::Now, later) | (later, NextSlot::Now) => later,
        }
    }
}

/// The penalty after a 429. Any request restarts it \[docs\], so nothing is sent until it is over,
/// and then one request goes ahead as a probe.
#[derive(Debug, Default)]
pub(in crate::client) struct RateLimitPenalty {
    until: Option<Instant>,
    /// The time at which the last 429 was read.
    last_429_at: Option<Instant>,
    /// The total length of the penalty.
    duration: Duration,
    /// Whether the penalty is longer than a run waits.
    exceeds_max_wait: bool,
    probe: Option<u64>,
    /// The number of probes in a row that were refused.
    rejected_probes: u32,
}

impl RateLimitPenalty {
    pub(in crate::client) fn next_slot(&self, now: Instant) -> NextSlot {
        match self.until {
            Some(until) if now < until && self.exceeds_max_wait => NextSlot::TooFar(until),
            Some(until) if now < until => NextSlot::At(until),
            Some(_) if self.probe.is_some() => NextSlot::AfterResponse,
            _ => NextSlot::Now,
        }
    }

    /// Starts or extends the penalty and returns its length. An earlier penalty that ends later
    /// still applies.
    ///
    /// A probe that waited as requested but was refused has met a penalty that another client
    /// restarted. Two clients that wait equally long would restart it for each other forever, so
    /// each refused probe doubles the wait, up to the longest wait of a run. The wait that
    /// RingCentral asks for is never shortened.
    pub(in crate::client) fn start(
        &mut self,
        requested: Duration,
        was_probe: bool,
        now: Instant,
    ) -> Duration {
        self.rejected_probes += u32::from(was_probe);
        let doubled = requested.saturating_mul(2_u32.saturating_pow(self.rejected_probes));
        let duration = doubled.min(MAX_RETRY_AFTER.max(requested));
        if self.until < Some(now + duration) {
            self.until = Some(now + duration);
            self.duration = duration;
            self.exceeds_max_wait = duration > MAX_RETRY_AFTER;
        }
        self.last_429_at = Some(now);
        // A probe still in flight was sent under the previous penalty and proves nothing now.
        self.probe = None;
        duration
    }

    /// Extends the penalty after a request was lost. If it was sent before the 429 was read, it may
    /// have arrived as late as now and restarted the penalty.
    pub(in crate::client) fn extend_for_lost_request(&mut self, sent_at: Instant, now: Instant) {
        if self
            .last_429_at
            .is_some_and(|last_429_at| sent_at <= last_429_at)
        {
            self.until = self.until.max(Some(now + self.duration));
            self.probe = None;
        }
    }

    /// Notes that request `id` was sent; the first one after a penalty is the probe.
    pub(in crate::client) fn on_send(&mut self, id: u64) {
        if self.until.is_some() {
            self.probe = Some(id);
        }
    }

    /// Notes that RingCentral accepted request `id`. If it was the probe, the penalty is over.
    pub(in crate::client) fn on_accepted(&mut self, id: u64) {
        if self.probe == Some(id) {
            *self = RateLimitPenalty::default();
        }
    }

    /// Notes that request `id` did not end the penalty and returns whether it was the probe. A lost
    /// probe is replaced by the next request.
    pub(in crate::client) fn on_inconclusive(&mut self, id: u64) -> bool {
        let was_probe = self.probe == Some(id);
        if was_probe {
            self.probe = None;
        }
        was_probe
    }
}

/// A request that was sent and not answered yet.
#[derive(Debug, Clone, Copy)]
struct InFlightRequest {
    id: u64,
    sent_at: Instant,
}

/// A request that has finished, with or without a response.
#[derive(Debug, Clone, Copy)]
struct CompletedRequest {
    request: InFlightRequest,
    /// The latest time at which the request can have arrived; RingCentral counts it on arrival.
    completed_at: Instant,
}

impl CompletedRequest {
    /// Returns the probable time of arrival: halfway between sending and completion.
    fn estimated_arrival(&self) -> Instant {
        let trip = self
            .completed_at
            .saturating_duration_since(self.request.sent_at);
        self.request.sent_at + trip / 2
    }
}

/// The requests of one rate-limit group over a sliding window, and the penalty of the group.
#[derive(Debug)]
pub(in crate::client) struct SlidingWindow {
    limit: usize,
    length: Duration,
    in_flight: Vec<InFlightRequest>,
    /// Finished requests by time of completion, so those that no longer count come first.
    completed: VecDeque<CompletedRequest>,
    /// The usage by other clients of the same user and app, and until when it is held back. Counts
    /// decrease from entry to entry, so the first one is the maximum within a window.
    other_clients_usage: Vec<(usize, Instant)>,
    /// Until when other clients are known to be active.
    shared_until: Option<Instant>,
    log_suppressed_until: Option<Instant>,
    /// Whether RingCentral has reported the limit.
    is_observed: bool,
    total_sent: u64,
    pub(in crate::client) penalty: RateLimitPenalty,
}

impl SlidingWindow {
    pub(in crate::client) fn new(limit: usize, window: Duration) -> SlidingWindow {
        SlidingWindow {
            limit,
            length: window,
            in_flight: Vec::new(),
            completed: VecDeque::new(),
            other_clients_usage: Vec::new(),
            shared_until: None,
            log_suppressed_until: None,
            is_observed: false,
            total_sent: 0,
            penalty: RateLimitPenalty::default(),
        }
    }

    pub(in crate::client) fn update_limits(
        &mut self,
        limit: Option<usize>,
        window: Option<Duration>,
    ) {
        // A limit of zero would block the group forever.
        self.limit = limit.unwrap_or(self.limit).max(1);
        self.length = window.unwrap_or(self.length);
        self.is_observed |= limit.is_some();
    }

    /// Returns the limit if RingCentral has reported it.
    pub(in crate::client) fn observed_limit(&self, name: &str) -> Option<ObservedRateLimit> {
        self.is_observed.then(|| ObservedRateLimit {
            group: name.to_owned(),
            requests: self.limit,
            window: self.length,
            sent: self.total_sent,
        })
    }

    /// Returns when both the penalty and the budget allow another request.
    pub(in crate::client) fn next_slot(&mut self, now: Instant) -> NextSlot {
        self.penalty.next_slot(now).combine(self.budget_slot(now))
    }

    fn budget_slot(&mut self, now: Instant) -> NextSlot {
        let history = self.length.max(HISTORY);
        let is_expired = |request: &CompletedRequest| request.completed_at + history <= now;
        while self.completed.front().is_some_and(is_expired) {
            self.completed.pop_front();
        }
        self.other_clients_usage.retain(|&(_, until)| now < until);
        let others = self
            .other_clients_usage
            .first()
            .map_or(0, |&(count, _)| count);
        let used = self.in_flight.len() + self.completed_in_window(now).len() + others;
        if used < self.limit {
            let left = self.limit - used;
            let max_in_flight = (left / IN_FLIGHT_DIVISOR).max(MIN_IN_FLIGHT);
            return if self.in_flight.len() < max_in_flight {
                NextSlot::Now
            } else {
                NextSlot::AfterResponse
            };
        }
        // The times at which counted requests leave the window, unknown for requests in flight.
        let mut ends: Vec<Instant> = self
            .completed_in_window(now)
            .map(|request| request.completed_at + self.length)
            .collect();
        // Requests held back by a later, smaller count become free with that count.
        let smaller = self
            .other_clients_usage
            .iter()
            .skip(1)
            .map(|&(count, _)| count);
        for (&(count, until), smaller) in self.other_clients_usage.iter().zip(smaller.chain([0])) {
            ends.extend(std::iter::repeat_n(until, count - smaller));
        }
        ends.sort_unstable();
        match ends.get(used - self.limit) {
            Some(end) => NextSlot::At(*end),
            None => NextSlot::AfterResponse,
        }
    }

    /// Returns the finished requests that may count at a time.
    fn completed_in_window(&self, at: Instant) -> vec_deque::Iter<'_, CompletedRequest> {
        let has_left = |request: &CompletedRequest| request.completed_at + self.length <= at;
        self.completed
            .range(self.completed.partition_point(has_left)..)
    }

    /// Returns the wait for the budget once per window, so that many waiting tasks log it once.
    pub(in crate::client) fn log_wait_once(&mut self, now: Instant) -> Option<Duration> {
        let NextSlot::At(until) = self.budget_slot(now) else {
            return None;
        };
        if self.log_suppressed_until.is_some_and(|until| now < until) {
            return None;
        }
        self.log_suppressed_until = Some(now + self.length);
        Some(until - now)
    }

    pub(in crate::client) fn record_send(&mut self, id: u64, now: Instant) {
        self.transfer_in(id, now);
        self.penalty.on_send(id);
    }

    /// Moves a request from in flight to finished.
    pub(in crate::client) fn complete(&mut self, id: u64, now: Instant) {
        if let Some(request) = self.remove_in_flight(id) {
            let index = self
                .completed
                .partition_point(|earlier| earlier.completed_at <= now);
            let completed_at = now;
            self.completed.insert(
                index,
                CompletedRequest {
                    request,
                    completed_at,
                },
            );
        }
    }

    /// Removes a request that was never sent or counts in another group; returns when it was sent.
    pub(in crate::client) fn refund(&mut self, id: u64) -> Option<Instant> {
        let request = self.remove_in_flight(id)?;
        self.total_sent -= 1;
        Some(request.sent_at)
    }

    fn remove_in_flight(&mut self, id: u64) -> Option<InFlightRequest> {
        let index = self.in_flight.iter().position(|request| request.id == id)?;
        Some(self.in_flight.swap_remove(index))
    }

    /// Adds a request that turned out to count in this group.
    pub(in crate::client) fn transfer_in(&mut self, id: u64, sent_at: Instant) {
        self.in_flight.push(InFlightRequest { id, sent_at });
        self.total_sent += 1;
    }

    /// Derives the usage by other clients from `X-Rate-Limit-Remaining` in the response to `id`.
    ///
    /// RingCentral counts a request on arrival, at an unknown time between sending and response. If
    /// the count is explained by our requests arriving halfway, there are no other clients. To
    /// assume the worst case instead would waste budget in every window. If there are other
    /// clients, only requests that certainly counted are subtracted, to avoid a 429.
    ///
    /// Other clients are expected to continue at the same rate. So while they are certainly active,
    /// because more was used than we can have sent, their usage plus [`HEADROOM`] is left to them.
    /// A client that uses every free slot drives the others, and then itself, into penalties.
    pub(in crate::client) fn observe_remaining(&mut self, id: u64, remaining: usize, now: Instant) {
        let Some(answered) = self.completed.iter().rfind(|other| other.request.id == id) else {
            return;
        };
        let sent_at = answered.request.sent_at;
        let halfway = now.saturating_duration_since(sent_at) / 2;
        let (counted_at, window) = (sent_at + halfway, self.length);
        let used = self.limit.saturating_sub(remaining);
        let is_counted = |arrival| arrival <= counted_at && counted_at < arrival + window;
        let in_flight = self
            .in_flight
            .iter()
            .filter(|request| is_counted(request.sent_at + halfway));
        let completed = self
            .completed_in_window(counted_at)
            .rev()
            .filter(|request| is_counted(request.estimated_arrival()));
        // Counting stops at `used`: more is not needed to rule out other clients.
        let others = if used > in_flight.count() + completed.take(used).count() {
            let is_certainly_counted = |completed: &&CompletedRequest| {
                now.saturating_duration_since(completed.request.sent_at) < window
            };
            used.saturating_sub(self.completed.iter().filter(is_certainly_counted).count())
        } else {
            0
        };
        if used > self.in_flight.len() + self.completed_in_window(sent_at).len() {
            self.shared_until = Some(now + window);
        }
        let is_shared = self.shared_until.is_some_and(|until| now < until);
        let reserved = others + if is_shared { HEADROOM } else { 0 };
        self.other_clients_usage
            .retain(|&(count, _)| is_shared && count > reserved);
        self.other_clients_usage.push((reserved, now + window));
    }

    /// Clears the usage by other clients after a 429: the penalty sets the wait, and the response
    /// to the probe shows what remains.
    pub(in crate::client) fn reset_other_clients(&mut self) {
        self.other_clients_usage.clear();
    }
}

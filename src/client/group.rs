//! One rate-limit group: its budget over a sliding window, and its rest after a 429.
//!
//! Pure: the time is always an argument.

use std::collections::{VecDeque, vec_deque};
use std::time::{Duration, Instant};

use super::limits::Limit;
use super::retry::LONGEST_ASKED;

/// How many requests may be under way where the budget is nearly used up.
///
/// A 429 finds all of them but one on their way, and each begins the penalty again when it lands; nothing that
/// sets out after the 429 was read does. So this bound, less one, is how many requests a penalty can meet. The fewer places are
/// left, the likelier is a 429, and the less there is to gain by hurry: the window opens no sooner. Two, so
/// that one that hangs does not stop the rest.
const FEWEST_UNDER_WAY: usize = 2;

/// Elsewhere as many as this part of the places that are left.
const SHARE_UNDER_WAY: usize = 4;

/// How many places more than others have used are left to them: they go on meanwhile, and a 429 that they meet is a
/// penalty that we do not hear of before we have broken it.
const HEADROOM: usize = 2;

/// How long sends are remembered, so that a window that turns out longer is still kept.
const MEMORY: Duration = Duration::from_secs(600);

/// When something may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Now,
    At(Instant),
    /// Not before a request that is under way has been answered.
    AfterAnswer,
    /// Not before this time, which is too far away to wait for.
    Shut(Instant),
    /// Not any more: nothing has got through since this time.
    Away(Instant),
}

impl Opening {
    /// When both allow it. An answer under way may change everything, so it goes first.
    pub(super) fn and(self, other: Opening) -> Opening {
        match (self, other) {
            (Opening::Away(since), _) | (_, Opening::Away(since)) => Opening::Away(since),
            (Opening::Shut(a), Opening::Shut(b)) => Opening::Shut(a.max(b)),
            (Opening::Shut(until), _) | (_, Opening::Shut(until)) => Opening::Shut(until),
            (Opening::AfterAnswer, _) | (_, Opening::AfterAnswer) => Opening::AfterAnswer,
            (Opening::At(a), Opening::At(b)) => Opening::At(a.max(b)),
            (Opening::Now, later) | (later, Opening::Now) => later,
        }
    }
}

/// The rest after a 429. Any request sent in it makes it start again \[docs\], so nothing is sent in
/// it, and after it one request goes ahead to probe.
#[derive(Debug, Default)]
pub(super) struct Rest {
    until: Option<Instant>,
    /// When the last 429 was read.
    began: Option<Instant>,
    /// How long it is in all, from when it begins.
    span: Duration,
    /// Whether it is longer than anybody waits.
    is_too_long: bool,
    probe: Option<u64>,
    /// How many probes in a row were refused.
    refused: u32,
}

impl Rest {
    pub(super) fn opening(&self, now: Instant) -> Opening {
        match self.until {
            None => Opening::Now,
            Some(until) if now < until && self.is_too_long => Opening::Shut(until),
            Some(until) if now < until => Opening::At(until),
            Some(_) if self.probe.is_some() => Opening::AfterAnswer,
            Some(_) => Opening::Now,
        }
    }

    /// Begins, or is prolonged; an earlier rest that ends later stands. Gives how long it is.
    ///
    /// A probe that waited as asked, and is refused all the same, met a penalty that somebody else has
    /// begun again. Two who both keep to its length do that to each other for ever, so with each refused
    /// probe the rest is twice as long, up to what anybody waits. What the service asks for is never cut short.
    pub(super) fn begin(&mut self, asked: Duration, was_probe: bool, now: Instant) -> Duration {
        self.refused += u32::from(was_probe);
        let longer = asked.saturating_mul(2_u32.saturating_pow(self.refused));
        let span = longer.min(LONGEST_ASKED.max(asked));
        if self.until < Some(now + span) {
            self.until = Some(now + span);
            self.span = span;
            self.is_too_long = span > LONGEST_ASKED;
        }
        self.began = Some(now);
        // A probe that is still under way was sent under the former rest and proves nothing now.
        self.probe = None;
        span
    }

    /// A request that was sent then has come to an end that tells nothing. If it set out before the 429 was
    /// read, it may have arrived since, at the latest now, and begun the penalty again.
    pub(super) fn lost(&mut self, sent_at: Instant, now: Instant) {
        if self.began.is_some_and(|began| sent_at <= began) {
            self.until = self.until.max(Some(now + self.span));
            self.probe = None;
        }
    }

    /// Notes that request `id` was let through; the first one after a rest is the probe.
    pub(super) fn pass(&mut self, id: u64) {
        if self.until.is_some() {
            self.probe = Some(id);
        }
    }

    /// The service took request `id`: if that was the probe, the rest is over.
    pub(super) fn taken(&mut self, id: u64) {
        if self.probe == Some(id) {
            *self = Rest::default();
        }
    }

    /// Request `id` did not end the rest: if it was the probe, which is told, another one must go.
    pub(super) fn undecided(&mut self, id: u64) -> bool {
        let was_probe = self.probe == Some(id);
        if was_probe {
            self.probe = None;
        }
        was_probe
    }
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    id: u64,
    at: Instant,
}

/// A request that is over, answered or not.
#[derive(Debug, Clone, Copy)]
struct Over {
    sent: Sent,
    /// The service counts a request when it arrives, which was at this time at the latest.
    arrived_by: Instant,
}

impl Over {
    /// When it probably arrived.
    fn arrived(&self) -> Instant {
        let trip = self.arrived_by.saturating_duration_since(self.sent.at);
        self.sent.at + trip / 2
    }
}

/// A group's budget.
#[derive(Debug)]
pub(super) struct Group {
    limit: usize,
    window: Duration,
    under_way: Vec<Sent>,
    /// By the time at which they were over: those that count no more come first.
    over: VecDeque<Over>,
    /// Uses by others of the same user and app, and until when they are held back: a later entry has a smaller
    /// count. So while there are others, the most they used within a window is.
    foreign: Vec<(usize, Instant)>,
    /// Until when it is sure that there are others.
    shared_until: Option<Instant>,
    announced_until: Option<Instant>,
    /// Whether the service has named the limit.
    is_told: bool,
    sent_in_all: u64,
    pub(super) rest: Rest,
}

impl Group {
    pub(super) fn new(limit: usize, window: Duration) -> Group {
        Group {
            limit,
            window,
            under_way: Vec::new(),
            over: VecDeque::new(),
            foreign: Vec::new(),
            shared_until: None,
            announced_until: None,
            is_told: false,
            sent_in_all: 0,
            rest: Rest::default(),
        }
    }

    pub(super) fn learn(&mut self, limit: Option<usize>, window: Option<Duration>) {
        // A limit of nothing would stop the group for good.
        self.limit = limit.unwrap_or(self.limit).max(1);
        self.window = window.unwrap_or(self.window);
        self.is_told |= limit.is_some();
    }

    /// The limit under the group's name, where it is not our assumption.
    pub(super) fn told(&self, name: &str) -> Option<Limit> {
        self.is_told.then(|| Limit {
            group: name.to_owned(),
            requests: self.limit,
            window: self.window,
            sent: self.sent_in_all,
        })
    }

    /// When the rest and the budget both allow another request.
    pub(super) fn opening(&mut self, now: Instant) -> Opening {
        self.rest.opening(now).and(self.budget(now))
    }

    fn budget(&mut self, now: Instant) -> Opening {
        let memory = self.window.max(MEMORY);
        let is_forgotten = |over: &Over| over.arrived_by + memory <= now;
        while self.over.front().is_some_and(is_forgotten) {
            self.over.pop_front();
        }
        self.foreign.retain(|&(_, until)| now < until);
        let by_others = self.foreign.first().map_or(0, |&(count, _)| count);
        let used = self.under_way.len() + self.counted_at(now).len() + by_others;
        if used < self.limit {
            let left = self.limit - used;
            let most = (left / SHARE_UNDER_WAY).max(FEWEST_UNDER_WAY);
            return match self.under_way.len() < most {
                true => Opening::Now,
                false => Opening::AfterAnswer,
            };
        }
        // When each use that counts now will cease to count; unknown while it is under way.
        let ours = self
            .counted_at(now)
            .map(|over| over.arrived_by + self.window);
        let mut ends: Vec<Instant> = ours.collect();
        // The places that a later, smaller count still holds become free with that one.
        let smaller = self.foreign.iter().skip(1).map(|&(count, _)| count);
        for (&(count, until), smaller) in self.foreign.iter().zip(smaller.chain([0])) {
            ends.extend(std::iter::repeat_n(until, count - smaller));
        }
        ends.sort_unstable();
        match ends.get(used - self.limit) {
            Some(end) => Opening::At(*end),
            None => Opening::AfterAnswer,
        }
    }

    /// Those that are over, and may be counted at a time.
    fn counted_at(&self, at: Instant) -> vec_deque::Iter<'_, Over> {
        let ended = |over: &Over| over.arrived_by + self.window <= at;
        self.over.range(self.over.partition_point(ended)..)
    }

    /// How long the wait for the budget is, once per window: a crowd of tasks waits as one.
    pub(super) fn announce(&mut self, now: Instant) -> Option<Duration> {
        let Opening::At(until) = self.budget(now) else {
            return None;
        };
        if self.announced_until.is_some_and(|quiet| now < quiet) {
            return None;
        }
        self.announced_until = Some(now + self.window);
        Some(until - now)
    }

    pub(super) fn send(&mut self, id: u64, now: Instant) {
        self.adopt(id, now);
        self.rest.pass(id);
    }

    /// The request is over, answered or not.
    pub(super) fn settle(&mut self, id: u64, now: Instant) {
        if let Some(sent) = self.remove(id) {
            let place = self.over.partition_point(|over| over.arrived_by <= now);
            let arrived_by = now;
            self.over.insert(place, Over { sent, arrived_by });
        }
    }

    /// The request never left, or counts in another group: gives when it was sent.
    pub(super) fn take_back(&mut self, id: u64) -> Option<Instant> {
        let sent = self.remove(id)?;
        self.sent_in_all -= 1;
        Some(sent.at)
    }

    fn remove(&mut self, id: u64) -> Option<Sent> {
        let at = self.under_way.iter().position(|sent| sent.id == id)?;
        Some(self.under_way.swap_remove(at))
    }

    /// Adds a request that turned out to count here.
    pub(super) fn adopt(&mut self, id: u64, at: Instant) {
        self.under_way.push(Sent { id, at });
        self.sent_in_all += 1;
    }

    /// Learns from X-Rate-Limit-Remaining, in the answer to request `id`, what others have used.
    ///
    /// The service counted when the request arrived, which was at an unknown time between sending and
    /// answer. If all arrived halfway, and the count is ours alone, then nobody else is there: whoever
    /// took the worst case even so would hold back places in each window that nobody uses. With others
    /// there, only what is surely ours is taken off, or it would end in a 429.
    ///
    /// What others have used they will use again. So where it is sure that they are there, because more was
    /// used than all that may be ours, their places and a few more are left to them: whoever takes each place
    /// that falls free drives them, and then himself, into penalties.
    pub(super) fn note_remaining(&mut self, id: u64, remaining: usize, now: Instant) {
        let Some(asked) = self.over.iter().rfind(|over| over.sent.id == id) else {
            return;
        };
        let asked = asked.sent.at;
        let halfway = now.saturating_duration_since(asked) / 2;
        let (counted_at, window) = (asked + halfway, self.window);
        let used = self.limit.saturating_sub(remaining);
        let is_counted = |arrived| arrived <= counted_at && counted_at < arrived + window;
        let under_way = self
            .under_way
            .iter()
            .filter(|sent| is_counted(sent.at + halfway));
        let over = self
            .counted_at(counted_at)
            .rev()
            .filter(|over| is_counted(over.arrived()));
        // No more are counted than it takes to know that nobody else is there.
        let others = match used > under_way.count() + over.take(used).count() {
            true => {
                let is_surely_counted =
                    |over: &&Over| now.saturating_duration_since(over.sent.at) < window;
                used.saturating_sub(self.over.iter().filter(is_surely_counted).count())
            }
            false => 0,
        };
        if used > self.under_way.len() + self.counted_at(asked).len() {
            self.shared_until = Some(now + window);
        }
        let is_shared = self.shared_until.is_some_and(|until| now < until);
        let held = others + if is_shared { HEADROOM } else { 0 };
        self.foreign.retain(|&(count, _)| is_shared && count > held);
        self.foreign.push((held, now + window));
    }

    /// After a 429 the rest says when to come back, and the probe's answer what then remains.
    pub(super) fn forget_others(&mut self) {
        self.foreign.clear();
    }
}

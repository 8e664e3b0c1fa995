//! One rate-limit group: its budget over a sliding window, and its rest after a 429.
//!
//! Pure: the time is always an argument.

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

#[derive(Debug, Clone, Copy)]
struct Sent {
    id: u64,
    at: Instant,
    /// The service counts a request when it arrives, which was at this time at the latest. None
    /// while it is under way.
    arrived_by: Option<Instant>,
}

impl Sent {
    /// When it probably arrived; `halfway` is what that takes one that is still under way.
    fn arrived(&self, halfway: Duration) -> Instant {
        let trip = self
            .arrived_by
            .map(|by| by.saturating_duration_since(self.at));
        self.at + trip.map_or(halfway, |trip| trip / 2)
    }
}

/// A group's budget.
#[derive(Debug)]
pub(super) struct Group {
    limit: usize,
    window: Duration,
    sent: Vec<Sent>,
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
            sent: Vec::new(),
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
        let (window, memory) = (self.window, self.window.max(MEMORY));
        let within = |sent: &Sent, span| sent.arrived_by.is_none_or(|by| now < by + span);
        self.sent.retain(|sent| within(sent, memory));

        // When each use that counts now will cease to count; unknown while it is under way.
        let counted = self.sent.iter().filter(|sent| within(sent, window));
        let mut ends: Vec<Option<Instant>> = counted
            .map(|sent| sent.arrived_by.map(|by| by + window))
            .collect();
        self.foreign.retain(|&(_, until)| now < until);
        // The places that a later, smaller count still holds become free with that one.
        let smaller = self.foreign.iter().skip(1).map(|&(count, _)| count);
        for (&(count, until), smaller) in self.foreign.iter().zip(smaller.chain([0])) {
            ends.extend(std::iter::repeat_n(Some(until), count - smaller));
        }
        if ends.len() < self.limit {
            let left = self.limit - ends.len();
            let under_way = ends.iter().filter(|end| end.is_none()).count();
            let most = (left / SHARE_UNDER_WAY).max(FEWEST_UNDER_WAY);
            return match under_way < most {
                true => Opening::Now,
                false => Opening::AfterAnswer,
            };
        }
        let must_end = ends.len() - self.limit;
        ends.sort_unstable_by_key(|end| (end.is_none(), *end));
        match ends[must_end] {
            Some(end) => Opening::At(end),
            None => Opening::AfterAnswer,
        }
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
        self.sent.push(Sent {
            id,
            at: now,
            arrived_by: None,
        });
        self.sent_in_all += 1;
        self.rest.pass(id);
    }

    /// The request is over, answered or not.
    pub(super) fn settle(&mut self, id: u64, now: Instant) {
        if let Some(sent) = self.sent.iter_mut().find(|sent| sent.id == id) {
            sent.arrived_by = Some(now);
        }
    }

    /// The request never left, or counts in another group: gives when it was sent.
    pub(super) fn take_back(&mut self, id: u64) -> Option<Instant> {
        let at = self.sent.iter().position(|sent| sent.id == id)?;
        self.sent_in_all -= 1;
        Some(self.sent.swap_remove(at).at)
    }

    /// Adds a request that turned out to count here.
    pub(super) fn adopt(&mut self, id: u64, at: Instant) {
        self.sent.push(Sent {
            id,
            at,
            arrived_by: None,
        });
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
        let Some(asked) = self.sent.iter().find(|sent| sent.id == id) else {
            return;
        };
        let halfway = now.saturating_duration_since(asked.at) / 2;
        let (counted_at, window) = (asked.at + halfway, self.window);
        let is_probably_counted = |sent: &&Sent| {
            let arrived = sent.arrived(halfway);
            arrived <= counted_at && counted_at < arrived + window
        };
        let is_surely_counted = |sent: &&Sent| {
            let is_settled = sent.arrived_by.is_some();
            is_settled && now.saturating_duration_since(sent.at) < window
        };
        let used = self.limit.saturating_sub(remaining);
        let others = match used > self.sent.iter().filter(is_probably_counted).count() {
            true => used.saturating_sub(self.sent.iter().filter(is_surely_counted).count()),
            false => 0,
        };
        let may_be_counted = |sent: &&Sent| sent.arrived_by.is_none_or(|by| asked.at < by + window);
        if used > self.sent.iter().filter(may_be_counted).count() {
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

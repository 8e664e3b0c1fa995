//! Announces waits, so that a run without a progress bar never seems to hang.

use std::time::{Duration, Instant};

/// Shorter waits are not announced.
const MIN_WAIT: Duration = Duration::from_secs(5);

/// The time between the first two announcements of one reason. It doubles with each.
const FIRST_INTERVAL: Duration = Duration::from_mins(1);

/// The longest time between two announcements of one reason.
const MAX_INTERVAL: Duration = Duration::from_mins(16);

/// The reason of a wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum WaitReason {
    /// The account is locked since this time.
    Lock(Instant),
    /// RingCentral cannot be reached.
    Outage,
    /// The budget of a rate-limit group is used up, or a 429 has started a penalty.
    RateLimit(String),
}

/// A wait to announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnnouncedWait {
    pub(super) reason: WaitReason,
    pub(super) wait: Duration,
}

/// When a reason to wait is announced again.
#[derive(Debug, Default)]
pub(super) struct AnnouncementSchedule {
    next: Option<(Instant, Duration)>,
}

impl AnnouncementSchedule {
    /// Returns whether to announce a wait now: the first one at once, the others at growing
    /// distances.
    pub(super) fn is_due(&mut self, wait: Duration, now: Instant) -> bool {
        let interval = match self.next {
            _ if wait < MIN_WAIT => return false,
            Some((next, _)) if now < next => return false,
            Some((_, interval)) => (interval * 2).min(MAX_INTERVAL),
            None => FIRST_INTERVAL,
        };
        self.next = Some((now + interval, interval));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_announced_at_growing_distances() {
        let start = Instant::now();
        let mut schedule = AnnouncementSchedule::default();
        let minute = |minute: u64| start + Duration::from_mins(minute);
        assert!(!schedule.is_due(Duration::from_secs(4), minute(0)));
        let announced: Vec<u64> = (0..64)
            .filter(|&n| schedule.is_due(Duration::from_mins(1), minute(n)))
            .collect();
        assert_eq!(announced, [0, 1, 3, 7, 15, 31, 47, 63]);
    }
}

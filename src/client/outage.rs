//! The service cannot be reached: one pause for all tasks, and one request at a time that tries.
//!
//! If each task tried for itself, a network that is away for a minute would cost every task its patience, and
//! the service a crowd as it comes back. Pure: the time is always an argument.

use std::time::Instant;

use super::group::Opening;
use super::patience::Patience;

/// Whether the service can be reached.
#[derive(Debug, Default)]
pub(super) struct Outage {
    patience: Patience,
    /// Whether it ever answered. A server that never did may not be one.
    has_answered: bool,
    course: Option<Course>,
}

/// One time in which nothing got through.
#[derive(Debug)]
struct Course {
    since: Instant,
    /// When the next one may try.
    until: Instant,
    failed: u32,
    probe: Option<u64>,
    /// Whether it has lasted for longer than anybody waits.
    is_too_long: bool,
}

impl Outage {
    pub(super) fn new(patience: Patience) -> Outage {
        Outage {
            patience,
            ..Outage::default()
        }
    }

    /// Whether it cannot be reached, as far as is known.
    pub(super) fn is_on(&self) -> bool {
        self.course.is_some()
    }

    pub(super) fn opening(&self, now: Instant) -> Opening {
        match &self.course {
            None => Opening::Now,
            Some(course) => {
                let (waits, is_tried) = (now < course.until, course.probe.is_some());
                match (course.is_too_long, waits, is_tried) {
                    (_, false, false) => Opening::Now,
                    (true, ..) => Opening::Away(course.since),
                    (false, true, _) => Opening::At(course.until),
                    (false, false, true) => Opening::AfterAnswer,
                }
            }
        }
    }

    /// Notes that request `id` was let through: in an outage it is the one that tries.
    pub(super) fn pass(&mut self, id: u64) {
        if let Some(course) = &mut self.course {
            course.probe = Some(id);
        }
    }

    /// Request `id` found no way to the service. One that set out before the outage was known tells nothing new.
    pub(super) fn failed(&mut self, id: u64, now: Instant) {
        match &mut self.course {
            None => {
                self.course = Some(Course {
                    since: now,
                    until: now + self.patience.doubled(1),
                    failed: 1,
                    probe: None,
                    is_too_long: false,
                });
            }
            Some(course) if course.probe == Some(id) => {
                course.failed += 1;
                course.until = now + self.patience.doubled(course.failed);
                course.probe = None;
                let patience = match self.has_answered {
                    true => self.patience.trouble,
                    false => self.patience.first_answer,
                };
                course.is_too_long = now.saturating_duration_since(course.since) >= patience;
            }
            Some(_) => {}
        }
    }

    /// Request `id` had no answer. By itself that may be its own trouble, but one that tried has failed.
    pub(super) fn unanswered(&mut self, id: u64, now: Instant) {
        if self.probes(id) {
            self.failed(id, now);
        }
    }

    /// Request `id` was not sent after all: if it was the one that tries, another must.
    pub(super) fn unsent(&mut self, id: u64) {
        if self.probes(id)
            && let Some(course) = &mut self.course
        {
            course.probe = None;
        }
    }

    /// The service answered.
    pub(super) fn answered(&mut self) {
        self.has_answered = true;
        self.course = None;
    }

    fn probes(&self, id: u64) -> bool {
        { self.course.as_ref() }.is_some_and(|course| course.probe == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Lets one try after the other for so long; gives how many tried, and whether nobody waits any more.
    fn endured(outage: &mut Outage, start: Instant, span: Duration) -> (u64, bool) {
        let mut now = start;
        for id in 1.. {
            match outage.opening(now) {
                Opening::At(until) => now = until,
                Opening::Away(since) => {
                    assert_eq!(since, start);
                    return (id, true);
                }
                _ => {}
            }
            if now >= start + span {
                return (id, false);
            }
            outage.pass(id);
            // Nobody else meanwhile.
            let other = outage.opening(now);
            assert!(id == 1 || other == Opening::AfterAnswer, "{other:?}");
            outage.failed(id, now);
        }
        unreachable!()
    }

    #[test]
    fn ten_minutes_are_endured_with_few_requests_and_then_it_is_over() {
        let (start, minutes) = (Instant::now(), |n: u64| Duration::from_secs(60 * n));
        let mut outage = Outage::default();
        outage.answered();
        let (tried, is_over) = endured(&mut outage, start, minutes(9));
        assert!((20..30).contains(&tried) && !is_over, "{tried}");
        // Whoever gets through ends it for all.
        outage.answered();
        assert_eq!(outage.opening(start), Opening::Now);

        let (tried, is_over) = endured(&mut outage, start, minutes(60));
        assert!((20..30).contains(&tried) && is_over, "{tried}");
        // Who comes much later may try, and nobody waits for that.
        assert_eq!(outage.opening(start + minutes(60)), Opening::Now);
        outage.pass(99);
        assert_eq!(outage.opening(start + minutes(60)), Opening::Away(start));
    }

    #[test]
    fn a_server_that_never_answered_is_not_waited_for() {
        let start = Instant::now();
        let mut outage = Outage::default();
        let (tried, is_over) = endured(&mut outage, start, Duration::from_secs(600));
        assert!(tried < 7 && is_over, "{tried}");
    }

    #[test]
    fn those_that_set_out_before_are_counted_once_and_a_lost_probe_has_failed() {
        let start = Instant::now();
        let mut outage = Outage::default();
        outage.unanswered(1, start);
        assert_eq!(outage.opening(start), Opening::Now);
        for id in 1..9 {
            outage.failed(id, start);
        }
        let half = Duration::from_millis(500);
        assert_eq!(outage.opening(start), Opening::At(start + half));
        let now = start + half;
        outage.pass(9);
        outage.unsent(9);
        assert_eq!(outage.opening(now), Opening::Now);
        outage.pass(10);
        outage.unanswered(10, now);
        assert_eq!(outage.opening(now), Opening::At(now + 2 * half));
    }
}

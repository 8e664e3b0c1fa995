//! Selection of the requests that a fault affects, among those that match it.

use std::collections::HashMap;
use std::time::Instant;

use sha2::{Digest, Sha256};

/// Which of the matching requests a fault affects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FaultTrigger {
    Always,
    /// The first requests, this many.
    First(u64),
    /// Every request whose number is a multiple of this.
    Every(u64),
    /// Only the request with this number, counted from 1.
    Nth(u64),
    /// Each request with this probability, from 0 to 1.
    Rate(f64),
}

/// The requests that a fault has counted.
#[derive(Debug, Default)]
pub(super) struct FaultCounter {
    count: u64,
    /// Time of the first request that the fault affected.
    first_affected: Option<Instant>,
    /// Number of times each request was seen; only for [`FaultTrigger::Rate`].
    repeats: HashMap<String, u64>,
}

impl FaultCounter {
    /// Returns the time of the first affected request, which is now unless there was one before.
    pub(super) fn first_affected(&mut self, now: Instant) -> Instant {
        *self.first_affected.get_or_insert(now)
    }

    /// Counts a request and returns whether the fault affects it. `random_seed` is the seed and the
    /// index of the fault.
    pub(super) fn record_request(
        &mut self,
        trigger: FaultTrigger,
        random_seed: (u64, usize),
        (method, path): (&str, &str),
    ) -> bool {
        self.count += 1;
        match trigger {
            FaultTrigger::Always => true,
            FaultTrigger::First(count) => self.count <= count,
            FaultTrigger::Every(count) => self.count.is_multiple_of(count),
            FaultTrigger::Nth(number) => self.count == number,
            FaultTrigger::Rate(rate) => {
                let request = format!("{method} {path}");
                let repeats = self.repeats.entry(request.clone()).or_default();
                *repeats += 1;
                seeded_random(random_seed, &request, *repeats) < rate
            }
        }
    }
}

/// Returns a pseudo-random number from 0 (inclusive) to 1 (exclusive).
///
/// The number depends on the request and how often it was seen, not on its position among all
/// requests. Concurrent requests arrive in another order in each run, but the same requests must be
/// affected.
fn seeded_random((seed, fault_index): (u64, usize), request: &str, repeat: u64) -> f64 {
    let digest = Sha256::digest(format!("{seed} {fault_index} {repeat} {request}"));
    let bytes = digest.iter().take(4);
    let number = bytes.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_select_requests_by_number() {
        for (trigger, expected) in [
            (FaultTrigger::Always, &[1, 2, 3, 4, 5, 6][..]),
            (FaultTrigger::First(2), &[1, 2]),
            (FaultTrigger::Every(3), &[3, 6]),
            (FaultTrigger::Nth(3), &[3]),
            (FaultTrigger::Rate(0.0), &[]),
            (FaultTrigger::Rate(1.0), &[1, 2, 3, 4, 5, 6]),
        ] {
            let mut counter = FaultCounter::default();
            let mut is_affected = |_: &u64| counter.record_request(trigger, (0, 0), ("GET", "/"));
            let affected: Vec<u64> = (1..=6).filter(|number| is_affected(number)).collect();
            assert_eq!(affected, expected, "{trigger:?}");
        }
    }

    #[test]
    fn rate_affects_its_share_of_requests() {
        let mut counter = FaultCounter::default();
        let mut is_affected = |number: u32| {
            let path = format!("/{}", number % 100);
            counter.record_request(FaultTrigger::Rate(0.2), (7, 0), ("GET", &path))
        };
        let affected = (0..10_000).filter(|number| is_affected(*number)).count();
        assert!((1_800..2_200).contains(&affected), "{affected}");
    }

    /// Users are read concurrently, so the order of requests differs between runs.
    #[test]
    fn rate_is_independent_of_request_order() {
        let affected = |seed, paths: &[&'static str]| {
            let mut counter = FaultCounter::default();
            let mut paths = paths.to_vec();
            paths.retain(|path| {
                counter.record_request(FaultTrigger::Rate(0.5), (seed, 0), ("GET", path))
            });
            paths.sort_unstable();
            paths
        };
        let paths = ["/a", "/b", "/c", "/d", "/a", "/e", "/f", "/g", "/h", "/i"];
        let mut reversed = paths;
        reversed.reverse();
        assert_eq!(affected(7, &paths), affected(7, &reversed));
        assert_ne!(affected(7, &paths), affected(8, &paths));
    }
}

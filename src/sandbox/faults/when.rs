//! Which of the requests that a fault concerns it strikes.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    Always,
    First(u64),
    Every(u64),
    Nth(u64),
    /// With this probability.
    Rate(f64),
}

/// What a fault has seen.
#[derive(Debug, Default)]
pub(super) struct Count {
    seen: u64,
    /// How often each request was seen, where chance decides.
    repeats: HashMap<String, u64>,
}

impl Count {
    /// Counts a request, and says whether the fault strikes it. `dice` is the seed, and the fault's place
    /// among the others.
    pub(super) fn strikes(
        &mut self,
        when: When,
        dice: (u64, usize),
        (method, path): (&str, &str),
    ) -> bool {
        self.seen += 1;
        match when {
            When::Always => true,
            When::First(count) => self.seen <= count,
            When::Every(count) => self.seen.is_multiple_of(count),
            When::Nth(number) => self.seen == number,
            When::Rate(rate) => {
                let request = format!("{method} {path}");
                let repeats = self.repeats.entry(request.clone()).or_default();
                *repeats += 1;
                chance(dice, &request, *repeats) < rate
            }
        }
    }
}

/// A number from 0 up to 1. It hangs on the request and on how often that was seen, not on its place among
/// all: several requests at a time arrive in another order in each run, and the same ones are to be struck.
fn chance((seed, place): (u64, usize), request: &str, repeat: u64) -> f64 {
    let digest = Sha256::digest(format!("{seed} {place} {repeat} {request}"));
    let bytes = digest.iter().take(4);
    let number = bytes.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(when: When) -> Vec<u64> {
        let mut count = Count::default();
        let mut strikes = |_: &u64| count.strikes(when, (0, 0), ("GET", "/"));
        (1..=6).filter(|number| strikes(number)).collect()
    }

    #[test]
    fn counts() {
        assert_eq!(struck(When::Always), [1, 2, 3, 4, 5, 6]);
        assert_eq!(struck(When::First(2)), [1, 2]);
        assert_eq!(struck(When::Every(3)), [3, 6]);
        assert_eq!(struck(When::Nth(3)), [3]);
        assert_eq!(struck(When::Rate(0.0)), [0; 0]);
        assert_eq!(struck(When::Rate(1.0)), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn chance_keeps_its_rate() {
        let mut count = Count::default();
        let mut strikes = |number: u32| {
            let path = format!("/{}", number % 100);
            count.strikes(When::Rate(0.2), (7, 0), ("GET", &path))
        };
        let struck = (0..10_000).filter(|number| strikes(*number)).count();
        assert!((1_800..2_200).contains(&struck), "{struck}");
    }

    /// Users are read side by side, so the order of requests differs between runs.
    #[test]
    fn chance_does_not_ask_for_the_order_of_requests() {
        let struck = |seed, paths: &[&'static str]| {
            let mut count = Count::default();
            let mut strikes = |path: &str| count.strikes(When::Rate(0.5), (seed, 0), ("GET", path));
            let mut struck: Vec<_> = paths.iter().filter(|path| strikes(path)).collect();
            struck.sort();
            struck.into_iter().copied().collect::<Vec<_>>()
        };
        let paths = ["/a", "/b", "/c", "/d", "/a", "/e", "/f", "/g", "/h", "/i"];
        let mut turned = paths;
        turned.reverse();
        assert_eq!(struck(7, &paths), struck(7, &turned));
        assert_ne!(struck(7, &paths), struck(8, &paths));
    }
}

//! Rate limits: which group a request belongs to, and a sliding window for each group. \[docs\]
//!
//! The limit given is that of the Medium group; the others keep the proportion of the documented defaults (Light 50,
//! Medium 40, Heavy 10, Auth 5 a minute): Light 5/4, Heavy 1/4, Auth 1/8, rounded up. Auth is never under 5, or a
//! rehearsal could not even log in. The API counts per user and app; here everyone is the same.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::RateLimit;

/// Announced, and not felt, when no limit was asked for.
const GENEROUS: RateLimit = RateLimit {
    limit: 10_000,
    window: Duration::from_secs(60),
};

/// The usage-plan group of a request. \[docs, spec\]
pub(crate) fn group_of(method: &str, path: &str) -> &'static str {
    let path = path.strip_prefix("/restapi/").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["oauth", ..] => "Auth",
        [_, "account", _] => "Light",
        [_, "account", _, "extension", _] if method == "GET" => "Light",
        [_, "account", _, "extension", _, "phone-number" | "device"] => "Light",
        [_, "account", _, "call-queues", _, "members"] => "Light",
        [_, "account", _, "extension", _, "greeting"] if method == "POST" => "Heavy",
        [_, "account", _, "audit-trail", "search"] => "Heavy",
        _ => "Medium",
    }
}

/// What the headers of an answer say about its group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Announcement {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) window: u64,
    /// Set when the request is refused: seconds to stay away.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Debug, Default)]
struct Window {
    hits: VecDeque<Instant>,
    penalty_until: Option<Instant>,
}

/// The windows of all groups.
#[derive(Debug)]
pub(crate) struct Limits {
    medium: Option<RateLimit>,
    windows: HashMap<&'static str, Window>,
}

impl Limits {
    pub(crate) fn new(medium: Option<RateLimit>) -> Limits {
        Limits {
            medium,
            windows: HashMap::new(),
        }
    }

    /// Counts a request. Any request during a penalty restarts the penalty. \[docs\]
    pub(crate) fn count(&mut self, group: &'static str, now: Instant) -> Announcement {
        let RateLimit { limit, window } = self.medium.unwrap_or(GENEROUS);
        let limit = scaled(limit, group);
        let seconds = window.as_secs_f64().ceil().max(1.0) as u64;
        let announce = |remaining, retry_after| Announcement {
            limit,
            remaining,
            window: seconds,
            retry_after,
        };
        if self.medium.is_none() {
            return announce(limit, None);
        }
        let counted = self.windows.entry(group).or_default();
        counted.hits.retain(|hit| now.duration_since(*hit) < window);
        let penalised = counted.penalty_until.is_some_and(|until| now < until);
        if penalised || counted.hits.len() >= limit as usize {
            counted.penalty_until = Some(now + window);
            return announce(0, Some(seconds));
        }
        counted.penalty_until = None;
        counted.hits.push_back(now);
        announce(limit - counted.hits.len() as u32, None)
    }
}

fn scaled(medium: u32, group: &str) -> u32 {
    match group {
        "Light" => medium.saturating_mul(5).div_ceil(4),
        "Heavy" => medium.div_ceil(4),
        "Auth" => medium.div_ceil(8).max(5),
        _ => medium,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        for (method, path, group) in [
            ("POST", "/restapi/oauth/token", "Auth"),
            ("GET", "/restapi/v1.0/account/~", "Light"),
            ("GET", "/restapi/v1.0/account/~/extension", "Medium"),
            (
                "GET",
                "/restapi/v1.0/account/~/extension/~/features",
                "Medium",
            ),
            ("GET", "/restapi/v1.0/account/~/extension/1/device", "Light"),
            ("GET", "/restapi/v1.0/account/~/call-queues", "Medium"),
            (
                "GET",
                "/restapi/v1.0/account/~/call-queues/1/members",
                "Light",
            ),
            (
                "PATCH",
                "/restapi/v2/accounts/~/extensions/1/comm-handling/states/dnd",
                "Medium",
            ),
        ] {
            assert_eq!(group_of(method, path), group, "{method} {path}");
        }
    }

    #[test]
    fn a_request_during_the_penalty_restarts_it() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limits = Limits::new(Some(RateLimit {
            limit: 2,
            window: Duration::from_secs(10),
        }));
        let mut refused = |seconds| limits.count("Medium", at(seconds)).retry_after.is_some();
        assert_eq!([refused(0), refused(1)], [false, false]);
        assert!(refused(2), "over the limit: penalty until 12");
        assert!(
            refused(11),
            "the window is free again, but the penalty runs: now until 21"
        );
        assert!(refused(13), "restarted: until 23");
        assert!(!refused(23));
    }

    #[test]
    fn the_window_slides() {
        let start = Instant::now();
        let mut limits = Limits::new(Some(RateLimit {
            limit: 2,
            window: Duration::from_secs(10),
        }));
        let mut remaining = |s| {
            limits
                .count("Medium", start + Duration::from_secs(s))
                .remaining
        };
        assert_eq!(
            [remaining(0), remaining(6), remaining(11), remaining(30)],
            [1, 0, 0, 1]
        );
    }
}

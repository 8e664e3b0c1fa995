//! Rate limits: the usage-plan group of each request, and a sliding window for each group. \[docs\]
//!
//! The configured limit applies to the Medium group. The other groups keep the proportion of the
//! documented defaults (Light 50, Medium 40, Heavy 10, Auth 5 per minute): Light 5/4, Heavy 1/4,
//! Auth 1/8, rounded up. Auth is at least 5; otherwise a rehearsal could not sign in. RingCentral
//! counts per user and API app; the sandbox counts all clients together.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::SandboxRateLimit;

/// Limit that is announced but not enforced if none is configured.
const DEFAULT_LIMIT: SandboxRateLimit = SandboxRateLimit {
    limit: 10_000,
    window: Duration::from_mins(1),
};

/// Returns the usage-plan group of a request. \[docs, spec\]
pub(crate) fn rate_limit_group(method: &str, path: &str) -> &'static str {
    let path = path.strip_prefix("/restapi/").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["oauth", ..] => "Auth",
        [_, "account", _, "extension", _] if method == "GET" => "Light",
        [_, "account", _]
        | [_, "account", _, "extension", _, "phone-number" | "device"]
        | [_, "account", _, "call-queues", _, "members"] => "Light",
        [_, "account", _, "extension", _, "greeting"] if method == "POST" => "Heavy",
        [_, "account", _, "audit-trail", "search"] => "Heavy",
        _ => "Medium",
    }
}

/// Length of an account-wide penalty that announces no `Retry-After`. Clients wait this long
/// without one. \[docs\]
const DEFAULT_ACCOUNT_PENALTY: Duration = Duration::from_secs(30);

/// Time after a 429 during which requests may arrive that were sent before the client had read it.
/// Only later requests count as avoidable.
const IN_FLIGHT_GRACE: Duration = Duration::from_millis(250);

/// Result of counting a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateLimitOutcome {
    /// Content of the rate limit headers; `None` if an account-wide limit rejects the request.
    pub(crate) announced: Option<AnnouncedLimit>,
    /// Set if the request is rejected.
    pub(crate) rejection: Option<RateLimitRejection>,
}

/// Content of the rate limit headers of a response: limit and remaining requests, and the window in
/// seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AnnouncedLimit {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) window: u64,
}

/// Reason for a 429 response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateLimitRejection {
    /// Seconds in the `Retry-After` header, if there is one.
    pub(crate) retry_after: Option<u64>,
    /// Whether a penalty was active when the request arrived.
    pub(crate) in_penalty: bool,
    /// Whether the client could have known of that penalty.
    pub(crate) was_avoidable: bool,
}

/// A time span in which requests are rejected. Each request during it starts it again. \[docs\]
#[derive(Clone, Copy, Debug)]
struct SandboxPenalty {
    length: Duration,
    started: Instant,
    until: Instant,
    is_announced: bool,
}

impl SandboxPenalty {
    fn start(length: Duration, is_announced: bool, now: Instant) -> SandboxPenalty {
        SandboxPenalty {
            length,
            started: now,
            until: now + length,
            is_announced,
        }
    }

    /// Returns the rejection of the request that started the penalty.
    fn rejection(&self) -> RateLimitRejection {
        let retry_after = self.is_announced.then(|| whole_seconds(self.length));
        RateLimitRejection {
            retry_after,
            in_penalty: false,
            was_avoidable: false,
        }
    }

    /// Starts the penalty again, unless it has ended, and returns the rejection.
    fn restart(&mut self, now: Instant) -> Option<RateLimitRejection> {
        if now >= self.until {
            return None;
        }
        self.until = now + self.length;
        Some(RateLimitRejection {
            in_penalty: true,
            was_avoidable: now >= self.started + IN_FLIGHT_GRACE,
            ..self.rejection()
        })
    }
}

/// Returns a duration in seconds, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The accepted requests of a group in the current window, and the group's penalty.
#[derive(Debug, Default)]
struct SandboxWindow {
    hits: VecDeque<Instant>,
    penalty: Option<SandboxPenalty>,
}

/// The sliding windows and penalties of all groups.
#[derive(Debug)]
pub(crate) struct SandboxRateLimiter {
    medium: Option<SandboxRateLimit>,
    windows: HashMap<&'static str, SandboxWindow>,
    /// Penalty of a limit on the whole account or the client's IP address.
    account: Option<SandboxPenalty>,
}

impl SandboxRateLimiter {
    pub(crate) fn new(medium: Option<SandboxRateLimit>) -> SandboxRateLimiter {
        SandboxRateLimiter {
            medium,
            windows: HashMap::new(),
            account: None,
        }
    }

    /// Counts a request and decides whether it is accepted.
    pub(crate) fn count_request(&mut self, group: &'static str, now: Instant) -> RateLimitOutcome {
        let SandboxRateLimit { limit, window } = self.medium.unwrap_or(DEFAULT_LIMIT);
        let limit = group_limit(limit, group);
        let outcome = |remaining, rejection| {
            let window = whole_seconds(window);
            let announced = Some(AnnouncedLimit {
                limit,
                remaining,
                window,
            });
            RateLimitOutcome {
                announced,
                rejection,
            }
        };
        let group_window = self.windows.entry(group).or_default();
        let group_rejection = group_window.penalty.as_mut().and_then(|p| p.restart(now));
        let account_rejection = self.account.as_mut().and_then(|p| p.restart(now));
        if account_rejection.is_some() {
            return RateLimitOutcome {
                announced: None,
                rejection: account_rejection,
            };
        }
        if group_rejection.is_some() {
            return outcome(0, group_rejection);
        }
        if self.medium.is_none() {
            return outcome(limit, None);
        }
        let hits = &mut group_window.hits;
        hits.retain(|hit| now.duration_since(*hit) < window);
        let used = u32::try_from(hits.len()).unwrap_or(u32::MAX);
        if used >= limit {
            let penalty = SandboxPenalty::start(window, true, now);
            group_window.penalty = Some(penalty);
            return outcome(0, Some(penalty.rejection()));
        }
        hits.push_back(now);
        outcome(limit - used - 1, None)
    }

    /// Starts a penalty of a group regardless of its requests. It is as long as a window unless
    /// `length` is set.
    pub(crate) fn start_penalty(
        &mut self,
        group: &'static str,
        length: Option<Duration>,
        now: Instant,
    ) -> RateLimitRejection {
        let length = length.unwrap_or(self.medium.unwrap_or(DEFAULT_LIMIT).window);
        let penalty = SandboxPenalty::start(length, true, now);
        self.windows.entry(group).or_default().penalty = Some(penalty);
        penalty.rejection()
    }

    /// Starts a penalty of all groups by a limit that names no group. The response announces its
    /// length only if the caller sets it.
    pub(crate) fn start_account_penalty(
        &mut self,
        announced_length: Option<Duration>,
        now: Instant,
    ) -> RateLimitRejection {
        let length = announced_length.unwrap_or(DEFAULT_ACCOUNT_PENALTY);
        let penalty = SandboxPenalty::start(length, announced_length.is_some(), now);
        self.account = Some(penalty);
        penalty.rejection()
    }
}

/// Returns the limit of a group, given that of the Medium group.
fn group_limit(medium: u32, group: &str) -> u32 {
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
    fn requests_belong_to_documented_groups() {
        for (method, path, group) in [
            ("POST", "oauth/token", "Auth"),
            ("GET", "v1.0/account/~", "Light"),
            ("GET", "v1.0/account/~/extension", "Medium"),
            ("GET", "v1.0/account/~/extension/~/features", "Medium"),
            ("GET", "v1.0/account/~/extension/1/device", "Light"),
            ("GET", "v1.0/account/~/call-queues", "Medium"),
            ("GET", "v1.0/account/~/call-queues/1/members", "Light"),
            (
                "PATCH",
                "v2/accounts/~/extensions/1/comm-handling/states/dnd",
                "Medium",
            ),
        ] {
            let path = format!("/restapi/{path}");
            assert_eq!(rate_limit_group(method, &path), group, "{method} {path}");
        }
    }

    /// Returns a limiter that accepts two Medium requests in ten seconds.
    fn small_limiter() -> SandboxRateLimiter {
        let window = Duration::from_secs(10);
        SandboxRateLimiter::new(Some(SandboxRateLimit { limit: 2, window }))
    }

    #[test]
    fn request_during_penalty_restarts_it() {
        let start = Instant::now();
        let mut limits = small_limiter();
        let mut is_rejected = |seconds| {
            let now = start + Duration::from_secs(seconds);
            limits.count_request("Medium", now).rejection.is_some()
        };
        assert_eq!([is_rejected(0), is_rejected(1)], [false, false]);
        assert!(is_rejected(2), "over the limit: penalty until 12");
        assert!(
            is_rejected(11),
            "the window is free again, but the penalty lasts: now until 21"
        );
        assert!(is_rejected(13), "restarted: until 23");
        assert!(!is_rejected(23));
    }

    #[test]
    fn window_slides_with_time() {
        let start = Instant::now();
        let mut limits = small_limiter();
        let remaining = [0, 6, 11, 30].map(|seconds| {
            let now = start + Duration::from_secs(seconds);
            let announced = limits.count_request("Medium", now).announced;
            announced.unwrap().remaining
        });
        assert_eq!(remaining, [1, 0, 0, 1]);
    }

    #[test]
    fn started_penalty_applies_without_a_limit() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limits = SandboxRateLimiter::new(None);
        let first = limits.start_penalty("Medium", Some(Duration::from_secs(5)), at(0));
        assert_eq!((first.retry_after, first.in_penalty), (Some(5), false));
        let mut rejection = |group, seconds| limits.count_request(group, at(seconds)).rejection;
        let repeated = RateLimitRejection {
            retry_after: Some(5),
            in_penalty: true,
            was_avoidable: true,
        };
        assert_eq!(rejection("Light", 1), None, "another group");
        assert_eq!(rejection("Medium", 4), Some(repeated), "until 9");
        assert_eq!(rejection("Medium", 8), Some(repeated), "until 13");
        assert_eq!(rejection("Medium", 13), None);
    }

    #[test]
    fn requests_in_flight_during_the_429_are_not_avoidable() {
        let start = Instant::now();
        let mut limits = SandboxRateLimiter::new(None);
        limits.start_penalty("Medium", Some(Duration::from_secs(5)), start);
        // The second request restarts the penalty, but the grace period counts from the first 429.
        let are_avoidable = [1, 249, 250].map(|milliseconds| {
            let now = start + Duration::from_millis(milliseconds);
            let rejection = limits.count_request("Medium", now).rejection;
            rejection.unwrap().was_avoidable
        });
        assert_eq!(are_avoidable, [false, false, true]);
    }

    #[test]
    fn account_penalty_stops_all_groups_and_announces_no_limit() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limits = SandboxRateLimiter::new(None);
        assert_eq!(limits.start_account_penalty(None, at(0)).retry_after, None);
        for group in ["Light", "Medium", "Auth"] {
            let outcome = limits.count_request(group, at(29));
            assert_eq!(outcome.announced, None);
            assert!(outcome.rejection.unwrap().in_penalty, "{group}");
        }
        assert!(limits.count_request("Medium", at(58)).rejection.is_some());
        assert_eq!(limits.count_request("Medium", at(88)).rejection, None);
    }
}

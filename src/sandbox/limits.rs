//! Rate limits: which group a request belongs to, and a sliding window for each group. \[docs\]
//!
//! The limit given is that of the Medium group; the others keep the proportion of the documented defaults
//! (Light 50, Medium 40, Heavy 10, Auth 5 a minute): Light 5/4, Heavy 1/4, Auth 1/8, rounded up. Auth is
//! never under 5, or a rehearsal could not even log in. The API counts per user and app; here everyone is the
//! same.

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

/// What a limit without a group asks for that does not say: what its callers wait where they are told
/// nothing. \[docs\]
const ACCOUNT_PAUSE: Duration = Duration::from_secs(30);

/// How long a 429 is on its way at most, and a request that set out before its sender had read it. Only later
/// ones are sent in spite of it.
const ON_THE_WAY: Duration = Duration::from_millis(250);

/// What became of a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    /// What the headers of the answer say; nothing where a limit without a group refuses.
    pub(crate) announcement: Option<Announcement>,
    /// Set when the request is refused.
    pub(crate) refused: Option<Refused>,
}

/// What the headers of an answer say about its group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Announcement {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) window: u64,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refused {
    /// Seconds to stay away, where that is told.
    pub(crate) retry_after: Option<u64>,
    /// Whether a penalty was running when the request came.
    pub(crate) in_penalty: bool,
    /// Whether its sender could know of that penalty.
    pub(crate) could_know: bool,
}

/// A time in which no request may come. Any that does makes it start again. \[docs\]
#[derive(Clone, Copy, Debug)]
struct Penalty {
    length: Duration,
    begun: Instant,
    until: Instant,
    is_told: bool,
}

impl Penalty {
    fn begin(length: Duration, is_told: bool, now: Instant) -> Penalty {
        Penalty {
            length,
            begun: now,
            until: now + length,
            is_told,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        self.is_told
            .then(|| self.length.as_secs_f64().ceil() as u64)
    }

    /// The refusal of the request that began it.
    fn refused(&self) -> Refused {
        Refused {
            retry_after: self.retry_after(),
            in_penalty: false,
            could_know: false,
        }
    }
}

/// Starts a penalty again that is running; ends it where it is over.
fn restart(penalty: &mut Option<Penalty>, now: Instant) -> Option<Refused> {
    *penalty = penalty.filter(|penalty| now < penalty.until);
    let running = penalty.as_mut()?;
    running.until = now + running.length;
    Some(Refused {
        in_penalty: true,
        could_know: now >= running.begun + ON_THE_WAY,
        ..running.refused()
    })
}

#[derive(Debug, Default)]
struct Window {
    hits: VecDeque<Instant>,
    penalty: Option<Penalty>,
}

/// The windows of all groups.
#[derive(Debug)]
pub(crate) struct Limits {
    medium: Option<RateLimit>,
    windows: HashMap<&'static str, Window>,
    /// The penalty of a limit on the whole account or the address.
    account: Option<Penalty>,
}

impl Limits {
    pub(crate) fn new(medium: Option<RateLimit>) -> Limits {
        Limits {
            medium,
            windows: HashMap::new(),
            account: None,
        }
    }

    /// Counts a request.
    pub(crate) fn count(&mut self, group: &'static str, now: Instant) -> Counted {
        let RateLimit { limit, window } = self.medium.unwrap_or(GENEROUS);
        let limit = scaled(limit, group);
        let answer = |remaining, refused| Counted {
            announcement: Some(Announcement {
                limit,
                remaining,
                window: window.as_secs_f64().ceil().max(1.0) as u64,
            }),
            refused,
        };
        let counted = self.windows.entry(group).or_default();
        let refused = restart(&mut counted.penalty, now);
        if let Some(refused) = restart(&mut self.account, now) {
            return Counted {
                announcement: None,
                refused: Some(refused),
            };
        }
        if refused.is_some() {
            return answer(0, refused);
        }
        if self.medium.is_none() {
            return answer(limit, None);
        }
        counted.hits.retain(|hit| now.duration_since(*hit) < window);
        if counted.hits.len() >= limit as usize {
            let penalty = Penalty::begin(window, true, now);
            counted.penalty = Some(penalty);
            return answer(0, Some(penalty.refused()));
        }
        counted.hits.push_back(now);
        answer(limit - counted.hits.len() as u32, None)
    }

    /// Begins a penalty of a group out of turn; as long as a window where nobody says how long.
    pub(crate) fn penalise(
        &mut self,
        group: &'static str,
        pause: Option<Duration>,
        now: Instant,
    ) -> Refused {
        let pause = pause.unwrap_or(self.medium.unwrap_or(GENEROUS).window);
        let penalty = Penalty::begin(pause, true, now);
        self.windows.entry(group).or_default().penalty = Some(penalty);
        penalty.refused()
    }

    /// Begins a penalty of all groups, by a limit that names none. How long it is is told only where the
    /// caller says it.
    pub(crate) fn penalise_account(&mut self, pause: Option<Duration>, now: Instant) -> Refused {
        let length = pause.unwrap_or(ACCOUNT_PAUSE);
        let penalty = Penalty::begin(length, pause.is_some(), now);
        self.account = Some(penalty);
        penalty.refused()
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
        let mut refused = |seconds| limits.count("Medium", at(seconds)).refused.is_some();
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
                .announcement
                .unwrap()
                .remaining
        };
        assert_eq!(
            [remaining(0), remaining(6), remaining(11), remaining(30)],
            [1, 0, 0, 1]
        );
    }

    #[test]
    fn a_penalty_out_of_turn_is_felt_without_a_limit() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limits = Limits::new(None);
        let begun = limits.penalise("Medium", Some(Duration::from_secs(5)), at(0));
        assert_eq!((begun.retry_after, begun.in_penalty), (Some(5), false));
        let mut refused = |group, seconds| limits.count(group, at(seconds)).refused;
        let again = Refused {
            retry_after: Some(5),
            in_penalty: true,
            could_know: true,
        };
        assert_eq!(refused("Light", 1), None, "another group");
        assert_eq!(refused("Medium", 4), Some(again), "restarted: until 9");
        assert_eq!(refused("Medium", 8), Some(again), "restarted: until 13");
        assert_eq!(refused("Medium", 13), None);
    }

    #[test]
    fn what_was_on_its_way_when_the_429_was_could_not_know() {
        let start = Instant::now();
        let mut limits = Limits::new(None);
        limits.penalise("Medium", Some(Duration::from_secs(5)), start);
        let mut could_know = |milliseconds| {
            let now = start + Duration::from_millis(milliseconds);
            limits.count("Medium", now).refused.unwrap().could_know
        };
        // The second one makes the penalty start again, but whoever waits has known of it since the first.
        assert_eq!(
            [could_know(1), could_know(249), could_know(250)],
            [false, false, true]
        );
    }

    #[test]
    fn a_limit_on_the_account_stops_all_groups_and_names_none() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limits = Limits::new(None);
        assert_eq!(limits.penalise_account(None, at(0)).retry_after, None);
        for group in ["Light", "Medium", "Auth"] {
            let counted = limits.count(group, at(29));
            assert_eq!(counted.announcement, None);
            assert!(counted.refused.unwrap().in_penalty, "{group}");
        }
        assert!(limits.count("Medium", at(58)).refused.is_some());
        assert_eq!(limits.count("Medium", at(88)).refused, None);
    }
}

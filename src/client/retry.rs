//! Whether, and when, a call is sent again: the pure core.
//!
//! A repeat is harmless for reads, for deletes, and for updates, whose bodies are complete. A
//! create is repeated only where the former attempt was surely not processed; otherwise the engine
//! has to look first, because two rules of one name would be worse than an error.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use serde_json::Value;

use super::courier::{Call, Outcome};
use super::endpoints::Verb;
use super::errors::{Error, Target};

/// How long to wait for what, and how often to try.
#[derive(Debug, Clone)]
pub struct Patience {
    /// The pause before the first repeat; it doubles with each one.
    pub retry_delay: Duration,
    /// How often a call is sent in all where the service is in trouble.
    pub attempts: u32,
    /// How often a sign-in is sent in all to a server that does not answer it.
    pub sign_in_attempts: u32,
    /// How often a call is repeated that met a rate limit; the pauses are the service's.
    pub throttled_repeats: u32,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take, its answer included.
    pub request_timeout: Duration,
    /// The same for a sign-in, which is the first sign of life.
    pub sign_in_timeout: Duration,
    /// How long a request whose answer was lost may still be on its way; for so long a create is looked for
    /// before it is sent again.
    pub landing: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            retry_delay: Duration::from_millis(500),
            attempts: 4,
            sign_in_attempts: 2,
            throttled_repeats: 5,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            sign_in_timeout: Duration::from_secs(20),
            landing: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// Doubles with each failure, and spreads the tasks that failed together.
    pub(super) fn pause(&self, failed: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failed.saturating_sub(1));
        let whole = self.retry_delay.saturating_mul(doubled).min(LONGEST_PAUSE);
        whole.mul_f64(0.5 + chance() / 2.0)
    }

    /// How long to wait before the next look for what came of a write, after so many that found nothing;
    /// none where no further one is worth it. Most that arrive late do so at once, so the first look comes soon.
    /// Each costs a request, so only two follow.
    pub(super) fn before_look(&self, looks: u32, may_still_land: bool) -> Option<Duration> {
        match (looks, may_still_land) {
            (0, _) => Some(self.pause(1)),
            (1, true) => Some(self.landing / 6),
            (2, true) => Some(self.landing / 6 * 5),
            _ => None,
        }
    }
}

/// The longest pause between two attempts that we choose ourselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that the service may choose. Where it asks for more the run ends: whoever waits in front of
/// it would rather come back, and to ask sooner is what the service forbids.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How often a call gets another token. More than once only where others were served with the one before.
const MOST_RENEWALS: u32 = 3;

/// From when on a message says how long the pause is.
const NOTABLE_PAUSE: Duration = Duration::from_secs(5);

/// The attempts at one call.
#[derive(Debug)]
pub(super) struct Tries<'p> {
    verb: Verb,
    host: &'p str,
    target: Target,
    is_sign_in: bool,
    repeatable: bool,
    patience: &'p Patience,
    failed: u32,
    throttled: u32,
    renewals: u32,
    /// Whether the token is a new one that has not served anybody yet.
    is_unproven: bool,
    /// Whether an attempt without an answer may have been carried out.
    maybe_done: bool,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    Done(Option<Value>),
    Fail(Error),
    Again(Duration),
    /// Get another token and repeat; fail with this where there is none.
    Renew(Error),
}

/// What an attempt tells about the service's state.
enum Sign {
    NotProcessed,
    Unknown,
    Throttled,
    Unauthorized,
    Refused,
}

impl<'p> Tries<'p> {
    pub(super) fn new(call: &Call<'_>, patience: &'p Patience, host: &'p str) -> Tries<'p> {
        Tries {
            verb: call.verb,
            host,
            target: call.target(),
            is_sign_in: call.is_sign_in(),
            repeatable: call.repeatable,
            patience,
            failed: 0,
            throttled: 0,
            renewals: 0,
            is_unproven: false,
            maybe_done: false,
        }
    }

    /// Judges an attempt.
    pub(super) fn next(&mut self, outcome: Outcome) -> Step {
        let error = match outcome.result {
            Ok(body) => return Step::Done(body),
            Err(error) => error,
        };
        // What an earlier, unanswered attempt deleted is gone, as was wanted.
        if self.verb == Verb::Delete && self.maybe_done && error.is_not_found() {
            return Step::Done(None);
        }
        match self.sign(&error) {
            Sign::Refused => Step::Fail(error),
            Sign::Unauthorized if self.is_unproven || self.renewals == MOST_RENEWALS => {
                Step::Fail(self.no_token_helps(error))
            }
            Sign::Unauthorized => {
                self.is_unproven = true;
                self.renewals += 1;
                Step::Renew(error)
            }
            Sign::Throttled if self.throttled == self.patience.throttled_repeats => {
                Step::Fail(self.give_up(error))
            }
            Sign::Throttled => {
                self.throttled += 1;
                // The gate does the waiting, for all tasks together.
                Step::Again(Duration::ZERO)
            }
            Sign::NotProcessed => self.again(error, outcome.retry_after),
            Sign::Unknown => {
                self.maybe_done = true;
                if self.repeatable {
                    self.again(error, outcome.retry_after)
                } else {
                    Step::Fail(self.give_up(error))
                }
            }
        }
    }

    /// The token of the last attempt has served somebody. If it was refused, it has ended since.
    pub(super) fn token_has_served(&mut self) {
        self.is_unproven = false;
    }

    /// The final error where new tokens are refused as well.
    pub(super) fn no_token_helps(&self, refusal: Error) -> Error {
        match self.renewals {
            0 => self.give_up(refusal),
            _ => self.give_up(Error::NewToken(Box::new(refusal))),
        }
    }

    /// The final error: unclear where an attempt may have been carried out.
    pub(super) fn give_up(&self, cause: Error) -> Error {
        // A token that was lost on its way did nothing.
        if self.maybe_done && self.verb != Verb::Get && !self.is_sign_in {
            Error::Unclear {
                target: self.target.clone(),
                cause: Box::new(cause),
            }
        } else {
            cause
        }
    }

    fn again(&mut self, error: Error, retry_after: Option<Duration>) -> Step {
        self.failed += 1;
        let hangs = matches!(error, Error::TimedOut { .. });
        let attempts = match self.is_sign_in && hangs {
            true => self.patience.sign_in_attempts.min(self.patience.attempts),
            false => self.patience.attempts,
        };
        let asked = retry_after.unwrap_or_default();
        if self.failed >= attempts || asked > LONGEST_ASKED {
            return Step::Fail(self.give_up(error));
        }
        let pause = self.patience.pause(self.failed).max(asked);
        self.tell(&error, pause, attempts);
        Step::Again(pause)
    }

    /// Says why nothing happens. Whoever waits must see it without asking for a log.
    fn tell(&self, error: &Error, pause: Duration, attempts: u32) {
        tracing::debug!(%error, milliseconds = pause.as_millis(), "an attempt failed");
        let (host, next) = (self.host, self.failed + 1);
        let after = match pause >= NOTABLE_PAUSE {
            true => format!(" in {} s", pause.as_secs()),
            false => String::new(),
        };
        match error.status() {
            Some(status) => tracing::warn!(
                "{host} answered with status {status}, trying again{after} ({next} of {attempts})"
            ),
            None => tracing::warn!(
                "no answer from {host} yet, trying again{after} ({next} of {attempts})"
            ),
        }
    }

    fn sign(&self, error: &Error) -> Sign {
        match error {
            Error::Connect { .. } => Sign::NotProcessed,
            Error::TimedOut { .. } | Error::Broken { .. } => Sign::Unknown,
            // Processed, and the answer is lost: for a read there is no use in more of it.
            Error::TooLarge { .. } if self.verb == Verb::Get => Sign::Refused,
            Error::TooLarge { .. } => Sign::Unknown,
            _ => match error.status() {
                Some(401) => Sign::Unauthorized,
                // The same request is under way already: somebody else's, or one that a gateway
                // repeated for us. Then a create must not follow it blindly.
                Some(429) if error.code() == Some("CMN-304") && !self.repeatable => Sign::Unknown,
                Some(429) => Sign::Throttled,
                // A success that cannot be read counts as an answer that was cut.
                Some(200..=299 | 408 | 500 | 502..=504 | 506..=599) => Sign::Unknown,
                _ => Sign::Refused,
            },
        }
    }
}

/// A number from 0 up to 1. The standard library seeds its hashers at random, which is chance
/// enough to spread tasks.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::super::courier::Payload;
    use super::*;

    fn tries(verb: Verb, patience: &Patience) -> Tries<'_> {
        let call = Call {
            verb,
            path: "/restapi/x",
            payload: Payload::Nothing,
            repeatable: verb != Verb::Post,
        };
        Tries::new(&call, patience, "api.example")
    }

    fn target() -> Target {
        Target {
            method: "-",
            path: "-".to_owned(),
        }
    }

    fn failed(error: Error) -> Outcome {
        Outcome {
            result: Err(error),
            retry_after: None,
        }
    }

    fn status(status: u16) -> Outcome {
        failed(Error::refused(
            "api.example",
            target(),
            status,
            None,
            b"<html>",
            &[],
        ))
    }

    fn timed_out() -> Outcome {
        failed(Error::TimedOut {
            host: "api.example".to_owned(),
            target: target(),
        })
    }

    fn no_connection() -> Outcome {
        failed(Error::Connect {
            host: "api.example".to_owned(),
            target: target(),
            reason: String::new(),
        })
    }

    #[test]
    fn a_read_is_repeated_with_growing_pauses_and_then_given_up() {
        let patience = Patience::default();
        let mut tries = tries(Verb::Get, &patience);
        for (code, least) in [(502, 250), (503, 500), (408, 1000)] {
            match tries.next(status(code)) {
                Step::Again(pause) => {
                    let milliseconds = u64::try_from(pause.as_millis()).unwrap();
                    assert!(
                        (least..=2 * least).contains(&milliseconds),
                        "{code}: {pause:?}"
                    );
                }
                other => panic!("{code}: {other:?}"),
            }
        }
        match tries.next(timed_out()) {
            Step::Fail(error) => assert!(!error.is_unclear(), "a read changes nothing"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_longer_pause_is_kept_where_the_service_asks_for_it() {
        let patience = Patience::default();
        for (asked, kept) in [
            (7, Some(7)),
            (90, Some(90)),
            (3600, Some(3600)),
            (3601, None),
        ] {
            let outcome = Outcome {
                retry_after: Some(Duration::from_secs(asked)),
                ..status(503)
            };
            match tries(Verb::Get, &patience).next(outcome) {
                Step::Again(pause) => assert_eq!(Some(pause), kept.map(Duration::from_secs)),
                Step::Fail(error) => assert_eq!((error.status(), kept), (Some(503), None)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_sign_in_is_never_unclear_and_given_up_sooner_where_nothing_answers() {
        let patience = Patience::default();
        let call = Call {
            verb: Verb::Post,
            path: "/restapi/oauth/token",
            payload: Payload::Form(Vec::new()),
            repeatable: true,
        };
        for (outcome, repeats) in [(timed_out as fn() -> Outcome, 1), (|| status(503), 3)] {
            let mut tries = Tries::new(&call, &patience, "api.example");
            for _ in 0..repeats {
                assert!(matches!(tries.next(outcome()), Step::Again(_)));
            }
            match tries.next(outcome()) {
                Step::Fail(error) => assert!(!error.is_unclear(), "{error}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_create_is_repeated_only_where_it_was_surely_not_processed() {
        let patience = Patience::default();
        for outcome in [no_connection(), status(429)] {
            assert!(matches!(
                tries(Verb::Post, &patience).next(outcome),
                Step::Again(_)
            ));
        }
        let duplicate = br#"{"errors":[{"errorCode":"CMN-304"}]}"#;
        let duplicate = Error::refused("api.example", target(), 429, None, duplicate, &[]);
        for outcome in [
            timed_out(),
            status(500),
            status(504),
            status(201),
            failed(duplicate),
        ] {
            match tries(Verb::Post, &patience).next(outcome) {
                Step::Fail(error) => assert!(error.is_unclear(), "{error}"),
                other => panic!("{other:?}"),
            }
        }
        match tries(Verb::Post, &patience).next(status(400)) {
            Step::Fail(error) => assert!(!error.is_unclear(), "{error}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_missing_thing_is_deleted_only_if_we_may_have_done_it() {
        let patience = Patience::default();
        assert!(matches!(
            tries(Verb::Delete, &patience).next(status(404)),
            Step::Fail(_)
        ));

        let mut refused = tries(Verb::Delete, &patience);
        assert!(matches!(refused.next(no_connection()), Step::Again(_)));
        assert!(matches!(refused.next(status(404)), Step::Fail(_)));

        let mut unanswered = tries(Verb::Delete, &patience);
        assert!(matches!(unanswered.next(timed_out()), Step::Again(_)));
        assert!(matches!(unanswered.next(status(404)), Step::Done(None)));
    }

    #[test]
    fn an_update_that_was_never_answered_stays_unclear() {
        let patience = Patience {
            attempts: 1,
            ..Patience::default()
        };
        match tries(Verb::Patch, &patience).next(timed_out()) {
            Step::Fail(error) => assert!(error.is_unclear()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_renewal_in_vain_and_five_rests_are_all_that_a_call_gets() {
        let patience = Patience::default();
        let mut tries = tries(Verb::Get, &patience);
        assert!(matches!(tries.next(status(401)), Step::Renew(_)));
        assert!(matches!(tries.next(status(401)), Step::Fail(_)));
        for _ in 0..5 {
            assert!(matches!(
                tries.next(status(429)),
                Step::Again(Duration::ZERO)
            ));
        }
        assert!(matches!(tries.next(status(429)), Step::Fail(_)));
    }

    #[test]
    fn a_token_that_served_others_meanwhile_is_renewed_again_but_not_for_ever() {
        let patience = Patience::default();
        let mut tries = tries(Verb::Get, &patience);
        for _ in 0..MOST_RENEWALS {
            assert!(matches!(tries.next(status(401)), Step::Renew(_)));
            tries.token_has_served();
        }
        match tries.next(status(401)) {
            Step::Fail(error) => {
                assert!(matches!(error, Error::NewToken(_)), "{error:?}");
                assert_eq!(error.status(), Some(401));
            }
            other => panic!("{other:?}"),
        }
    }
}

//! Whether, and when, a call is sent again: the pure core.
//!
//! A repeat is harmless for reads, for deletes, and for updates, whose bodies are complete. A
//! create is repeated only where the former attempt was surely not processed; otherwise the engine
//! has to look first, because two rules of one name would be worse than an error.

use std::time::Duration;

use serde_json::Value;

use super::courier::{Call, Outcome};
use super::endpoints::Verb;
use super::errors::{Error, Target};
use super::patience::Patience;

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
    is_read: bool,
    repeatable: bool,
    patience: &'p Patience,
    failed: u32,
    /// What failed attempts and the pauses after them took.
    spent: Duration,
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
            is_read: call.is_read(),
            repeatable: call.repeatable,
            patience,
            failed: 0,
            spent: Duration::ZERO,
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
            // Who gives no code is not the service, which may have done what was asked before.
            Sign::Refused if error.code().is_none() => Step::Fail(self.give_up(error)),
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
            Sign::NotProcessed => self.again(error, outcome.retry_after, outcome.took),
            Sign::Unknown => {
                self.maybe_done = true;
                if self.repeatable {
                    self.again(error, outcome.retry_after, outcome.took)
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
        if self.maybe_done && !self.is_read && !self.is_sign_in {
            Error::Unclear {
                target: self.target.clone(),
                cause: Box::new(cause),
            }
        } else {
            cause
        }
    }

    fn again(&mut self, error: Error, retry_after: Option<Duration>, took: Duration) -> Step {
        self.failed += 1;
        let asked = retry_after.unwrap_or_default();
        let pause = self.patience.pause(self.failed).max(asked);
        self.spent = self.spent.saturating_add(took).saturating_add(pause);
        let is_too_long = self.failed > 1 && self.spent > self.patience.trouble;
        if is_too_long || asked > LONGEST_ASKED {
            return Step::Fail(self.give_up(error));
        }
        self.tell(&error, pause);
        Step::Again(pause)
    }

    /// Says why nothing happens. Whoever waits must see it without asking for a log.
    fn tell(&self, error: &Error, pause: Duration) {
        tracing::debug!(%error, milliseconds = pause.as_millis(), "an attempt failed");
        let (host, next) = (self.host, self.failed + 1);
        let after = match pause >= NOTABLE_PAUSE {
            true => format!(" in {} s", pause.as_secs()),
            false => String::new(),
        };
        match error.status() {
            Some(status) => tracing::warn!(
                "{host} answered with status {status}, trying again{after} (attempt {next})"
            ),
            None => {
                tracing::warn!("no answer from {host} yet, trying again{after} (attempt {next})")
            }
        }
    }

    fn sign(&self, error: &Error) -> Sign {
        match error {
            Error::Connect { .. } => Sign::NotProcessed,
            Error::TimedOut { .. } | Error::Broken { .. } => Sign::Unknown,
            // Processed, and the answer is lost: for a read there is no use in more of it.
            Error::TooLarge { .. } if self.is_read => Sign::Refused,
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

#[cfg(test)]
mod tests;

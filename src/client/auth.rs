//! One access token for all tasks, from the user's JWT (OAuth 2, JWT-bearer grant \[docs\]).
//!
//! Only five sign-ins a minute are allowed \[docs\], so the tasks share whatever comes of one: the
//! token, and the failure too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use super::config::Config;
use super::courier::{Call, Courier, Credential, Payload};
use super::endpoints::Verb;
use super::errors::{Error, Target};
use super::patience::Patience;
use super::retry::{Step, Tries};

const PATH: &str = "/restapi/oauth/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Renewed this long before the end: as long as a request may take.
const MARGIN: Duration = Duration::from_secs(60);

/// What the service grants at least \[docs\], for an answer that does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// How many renewals in a row may lead to no answer. A token can end ahead of its time more than once; but where
/// each new one is refused, tokens are not what is wrong.
const MOST_IN_VAIN: u32 = 3;

/// Signs in and remembers.
#[derive(Debug)]
pub(super) struct Auth {
    id: String,
    secret: SecretString,
    jwt: SecretString,
    patience: Patience,
    /// How many sign-ins have come to an end.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Arc<Token>>,
    failure: Option<Failure>,
    /// How many renewals there were since a token last served anybody.
    in_vain: u32,
}

#[derive(Debug)]
struct Failure {
    ended: u64,
    error: Error,
}

/// An access token. The value cannot be printed.
#[derive(Debug)]
pub(super) struct Token {
    secret: SecretString,
    /// The app's permissions, where the service tells them.
    permissions: Option<Vec<String>>,
    renew_at: Instant,
    has_served: AtomicBool,
}

/// What came of the wish for another token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    Renewed,
    /// Several were tried and refused as well.
    Pointless,
}

impl Token {
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }

    pub(super) fn permissions(&self) -> Option<&[String]> {
        self.permissions.as_deref()
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.renew_at
    }

    /// The service took it.
    pub(super) fn was_accepted(&self) {
        self.has_served.store(true, Ordering::Relaxed);
    }

    /// Whether the service took it at least once.
    pub(super) fn has_served(&self) -> bool {
        self.has_served.load(Ordering::Relaxed)
    }
}

impl Auth {
    pub(super) fn new(config: Config, patience: Patience) -> Auth {
        Auth {
            id: config.client_id,
            secret: config.client_secret,
            jwt: config.jwt,
            patience,
            ended: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// The current token, or a new one where it is about to end.
    pub(super) async fn token(&self, courier: &Courier) -> Result<Arc<Token>, Error> {
        let began = self.ended.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        match &state.token {
            Some(token) if token.is_fresh() => Ok(Arc::clone(token)),
            _ => self.sign_in(&mut state, began, courier).await,
        }
    }

    /// Another token than the one that was refused. The limit of the Auth group, which the gate keeps, says how
    /// soon.
    pub(super) async fn renew(
        &self,
        refused: &Arc<Token>,
        courier: &Courier,
    ) -> Result<Renewal, Error> {
        let began = self.ended.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        let current = state.token.as_ref();
        if current.is_some_and(|current| !Arc::ptr_eq(current, refused)) {
            // Another task met the same refusal before us.
            return Ok(Renewal::Renewed);
        }
        if refused.has_served() {
            state.in_vain = 0;
        }
        if state.in_vain == MOST_IN_VAIN {
            return Ok(Renewal::Pointless);
        }
        self.sign_in(&mut state, began, courier).await?;
        state.in_vain += 1;
        Ok(Renewal::Renewed)
    }

    /// Asks for a token, unless it is known by now that there is none to be had.
    ///
    /// `began` counts the sign-ins that had ended when the caller began to wait: one that failed
    /// since then is the caller's failure too.
    async fn sign_in(
        &self,
        state: &mut State,
        began: u64,
        courier: &Courier,
    ) -> Result<Arc<Token>, Error> {
        if let Some(failure) = &state.failure
            && (failure.ended > began || is_final(&failure.error))
        {
            return Err(failure.error.clone());
        }
        let patience = match state.token {
            Some(_) => self.patience.clone(),
            None => self.patience.for_the_first_answer(),
        };
        let result = self.ask(&patience, courier).await;
        let ended = self.ended.fetch_add(1, Ordering::Relaxed) + 1;
        match result {
            Ok(token) => {
                let token = Arc::new(token);
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            Err(error) => {
                let error = Error::SignIn(Box::new(error));
                state.failure = Some(Failure {
                    ended,
                    error: error.clone(),
                });
                Err(error)
            }
        }
    }

    async fn ask(&self, patience: &Patience, courier: &Courier) -> Result<Token, Error> {
        let assertion = self.jwt.expose_secret();
        let call = Call {
            verb: Verb::Post,
            path: PATH,
            payload: Payload::Form(vec![("grant_type", GRANT), ("assertion", assertion)]),
            // A token that was lost on its way does no harm.
            repeatable: true,
        };
        let mut tries = Tries::new(&call, patience, courier.host());
        loop {
            let pass = courier.admit(&call).await?;
            // Before sending: a slow answer does not prolong a token's life.
            let asked = Instant::now();
            let credential = Credential::Basic {
                id: &self.id,
                secret: &self.secret,
            };
            match tries.next(courier.send(&call, credential, pass).await) {
                Step::Done(body) => return read(body, asked, call.target()),
                Step::Again(after) => courier.gate().pause(after).await,
                // There is nothing to renew: the app itself is refused.
                Step::Fail(error) | Step::Renew(error) => return Err(error),
            }
        }
    }
}

fn read(body: Option<Value>, asked: Instant, target: Target) -> Result<Token, Error> {
    let field = |key| body.as_ref().and_then(|body| body.get(key));
    let secret = field("access_token")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // It must fit into a header; anything else would fail later, and less clearly.
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::Malformed {
            target,
            reason: "no usable `access_token`".to_owned(),
        });
    }
    let life = field("expires_in")
        .and_then(Value::as_u64)
        .map(Duration::from_secs);
    Ok(Token {
        secret: SecretString::from(secret),
        permissions: field("scope").and_then(Value::as_str).map(words),
        renew_at: asked + usable(life.unwrap_or(USUAL_LIFE)),
        has_served: AtomicBool::new(false),
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// How long a token is used: all but its last minute, or its last tenth where that is shorter.
fn usable(life: Duration) -> Duration {
    let life = life.min(Duration::from_secs(24 * 3600));
    life - MARGIN.min(life / 10)
}

/// Whether no further attempt can succeed, since what we present does not change during a run.
fn is_final(error: &Error) -> bool {
    matches!(error.status(), Some(status @ 400..=499) if !matches!(status, 408 | 429))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_ahead_of_its_end() {
        let seconds = Duration::from_secs;
        assert_eq!(usable(seconds(3600)), seconds(3540));
        assert_eq!(usable(seconds(100)), seconds(90));
        assert_eq!(usable(seconds(0)), seconds(0));
        assert_eq!(usable(Duration::MAX), seconds(24 * 3600 - 60));
    }

    #[test]
    fn a_token_that_fits_no_header_is_refused_without_being_shown() {
        let target = || Target {
            method: "POST",
            path: PATH.to_owned(),
        };
        for bad in ["", "line\nbreak", "späť"] {
            let body = serde_json::json!({"access_token": bad});
            let error = read(Some(body), Instant::now(), target()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the answer to POST /restapi/oauth/token cannot be used: no usable `access_token`"
            );
        }
        assert!(read(None, Instant::now(), target()).is_err());
    }
}

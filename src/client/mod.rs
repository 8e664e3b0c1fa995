//! Talks to the service over HTTP.
//!
//! [`Client`] implements the engine's `Read` and `Write`. On its way a request passes, in this
//! order:
//!
//! ```text
//! rules, account ─► paging ─► Client::call ─► auth ─► gate ─► http ─► the service
//!  (what to ask)               (repeats,      (one    (rate
//!                               or does not)   token)  limits)
//! ```
//!
//! What decides (`limits`, `outage`, `retry`, `paging`) is pure and takes the time as an argument; what waits
//! and sends is a thin shell around it.

mod account;
mod audit;
mod auth;
mod checkup;
mod config;
mod courier;
mod endpoints;
mod errors;
mod gate;
mod group;
mod http;
mod limits;
mod names;
mod outage;
mod paging;
mod patience;
mod refusal;
mod retry;
mod retry_after;
mod rules;
mod scrub;

use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::auth::{Auth, Renewal, Token};
use self::courier::{Call, Courier, Credential};
use self::gate::Pass;
use self::retry::{Step, Tries};

pub use self::config::{Config, ConfigError};
pub use self::errors::{Error, Target};
pub use self::limits::Limit;
pub use self::patience::Patience;
pub use self::refusal::{ApiError, Problem};

/// The live account behind one set of credentials.
///
/// Many tasks may use one client at a time through `&Client`: they share one access token and one
/// view of the rate limits, which the service counts per user and app \[docs\].
#[derive(Debug)]
pub struct Client {
    courier: Courier,
    auth: Auth,
    patience: Patience,
    stop: CancellationToken,
}

impl Client {
    /// A client for these credentials. Nothing is sent yet.
    pub fn new(config: Config) -> Result<Client, Error> {
        Client::with_patience(config, Patience::default())
    }

    /// The same with other waiting times, as a rehearsal against a local server wants them.
    pub fn with_patience(config: Config, patience: Patience) -> Result<Client, Error> {
        config.check()?;
        let stop = CancellationToken::new();
        Ok(Client {
            courier: Courier::new(&config, &patience, stop.clone())?,
            auth: Auth::new(config, patience.clone()),
            patience,
            stop,
        })
    }

    /// Ends the run in order, once cancelled: what is under way is finished, what waits ends at once, and
    /// nothing more is sent.
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// How many HTTP requests were sent until now, sign-in included.
    pub fn requests_made(&self) -> u64 {
        self.courier.requests_made()
    }

    /// Carries out one call, however many requests that takes.
    async fn call(&self, call: &Call<'_>) -> Result<Option<Value>, Error> {
        let mut tries = Tries::new(call, &self.patience, self.courier.host());
        loop {
            let (token, pass) = match self.admit(call).await {
                Ok(admitted) => admitted,
                // An earlier attempt may have been carried out: then this is no clear refusal.
                Err(error) => return Err(tries.give_up(error)),
            };
            let credential = Credential::Bearer(token.secret());
            let outcome = self.courier.send(call, credential, pass).await;
            if outcome.result.is_ok() {
                token.was_accepted();
            }
            if token.has_served() {
                tries.token_has_served();
            }
            match tries.next(outcome) {
                Step::Done(body) => return Ok(body),
                Step::Fail(error) => return Err(error),
                Step::Again(after) => self.courier.gate().pause(after).await,
                Step::Renew(refusal) => match self.auth.renew(&token, &self.courier).await {
                    Ok(Renewal::Renewed) => {}
                    Ok(Renewal::Pointless) => return Err(tries.no_token_helps(refusal)),
                    Err(error) => return Err(tries.give_up(error)),
                },
            }
        }
    }

    /// A token and the permission to send. Waiting for the latter may outlive the former.
    ///
    /// The token comes first: a request that already held the permission to probe after a penalty
    /// would block the very sign-in that it waits for.
    async fn admit(&self, call: &Call<'_>) -> Result<(Arc<Token>, Pass<'_>), Error> {
        let mut rounds = 0;
        loop {
            let token = self.auth.token(&self.courier).await?;
            let pass = self.courier.admit(call).await?;
            rounds += 1;
            // Tokens that always end during the wait are tried all the same, or this never ends.
            if token.is_fresh() || rounds == 3 {
                return Ok((token, pass));
            }
            pass.unsent();
        }
    }
}

//! Takes one request through the gate to the service and reads the answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::config::Config;
use super::endpoints::{Kind, Verb};
use super::errors::{Error, Target, is_page};
use super::gate::{Closed, Gate, Pass};
use super::http::{Exchange, Fault, Head, Http, MEBIBYTES};
use super::limits::Verdict;
use super::patience::Patience;
use super::scrub;

/// What to ask.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) verb: Verb,
    pub(super) path: &'a str,
    pub(super) payload: Payload<'a>,
    /// Whether sending it twice does no more than sending it once.
    pub(super) repeatable: bool,
}

/// What goes with it. Forms hold credentials, so this shows no content.
pub(super) enum Payload<'a> {
    Nothing,
    Query(Vec<(&'static str, String)>),
    Json(&'a Value),
    /// A question that does not fit into a path. It changes nothing.
    Search(&'a Value),
    Form(Vec<(&'static str, &'a str)>),
}

impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Payload::Nothing => "Nothing",
            Payload::Query(_) => "Query",
            Payload::Json(_) => "Json",
            Payload::Search(_) => "Search",
            Payload::Form(_) => "Form",
        })
    }
}

/// Who asks.
pub(super) enum Credential<'a> {
    /// The app.
    Basic {
        id: &'a str,
        secret: &'a SecretString,
    },
    /// The user, through the app.
    Bearer(&'a SecretString),
}

/// How one attempt ended.
pub(super) struct Outcome {
    /// The body of a success; none where it was empty.
    pub(super) result: Result<Option<Value>, Error>,
    pub(super) retry_after: Option<Duration>,
    /// From sending to the end of the answer.
    pub(super) took: Duration,
}

impl Call<'_> {
    /// Only a sign-in sends a form. It changes nothing, so it can always be repeated.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(self.payload, Payload::Form(_))
    }

    /// Whether it changes nothing on the account.
    pub(super) fn is_read(&self) -> bool {
        self.verb == Verb::Get || matches!(self.payload, Payload::Search(_))
    }

    pub(super) fn target(&self) -> Target {
        Target {
            method: self.verb.as_str(),
            path: self.path.to_owned(),
        }
    }
}

/// Holds what all tasks share on the way to the service.
#[derive(Debug)]
pub(super) struct Courier {
    http: Http,
    gate: Gate,
    /// By how much the server's clock was ahead of ours when it last answered.
    skew: Mutex<Option<SignedDuration>>,
    /// What must not appear in any text that comes back.
    secrets: [SecretString; 3],
}

impl Courier {
    /// `stop` is when no further request is let through.
    pub(super) fn new(
        config: &Config,
        patience: &Patience,
        stop: CancellationToken,
    ) -> Result<Courier, Error> {
        Ok(Courier {
            http: Http::new(config, patience)?,
            gate: Gate::new(patience.clone(), stop),
            skew: Mutex::default(),
            secrets: [
                config.client_secret.clone(),
                config.jwt.clone(),
                basic(config),
            ],
        })
    }

    /// Who is asked, for messages.
    pub(super) fn host(&self) -> &str {
        self.http.host()
    }

    pub(super) fn requests_made(&self) -> u64 {
        self.http.requests_made()
    }

    pub(super) fn skew(&self) -> Option<SignedDuration> {
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Waits until the call may be sent; fails where the run is stopped before that.
    pub(super) async fn admit(&self, call: &Call<'_>) -> Result<Pass<'_>, Error> {
        let pass = self.gate.pass(Kind::of(call.verb, call.path)).await;
        pass.map_err(|closed| {
            let target = call.target();
            match closed {
                Closed::Stopped => Error::Stopped { target },
                Closed::Shut(wait) => Error::shut(target, wait, Timestamp::now()),
                Closed::Away(span) => Error::Away {
                    host: self.host().to_owned(),
                    target,
                    seconds: span.as_secs(),
                },
            }
        })
    }

    /// Sends the call once, with the permission to do so.
    pub(super) async fn send(
        &self,
        call: &Call<'_>,
        credential: Credential<'_>,
        pass: Pass<'_>,
    ) -> Outcome {
        let began = Instant::now();
        let exchange = self.http.exchange(call, &credential).await;
        let Exchange { head, body } = exchange;
        let head = head.as_ref();
        if let Some(date) = head.and_then(|head| head.date) {
            let ahead = date.duration_since(Timestamp::now());
            *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        let mut secrets: Vec<&str> = self
            .secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        if let Credential::Bearer(token) = &credential {
            secrets.push(token.expose_secret());
        }
        let took = began.elapsed();
        log(call, head, took, &secrets);
        let result = understand(self.host(), call, head, body, &secrets);
        pass.settle(&verdict(head, &result));
        Outcome {
            result,
            retry_after: head.and_then(|head| head.retry_after),
            took,
        }
    }
}

/// Id and secret as the header of the sign-in has them.
fn basic(config: &Config) -> SecretString {
    let pair = format!(
        "{}:{}",
        config.client_id,
        config.client_secret.expose_secret()
    );
    BASE64_STANDARD.encode(pair).into()
}

/// Tells of a request and its answer, with the id under which the vendor's support finds it.
fn log(call: &Call<'_>, head: Option<&Head>, took: Duration, secrets: &[&str]) {
    let status = head.map(|head| head.status);
    let id = head.and_then(|head| head.request_id.as_deref());
    let request_id = id.map(|id| scrub::clean(id, secrets, 100));
    let (method, path, milliseconds) = (call.verb.as_str(), call.path, took.as_millis());
    tracing::debug!(
        method,
        path,
        status,
        request_id,
        milliseconds,
        "a request was sent"
    );
}

fn verdict<'h>(head: Option<&'h Head>, result: &Result<Option<Value>, Error>) -> Verdict<'h> {
    match (head, result) {
        (Some(head), _) if head.status == 429 => Verdict::Throttled(&head.rate, head.retry_after),
        (Some(head), Ok(_)) => Verdict::Taken(&head.rate),
        (Some(head), _) if head.rate.present() => Verdict::Taken(&head.rate),
        (Some(_), Err(Error::NotJson { .. })) => Verdict::Page,
        (Some(_), Err(Error::Api(_))) => Verdict::Bare,
        (None, Err(Error::Connect { .. })) => Verdict::NoConnection,
        _ => Verdict::Unanswered,
    }
}

fn understand(
    host: &str,
    call: &Call<'_>,
    head: Option<&Head>,
    body: Result<Vec<u8>, Fault>,
    secrets: &[&str],
) -> Result<Option<Value>, Error> {
    let target = call.target();
    let (head, body) = match (head, body) {
        (Some(head), Ok(body)) => (head, body),
        // A refusal is one even where its text was lost.
        (Some(head), Err(_)) if !(200..300).contains(&head.status) => (head, Vec::new()),
        (_, Err(fault)) => return Err(broken(host, target, fault, secrets)),
        (None, Ok(_)) => {
            return Err(broken(
                host,
                target,
                Fault::Broken("no answer".to_owned()),
                secrets,
            ));
        }
    };
    if !(200..300).contains(&head.status) {
        let id = head.request_id.as_deref();
        return Err(Error::refused(
            host,
            target,
            head.status,
            id,
            &body,
            secrets,
        ));
    }
    // All other successes have a body [spec]: without it nobody knows what was done.
    if body.iter().all(u8::is_ascii_whitespace) && call.verb == Verb::Delete {
        return Ok(None);
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(Some(value)),
        // A damaged answer to a sign-in may hold the token, so it is not quoted.
        Err(_) if call.is_sign_in() => Err(Error::NotJson {
            host: host.to_owned(),
            target,
            status: head.status,
            is_page: is_page(&body),
            excerpt: "not shown, as it may hold a token".to_owned(),
        }),
        Err(_) => Err(Error::not_json(host, target, head.status, &body, secrets)),
    }
}

fn broken(host: &str, target: Target, fault: Fault, secrets: &[&str]) -> Error {
    let host = host.to_owned();
    let shown = |reason: String| scrub::clean(&reason, secrets, 200);
    match fault {
        Fault::Connect(reason) => Error::Connect {
            host,
            target,
            reason: shown(reason),
        },
        Fault::PlainHttp => Error::Connect {
            reason: format!("{host} does not speak https"),
            host,
            target,
        },
        Fault::Broken(reason) => Error::Broken {
            host,
            target,
            reason: shown(reason),
        },
        Fault::TimedOut => Error::TimedOut { host, target },
        Fault::TooLarge => Error::TooLarge {
            target,
            mebibytes: MEBIBYTES,
        },
    }
}

//! Sends one request through the rate limiter and parses the response.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::config::ClientConfig;
use super::endpoints::{EndpointClass, HttpMethod};
use super::errors::{ClientError, RequestTarget, is_html_page};
use super::http::{HttpClient, HttpResponse, MAX_BODY_MEBIBYTES, ResponseHead, TransportError};
use super::rate_limit::SendOutcome;
use super::rate_limit::limiter::{AcquireError, RateLimiter, RequestPermit};
use super::redact;
use super::retry_policy::RetryPolicy;

/// One request to the API, without credentials.
#[derive(Debug)]
pub(super) struct ApiRequest<'a> {
    pub(super) method: HttpMethod,
    pub(super) path: &'a str,
    pub(super) payload: RequestPayload<'a>,
    /// Whether sending the request twice has the same effect as sending it once.
    pub(super) idempotent: bool,
}

/// The query or body of a request. Forms contain credentials, so the debug output omits the
/// content.
pub(super) enum RequestPayload<'a> {
    Empty,
    Query(Vec<(&'static str, String)>),
    Json(&'a Value),
    /// A query in the body of a POST. It changes nothing.
    Search(&'a Value),
    Form(Vec<(&'static str, &'a str)>),
}

impl std::fmt::Debug for RequestPayload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RequestPayload::Empty => "Empty",
            RequestPayload::Query(_) => "Query",
            RequestPayload::Json(_) => "Json",
            RequestPayload::Search(_) => "Search",
            RequestPayload::Form(_) => "Form",
        })
    }
}

/// The credentials of a request.
pub(super) enum RequestAuth<'a> {
    /// The client ID and secret of the API app, for a sign-in.
    Basic {
        id: &'a str,
        secret: &'a SecretString,
    },
    /// An access token of the signed-in user.
    Bearer(&'a SecretString),
}

/// The outcome of one attempt.
pub(super) struct AttemptOutcome {
    /// The body of a success; `None` if it was empty.
    pub(super) result: Result<Option<Value>, ClientError>,
    pub(super) retry_after: Option<Duration>,
    /// The time from sending to the end of the response.
    pub(super) elapsed: Duration,
}

impl ApiRequest<'_> {
    /// Returns whether this is a sign-in, the only request with a form. It changes nothing, so it
    /// can always be repeated.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(self.payload, RequestPayload::Form(_))
    }

    /// Returns whether the request changes nothing on the account.
    pub(super) fn is_read(&self) -> bool {
        self.method == HttpMethod::Get || matches!(self.payload, RequestPayload::Search(_))
    }

    pub(super) fn target(&self) -> RequestTarget {
        RequestTarget {
            method: self.method.as_str(),
            path: self.path.to_owned(),
        }
    }
}

/// The HTTP client, rate limiter and clock offset that all tasks share.
#[derive(Debug)]
pub(super) struct ApiTransport {
    http: HttpClient,
    rate_limiter: RateLimiter,
    /// How far the clock of the server was ahead of the local clock at the last response.
    clock_skew: Mutex<Option<SignedDuration>>,
    /// Secrets to redact from all texts of the server.
    secrets: [SecretString; 3],
}

impl ApiTransport {
    /// Sets up the transport. Once `cancellation` is cancelled, no further request is sent.
    pub(super) fn new(
        config: &ClientConfig,
        retry_policy: &RetryPolicy,
        cancellation: CancellationToken,
    ) -> Result<ApiTransport, ClientError> {
        Ok(ApiTransport {
            http: HttpClient::new(config, retry_policy)?,
            rate_limiter: RateLimiter::new(retry_policy.clone(), cancellation),
            clock_skew: Mutex::default(),
            secrets: [
                config.client_secret.clone(),
                config.jwt.clone(),
                basic_auth_value(config),
            ],
        })
    }

    /// Returns the server name for messages.
    pub(super) fn host(&self) -> &str {
        self.http.host()
    }

    pub(super) fn requests_made(&self) -> u64 {
        self.http.requests_made()
    }

    pub(super) fn clock_skew(&self) -> Option<SignedDuration> {
        *self
            .clock_skew
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    /// Waits until the request may be sent.
    ///
    /// # Errors
    /// If the run is stopped, or a penalty or outage is longer than a run waits.
    pub(super) async fn acquire_permit(
        &self,
        request: &ApiRequest<'_>,
    ) -> Result<RequestPermit<'_>, ClientError> {
        let permit = self
            .rate_limiter
            .acquire(EndpointClass::classify(request.method, request.path))
            .await;
        permit.map_err(|error| {
            let target = request.target();
            match error {
                AcquireError::Cancelled => ClientError::Cancelled { target },
                AcquireError::RetryLater(wait) => {
                    ClientError::rate_limited_until(target, wait, Timestamp::now())
                }
                AcquireError::Unreachable(duration) => ClientError::Unreachable {
                    host: self.host().to_owned(),
                    target,
                    seconds: duration.as_secs(),
                },
            }
        })
    }

    /// Sends the request once, using up its permit.
    pub(super) async fn send(
        &self,
        request: &ApiRequest<'_>,
        auth: RequestAuth<'_>,
        permit: RequestPermit<'_>,
    ) -> AttemptOutcome {
        let started_at = Instant::now();
        let HttpResponse { head, body } = self.http.send(request, &auth).await;
        let head = head.as_ref();
        if let Some(date) = head.and_then(|head| head.date) {
            let skew = date.duration_since(Timestamp::now());
            *self
                .clock_skew
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
        let mut secrets: Vec<&str> = self
            .secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        if let RequestAuth::Bearer(token) = &auth {
            secrets.push(token.expose_secret());
        }
        let elapsed = started_at.elapsed();
        log_request(request, head, elapsed, &secrets);
        let result = parse_response(self.host(), request, head, body, &secrets);
        permit.record_outcome(&classify_outcome(head, &result));
        AttemptOutcome {
            result,
            retry_after: head.and_then(|head| head.retry_after),
            elapsed,
        }
    }
}

/// Returns the client ID and secret as they appear in the header of the sign-in.
fn basic_auth_value(config: &ClientConfig) -> SecretString {
    let pair = format!(
        "{}:{}",
        config.client_id,
        config.client_secret.expose_secret()
    );
    BASE64_STANDARD.encode(pair).into()
}

/// Logs a request and its outcome, with the request id that RingCentral support asks for.
fn log_request(
    request: &ApiRequest<'_>,
    head: Option<&ResponseHead>,
    elapsed: Duration,
    secrets: &[&str],
) {
    let status = head.map(|head| head.status);
    let id = head.and_then(|head| head.request_id.as_deref());
    let request_id = id.map(|id| redact::redact(id, secrets, 100));
    let (method, path, milliseconds) = (request.method.as_str(), request.path, elapsed.as_millis());
    tracing::debug!(
        method,
        path,
        status,
        request_id,
        milliseconds,
        "a request was sent"
    );
}

fn classify_outcome<'h>(
    head: Option<&'h ResponseHead>,
    result: &Result<Option<Value>, ClientError>,
) -> SendOutcome<'h> {
    match (head, result) {
        (Some(head), _) if head.status == 429 => {
            SendOutcome::RateLimited(&head.rate_limits, head.retry_after)
        }
        (Some(head), Ok(_)) => SendOutcome::Accepted(&head.rate_limits),
        (Some(head), _) if head.rate_limits.is_present() => {
            SendOutcome::Accepted(&head.rate_limits)
        }
        (Some(_), Err(ClientError::UnexpectedResponse { .. })) => SendOutcome::NonApiResponse,
        (Some(_), Err(ClientError::Api(_))) => SendOutcome::NoRateHeaders,
        (None, Err(ClientError::Connect { .. })) => SendOutcome::ConnectFailed,
        _ => SendOutcome::NoResponse,
    }
}

fn parse_response(
    host: &str,
    request: &ApiRequest<'_>,
    head: Option<&ResponseHead>,
    body: Result<Vec<u8>, TransportError>,
    secrets: &[&str],
) -> Result<Option<Value>, ClientError> {
    let target = request.target();
    let (head, body) = match (head, body) {
        (Some(head), Ok(body)) => (head, body),
        // An error status counts even if the body was lost.
        (Some(head), Err(_)) if !(200..300).contains(&head.status) => (head, Vec::new()),
        (_, Err(error)) => return Err(transport_error(host, target, error, secrets)),
        (None, Ok(_)) => {
            return Err(transport_error(
                host,
                target,
                TransportError::ConnectionLost("no response".to_owned()),
                secrets,
            ));
        }
    };
    if !(200..300).contains(&head.status) {
        let id = head.request_id.as_deref();
        return Err(ClientError::from_error_response(
            host,
            target,
            head.status,
            id,
            &body,
            secrets,
        ));
    }
    // Only deletes have an empty success [spec]; for other requests an empty body leaves the result
    // unknown.
    if body.iter().all(u8::is_ascii_whitespace) && request.method == HttpMethod::Delete {
        return Ok(None);
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(Some(value)),
        // A damaged sign-in response may contain the token, so it is not quoted.
        Err(_) if request.is_sign_in() => Err(ClientError::UnexpectedResponse {
            host: host.to_owned(),
            target,
            status: head.status,
            is_html: is_html_page(&body),
            excerpt: "not shown, because it may contain a token".to_owned(),
        }),
        Err(_) => Err(ClientError::unexpected_response(
            host,
            target,
            head.status,
            &body,
            secrets,
        )),
    }
}

fn transport_error(
    host: &str,
    target: RequestTarget,
    error: TransportError,
    secrets: &[&str],
) -> ClientError {
    let host = host.to_owned();
    let redacted = |reason: String| redact::redact(&reason, secrets, 200);
    match error {
        TransportError::Connect(reason) => ClientError::Connect {
            host,
            target,
            reason: redacted(reason),
        },
        TransportError::PlainHttp => ClientError::Connect {
            reason: format!("{host} does not support HTTPS"),
            host,
            target,
        },
        TransportError::ConnectionLost(reason) => ClientError::ConnectionLost {
            host,
            target,
            reason: redacted(reason),
        },
        TransportError::TimedOut => ClientError::TimedOut { host, target },
        TransportError::TooLarge => ClientError::TooLarge {
            target,
            mebibytes: MAX_BODY_MEBIBYTES,
        },
    }
}

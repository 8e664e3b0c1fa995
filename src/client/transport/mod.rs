//! Sends one request through the rate limiter and parses the response.

mod http;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::http::{HttpClient, ResponseHead};
use super::config::ClientConfig;
use super::endpoints::EndpointClass;
use super::errors::{ClientError, is_html_page};
use super::rate_limit::{AcquireError, RateLimiter, RequestPermit, SendOutcome};
use super::redact;
use super::request::{ApiRequest, HttpMethod, RequestAuth, record_id};
use super::retry::{AttemptOutcome, RetryPolicy};

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
    /// Sets up the transport. Once `cancellation` is canceled, no further request is sent.
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
                AcquireError::Canceled => ClientError::Canceled { target },
                AcquireError::LockTimeout(duration) => ClientError::LockTimeout {
                    target,
                    seconds: duration.as_secs(),
                },
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
        let mut secrets: Vec<&str> = self
            .secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        if let RequestAuth::Bearer(token) = &auth {
            secrets.push(token.expose_secret());
        }
        let started_at = Instant::now();
        let (head, result) = match self.http.send(request, &auth, &secrets).await {
            Ok((head, body)) => {
                let result = parse_response(self.host(), request, &head, body, &secrets);
                (Some(head), result)
            }
            Err(error) => (None, Err(error)),
        };
        let (head, elapsed) = (head.as_ref(), started_at.elapsed());
        if let Some(date) = head.and_then(|head| head.date) {
            let skew = date.duration_since(Timestamp::now());
            *self
                .clock_skew
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
        log_request(request, head, elapsed, &secrets);
        permit.record_outcome(&classify_outcome(request, head, &result));
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
    request: &ApiRequest<'_>,
    head: Option<&'h ResponseHead>,
    result: &Result<Option<Value>, ClientError>,
) -> SendOutcome<'h> {
    match (head, result) {
        (Some(head), _) if head.status == 429 => {
            SendOutcome::RateLimited(&head.rate_limits, head.retry_after)
        }
        (Some(head), Err(error)) if request.is_write() && error.is_lock_refusal() => {
            SendOutcome::Locked(&head.rate_limits, head.retry_after)
        }
        (Some(head), Ok(_)) => SendOutcome::Accepted(&head.rate_limits),
        (Some(head), _) if head.rate_limits.is_present() => {
            SendOutcome::Accepted(&head.rate_limits)
        }
        (Some(_), Err(ClientError::UnexpectedResponse { .. })) => SendOutcome::NonApiResponse,
        (Some(_), Err(ClientError::Api(_) | ClientError::MalformedResponse { .. })) => {
            SendOutcome::NoRateHeaders
        }
        (None, Err(ClientError::Connect { .. })) => SendOutcome::ConnectFailed,
        _ => SendOutcome::NoResponse,
    }
}

fn parse_response(
    host: &str,
    request: &ApiRequest<'_>,
    head: &ResponseHead,
    body: Result<Vec<u8>, ClientError>,
    secrets: &[&str],
) -> Result<Option<Value>, ClientError> {
    let target = request.target();
    if !(200..300).contains(&head.status) {
        // An error status counts even if the body was lost.
        let body = body.unwrap_or_default();
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
    let body = body?;
    // Only deletes have an empty success [spec]; for other requests an empty body leaves the result
    // unknown.
    if body.iter().all(u8::is_ascii_whitespace) && request.method == HttpMethod::Delete {
        return Ok(None);
    }
    match serde_json::from_slice(&body) {
        Ok(value) if request.is_write() && !is_write_result(request.method, &value) => Err(
            ClientError::contradictory_response(target, head.status, &value, secrets),
        ),
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

/// Returns whether a JSON body is what a successful write returns: the resource. A delete returns
/// no body \[spec\].
fn is_write_result(method: HttpMethod, body: &Value) -> bool {
    let has_resource = match method {
        HttpMethod::Post => record_id(body).is_some(),
        HttpMethod::Patch => record_id(body).is_some() || body.get("dispatching").is_some(),
        HttpMethod::Get | HttpMethod::Delete => false,
    };
    has_resource && body.get("errorCode").is_none() && body.get("errors").is_none()
}

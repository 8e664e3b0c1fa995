//! Manages one access token for all tasks, requested with the JWT of the user (OAuth 2, JWT-bearer
//! grant \[docs\]).
//!
//! RingCentral allows only five sign-ins a minute \[docs\], so all tasks share the result of a
//! sign-in: its token or its error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use super::config::ClientConfig;
use super::errors::ClientError;
use super::request::{ApiRequest, HttpMethod, RequestAuth, RequestPayload, RequestTarget};
use super::retry::{RetryDecision, RetryPolicy, RetryState};
use super::transport::ApiTransport;

const TOKEN_PATH: &str = "/restapi/oauth/token";
const JWT_GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long before its expiry a token is refreshed: as long as a request may run.
const REFRESH_MARGIN: Duration = Duration::from_mins(1);

/// The shortest lifetime that RingCentral grants \[docs\], for a response without `expires_in`.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

/// How many refreshes in a row may bring no accepted token. A token can expire early more than
/// once, but if every new token is refused, the tokens are not the cause.
const MAX_FUTILE_REFRESHES: u32 = 3;

/// The access token shared by all tasks, and the credentials to request a new one.
#[derive(Debug)]
pub(super) struct TokenManager {
    client_id: String,
    client_secret: SecretString,
    jwt: SecretString,
    retry_policy: RetryPolicy,
    /// How many sign-ins have finished, successful or not.
    completed_sign_ins: AtomicU64,
    state: Mutex<TokenState>,
}

#[derive(Debug, Default)]
struct TokenState {
    token: Option<Arc<AccessToken>>,
    failure: Option<SignInFailure>,
    /// How many refreshes there were since RingCentral last accepted a token.
    futile_refreshes: u32,
}

#[derive(Debug)]
struct SignInFailure {
    completed_sign_ins: u64,
    error: ClientError,
}

/// An access token whose value cannot be printed.
#[derive(Debug)]
pub(super) struct AccessToken {
    secret: SecretString,
    /// The number of the sign-in that returned the token, counted from 1.
    sign_in: u64,
    /// The permissions of the API app, if the response lists them.
    permissions: Option<Vec<String>>,
    refresh_at: Instant,
    was_used: AtomicBool,
}

/// The result of a token refresh.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenRefresh {
    Refreshed,
    /// Several new tokens were refused as well.
    Futile,
}

impl AccessToken {
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }

    pub(super) fn permissions(&self) -> Option<&[String]> {
        self.permissions.as_deref()
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.refresh_at
    }

    /// Notes that RingCentral accepted this token.
    pub(super) fn mark_used(&self) {
        self.was_used.store(true, Ordering::Relaxed);
    }

    /// Returns whether RingCentral accepted this token at least once.
    pub(super) fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }
}

impl TokenManager {
    pub(super) fn new(config: ClientConfig, retry_policy: RetryPolicy) -> TokenManager {
        TokenManager {
            client_id: config.client_id,
            client_secret: config.client_secret,
            jwt: config.jwt,
            retry_policy,
            completed_sign_ins: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// Returns the current token, or requests a new one if it is about to expire.
    pub(super) async fn token(
        &self,
        transport: &ApiTransport,
    ) -> Result<Arc<AccessToken>, ClientError> {
        let finished_before = self.completed_sign_ins.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        match &state.token {
            Some(token) if token.is_fresh() => Ok(Arc::clone(token)),
            _ => self.sign_in(&mut state, finished_before, transport).await,
        }
    }

    /// Replaces a refused token. The rate limit of the Auth group decides how soon.
    pub(super) async fn refresh(
        &self,
        refused: &Arc<AccessToken>,
        transport: &ApiTransport,
    ) -> Result<TokenRefresh, ClientError> {
        let finished_before = self.completed_sign_ins.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        let current = state.token.as_ref();
        if current.is_some_and(|current| current.sign_in != refused.sign_in) {
            // Another task has replaced the refused token already.
            return Ok(TokenRefresh::Refreshed);
        }
        if refused.was_used() {
            state.futile_refreshes = 0;
        }
        if state.futile_refreshes == MAX_FUTILE_REFRESHES {
            return Ok(TokenRefresh::Futile);
        }
        self.sign_in(&mut state, finished_before, transport).await?;
        state.futile_refreshes += 1;
        Ok(TokenRefresh::Refreshed)
    }

    /// Requests a token, unless an earlier failure already applies to this caller.
    ///
    /// `finished_before` is the number of sign-ins that had finished when the caller began to wait.
    /// A sign-in that failed since then counts as the failure of the caller, too.
    async fn sign_in(
        &self,
        state: &mut TokenState,
        finished_before: u64,
        transport: &ApiTransport,
    ) -> Result<Arc<AccessToken>, ClientError> {
        if let Some(failure) = &state.failure
            && (failure.completed_sign_ins > finished_before || is_permanent(&failure.error))
        {
            return Err(failure.error.clone());
        }
        let retry_policy = match state.token {
            Some(_) => self.retry_policy.clone(),
            None => self.retry_policy.before_first_response(),
        };
        let result = self.request_token(&retry_policy, transport).await;
        let finished = self.completed_sign_ins.fetch_add(1, Ordering::Relaxed) + 1;
        match result {
            Ok(token) => {
                let token = Arc::new(AccessToken {
                    sign_in: finished,
                    ..token
                });
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            Err(error) => {
                let error = ClientError::SignIn(Box::new(error));
                state.failure = Some(SignInFailure {
                    completed_sign_ins: finished,
                    error: error.clone(),
                });
                Err(error)
            }
        }
    }

    async fn request_token(
        &self,
        retry_policy: &RetryPolicy,
        transport: &ApiTransport,
    ) -> Result<AccessToken, ClientError> {
        let assertion = self.jwt.expose_secret();
        let request = ApiRequest {
            method: HttpMethod::Post,
            path: TOKEN_PATH,
            payload: RequestPayload::Form(vec![
                ("grant_type", JWT_GRANT_TYPE),
                ("assertion", assertion),
            ]),
            // A token whose response was lost does no harm.
            idempotent: true,
        };
        let mut retry_state = RetryState::new(&request, retry_policy, transport.host());
        loop {
            let permit = transport.acquire_permit(&request).await?;
            // The lifetime starts before sending, so a slow response does not extend it.
            let requested_at = Instant::now();
            let auth = RequestAuth::Basic {
                id: &self.client_id,
                secret: &self.client_secret,
            };
            match retry_state.decide(transport.send(&request, auth, permit).await) {
                RetryDecision::Return(body) => {
                    return parse_token(body, requested_at, request.target());
                }
                RetryDecision::RetryWhenPermitted => {}
                RetryDecision::RetryAfter(pause) => {
                    transport.rate_limiter().sleep_unless_canceled(pause).await;
                }
                // RingCentral refused the app itself, so there is no token to refresh.
                RetryDecision::Fail(error) | RetryDecision::RefreshToken(error) => {
                    return Err(error);
                }
            }
        }
    }
}

fn parse_token(
    body: Option<Value>,
    requested_at: Instant,
    target: RequestTarget,
) -> Result<AccessToken, ClientError> {
    let field = |key| body.as_ref().and_then(|body| body.get(key));
    let secret = field("access_token")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // A token that does not fit into a header would fail later, with a less clear error.
    if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ClientError::MalformedResponse {
            target,
            reason: "no usable `access_token`".to_owned(),
        });
    }
    let lifetime = field("expires_in")
        .and_then(Value::as_u64)
        .map(Duration::from_secs);
    Ok(AccessToken {
        secret: SecretString::from(secret),
        sign_in: 0,
        permissions: field("scope").and_then(Value::as_str).map(split_scopes),
        refresh_at: requested_at + usable_lifetime(lifetime.unwrap_or(DEFAULT_LIFETIME)),
        was_used: AtomicBool::new(false),
    })
}

fn split_scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns how long a token is used: its lifetime minus one minute, or minus a tenth if that is
/// shorter.
fn usable_lifetime(lifetime: Duration) -> Duration {
    let lifetime = lifetime.min(Duration::from_hours(24));
    lifetime.saturating_sub(REFRESH_MARGIN.min(lifetime / 10))
}

/// Returns whether further sign-ins cannot succeed, because the credentials do not change during a
/// run.
fn is_permanent(error: &ClientError) -> bool {
    matches!(error.status(), Some(status @ 400..=499) if !matches!(status, 408 | 429))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_lifetime_ends_before_expiry() {
        let seconds = Duration::from_secs;
        assert_eq!(usable_lifetime(seconds(3600)), seconds(3540));
        assert_eq!(usable_lifetime(seconds(100)), seconds(90));
        assert_eq!(usable_lifetime(seconds(0)), seconds(0));
        assert_eq!(usable_lifetime(Duration::MAX), seconds(24 * 3600 - 60));
    }

    #[test]
    fn unusable_token_is_rejected_without_being_shown() {
        let target = || RequestTarget {
            method: "POST",
            path: TOKEN_PATH.to_owned(),
        };
        for token in ["", "line\nbreak", "späť"] {
            let body = serde_json::json!({"access_token": token});
            let error = parse_token(Some(body), Instant::now(), target()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "unusable response to POST /restapi/oauth/token: no usable `access_token`"
            );
        }
        assert!(parse_token(None, Instant::now(), target()).is_err());
    }
}

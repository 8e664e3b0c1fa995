//! Sends API requests to RingCentral over HTTP.
//!
//! [`ApiClient`] implements [`AccountReader`] and [`AccountWriter`]. A request passes these layers:
//!
//! ```text
//! account ─► paging ─► ApiClient::send_request ─► auth ─► rate_limit ─► transport ─► RingCentral
//! (paths,    (lists)   (retry)                    (token) (permit)
//!  records)
//! ```
//!
//! The decisions (`rate_limit`, `retry`, `paging`) are pure functions that get the time as an
//! argument. A thin layer around them waits and sends.
//!
//! [`AccountReader`]: crate::reconcile::account::AccountReader
//! [`AccountWriter`]: crate::reconcile::account::AccountWriter

mod account;
mod audit;
mod auth;
mod config;
mod diagnostics;
mod endpoints;
mod errors;
mod paging;
mod rate_limit;
mod redact;
mod request;
mod retry;
mod transport;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use self::auth::{AccessToken, TokenManager, TokenRefresh};
use self::rate_limit::RequestPermit;
use self::request::{ApiRequest, RequestAuth};
use self::retry::{RetryDecision, RetryState};
use self::transport::ApiTransport;

use crate::reconcile::account::{DeviceLists, is_path_segment};

pub use self::audit::{AuditGap, AuditSearch};
pub use self::config::{ClientConfig, ClientConfigError};
pub use self::errors::{ApiError, ApiErrorDetail, ClientError, format_minutes};
pub use self::rate_limit::ObservedRateLimit;
pub use self::request::RequestTarget;
pub use self::retry::RetryPolicy;

/// A connection to the live account that one set of credentials can reach.
///
/// Many tasks may share one client as `&ApiClient`. They share one access token and one view of the
/// rate limits, because RingCentral counts requests per user and app \[docs\].
#[derive(Debug)]
pub struct ApiClient {
    transport: ApiTransport,
    token_manager: TokenManager,
    retry_policy: RetryPolicy,
    cancellation: CancellationToken,
    /// The devices of the account, which are read at most once.
    devices: OnceCell<DeviceLists>,
}

impl ApiClient {
    /// Creates a client for these credentials without sending anything.
    pub fn new(config: ClientConfig) -> Result<ApiClient, ClientError> {
        ApiClient::with_retry_policy(config, RetryPolicy::default())
    }

    /// Creates a client with its own retry policy, for tests and rehearsals against a local server.
    pub fn with_retry_policy(
        config: ClientConfig,
        retry_policy: RetryPolicy,
    ) -> Result<ApiClient, ClientError> {
        config.validate()?;
        let cancellation = CancellationToken::new();
        Ok(ApiClient {
            transport: ApiTransport::new(&config, &retry_policy, cancellation.clone())?,
            token_manager: TokenManager::new(config, retry_policy.clone()),
            retry_policy,
            cancellation,
            devices: OnceCell::new(),
        })
    }

    /// Returns the token that stops the client. Once it is canceled, requests in flight finish,
    /// pending waits end at once, and no further request is sent.
    pub fn cancellation_token(&self) -> CancellationToken {
        self.cancellation.clone()
    }

    /// Returns the number of HTTP requests sent so far, including sign-ins.
    pub fn requests_made(&self) -> u64 {
        self.transport.requests_made()
    }

    /// Sends one API request, with as many attempts as the retry policy allows.
    async fn send_request(&self, request: &ApiRequest<'_>) -> Result<Option<Value>, ClientError> {
        check_path(request.path)?;
        let mut retry_state = RetryState::new(request, &self.retry_policy, self.transport.host());
        loop {
            let (token, permit) = match self.acquire_token_and_permit(request).await {
                Ok(pair) => pair,
                // An earlier attempt may have succeeded, so the failure of this one may not settle
                // the outcome.
                Err(error) => return Err(retry_state.final_error(error)),
            };
            let auth = RequestAuth::Bearer(token.secret());
            let outcome = self.transport.send(request, auth, permit).await;
            if outcome.result.is_ok() {
                token.mark_used();
            }
            if token.was_used() {
                retry_state.mark_token_verified();
            }
            match retry_state.decide(outcome) {
                RetryDecision::Return(body) => return Ok(body),
                RetryDecision::Fail(error) => return Err(error),
                RetryDecision::RetryWhenPermitted => {}
                RetryDecision::RetryAfter(pause) => {
                    self.transport
                        .rate_limiter()
                        .sleep_unless_canceled(pause)
                        .await;
                }
                RetryDecision::RefreshToken(error) => {
                    match self.token_manager.refresh(&token, &self.transport).await {
                        Ok(TokenRefresh::Refreshed) => {}
                        Ok(TokenRefresh::Futile) => return Err(retry_state.auth_rejected(error)),
                        Err(error) => return Err(retry_state.final_error(error)),
                    }
                }
            }
        }
    }

    /// Waits for an access token and the permission to send.
    ///
    /// The token comes first: a request that already held the permit to probe after a penalty would
    /// block the sign-in that it waits for. The token may expire while the task waits for its
    /// permit.
    async fn acquire_token_and_permit(
        &self,
        request: &ApiRequest<'_>,
    ) -> Result<(Arc<AccessToken>, RequestPermit<'_>), ClientError> {
        let mut attempts = 0;
        loop {
            let token = self.token_manager.token(&self.transport).await?;
            let permit = self.transport.acquire_permit(request).await?;
            attempts += 1;
            // After three rounds an expiring token is used anyway, or the loop might never end.
            if token.is_fresh() || attempts == 3 {
                return Ok((token, permit));
            }
            permit.release_unsent();
        }
    }
}

/// Rejects paths that lead outside the API. Users may edit plans and journals, which contain paths
/// and ids.
fn check_path(path: &str) -> Result<(), ClientError> {
    match path.strip_prefix("/restapi/") {
        Some(rest) if rest.split('/').all(is_path_segment) => Ok(()),
        _ => Err(ClientError::InvalidPath {
            path: path.escape_default().to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_path_accepts_only_api_paths() {
        for path in [
            "/restapi/v1.0/account/~",
            "/restapi/v2/accounts/~/extensions/1/x/a-b_c=:1",
        ] {
            assert!(check_path(path).is_ok(), "{path}");
        }
        for path in [
            "https://elsewhere.example/restapi/x",
            "//elsewhere.example/restapi/x",
            "/restapi/../oauth/token",
            "/restapi/v2//x",
            "/restapi/v2/%2e%2e/x",
            "/restapi/v2/x?apply=true",
            "/restapi/v2/a b",
            "/restapi/",
            "",
        ] {
            assert!(check_path(path).is_err(), "{path}");
        }
    }
}

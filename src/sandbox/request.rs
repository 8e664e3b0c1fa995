//! What request handlers receive: the state that all requests share, the resource that the path
//! names, the query, and the body.

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::RecordedExchange;
use super::account::{AccountUser, SandboxAccount};
use super::paging::ListQuery;
use super::rate_limit::SandboxRateLimiter;
use super::response::SandboxApiError;
use super::store::{AccountStore, SavedAccount};
use super::tokens::AccessTokens;

/// Maximum size of a request body in bytes, far above the size of any real rule.
pub(crate) const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// A mutex that stays usable after a panic: the account is never half changed, so its content is
/// still valid.
#[derive(Debug, Default)]
pub(crate) struct SharedMutex<T>(Mutex<T>);

impl<T> SharedMutex<T> {
    pub(crate) fn new(value: T) -> SharedMutex<T> {
        SharedMutex(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// State that all requests share.
#[derive(Debug)]
pub(crate) struct SandboxState {
    /// Base URL of the server.
    pub(crate) url: String,
    pub(crate) store: SharedMutex<AccountStore>,
    pub(crate) tokens: SharedMutex<AccessTokens>,
    pub(crate) limits: SharedMutex<SandboxRateLimiter>,
    pub(crate) exchanges: SharedMutex<VecDeque<RecordedExchange>>,
}

/// How a fault changes the handling of a request, as an extension of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HandlingMode {
    /// Writes get their usual response, but their changes are reverted.
    IgnoredWrite,
    /// The account has not been moved to new call handling.
    LegacyAccount,
}

/// The locked account of a request. If the request is an ignored write, the account is restored
/// when the lock is released.
pub(crate) struct LockedStore<'s> {
    store: MutexGuard<'s, AccountStore>,
    saved: Option<SavedAccount>,
}

impl Deref for LockedStore<'_> {
    type Target = AccountStore;

    fn deref(&self) -> &AccountStore {
        &self.store
    }
}

impl DerefMut for LockedStore<'_> {
    fn deref_mut(&mut self) -> &mut AccountStore {
        &mut self.store
    }
}

impl Drop for LockedStore<'_> {
    fn drop(&mut self) {
        let restored = self.saved.take().map(|saved| self.store.restore(saved));
        if let Some(Err(error)) = restored {
            tracing::error!("an ignored write was not reverted: {error}");
        }
    }
}

/// A request for a resource of the account.
pub(crate) struct ResourceRequest {
    shared: Arc<SandboxState>,
    mode: Option<HandlingMode>,
    parameters: HashMap<String, String>,
    pub(crate) query: ListQuery,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<Arc<SandboxState>> for ResourceRequest {
    type Rejection = Response;

    async fn from_request(
        request: Request,
        shared: &Arc<SandboxState>,
    ) -> Result<ResourceRequest, Response> {
        let (mut parts, body) = request.into_parts();
        let parameters = Path::from_request_parts(&mut parts, shared).await;
        let Path(parameters) = parameters.map_err(IntoResponse::into_response)?;
        Ok(ResourceRequest {
            shared: shared.clone(),
            mode: parts.extensions.remove(),
            parameters,
            query: ListQuery::parse(parts.uri.query()),
            headers: parts.headers,
            // The record of the request has already rejected bodies that are too large.
            body: to_bytes(body, BODY_LIMIT).await.unwrap_or_default(),
        })
    }
}

impl ResourceRequest {
    /// Returns the base URL of the server.
    pub(crate) fn url(&self) -> &str {
        &self.shared.url
    }

    /// Locks the account until the guard is dropped. Handlers do so once, at their start.
    pub(crate) fn store(&self) -> LockedStore<'_> {
        let store = self.shared.store.lock();
        let is_ignored = self.mode == Some(HandlingMode::IgnoredWrite);
        let saved = is_ignored.then(|| store.saved_account());
        LockedStore { store, saved }
    }

    /// Returns whether the account has been moved to new call handling.
    pub(crate) fn is_moved(&self, account: &SandboxAccount) -> bool {
        account.account.new_call_handling && self.mode != Some(HandlingMode::LegacyAccount)
    }

    /// Returns the body, which must be a JSON object.
    ///
    /// The error is CMN-103 if the body is not JSON, and CMN-104 if it is JSON of another shape.
    /// \[docs\]
    pub(crate) fn json_body(&self) -> Result<Value, SandboxApiError> {
        if !has_content_type(&self.headers, "application/json") {
            return Err(unsupported_media_type("application/json is required"));
        }
        let bad_request =
            |code, message: &str| SandboxApiError::new(StatusCode::BAD_REQUEST, code, message);
        let body = serde_json::from_slice(&self.body)
            .map_err(|e| bad_request("CMN-103", &format!("cannot parse the request body: {e}")))?;
        if matches!(body, Value::Object(_)) {
            return Ok(body);
        }
        Err(bad_request("CMN-104", "the request body must be an object"))
    }

    /// Returns the body like [`json_body`](Self::json_body), or an empty object if it is missing.
    pub(crate) fn optional_json_body(&self) -> Result<Value, SandboxApiError> {
        if self.body.is_empty() {
            return Ok(json!({}));
        }
        self.json_body()
    }

    /// Returns a parameter of the request path; every route with this handler must have it.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Returns the account, unless the path names another account.
    pub(crate) fn account<'s>(
        &self,
        store: &'s AccountStore,
    ) -> Result<&'s SandboxAccount, SandboxApiError> {
        let id = self.parameter("account");
        if id == "~" || id == store.account().account.id {
            return Ok(store.account());
        }
        Err(SandboxApiError::parameter_not_found("accountId"))
    }

    /// Returns the index in the account of the extension that the path names.
    pub(crate) fn extension_index(&self, store: &AccountStore) -> Result<usize, SandboxApiError> {
        let id = self.parameter("extension");
        let index = self.account(store)?.extension_index(id);
        index.ok_or_else(|| SandboxApiError::parameter_not_found("extensionId"))
    }

    /// Returns the extension that the path names.
    pub(crate) fn extension<'s>(
        &self,
        store: &'s AccountStore,
    ) -> Result<AccountUser<'s>, SandboxApiError> {
        let index = self.extension_index(store)?;
        Ok(store.user_at(index))
    }

    /// Returns the index of the extension that the path names, which must have call handling rules,
    /// on an account with new call handling. \[spec\]
    pub(crate) fn user_index(&self, store: &AccountStore) -> Result<usize, SandboxApiError> {
        let index = self.extension_index(store)?;
        let AccountUser { account, user } = store.user_at(index);
        if self.mode == Some(HandlingMode::LegacyAccount) {
            return Err(SandboxApiError::not_found("States not found"));
        }
        if !account.account.new_call_handling {
            let message = "New call handling is not available on this account";
            return Err(SandboxApiError::unavailable(message));
        }
        if !user.has_rules() {
            let kind = &user.kind;
            let message = format!("Call handling rules are not available for type {kind}");
            return Err(SandboxApiError::unavailable(message));
        }
        Ok(index)
    }

    /// Returns the user that the path names; see [`user_index`](Self::user_index).
    pub(crate) fn user<'s>(
        &self,
        store: &'s AccountStore,
    ) -> Result<AccountUser<'s>, SandboxApiError> {
        let index = self.user_index(store)?;
        Ok(store.user_at(index))
    }
}

/// Returns whether the headers declare this media type, with any parameters.
pub(crate) fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    let essence = text.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}

pub(crate) fn unsupported_media_type(message: &str) -> SandboxApiError {
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    SandboxApiError::new(status, "CMN-103", message).at("Content-Type")
}

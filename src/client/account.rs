//! Implements [`AccountReader`] and [`AccountWriter`] for the live account.

use serde_json::Value;

use super::endpoints::HttpMethod;
use super::errors::ClientError;
use super::transport::{ApiRequest, RequestPayload};
use super::{ApiClient, lookups, paging, rules};
use crate::api::{InteractionRuleRecord, StateRuleRecord};
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource,
};
use crate::reconcile::account::{
    AccountReader, AccountWriter, WriteMethod, WriteRequest, is_path_segment,
};

/// The path of the account: RingCentral replaces `~` with the account of the credentials \[spec\].
const ACCOUNT_PATH: &str = "/restapi/v1.0/account/~";

/// The path of all extensions, including queues and menus, because rules can send calls there.
const EXTENSIONS_PATH: &str = "/restapi/v1.0/account/~/extension";

impl AccountReader for ApiClient {
    type Error = ClientError;

    async fn account_id(&self) -> Result<String, ClientError> {
        let account = self.get_json(ACCOUNT_PATH).await?;
        record_id(&account).ok_or_else(|| malformed_response(ACCOUNT_PATH, "no `id`"))
    }

    async fn directory(&self) -> Result<ExtensionDirectory, ClientError> {
        let records = paging::fetch_all(self, EXTENSIONS_PATH).await?;
        let extensions: Option<Vec<AccountExtension>> =
            records.iter().map(parse_extension).collect();
        let extensions = extensions
            .ok_or_else(|| malformed_response(EXTENSIONS_PATH, "a record has no `id`"))?;
        Ok(ExtensionDirectory::new(extensions))
    }

    async fn greetings(&self, usage: GreetingUsage) -> Result<Vec<NamedResource>, ClientError> {
        lookups::list_greetings(self, usage).await
    }

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<NamedResource>, ClientError> {
        lookups::list_devices(self, owner).await
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, ClientError> {
        rules::list_interaction_rules(self, user).await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRuleRecord>, ClientError> {
        rules::list_state_rules(self, user).await
    }
}

impl AccountWriter for ApiClient {
    type Error = ClientError;

    async fn send(&self, request: &WriteRequest) -> Result<Option<Value>, ClientError> {
        check_path(&request.path)?;
        let method = match request.method {
            WriteMethod::Post => HttpMethod::Post,
            WriteMethod::Patch => HttpMethod::Patch,
            WriteMethod::Delete => HttpMethod::Delete,
        };
        let api_request = ApiRequest {
            method,
            path: &request.path,
            payload: request
                .body
                .as_ref()
                .map_or(RequestPayload::Empty, RequestPayload::Json),
            // An update replaces the whole resource [docs], but a second create makes a second
            // rule.
            idempotent: method != HttpMethod::Post,
        };
        self.send_request(&api_request).await
    }

    fn is_outcome_unknown(error: &ClientError) -> bool {
        error.is_outcome_unknown()
    }

    fn is_cancelled(error: &ClientError) -> bool {
        error.is_cancelled()
    }

    fn is_retry_later(error: &ClientError) -> bool {
        error.is_retry_later()
    }

    async fn delay_before_lookup(&self, error: &ClientError, lookups: u32) -> bool {
        let Some(pause) = self
            .retry_policy
            .next_lookup_delay(lookups, error.may_complete_late())
        else {
            return false;
        };
        self.transport
            .rate_limiter()
            .sleep_unless_cancelled(pause)
            .await;
        true
    }

    fn may_complete_late(error: &ClientError) -> bool {
        error.may_complete_late()
    }

    async fn wait_for_in_flight(&self) {
        let grace = self.retry_policy.in_flight_grace;
        let seconds = grace.as_secs();
        tracing::info!(seconds, "waiting for creates that may complete late");
        self.transport
            .rate_limiter()
            .sleep_unless_cancelled(grace)
            .await;
    }
}

impl ApiClient {
    /// Fetches one resource as JSON.
    pub(super) async fn get_json(&self, path: &str) -> Result<Value, ClientError> {
        check_path(path)?;
        let api_request = ApiRequest {
            method: HttpMethod::Get,
            path,
            payload: RequestPayload::Empty,
            idempotent: true,
        };
        Ok(self.send_request(&api_request).await?.unwrap_or_default())
    }
}

/// Rejects paths that lead outside the API. Users may edit plans and journals, which contain paths
/// and ids.
pub(super) fn check_path(path: &str) -> Result<(), ClientError> {
    match path.strip_prefix("/restapi/") {
        Some(rest) if rest.split('/').all(is_path_segment) => Ok(()),
        _ => Err(ClientError::InvalidPath {
            path: path.escape_default().to_string(),
        }),
    }
}

pub(super) fn malformed_response(path: &str, reason: &str) -> ClientError {
    ClientError::MalformedResponse {
        target: super::RequestTarget {
            method: HttpMethod::Get.as_str(),
            path: path.to_owned(),
        },
        reason: reason.to_owned(),
    }
}

/// Returns the `id` of a record as text: API version 1.0 sends numbers, version 2 strings \[spec\].
pub(super) fn record_id(record: &Value) -> Option<String> {
    match record.get("id")? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Parses a record of the directory; returns `None` for a record without an id.
fn parse_extension(record: &Value) -> Option<AccountExtension> {
    let text = |pointer: &str| {
        let text = record.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Some(AccountExtension {
        id: ExtensionId(record_id(record)?),
        number: text("/extensionNumber"),
        name: text("/name").unwrap_or_default(),
        email: text("/contact/email"),
        kind: text("/type").unwrap_or_default(),
        status: text("/status").unwrap_or_default(),
        time_zone: text("/regionalSettings/timezone/name"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn check_path_accepts_only_api_paths() {
        for path in [
            ACCOUNT_PATH,
            EXTENSIONS_PATH,
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

    #[test]
    fn extension_needs_only_an_id() {
        let bare =
            parse_extension(&json!({"id": 7, "extensionNumber": "", "contact": {}})).unwrap();
        assert_eq!(bare.id, ExtensionId("7".to_owned()));
        assert_eq!(
            (bare.number, bare.email, bare.time_zone),
            (None, None, None)
        );
        assert!(parse_extension(&json!({"name": "Alex"})).is_none());
    }
}

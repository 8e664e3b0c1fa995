//! Implements [`AccountReader`] and [`AccountWriter`] for the live account.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::ApiClient;
use super::errors::ClientError;
use super::paging::fetch_all;
use super::request::{ApiRequest, HttpMethod, RequestPayload, record_id};
use crate::api::{InteractionRuleRecord, MalformedRecord, StateRuleRecord};
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource,
};
use crate::reconcile::account::{
    AccountReader, AccountWriter, DeviceLists, WriteMethod, WriteRequest,
};

/// The path of the account: RingCentral replaces `~` with the account of the credentials \[spec\].
const ACCOUNT_PATH: &str = "/restapi/v1.0/account/~";

/// The path of all extensions, including queues and menus, because rules can send calls there.
const EXTENSIONS_PATH: &str = "/restapi/v1.0/account/~/extension";

/// The path of the devices of all extensions.
const DEVICES_PATH: &str = "/restapi/v1.0/account/~/device";

/// The path of the standard greetings, which are the same for every account.
const GREETINGS_PATH: &str = "/restapi/v1.0/dictionary/greeting";

impl AccountReader for ApiClient {
    type Error = ClientError;

    async fn account_id(&self) -> Result<String, ClientError> {
        let account = self.get_json(ACCOUNT_PATH).await?;
        record_id(&account).ok_or_else(|| ClientError::malformed_response(ACCOUNT_PATH, "no `id`"))
    }

    async fn directory(&self) -> Result<ExtensionDirectory, ClientError> {
        let records = fetch_all(self, EXTENSIONS_PATH, &[]).await?;
        let extensions: Option<_> = records.iter().map(parse_extension).collect();
        let extensions = extensions.ok_or_else(|| missing_record_id(EXTENSIONS_PATH))?;
        Ok(ExtensionDirectory::new(extensions))
    }

    async fn greetings(&self, usage: GreetingUsage) -> Result<Vec<NamedResource>, ClientError> {
        let user_rule = "UserExtensionAnsweringRule";
        // The values of `type` and `usageType` are from [docs].
        let (greeting_type, usage_type) = match usage {
            GreetingUsage::Greeting => ("Introductory", user_rule),
            GreetingUsage::ConnectingMessage => ("ConnectingMessage", user_rule),
            GreetingUsage::ConnectingAudio => ("ConnectingAudio", user_rule),
            GreetingUsage::Voicemail => ("Voicemail", "VoicemailExtensionAnsweringRule"),
            GreetingUsage::Announcement => ("Announcement", "AnnouncementExtensionAnsweringRule"),
        };
        let filters = [("type", greeting_type), ("usageType", usage_type)];
        let records = fetch_all(self, GREETINGS_PATH, &filters).await?;
        parse_named_resources(&records, GREETINGS_PATH)
    }

    async fn devices(&self) -> Result<DeviceLists, ClientError> {
        let devices = self.devices.get_or_try_init(|| self.fetch_devices()).await;
        devices.cloned()
    }

    /// Returns the interaction rules of a user, each complete.
    ///
    /// The list is documented as complete, but on real accounts some records lack their
    /// dispatching, which the single rule includes \[field\]. Only these rules cost another
    /// request.
    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, ClientError> {
        let path = rules_path(user, "interaction-rules");
        let records = match fetch_all(self, &path, &[]).await {
            // The list is "not found" until the first read of the state rules creates the states of
            // the extension [field]. For a nonexistent extension that read fails as well.
            Err(error) if error.code() == Some("CMN-102") => {
                tracing::debug!(%user, "reading the state rules first: the user has no states yet");
                fetch_all(self, &rules_path(user, "state-rules"), &[]).await?;
                fetch_all(self, &path, &[]).await?
            }
            other => other?,
        };
        let mut rules = Vec::with_capacity(records.len());
        for record in records {
            let rule = parse_rule::<InteractionRuleRecord>(record, &path)?;
            if rule.has_dispatching() {
                rules.push(rule);
            } else {
                rules.extend(fetch_complete_rule(self, &path, &rule.id).await?);
            }
        }
        Ok(rules)
    }

    /// Returns the state rules of a user. The list embeds each state with its schedule \[docs\].
    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRuleRecord>, ClientError> {
        let path = rules_path(user, "state-rules");
        let mut rules = Vec::new();
        for record in fetch_all(self, &path, &[]).await? {
            let rule = parse_rule::<StateRuleRecord>(record, &path)?;
            if rule.has_dispatching() {
                rules.push(rule);
            } else {
                // The list may lack what the single rule includes, as with interaction rules.
                let path = format!("{path}/{}", rule.id);
                rules.push(parse_rule::<StateRuleRecord>(
                    self.get_json(&path).await?,
                    &path,
                )?);
            }
        }
        Ok(rules)
    }
}

impl AccountWriter for ApiClient {
    type Error = ClientError;

    async fn send(&self, request: &WriteRequest) -> Result<Option<Value>, ClientError> {
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

    fn is_canceled(error: &ClientError) -> bool {
        error.is_canceled()
    }

    fn is_retry_later(error: &ClientError) -> bool {
        error.is_retry_later()
    }

    fn is_lock_timeout(error: &ClientError) -> bool {
        error.is_lock_timeout()
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
            .sleep_unless_canceled(pause)
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
            .sleep_unless_canceled(grace)
            .await;
    }
}

impl ApiClient {
    /// Reads the devices of the account.
    async fn fetch_devices(&self) -> Result<DeviceLists, ClientError> {
        let records = fetch_all(self, DEVICES_PATH, &[]).await?;
        let devices = parse_named_resources(&records, DEVICES_PATH)?;
        let mut lists: HashMap<ExtensionId, Vec<NamedResource>> = HashMap::new();
        for (record, device) in records.iter().zip(devices) {
            // A device that is assigned to no extension has none.
            if let Some(owner) = record.get("extension").and_then(record_id) {
                lists.entry(ExtensionId(owner)).or_default().push(device);
            }
        }
        Ok(Arc::new(lists))
    }

    /// Fetches one resource as JSON.
    async fn get_json(&self, path: &str) -> Result<Value, ClientError> {
        let request = ApiRequest::get(path, Vec::new());
        Ok(self.send_request(&request).await?.unwrap_or_default())
    }
}

/// Fetches a rule by its id; returns `None` if it was deleted since the list was read.
async fn fetch_complete_rule(
    client: &ApiClient,
    list_path: &str,
    id: &str,
) -> Result<Option<InteractionRuleRecord>, ClientError> {
    let path = format!("{list_path}/{id}");
    let record = match client.get_json(&path).await {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let rule = parse_rule::<InteractionRuleRecord>(record, &path)?;
    if rule.has_dispatching() {
        Ok(Some(rule))
    } else {
        Err(ClientError::malformed_response(&path, "no `dispatching`"))
    }
}

fn rules_path(user: &ExtensionId, resource: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/{resource}")
}

fn parse_rule<R>(record: Value, path: &str) -> Result<R, ClientError>
where
    R: TryFrom<Value, Error = MalformedRecord>,
{
    R::try_from(record).map_err(|error| ClientError::malformed_response(path, &error.to_string()))
}

fn parse_named_resources(records: &[Value], path: &str) -> Result<Vec<NamedResource>, ClientError> {
    let parse = |record: &Value| {
        let name = record.get("name").and_then(Value::as_str);
        Some(NamedResource {
            id: record_id(record)?,
            name: name.unwrap_or_default().to_owned(),
        })
    };
    let resources: Option<Vec<NamedResource>> = records.iter().map(parse).collect();
    resources.ok_or_else(|| missing_record_id(path))
}

fn missing_record_id(path: &str) -> ClientError {
    ClientError::malformed_response(path, "a record has no `id`")
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

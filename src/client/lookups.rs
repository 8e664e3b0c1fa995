//! Lists of named resources: standard greetings and devices.

use serde_json::Value;

use super::account::{check_path, malformed_response, record_id};
use super::errors::ClientError;
use super::{ApiClient, paging};
use crate::model::{ExtensionId, GreetingUsage, NamedResource};

/// The path of the standard greetings, which are the same for every account.
const GREETINGS_PATH: &str = "/restapi/v1.0/dictionary/greeting";

/// Fetches the standard greetings for one usage.
pub(super) async fn list_greetings(
    client: &ApiClient,
    usage: GreetingUsage,
) -> Result<Vec<NamedResource>, ClientError> {
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
    let records = paging::fetch_all_matching(client, GREETINGS_PATH, &filters).await?;
    parse_named_resources(&records, GREETINGS_PATH)
}

/// Fetches the devices of one extension.
pub(super) async fn list_devices(
    client: &ApiClient,
    owner: &ExtensionId,
) -> Result<Vec<NamedResource>, ClientError> {
    let path = format!("/restapi/v1.0/account/~/extension/{owner}/device");
    check_path(&path)?;
    let records = paging::fetch_all(client, &path).await?;
    parse_named_resources(&records, &path)
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
    resources.ok_or_else(|| malformed_response(path, "a record has no `id`"))
}

//! Lists of things with names.

use serde_json::Value;

use super::account::{check_path, id, malformed};
use super::errors::Error;
use super::{Client, paging};
use crate::model::{ExtensionId, GreetingPlace, Named};

/// The service's standard greetings; the same for every account.
const GREETINGS: &str = "/restapi/v1.0/dictionary/greeting";

/// The standard greetings for one place.
pub(super) async fn greetings(client: &Client, place: GreetingPlace) -> Result<Vec<Named>, Error> {
    let user = "UserExtensionAnsweringRule";
    // [docs]
    let (kind, usage) = match place {
        GreetingPlace::Greeting => ("Introductory", user),
        GreetingPlace::ConnectingMessage => ("ConnectingMessage", user),
        GreetingPlace::ConnectingAudio => ("ConnectingAudio", user),
        GreetingPlace::Voicemail => ("Voicemail", "VoicemailExtensionAnsweringRule"),
        GreetingPlace::Announcement => ("Announcement", "AnnouncementExtensionAnsweringRule"),
    };
    let choice = [("type", kind), ("usageType", usage)];
    let records = paging::list_of(client, GREETINGS, &choice).await?;
    all(&records, GREETINGS)
}

/// The devices of an extension.
pub(super) async fn devices(client: &Client, owner: &ExtensionId) -> Result<Vec<Named>, Error> {
    let path = format!("/restapi/v1.0/account/~/extension/{owner}/device");
    check_path(&path)?;
    let records = paging::list(client, &path).await?;
    all(&records, &path)
}

fn all(records: &[Value], path: &str) -> Result<Vec<Named>, Error> {
    let named = |record: &Value| {
        let name = record.get("name").and_then(Value::as_str);
        Some(Named {
            id: id(record)?,
            name: name.unwrap_or_default().to_owned(),
        })
    };
    let all: Option<Vec<Named>> = records.iter().map(named).collect();
    all.ok_or_else(|| malformed(path, "a record has no `id`"))
}

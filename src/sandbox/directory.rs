//! The v1.0 resources that rules refer to: account, extensions, phone numbers, devices, call
//! queues, features, and greetings.

use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};

use super::account::{SandboxAccount, SandboxExtension, stable_id};
use super::defaults;
use super::paging::{ListQuery, paginate};
use super::response::{SandboxApiError, SandboxResponse};
use super::server::{HandlerResult, SandboxState};

/// Values that the `type` filter of device lists accepts. \[spec\]
const DEVICE_TYPES: [&str; 5] = ["HardPhone", "SoftPhone", "OtherPhone", "WebRTC", "Room"];

/// Values that the `type` filter of greeting lists accepts. \[spec\]
const GREETING_TYPES: [&str; 8] = [
    "Introductory",
    "Announcement",
    "ConnectingMessage",
    "ConnectingAudio",
    "Voicemail",
    "Unavailable",
    "HoldMusic",
    "Company",
];

/// Values that the `usageType` filter of greeting lists accepts. \[spec\]
const GREETING_USAGES: [&str; 8] = [
    "UserExtensionAnsweringRule",
    "ExtensionAnsweringRule",
    "DepartmentExtensionAnsweringRule",
    "CompanyAnsweringRule",
    "CompanyAfterHoursAnsweringRule",
    "VoicemailExtensionAnsweringRule",
    "AnnouncementExtensionAnsweringRule",
    "SharedLinesGroupAnsweringRule",
];

/// Converts an id that the API returns as an integer. Ids are digits, because seeds are checked.
fn id_as_integer(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

fn account_uri(base: &str, account: &SandboxAccount) -> String {
    format!("{base}/restapi/v1.0/account/{}", account.account.id)
}

fn extension_uri(base: &str, account: &SandboxAccount, extension: &SandboxExtension) -> String {
    format!("{}/extension/{}", account_uri(base, account), extension.id)
}

/// Handles `GET …/account/{account}`: reads the account.
pub(crate) async fn get_account(
    State(shared): State<SandboxState>,
    Path(account): Path<String>,
) -> HandlerResult {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        Ok(SandboxResponse::ok(json!({
            "id": id_as_integer(&account.account.id),
            "uri": account_uri(shared.url(), account),
            "mainNumber": account.account.main_number,
            "status": "Confirmed",
            "setupWizardState": "Completed",
            "serviceInfo": { "brand": { "id": "1210", "name": "RingCentral" } },
        })))
    })
}

fn extension_json(base: &str, account: &SandboxAccount, extension: &SandboxExtension) -> Value {
    let (first, last) = extension
        .name
        .split_once(' ')
        .unwrap_or((&extension.name, ""));
    let mut contact = json!({
        "firstName": extension.first_name.as_deref().unwrap_or(first),
        "lastName": extension.last_name.as_deref().unwrap_or(last),
        "company": account.account.name,
    });
    if let Some(email) = &extension.email {
        contact["email"] = email.as_str().into();
    }
    json!({
        "id": id_as_integer(&extension.id),
        "uri": extension_uri(base, account, extension),
        "extensionNumber": extension.extension_number,
        "name": extension.name,
        "contact": contact,
        "type": extension.kind,
        "status": extension.status,
        "regionalSettings": { "timezone": { "name": extension.timezone } },
        "hidden": false,
    })
}

/// Handles `GET …/extension`: lists the extensions.
pub(crate) async fn list_extensions(
    State(shared): State<SandboxState>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let query = ListQuery::parse(query.as_deref());
        let matches = |e: &&SandboxExtension| {
            query.matches_filter("type", &e.kind)
                && query.matches_filter("status", &e.status)
                && query.matches_filter("extensionNumber", &e.extension_number)
                && query.matches_filter("email", e.email.as_deref().unwrap_or_default())
        };
        let extensions = account.extensions.iter().filter(matches);
        let records = extensions
            .map(|e| extension_json(shared.url(), account, e))
            .collect();
        let uri = format!("{}/extension", account_uri(shared.url(), account));
        Ok(SandboxResponse::ok(paginate(
            account,
            &query,
            records,
            Some(&uri),
        )?))
    })
}

/// Handles `GET …/extension/{extension}`: reads an extension.
pub(crate) async fn get_extension(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
) -> HandlerResult {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        Ok(SandboxResponse::ok(extension_json(
            shared.url(),
            store.account(),
            extension,
        )))
    })
}

/// Handles `GET …/extension/{extension}/phone-number`: lists the phone numbers of an extension.
pub(crate) async fn list_phone_numbers(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        let account = store.account();
        let query = ListQuery::parse(query.as_deref());
        let direct = extension
            .phone_numbers
            .iter()
            .map(|number| (number, "DirectNumber"));
        let main = (&account.account.main_number, "MainCompanyNumber");
        let numbers = direct
            .chain([main])
            .filter(|(_, usage)| query.matches_filter("usageType", usage));
        let records = numbers
            .map(|(number, usage)| {
                json!({
                    "id": id_as_integer(&stable_id(&[&account.account.id, number])),
                    "phoneNumber": number,
                    "paymentType": "Local",
                    "type": "VoiceFax",
                    "usageType": usage,
                    "status": "Normal",
                })
            })
            .collect();
        let uri = format!(
            "{}/phone-number",
            extension_uri(shared.url(), account, extension)
        );
        Ok(SandboxResponse::ok(paginate(
            account,
            &query,
            records,
            Some(&uri),
        )?))
    })
}

/// Handles `GET …/extension/{extension}/device`: lists the devices of an extension.
pub(crate) async fn list_devices(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        let account = store.account();
        let query = ListQuery::parse(query.as_deref());
        query.check_allowed("type", &DEVICE_TYPES)?;
        let owner = json!({
            "id": id_as_integer(&extension.id),
            "uri": extension_uri(shared.url(), account, extension),
            "extensionNumber": extension.extension_number,
        });
        let devices = extension
            .devices
            .iter()
            .filter(|d| query.matches_filter("type", &d.kind));
        let records = devices
            .map(|device| {
                json!({
                    "id": device.id,
                    "uri": format!("{}/device/{}", account_uri(shared.url(), account), device.id),
                    "type": device.kind,
                    "name": device.name,
                    "status": "Online",
                    "extension": owner,
                })
            })
            .collect();
        let uri = format!("{}/device", extension_uri(shared.url(), account, extension));
        Ok(SandboxResponse::ok(paginate(
            account,
            &query,
            records,
            Some(&uri),
        )?))
    })
}

/// Returns a feature. One that is not available includes the reason. \[spec\]
fn feature_json(id: &str, available: bool) -> Value {
    if available {
        return json!({ "id": id, "available": true });
    }
    let reason = json!({ "code": "AccountLimitation", "message": "The feature is turned off for the account" });
    json!({ "id": id, "available": false, "reason": reason })
}

/// Handles `GET …/extension/{extension}/features`: lists which features are available.
pub(crate) async fn list_features(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        store.extension(&account, &extension)?;
        let settings = &store.account().account;
        let query = ListQuery::parse(query.as_deref());
        let new_calls = settings.new_call_handling;
        let mut new_handling = feature_json("NewCallHandlingAndForwarding", new_calls);
        new_handling["params"] =
            json!([{ "name": "isNewBackendAvailable", "value": new_calls.to_string() }]);
        let features = [
            new_handling,
            feature_json("CoworkerLineAndAppsForwarding", settings.coworker_apps),
        ];
        let available_only = query.boolean("availableOnly")? == Some(true);
        let matches = |feature: &Value| {
            query.matches_filter("featureId", feature["id"].as_str().unwrap_or_default())
                && (!available_only || feature["available"] == true)
        };
        let mut records: Vec<Value> = features.iter().filter(|f| matches(f)).cloned().collect();
        for id in query.values("featureId") {
            if !available_only && !features.iter().any(|feature| feature["id"] == id) {
                records.push(feature_json(id, false));
            }
        }
        Ok(SandboxResponse::ok(json!({ "records": records })))
    })
}

/// Handles `GET …/call-queues`: lists the call queues.
pub(crate) async fn list_call_queues(
    State(shared): State<SandboxState>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let query = ListQuery::parse(query.as_deref());
        let member = query.values("memberExtensionId").first().map(|id| account.extension_by_id(id));
        let matches = |queue: &&SandboxExtension| {
            let has = |e: Option<&SandboxExtension>| e.is_some_and(|e| queue.members.contains(&e.extension_number));
            queue.kind == "Department" && member.is_none_or(has)
        };
        let records = account
            .extensions
            .iter()
            .filter(matches)
            .map(|queue| {
                json!({
                    "id": queue.id,
                    "uri": format!("{}/call-queues/{}", account_uri(shared.url(), account), queue.id),
                    "extensionNumber": queue.extension_number,
                    "name": queue.name,
                    "status": queue.status,
                })
            })
            .collect();
        let uri = format!("{}/call-queues", account_uri(shared.url(), account));
        Ok(SandboxResponse::ok(paginate(account, &query, records, Some(&uri))?))
    })
}

/// Handles `GET …/call-queues/{queue}/members`: lists the agents of a call queue.
pub(crate) async fn list_queue_members(
    State(shared): State<SandboxState>,
    Path((account, queue)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let queue = account
            .extension_by_id(&queue)
            .filter(|e| e.kind == "Department")
            .ok_or_else(|| {
                let message = "Resource for parameter [groupId] is not found";
                SandboxApiError::not_found(Some("groupId"), message)
            })?;
        let members = queue
            .members
            .iter()
            .filter_map(|number| account.extension(number));
        let records = members
            .map(|e| {
                json!({
                    "id": id_as_integer(&e.id),
                    "uri": extension_uri(shared.url(), account, e),
                    "extensionNumber": e.extension_number,
                })
            })
            .collect();
        let uri = format!(
            "{}/call-queues/{}/members",
            account_uri(shared.url(), account),
            queue.id
        );
        let query = ListQuery::parse(query.as_deref());
        Ok(SandboxResponse::ok(paginate(
            account,
            &query,
            records,
            Some(&uri),
        )?))
    })
}

/// Handles `GET …/dictionary/greeting`: lists the standard greetings.
pub(crate) async fn list_greetings(
    State(shared): State<SandboxState>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        let account = store.account();
        let query = ListQuery::parse(query.as_deref());
        query.check_allowed("type", &GREETING_TYPES)?;
        query.check_allowed("usageType", &GREETING_USAGES)?;
        let uri = format!("{}/restapi/v1.0/dictionary/greeting", shared.url());
        let records = defaults::standard_greetings()
            .iter()
            .chain(&account.greetings)
            .filter(|g| {
                query.matches_filter("type", &g.kind)
                    && query.matches_filter("usageType", &g.usage_type)
            })
            .map(|greeting| {
                let category = if greeting.kind == "ConnectingAudio" {
                    "Music"
                } else {
                    "Message"
                };
                json!({
                    "id": greeting.id,
                    "uri": format!("{uri}/{}", greeting.id),
                    "name": greeting.name,
                    "usageType": greeting.usage_type,
                    "type": greeting.kind,
                    "category": category,
                })
            })
            .collect();
        Ok(SandboxResponse::ok(paginate(
            account,
            &query,
            records,
            Some(&uri),
        )?))
    })
}

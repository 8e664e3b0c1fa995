//! The v1.0 resources that the rules refer to: account, extensions, numbers, devices, queues, features,
//! greetings.

use axum::extract::{Path, RawQuery, State};
use serde_json::{Value, json};

use super::account::{Account, Extension, stable_id};
use super::answers::{Answer, ApiError};
use super::defaults;
use super::paging::{Query, page};
use super::server::{Reply, Shared};

/// The types of device that a list may be asked for \[spec\].
const DEVICE_TYPES: [&str; 5] = ["HardPhone", "SoftPhone", "OtherPhone", "WebRTC", "Room"];

/// The types of greeting that a list may be asked for \[spec\].
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

/// What greetings may be asked for by their use \[spec\].
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

/// Ids that the API shows as integers. Seeds make sure that they are digits.
fn integer(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

fn account_uri(base: &str, account: &Account) -> String {
    format!("{base}/restapi/v1.0/account/{}", account.account.id)
}

fn extension_uri(base: &str, account: &Account, extension: &Extension) -> String {
    format!("{}/extension/{}", account_uri(base, account), extension.id)
}

/// GET …/account/{account}
pub(crate) async fn account(State(shared): State<Shared>, Path(account): Path<String>) -> Reply {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        Ok(Answer::ok(json!({
            "id": integer(&account.account.id),
            "uri": account_uri(shared.url(), account),
            "mainNumber": account.account.main_number,
            "status": "Confirmed",
            "setupWizardState": "Completed",
            "serviceInfo": { "brand": { "id": "1210", "name": "RingCentral" } },
        })))
    })
}

fn show_extension(base: &str, account: &Account, extension: &Extension) -> Value {
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
        "id": integer(&extension.id),
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

/// GET …/extension
pub(crate) async fn extensions(
    State(shared): State<Shared>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let query = Query::parse(query.as_deref());
        let wanted = |e: &&Extension| {
            query.lets_pass("type", &e.kind)
                && query.lets_pass("status", &e.status)
                && query.lets_pass("extensionNumber", &e.extension_number)
                && query.lets_pass("email", e.email.as_deref().unwrap_or_default())
        };
        let found = account.extensions.iter().filter(wanted);
        let records = found
            .map(|e| show_extension(shared.url(), account, e))
            .collect();
        let uri = format!("{}/extension", account_uri(shared.url(), account));
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

/// GET …/extension/{extension}
pub(crate) async fn extension(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
) -> Reply {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        Ok(Answer::ok(show_extension(
            shared.url(),
            store.account(),
            extension,
        )))
    })
}

/// GET …/extension/{extension}/phone-number
pub(crate) async fn phone_numbers(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        let account = store.account();
        let query = Query::parse(query.as_deref());
        let direct = extension
            .phone_numbers
            .iter()
            .map(|number| (number, "DirectNumber"));
        let main = (&account.account.main_number, "MainCompanyNumber");
        let shown = direct
            .chain([main])
            .filter(|(_, usage)| query.lets_pass("usageType", usage));
        let records = shown
            .map(|(number, usage)| {
                json!({
                    "id": integer(&stable_id(&[&account.account.id, number])),
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
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

/// GET …/extension/{extension}/device
pub(crate) async fn devices(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        let extension = store.extension(&account, &extension)?;
        let account = store.account();
        let query = Query::parse(query.as_deref());
        query.only("type", &DEVICE_TYPES)?;
        let owner = json!({
            "id": integer(&extension.id),
            "uri": extension_uri(shared.url(), account, extension),
            "extensionNumber": extension.extension_number,
        });
        let wanted = extension
            .devices
            .iter()
            .filter(|d| query.lets_pass("type", &d.kind));
        let records = wanted
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
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

/// A feature; one that is not available says why. \[spec\]
fn feature(id: &str, available: bool) -> Value {
    if available {
        return json!({ "id": id, "available": true });
    }
    let reason = json!({ "code": "AccountLimitation", "message": "The feature is turned off for the account" });
    json!({ "id": id, "available": false, "reason": reason })
}

/// GET …/extension/{extension}/features
pub(crate) async fn features(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        store.extension(&account, &extension)?;
        let settings = &store.account().account;
        let query = Query::parse(query.as_deref());
        let new_calls = settings.new_call_handling;
        let mut new_handling = feature("NewCallHandlingAndForwarding", new_calls);
        new_handling["params"] =
            json!([{ "name": "isNewBackendAvailable", "value": new_calls.to_string() }]);
        let known = [
            new_handling,
            feature("CoworkerLineAndAppsForwarding", settings.coworker_apps),
        ];
        let available_only = query.boolean("availableOnly")? == Some(true);
        let wanted = |feature: &Value| {
            query.lets_pass("featureId", feature["id"].as_str().unwrap_or_default())
                && (!available_only || feature["available"] == true)
        };
        let mut records: Vec<Value> = known.iter().filter(|f| wanted(f)).cloned().collect();
        for id in query.all("featureId") {
            if !available_only && !known.iter().any(|feature| feature["id"] == id) {
                records.push(feature(id, false));
            }
        }
        Ok(Answer::ok(json!({ "records": records })))
    })
}

/// GET …/call-queues
pub(crate) async fn call_queues(
    State(shared): State<Shared>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let query = Query::parse(query.as_deref());
        let member = query.all("memberExtensionId").first().map(|id| account.by_id(id));
        let wanted = |queue: &&Extension| {
            let has = |e: Option<&Extension>| e.is_some_and(|e| queue.members.contains(&e.extension_number));
            queue.kind == "Department" && member.is_none_or(has)
        };
        let records = account
            .extensions
            .iter()
            .filter(wanted)
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
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

/// GET …/call-queues/{queue}/members
pub(crate) async fn members(
    State(shared): State<Shared>,
    Path((account, queue)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let queue = account.by_id(&queue).filter(|e| e.kind == "Department");
        let not_found = || {
            ApiError::not_found(
                Some("groupId"),
                "Resource for parameter [groupId] is not found",
            )
        };
        let queue = queue.ok_or_else(not_found)?;
        let members = queue
            .members
            .iter()
            .filter_map(|number| account.extension(number));
        let records = members
            .map(|e| {
                json!({
                    "id": integer(&e.id),
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
        let query = Query::parse(query.as_deref());
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

/// GET …/dictionary/greeting
pub(crate) async fn greetings(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Reply {
    shared.read(|store| {
        let account = store.account();
        let query = Query::parse(query.as_deref());
        query.only("type", &GREETING_TYPES)?;
        query.only("usageType", &GREETING_USAGES)?;
        let uri = format!("{}/restapi/v1.0/dictionary/greeting", shared.url());
        let records = defaults::greetings()
            .iter()
            .chain(&account.greetings)
            .filter(|g| {
                query.lets_pass("type", &g.kind) && query.lets_pass("usageType", &g.usage_type)
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
        Ok(Answer::ok(page(account, &query, records, Some(&uri))?))
    })
}

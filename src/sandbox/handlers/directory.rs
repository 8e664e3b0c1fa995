//! The v1.0 resources that rules refer to: account, extensions, phone numbers, devices, call
//! queues, features, and greetings.

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::account::{
    AccountUser, OwnedDevice, SandboxAccount, SandboxDevice, SandboxExtension, stable_id,
};
use crate::sandbox::defaults;
use crate::sandbox::request::ResourceRequest;
use crate::sandbox::response::{HandlerResult, SandboxApiError};

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

/// Returns the address of the account.
fn account_uri(request: &ResourceRequest, account: &SandboxAccount) -> String {
    format!(
        "{}/restapi/v1.0/account/{}",
        request.url(),
        account.account.id
    )
}

fn extension_uri(
    request: &ResourceRequest,
    account: &SandboxAccount,
    extension: &SandboxExtension,
) -> String {
    format!(
        "{}/extension/{}",
        account_uri(request, account),
        extension.id
    )
}

/// Handles `GET …/account/{account}`: reads the account.
pub(crate) async fn get_account(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.account(&store)?;
    Ok(Json(json!({
        "id": id_as_integer(&account.account.id),
        "uri": account_uri(&request, account),
        "mainNumber": account.account.main_number,
        "status": "Confirmed",
        "setupWizardState": "Completed",
        "serviceInfo": { "brand": { "id": "1210", "name": "RingCentral" } },
    })))
}

fn extension_json(
    request: &ResourceRequest,
    account: &SandboxAccount,
    extension: &SandboxExtension,
) -> Value {
    let name = &extension.name;
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
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
        "uri": extension_uri(request, account, extension),
        "extensionNumber": extension.extension_number,
        "name": extension.name,
        "contact": contact,
        "type": extension.kind,
        "status": extension.status,
        "regionalSettings": { "timezone": timezone_json(extension) },
        "hidden": false,
    })
}

/// Returns the time zone of an extension, with its offset in minutes without daylight saving.
/// \[field\]
fn timezone_json(extension: &SandboxExtension) -> Value {
    let name = &extension.timezone;
    let january = jiff::civil::date(2026, 1, 1).to_zoned(extension.time_zone());
    let minutes = january.map_or(0, |time| time.offset().seconds() / 60);
    json!({
        "id": stable_id(&["time zone", name]),
        "name": name,
        "description": name,
        "bias": minutes.to_string(),
    })
}

/// Returns the fields that identify an extension in another resource.
fn extension_reference(
    request: &ResourceRequest,
    account: &SandboxAccount,
    extension: &SandboxExtension,
) -> Value {
    json!({
        "id": id_as_integer(&extension.id),
        "uri": extension_uri(request, account, extension),
        "extensionNumber": extension.extension_number,
    })
}

/// Handles `GET …/extension`: lists the extensions.
pub(crate) async fn list_extensions(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.account(&store)?;
    let query = &request.query;
    let matches = |e: &&SandboxExtension| {
        query.matches_filter("type", &e.kind)
            && query.matches_filter("status", &e.status)
            && query.matches_filter("extensionNumber", &e.extension_number)
            && query.matches_filter("email", e.email.as_deref().unwrap_or_default())
    };
    let extensions = account.extensions.iter().filter(matches);
    let records = extensions.map(|e| extension_json(&request, account, e));
    let uri = format!("{}/extension", account_uri(&request, account));
    query.paginate(account, records, Some(&uri))
}

/// Handles `GET …/extension/{extension}`: reads an extension.
pub(crate) async fn get_extension(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let AccountUser { account, user } = request.extension(&store)?;
    Ok(Json(extension_json(&request, account, user)))
}

/// Handles `GET …/extension/{extension}/phone-number`: lists the phone numbers of an extension.
pub(crate) async fn list_phone_numbers(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let AccountUser { account, user } = request.extension(&store)?;
    let direct = user.phone_numbers.iter();
    let direct = direct.map(|number| (number, "DirectNumber"));
    let numbers = direct.chain([(&account.account.main_number, "MainCompanyNumber")]);
    let records = numbers
        .filter(|(_, usage)| request.query.matches_filter("usageType", usage))
        .map(|(number, usage)| {
            json!({
                "id": id_as_integer(&stable_id(&[&account.account.id, number])),
                "phoneNumber": number,
                "paymentType": "Local",
                "type": "VoiceFax",
                "usageType": usage,
                "status": "Normal",
            })
        });
    let uri = format!("{}/phone-number", extension_uri(&request, account, user));
    request.query.paginate(account, records, Some(&uri))
}

/// Handles `GET …/extension/{extension}/device`: lists the devices of an extension.
pub(crate) async fn list_devices(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let AccountUser { account, user } = request.extension(&store)?;
    let uri = format!("{}/device", extension_uri(&request, account, user));
    paginate_devices(&request, account, std::slice::from_ref(user), &uri)
}

/// Handles `GET …/account/{account}/device`: lists the devices of all extensions. \[field\]
pub(crate) async fn list_account_devices(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.account(&store)?;
    let uri = format!("{}/device", account_uri(&request, account));
    paginate_devices(&request, account, &account.extensions, &uri)
}

/// Returns a page of the devices of these extensions.
fn paginate_devices(
    request: &ResourceRequest,
    account: &SandboxAccount,
    owners: &[SandboxExtension],
    uri: &str,
) -> HandlerResult {
    let query = &request.query;
    query.check_allowed("type", &DEVICE_TYPES)?;
    let devices = owners.iter().flat_map(|owner| {
        let matches = |device: &&SandboxDevice| query.matches_filter("type", &device.kind);
        let devices = owner.devices.iter().filter(matches);
        devices.map(move |device| OwnedDevice { device, owner })
    });
    let records = devices.map(|owned| {
        let device = owned.device;
        let mut record = json!({
            "id": device.id,
            "uri": format!("{}/device/{}", account_uri(request, account), device.id),
            "type": device.kind,
            "name": device.name,
            "status": "Online",
            "extension": extension_reference(request, account, owned.owner),
        });
        if let Some(number) = owned.phone_number() {
            let id = stable_id(&[&account.account.id, number]);
            let phone = json!({ "id": id_as_integer(&id), "phoneNumber": number });
            record["phoneLines"] =
                json!([{ "id": id, "lineType": "Standalone", "phoneInfo": phone }]);
        }
        record
    });
    query.paginate(account, records, Some(uri))
}

/// Handles `…/extension/{extension}/answering-rule`, the rules of accounts without new call
/// handling. \[field\]
pub(crate) async fn answering_rules(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let AccountUser { account, user } = request.extension(&store)?;
    if request.is_moved(account) {
        let message = "This account uses new call handling; answering rules are not available";
        return Err(SandboxApiError::new(
            StatusCode::FORBIDDEN,
            "CMN-468",
            message,
        ));
    }
    let uri = format!("{}/answering-rule", extension_uri(&request, account, user));
    request
        .query
        .paginate(account, std::iter::empty(), Some(&uri))
}

/// Returns a feature. One that is not available includes the reason. \[spec\]
fn feature_json(id: &str, available: bool) -> Value {
    let mut feature = json!({ "id": id, "available": available });
    if !available {
        let message = "The feature is turned off for the account";
        feature["reason"] = json!({ "code": "AccountLimitation", "message": message });
    }
    feature
}

/// Handles `GET …/extension/{extension}/features`: lists which features are available.
pub(crate) async fn list_features(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.extension(&store)?.account;
    let settings = &account.account;
    let query = &request.query;
    let new_calls = settings.new_call_handling;
    let mut new_handling = feature_json("NewCallHandlingAndForwarding", new_calls);
    let is_moved = request.is_moved(account).to_string();
    new_handling["params"] = json!([{ "name": "isNewBackendAvailable", "value": is_moved }]);
    let coworker_apps = feature_json("CoworkerLineAndAppsForwarding", settings.coworker_apps);
    let features = [new_handling, coworker_apps];
    let available_only = query.boolean("availableOnly")? == Some(true);
    let is_unknown = |id: &&str| features.iter().all(|feature| feature["id"] != *id);
    let ids = query.values("featureId").into_iter();
    let unknown_features = ids.filter(is_unknown).map(|id| feature_json(id, false));
    let matches = |feature: &Value| {
        query.matches_filter("featureId", feature["id"].as_str().unwrap_or_default())
            && (!available_only || feature["available"] == true)
    };
    let all_features = features.iter().cloned().chain(unknown_features);
    let records: Vec<Value> = all_features.filter(matches).collect();
    Ok(Json(json!({ "records": records })))
}

/// Handles `GET …/call-queues`: lists the call queues.
pub(crate) async fn list_call_queues(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.account(&store)?;
    let filter = request.query.values("memberExtensionId");
    let member = filter.first().map(|id| account.extension_by_id(id));
    let uri = format!("{}/call-queues", account_uri(&request, account));
    let queues = account.extensions.iter().filter(|queue| {
        let has = |e: Option<&SandboxExtension>| {
            e.is_some_and(|e| queue.members.contains(&e.extension_number))
        };
        queue.kind == "Department" && member.is_none_or(has)
    });
    let records = queues.map(|queue| {
        json!({
            "id": queue.id,
            "uri": format!("{uri}/{}", queue.id),
            "extensionNumber": queue.extension_number,
            "name": queue.name,
            "status": queue.status,
        })
    });
    request.query.paginate(account, records, Some(&uri))
}

/// Handles `GET …/call-queues/{queue}/members`: lists the agents of a call queue.
pub(crate) async fn list_queue_members(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let account = request.account(&store)?;
    let queue = account.extension_by_id(request.parameter("queue"));
    let queue = queue
        .filter(|queue| queue.kind == "Department")
        .ok_or_else(|| SandboxApiError::parameter_not_found("groupId"))?;
    let members = queue
        .members
        .iter()
        .filter_map(|number| account.extension(number));
    let records = members.map(|member| extension_reference(&request, account, member));
    let uri = format!(
        "{}/call-queues/{}/members",
        account_uri(&request, account),
        queue.id
    );
    request.query.paginate(account, records, Some(&uri))
}

/// Handles `GET …/dictionary/greeting`: lists the standard greetings.
pub(crate) async fn list_greetings(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let (account, query) = (store.account(), &request.query);
    query.check_allowed("type", &GREETING_TYPES)?;
    query.check_allowed("usageType", &GREETING_USAGES)?;
    let uri = format!("{}/restapi/v1.0/dictionary/greeting", request.url());
    let built_in = defaults::standard_greetings();
    let greetings = built_in
        .iter()
        .chain(&account.greetings)
        .filter(|greeting| {
            query.matches_filter("type", &greeting.kind)
                && query.matches_filter("usageType", &greeting.usage_type)
        });
    let records = greetings.map(|greeting| {
        let is_music = greeting.kind == "ConnectingAudio";
        json!({
            "id": greeting.id,
            "uri": format!("{uri}/{}", greeting.id),
            "name": greeting.name,
            "usageType": greeting.usage_type,
            "type": greeting.kind,
            "category": if is_music { "Music" } else { "Message" },
        })
    });
    query.paginate(account, records, Some(&uri))
}

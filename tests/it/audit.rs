//! The audit trail: which records the sandbox writes, and how the client reads them.

use std::collections::BTreeSet;

use callrules::api::{AuditRecord, AuditTarget};
use callrules::client::{ApiClient, AuditGap};
use callrules::sandbox::SandboxOptions;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::sandbox::{ALEX_PATH, SandboxClient, acme_seed};
use crate::support::forwarding;

const SEARCH: &str = "/restapi/v1.0/account/~/audit-trail/search";

/// Starts a sandbox with this audit trail and these faults, and signs in.
async fn start_sandbox(trail: Value, faults: &[&str]) -> SandboxClient {
    let mut seed = acme_seed();
    seed["auditTrail"] = trail;
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = SandboxOptions {
        faults,
        ..SandboxOptions::default()
    };
    SandboxClient::start_with(seed, options).await
}

/// Renames an extension a number of times.
fn rename(api: &SandboxClient, number: &str, times: usize) {
    for count in 0..times {
        api.sandbox.edit(|account| {
            account.extension_mut(number).unwrap().name = format!("Name {count}");
        });
    }
}

/// Returns the event type and the id of the target of each record, newest first.
fn events(search_result: &Value) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }
    let records = search_result["records"].as_array().unwrap().iter();
    records
        .map(|record| {
            (
                text(&record["eventType"]),
                text(&record["target"]["objectId"]),
            )
        })
        .collect()
}

fn new_client(api: &SandboxClient) -> ApiClient {
    crate::apply::client(&api.sandbox.url())
}

/// Returns what the client reads of the last hour.
async fn read_trail(
    client: &ApiClient,
) -> Result<Option<Vec<AuditRecord>>, callrules::client::ClientError> {
    let from = Timestamp::now() - SignedDuration::from_hours(1);
    let search = client.search_audit_trail(from, &[]).await?;
    assert_ne!(search.gap, Some(AuditGap::Hidden));
    Ok(search.gap.is_none().then_some(search.records))
}

/// Asserts that all exchanges match the specification, if there is a copy.
fn assert_matches_specification(api: &SandboxClient) {
    let Some(contract) = Contract::shared() else {
        return;
    };
    for exchange in api.sandbox.exchanges() {
        let problems = contract.check(&exchange);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[tokio::test]
async fn every_change_is_recorded() {
    let api = start_sandbox(
        json!({}),
        &["app-create user=102 method=GET path=state-rules"],
    )
    .await;
    let rules = format!("{ALEX_PATH}/voice/interaction-rules");
    let mut rule = forwarding("VIP", "+14155550100", "+14155550199");
    let phone = json!({
        "type": "RingGroupAction", "enabled": false, "duration": 20,
        "targets": [{ "type": "DeviceRingTarget", "device": { "id": "801" } }],
    });
    let actions = rule["dispatching"]["actions"].as_array_mut().unwrap();
    actions.push(phone);
    let created = api.call_ok("POST", &rules, rule.clone()).await;
    let path = format!("{rules}/{}", created["id"].as_str().unwrap());
    api.call_ok("PATCH", &path, rule).await;
    api.call_ok("DELETE", &path, Value::Null).await;
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/dnd"),
        json!({ "enabled": true }),
    )
    .await;
    api.call_ok(
        "GET",
        &format!("{ALEX_PATH}/voice/state-rules"),
        Value::Null,
    )
    .await;
    api.sandbox.edit(|account| {
        account.account.name = "Acme, renamed".to_owned();
        account
            .extensions
            .retain(|extension| extension.id != "1003");
    });
    let result = api.call_ok("POST", SEARCH, json!({})).await;
    assert_eq!(
        events(&result),
        [
            ("DELETE", "1003"),
            ("UPDATE", "0"),
            ("UPDATE", "1002"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("CREATE", "0"),
        ]
    );
    assert_eq!(result["records"][1]["target"]["objectType"], "Company");
    assert_eq!(result["records"][2]["initiator"]["extensionId"], "1001");
    assert_eq!(api.sandbox.exchanges().last().unwrap().group, "Heavy");
    assert_matches_specification(&api);
}

#[tokio::test]
async fn search_filters_by_time_and_page_and_rejects_invalid_parameters() {
    let api = start_sandbox(json!({}), &[]).await;
    rename(&api, "101", 4);
    let second = api
        .call_ok("POST", SEARCH, json!({ "page": 2, "perPage": 2 }))
        .await;
    assert_eq!(events(&second), [("UPDATE", "1001"); 2]);
    let paging = json!({ "page": 2, "perPage": 2, "total": 3, "totalFound": 5 });
    assert_eq!(second["paging"], paging);
    let before = json!({ "eventTimeTo": "2020-01-01T00:00:00Z" });
    assert_eq!(events(&api.call_ok("POST", SEARCH, before).await), []);
    // The body is optional. A page of no records is valid.
    assert_eq!(
        events(&api.call_ok("POST", SEARCH, Value::Null).await).len(),
        5
    );
    assert_eq!(
        events(&api.call_ok("POST", SEARCH, json!({ "perPage": 0 })).await),
        []
    );
    let of_other = json!({ "targetIds": ["1002"] });
    assert_eq!(events(&api.call_ok("POST", SEARCH, of_other).await), []);
    let of_company = json!({ "targetIds": ["1002", "0"] });
    assert_eq!(
        events(&api.call_ok("POST", SEARCH, of_company).await),
        [("CREATE", "0")]
    );
    assert_matches_specification(&api);
    for (key, value) in [
        ("eventTimeFrom", json!("yesterday")),
        ("eventTimeFrom", json!("2999-01-01T00:00:00Z")),
        ("eventTimeTo", json!(7)),
        ("page", json!(0)),
        ("page", json!("1")),
        ("perPage", json!(-1)),
        ("targetIds", json!("1001")),
        ("initiatorIds", json!(["1001"])),
    ] {
        let response = api.call("POST", SEARCH, Some(&json!({ key: value }))).await;
        assert_eq!(
            (response.status, response.code()),
            (400, "CMN-101"),
            "{key}: {value}"
        );
        assert_eq!(response.body["errors"][0]["parameterName"], key);
    }
    let response = api.call("POST", SEARCH, Some(&json!([]))).await;
    assert_eq!((response.status, response.code()), (400, "CMN-104"));
}

#[tokio::test]
async fn client_reads_all_pages_and_survives_temporary_faults() {
    let api = start_sandbox(
        json!({}),
        &["503 path=audit-trail nth=2", "cut path=audit-trail nth=2"],
    )
    .await;
    rename(&api, "102", 5);
    let client = new_client(&api);
    let records = read_trail(&client).await.unwrap().unwrap();
    assert_eq!(records.len(), 6);
    let target = |record: &AuditRecord| match &record.target {
        AuditTarget::Extension(id) => id.0.clone(),
        AuditTarget::Other(kind) => kind.clone(),
    };
    assert_eq!(target(&records[0]), "1002");
    assert_eq!(target(&records[5]), "Company");
    for omitted in [false, true] {
        api.sandbox.edit(|account| {
            account.page_size = Some(2);
            account.omit_total_pages = omitted;
        });
        let records = read_trail(&client).await.unwrap().unwrap();
        let ids: BTreeSet<_> = records.into_iter().map(|record| record.id).collect();
        assert_eq!(ids.len(), 6, "{omitted}");
    }
    // A search is a read, so the client repeats it after a truncated response or a 503.
    let exchanges = api.sandbox.exchanges();
    let faults = exchanges.iter().filter(|e| e.fault.is_some());
    assert_eq!(faults.count(), 2);
}

#[tokio::test]
async fn client_ignores_a_trail_that_may_be_truncated() {
    let users = (0..250).map(|number| json!({ "extensionNumber": (1000 + number).to_string() }));
    let seed = json!({ "extensions": users.collect::<Vec<_>>() });
    let api = SandboxClient::start_with(seed, SandboxOptions::default()).await;
    let rename_first = |users, name: &str| {
        api.sandbox.edit(|account| {
            let edited = account.extensions.iter_mut().take(users);
            edited.for_each(|user| user.name = name.to_owned());
        });
    };
    // One more record is about the account itself.
    for count in 0..39 {
        rename_first(250, &format!("Name {count}"));
    }
    rename_first(248, "Nearly full");
    let client = new_client(&api);
    assert_eq!(read_trail(&client).await.unwrap().unwrap().len(), 9_999);
    rename_first(1, "Full");
    assert_eq!(read_trail(&client).await.unwrap(), None);
    let exchanges = api.sandbox.exchanges();
    let searches = exchanges.iter().filter(|e| e.path.contains("audit-trail"));
    assert_eq!(
        searches.count(),
        11,
        "the first page of the second search shows that it has too many records"
    );
}

#[tokio::test]
async fn search_without_a_response_has_a_certain_outcome() {
    let api = start_sandbox(json!({}), &["drop-after path=audit-trail"]).await;
    let error = read_trail(&new_client(&api)).await.unwrap_err();
    assert!(!error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn search_without_hidden_records_is_marked_as_incomplete() {
    let api = start_sandbox(json!({ "refusesHidden": true }), &[]).await;
    rename(&api, "101", 2);
    let from = Timestamp::now() - SignedDuration::from_hours(1);
    let search = new_client(&api).search_audit_trail(from, &[]).await;
    let search = search.unwrap();
    assert_eq!(
        (search.records.len(), search.gap),
        (3, Some(AuditGap::Hidden))
    );
    let exchanges = api.sandbox.exchanges();
    let searches = exchanges.iter().filter(|e| e.path.contains("audit-trail"));
    assert_eq!(searches.map(|e| e.status).collect::<Vec<_>>(), [400, 200]);
}

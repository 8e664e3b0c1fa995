//! Faults that refuse or change writes, and lists that are not complete.

use std::time::Duration;

use serde_json::{Value, json};

use super::{last_exchange, live_rule_names, outcomes, rule_body, rules_path, start_with_faults};
use crate::sandbox::{ALEX_PATH, SandboxClient};

/// Creates a rule and returns its path.
async fn create_rule(api: &SandboxClient, name: &str) -> String {
    let created = api.call_ok("POST", &rules_path(), rule_body(name)).await;
    format!("{}/{}", rules_path(), created["id"].as_str().unwrap())
}

#[tokio::test]
async fn lock_refuses_writes_for_a_number_of_requests() {
    let specs = [
        "lock first=2",
        "lock status=409 nth=1",
        "lock status=400 nth=1",
        "lock status=500 nth=1",
    ];
    let api = start_with_faults(&specs).await;
    for status in [423, 423, 409, 400, 500] {
        let response = api
            .call("POST", &rules_path(), Some(&rule_body("VIP")))
            .await;
        assert_eq!(response.status, status);
        let message = response.body["message"].as_str().unwrap();
        assert!(message.contains("locked, try again"), "{message}");
        assert_eq!(api.get(&rules_path()).await.status, 200, "reads go on");
    }
    assert!(live_rule_names(&api).is_empty());
    create_rule(&api, "VIP").await;
}

#[tokio::test]
async fn lock_ends_after_its_seconds() {
    let api = start_with_faults(&["lock seconds=0.6"]).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    for _ in 0..2 {
        let response = api
            .call("POST", &rules_path(), Some(&rule_body("VIP")))
            .await;
        assert_eq!(response.status, 423, "the time counts from the first write");
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    create_rule(&api, "VIP").await;
    assert_eq!(outcomes(&api)[..2], [(423, Some("lock")); 2]);
}

#[tokio::test]
async fn ignored_write_gets_its_response_and_changes_nothing() {
    let api = start_with_faults(&[
        "ignore-write method=POST nth=2",
        "ignore-write method=PATCH",
        "ignore-write method=DELETE",
    ])
    .await;
    let path = create_rule(&api, "VIP").await;
    let before = api.sandbox.snapshot();
    let created = api.call_ok("POST", &rules_path(), rule_body("Other")).await;
    assert_eq!(created["displayName"], "Other");
    let changed = api
        .call_ok("PATCH", &path, json!({ "enabled": false }))
        .await;
    assert_eq!(changed["enabled"], false);
    let state = format!("{ALEX_PATH}/states/dnd");
    let changed = api
        .call_ok("PATCH", &state, json!({ "enabled": true }))
        .await;
    assert_eq!(changed["enabled"], true);
    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    assert_eq!(last_exchange(&api).fault, Some("ignore-write"));
    assert_eq!(api.sandbox.snapshot(), before);
    assert_eq!(
        api.call_ok("GET", &path, Value::Null).await["enabled"],
        true
    );
}

#[tokio::test]
async fn refused_delete_has_the_status_of_a_success() {
    let api = start_with_faults(&["delete-error nth=1"]).await;
    let path = create_rule(&api, "VIP").await;
    let refused = api.call("DELETE", &path, None).await;
    assert_eq!((refused.status, refused.code()), (200, "CMN-101"));
    assert_eq!(live_rule_names(&api), ["VIP"]);
    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
}

#[tokio::test]
async fn names_are_stored_trimmed_and_cut() {
    let api = start_with_faults(&["trim-names length=9 nth=1", "trim-names"]).await;
    for name in [" VIP  after hours", " VIP  after hours "] {
        create_rule(&api, name).await;
    }
    assert_eq!(live_rule_names(&api), ["VIP after", "VIP after hours"]);
    let request = last_exchange(&api).request.unwrap();
    assert_eq!(request["displayName"], " VIP  after hours ");
}

#[tokio::test]
async fn legacy_account_has_old_rules_only() {
    let api = start_with_faults(&["legacy"]).await;
    for part in ["states", "voice/state-rules", "voice/interaction-rules"] {
        let response = api.get(&format!("{ALEX_PATH}/{part}")).await;
        assert_eq!((response.status, response.code()), (404, "CMN-102"));
    }
    let extension = "/restapi/v1.0/account/~/extension/1001";
    let path = format!("{extension}/features?featureId=NewCallHandlingAndForwarding");
    let features = api.get(&path).await.body;
    assert_eq!(features["records"][0]["params"][0]["value"], "false");
    let old_rules = api.get(&format!("{extension}/answering-rule")).await;
    assert_eq!(
        (old_rules.status, &old_rules.body["records"]),
        (200, &json!([]))
    );
}

#[tokio::test]
async fn short_list_has_the_totals_of_the_complete_list() {
    let api = start_with_faults(&["short-list nth=1", "short-list keep=1"]).await;
    for name in ["A", "B", "C", "D"] {
        create_rule(&api, name).await;
    }
    // The creates count as requests, but their responses are not lists.
    let list = api.get(&rules_path()).await.body;
    assert_eq!(list["records"].as_array().unwrap().len(), 1);
    assert_eq!(list["paging"]["totalElements"], 4);
    let directory = "/restapi/v1.0/account/~/extension?perPage=2";
    let users = api.get(directory).await.body;
    assert_eq!(users["records"].as_array().unwrap().len(), 1);
    assert!(users["navigation"].get("nextPage").is_none());
    assert_eq!(users["paging"]["totalPages"], 1);

    let api = start_with_faults(&["short-list path=interaction-rules method=GET"]).await;
    for name in ["A", "B", "C", "D"] {
        create_rule(&api, name).await;
    }
    let list = api.get(&rules_path()).await.body;
    assert_eq!(list["records"].as_array().unwrap().len(), 2);
    let complete = last_exchange(&api).response.unwrap();
    assert_eq!(complete["records"].as_array().unwrap().len(), 4);
}

//! Forms of responses that differ from the specification.

use serde_json::{Value, json};

use super::{last_exchange, rule_body, rules_path, start_with_faults};
use crate::sandbox::ALEX_PATH;

/// Creates a rule and returns it as the account responds in this form, after an update with the
/// same body has been accepted.
async fn read_in_form(form: &str, mut rule: Value) -> Value {
    let api = start_with_faults(&[form]).await;
    let created = api.call_ok("POST", &rules_path(), rule.take()).await;
    let path = format!("{}/{}", rules_path(), created["id"].as_str().unwrap());
    let before = api.sandbox.snapshot();
    let read = api.call_ok("GET", &path, Value::Null).await;
    assert_eq!(last_exchange(&api).fault, Some(form));
    assert_eq!(api.call_ok("PATCH", &path, read.clone()).await, read);
    if form != "form-nfd" && form != "form-midnight" {
        assert_eq!(api.sandbox.snapshot(), before, "{form}");
    }
    read
}

fn terminating_action(rule: &Value) -> &Value {
    let actions = rule["dispatching"]["actions"].as_array().unwrap();
    actions.last().unwrap()
}

#[tokio::test]
async fn numbers_are_decimals() {
    let rule = read_in_form("form-decimals", rule_body("VIP")).await;
    let duration = &rule["dispatching"]["actions"][0]["duration"];
    assert_eq!(duration.to_string(), "40.0");
}

#[tokio::test]
async fn names_are_decomposed() {
    let rule = read_in_form("form-nfd", rule_body("Ren\u{e9}")).await;
    assert_eq!(rule["displayName"], "Rene\u{301}");
}

#[tokio::test]
async fn called_numbers_are_objects() {
    let mut rule = rule_body("VIP");
    rule["conditions"][0]["to"] = json!(["+16505550101"]);
    let rule = read_in_form("form-to-objects", rule).await;
    let called_numbers = &rule["conditions"][0]["to"];
    assert_eq!(
        *called_numbers,
        json!([{ "phoneNumber": "+16505550101", "name": "" }])
    );
}

#[tokio::test]
async fn phone_numbers_have_no_plus() {
    let mut rule = rule_body("VIP");
    rule["conditions"][0]["to"] = json!(["+16505550101"]);
    let rule = read_in_form("form-no-plus", rule).await;
    assert!(!rule.to_string().contains("\"+1"), "{rule}");
    assert_eq!(rule["conditions"][0]["to"][0], "16505550101");
}

#[tokio::test]
async fn missing_fields_are_null_or_empty() {
    let mut rule = rule_body("VIP");
    let schedule = json!({ "triggers": [{ "triggerType": "Weekly", "ranges": { "monday": [] } }] });
    let conditions = rule["conditions"].as_array_mut().unwrap();
    conditions.push(json!({ "type": "Schedule", "schedule": schedule }));
    let path = format!("{ALEX_PATH}/voice/state-rules/work-hours");
    let api = start_with_faults(&["form-nulls"]).await;
    let work_hours = api.call_ok("GET", &path, Value::Null).await;
    let action = terminating_action(&work_hours).as_object().unwrap();
    assert_eq!(action.get("terminatingTargetType"), Some(&Value::Null));
    let body = json!({ "dispatching": work_hours["dispatching"] });
    api.call_ok("PATCH", &path, body).await;

    let created = api.call_ok("POST", &rules_path(), rule).await;
    let schedule = &created["conditions"][1]["schedule"];
    assert_eq!(schedule.get("startDateTime"), Some(&Value::Null));
    assert_eq!(schedule["triggers"][0]["ranges"]["sunday"], json!([]));
}

#[tokio::test]
async fn ranges_end_at_midnight() {
    let mut rule = rule_body("VIP");
    let range =
        json!({ "startDateTime": "2026-12-25T00:00:00", "endDateTime": "2026-12-25T23:59:59" });
    let schedule = json!({ "triggers": [{ "triggerType": "Range", "ranges": [range] }] });
    rule["conditions"] = json!([{ "type": "Schedule", "schedule": schedule }]);
    let rule = read_in_form("form-midnight", rule).await;
    let ranges = &rule["conditions"][0]["schedule"]["triggers"][0]["ranges"];
    assert_eq!(ranges[0]["endDateTime"], "2026-12-26T00:00:00");
}

#[tokio::test]
async fn feature_is_a_single_object() {
    let api = start_with_faults(&["form-one-feature"]).await;
    let path =
        "/restapi/v1.0/account/~/extension/~/features?featureId=NewCallHandlingAndForwarding";
    let feature = api.get(path).await.body;
    assert_eq!(feature["id"], "NewCallHandlingAndForwarding");
    assert_eq!(feature["params"][0]["value"], "true");
}

#[tokio::test]
async fn rules_are_in_reverse_order() {
    let api = start_with_faults(&["form-reversed"]).await;
    for name in ["A", "B"] {
        api.call_ok("POST", &rules_path(), rule_body(name)).await;
    }
    let list = api.get(&rules_path()).await.body;
    assert_eq!(list["records"][0]["displayName"], "B");
    let usual = last_exchange(&api).response.unwrap();
    assert_eq!(usual["records"][0]["displayName"], "A");
}

#[tokio::test]
async fn targets_that_the_service_names_have_labels() {
    let rule = read_in_form("form-labels", rule_body("VIP")).await;
    let targets = &terminating_action(&rule)["targets"];
    assert_eq!(targets[0]["name"], "Voicemail (label)");
    assert_eq!(targets[1]["name"], "Mobile");
}

#[tokio::test]
async fn numbers_without_a_name_are_external() {
    let mut rule = rule_body("VIP");
    rule["conditions"][0]["from"] = json!([{ "phoneNumber": "+1650" }]);
    let actions = rule["dispatching"]["actions"].as_array_mut().unwrap();
    let targets = actions[2]["targets"].as_array_mut().unwrap();
    targets[1].as_object_mut().unwrap().remove("name");
    let rule = read_in_form("form-external", rule).await;
    assert_eq!(
        rule["conditions"][0]["from"][0]["name"],
        "__EXTERNAL_NUMBER__"
    );
    let target = &terminating_action(&rule)["targets"][1];
    assert_eq!(target["name"], "__EXTERNAL_NUMBER__");
}

#[tokio::test]
async fn several_forms_apply_together_with_another_fault() {
    let api = start_with_faults(&["503 method=GET nth=1", "form-decimals", "form-reversed"]).await;
    for name in ["A", "B"] {
        api.call_ok("POST", &rules_path(), rule_body(name)).await;
    }
    assert_eq!(api.get(&rules_path()).await.status, 503);
    let list = api.get(&rules_path()).await.body;
    assert_eq!(list["records"][0]["displayName"], "B");
    assert_eq!(list["paging"]["totalElements"].to_string(), "2.0");
}

//! Somebody edits in the app while we are at work.

use callrules::sandbox::{Options, Sandbox};
use serde_json::json;

use super::{faulty, last, log, names, rule, rules};
use crate::sandbox::{ALEX, Api};

async fn with_two_rules(faults: &[&str]) -> Api {
    let api = faulty(faults).await;
    let [first, second] = ["Office move", "VIP"].map(rule);
    api.good("POST", &rules(), first).await;
    api.good("POST", &rules(), second).await;
    api
}

#[tokio::test]
async fn a_rule_is_renamed_between_reading_and_writing() {
    let api = with_two_rules(&["app-rename rule=VIP method=GET nth=2"]).await;
    for renamed in [false, true] {
        let read = api.get(&rules()).await;
        // The edit comes after the answer was made, so the reader does not see it.
        assert_eq!(read.body["records"][1]["displayName"], "VIP");
        assert_eq!(last(&api).fault.is_some(), renamed);
    }
    assert_eq!(names(&api), ["Office move", "VIP (renamed in the app)"]);
}

#[tokio::test]
async fn a_rule_is_switched_off_and_one_deleted_and_one_made() {
    let api = with_two_rules(&[
        "app-toggle path=states nth=1",
        "app-delete user=101 rule=VIP path=states nth=1",
        "app-create path=states nth=1",
    ])
    .await;
    let enabled = || {
        let account = api.sandbox.snapshot();
        account["extensions"][0]["interactionRules"][0]["enabled"].clone()
    };
    let states = format!("{ALEX}/states");
    assert_eq!(enabled(), true);
    api.get(&states).await;
    assert_eq!(enabled(), false);
    api.get(&states).await;
    assert_eq!(names(&api), ["Office move"]);
    api.get(&states).await;
    assert_eq!(names(&api), ["Office move", "Made in the app"]);
    let faults: Vec<_> = log(&api).into_iter().filter_map(|(_, f)| f).collect();
    assert_eq!(faults, ["app-toggle", "app-delete", "app-create"]);

    // What was made is a rule like any other: it can be read, and written back.
    let made = api.get(&rules()).await.body["records"][1].clone();
    let one = format!("{}/{}", rules(), made["id"].as_str().unwrap());
    api.good("PATCH", &one, made).await;
}

#[tokio::test]
async fn where_there_is_nothing_to_edit_no_fault_is_recorded() {
    let api = faulty(&["app-delete rule=Nobody"]).await;
    api.get(&rules()).await;
    assert_eq!(log(&api), [(200, None)]);
}

#[tokio::test]
async fn a_user_who_is_not_there_is_refused_at_once() {
    let seed = json!({ "extensions": [{ "extensionNumber": "101" }] });
    let options = Options {
        seed: callrules::sandbox::Seed::from_value(seed).unwrap(),
        faults: vec!["app-delete user=107".parse().unwrap()],
        ..Options::default()
    };
    assert_eq!(
        Sandbox::start(options).await.unwrap_err().to_string(),
        "a fault names the user `107`, whom this account does not have; it has 101"
    );
}

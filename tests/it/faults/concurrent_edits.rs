//! Edits by another administrator in the RingCentral app during a run.

use callrules::sandbox::{SandboxOptions, SandboxServer};
use serde_json::json;

use super::{last_exchange, live_rule_names, outcomes, rule_body, rules_path, start_with_faults};
use crate::sandbox::{ALEX_PATH, SandboxClient};

/// Starts a sandbox with these faults and two rules, `Office move` and `VIP`.
async fn start_with_two_rules(faults: &[&str]) -> SandboxClient {
    let api = start_with_faults(faults).await;
    for name in ["Office move", "VIP"] {
        api.call_ok("POST", &rules_path(), rule_body(name)).await;
    }
    api
}

#[tokio::test]
async fn app_rename_happens_after_the_read() {
    let api = start_with_two_rules(&["app-rename rule=VIP method=GET nth=2"]).await;
    for is_renamed in [false, true] {
        let response = api.get(&rules_path()).await;
        // The sandbox edits after it has made the response, so the client doesn't see the edit.
        assert_eq!(response.body["records"][1]["displayName"], "VIP");
        assert_eq!(last_exchange(&api).fault.is_some(), is_renamed);
    }
    assert_eq!(
        live_rule_names(&api),
        ["Office move", "VIP (renamed in the app)"]
    );
}

#[tokio::test]
async fn app_edits_disable_delete_and_create_rules() {
    let api = start_with_two_rules(&[
        "app-switch path=states nth=1",
        "app-delete user=101 rule=VIP path=states nth=1",
        "app-create path=states nth=1",
    ])
    .await;
    let first_is_enabled = || {
        let account = api.sandbox.snapshot();
        account["extensions"][0]["interactionRules"][0]["enabled"].clone()
    };
    let states = format!("{ALEX_PATH}/states");
    assert_eq!(first_is_enabled(), true);
    api.get(&states).await;
    assert_eq!(first_is_enabled(), false);
    api.get(&states).await;
    assert_eq!(live_rule_names(&api), ["Office move"]);
    api.get(&states).await;
    assert_eq!(live_rule_names(&api), ["Office move", "Made in the app"]);
    let faults: Vec<_> = outcomes(&api).into_iter().filter_map(|(_, f)| f).collect();
    assert_eq!(faults, ["app-switch", "app-delete", "app-create"]);

    // The client can read and update the new rule.
    let created = api.get(&rules_path()).await.body["records"][1].clone();
    let path = format!("{}/{}", rules_path(), created["id"].as_str().unwrap());
    api.call_ok("PATCH", &path, created).await;
}

#[tokio::test]
async fn edit_of_a_missing_rule_records_no_fault() {
    let api = start_with_faults(&["app-delete rule=Missing"]).await;
    api.get(&rules_path()).await;
    assert_eq!(outcomes(&api), [(200, None)]);
}

#[tokio::test]
async fn fault_for_an_unknown_user_prevents_the_start() {
    let seed = json!({ "extensions": [{ "extensionNumber": "101" }] });
    let options = SandboxOptions {
        seed: callrules::sandbox::SandboxSeed::from_value(seed).unwrap(),
        faults: vec!["app-delete user=107".parse().unwrap()],
        ..SandboxOptions::default()
    };
    insta::assert_snapshot!(SandboxServer::start(options).await.unwrap_err(), @"a fault names the unknown user `107`; existing users: 101");
}

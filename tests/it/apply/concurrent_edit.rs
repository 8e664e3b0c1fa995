//! Users whom another client edits between the plan and the writes.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{build_user_file, client, last_paragraph, list_outcomes, list_rule_names};
use super::{make_plan, resolve_users};
use crate::support::{TestEnv, forwarding, single_user_seed};
use callrules::reconcile::{self, WriteVerification, account::AccountReader};

/// The request that reads the first user's rules for the plan.
const PLAN_REQUEST: &str = "path=1001/comm-handling/voice/interaction-rules method=GET nth=1";

/// Starts a repository that changes rule "VIP" of 101 and creates a rule for 102. The fault occurs
/// as soon as the rules of 101 are read for the plan.
fn start_env(fault: &str) -> TestEnv {
    let rules = json!([
        forwarding("VIP", "+16501111111", "+14082320000"),
        forwarding("Other", "+16502222222", "+14082320000"),
    ]);
    let fault = format!("{fault} {PLAN_REQUEST}");
    let env = TestEnv::with_faults(single_user_seed(rules), &[&fault]);
    let mut alex: Value = serde_json::from_str(&build_user_file("101", &["VIP"])).unwrap();
    alex["prune"] = json!("none");
    env.write("users/alex.yaml", &alex.to_string());
    env.write("users/priya.yaml", &build_user_file("102", &["New"]));
    env
}

#[test]
fn apply_after_edit_refuses_edited_user_and_applies_others() {
    let mut reports = String::new();
    for fault in [
        "app-rename rule=VIP",
        "app-switch rule=Other",
        "app-create rule=Fresh",
        "app-delete rule=Other",
    ] {
        let env = start_env(fault);
        let run = env.run(&["apply", "--auto-approve"]);
        assert_eq!(run.code, 3, "{fault}: {}{}", run.out, run.err);
        let advice = env.without_paths(run.err.lines().last().unwrap());
        let report = last_paragraph(&run.out);
        write!(reports, "{fault}:\n{report}{advice}\n").unwrap();
        assert!(env.requests("PATCH", "/1001/").is_empty(), "{fault}");
        assert_eq!(list_rule_names(&env.user("102")), ["New"]);
        env.apply();
    }
    insta::assert_snapshot!(reports, @r#"
    app-rename rule=VIP:
    Plan: 1 to create, 1 to update for 2 of 2 users
    Done 1 · failed 0 · refused 1 · not tried 0
      refused    Alex Morgan · 101: changed on the account since the plan: interaction rule "VIP"
    To finish, run `callrules apply` again.
    app-switch rule=Other:
    Plan: 1 to create, 1 to update for 2 of 2 users
    Done 1 · failed 0 · refused 1 · not tried 0
      refused    Alex Morgan · 101: changed on the account since the plan: interaction rule "Other"
    To finish, run `callrules apply` again.
    app-create rule=Fresh:
    Plan: 1 to create, 1 to update for 2 of 2 users
    Done 1 · failed 0 · refused 1 · not tried 0
      refused    Alex Morgan · 101: added since the plan: interaction rule "Fresh"
    To finish, run `callrules apply` again.
    app-delete rule=Other:
    Plan: 1 to create, 1 to update for 2 of 2 users
    Done 1 · failed 0 · refused 1 · not tried 0
      refused    Alex Morgan · 101: deleted since the plan: interaction rule "Other"
    To finish, run `callrules apply` again.
    "#);
}

#[test]
fn apply_as_json_after_edit_reports_refused_user_with_reason() {
    let env = start_env("app-switch rule=VIP");
    let run = env.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        report["summary"],
        json!({ "done": 1, "failed": 0, "refused": 1, "notTried": 0 })
    );
    let change = &report["changes"][0];
    assert_eq!(change["outcome"], "refused");
    insta::assert_snapshot!(change["error"].as_str().unwrap(), @r#"changed on the account since the plan: interaction rule "VIP""#);
}

#[test]
fn apply_reads_each_list_of_changed_users_once_more() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &build_user_file("101", &["New"]));
    env.write(
        "users/priya.yaml",
        "extension: \"102\"\ninteractionRules: {}\n",
    );
    let plan = env.plan();
    assert_eq!(plan["requests"]["toApply"], 1);
    assert!(plan["users"][0]["snapshot"].is_null(), "{plan}");
    let sent_before = env.sandbox().exchanges().len();
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let sent = env.sandbox().exchanges().len() - sent_before;
    // The list of 101 before and after the write, and the new rule.
    assert_eq!(sent as u64, plan["requests"]["made"].as_u64().unwrap() + 3);
    // 102 has no changes and is read only for the two plans.
    assert_eq!(env.requests("GET", "/1002/").len(), 2);
}

/// Applies a plan for `dnd`, which is switched on in the app after the plan was made.
fn apply_after_dnd_switch(declared: &Value) -> (Vec<&'static str>, TestEnv) {
    let env = TestEnv::new(single_user_seed(json!([])));
    let file = json!({ "extension": "101", "states": { "dnd": declared } });
    env.write("users/alex.yaml", &file.to_string());
    let outcomes = env.block_on(async {
        let client = client(&env.sandbox().url());
        let users = resolve_users(&env, &client).await;
        let plan = make_plan(&client, &users).await.unwrap();
        env.sandbox().edit(|account| {
            let states = &mut account.extensions[0].states;
            let dnd = states.entry("dnd").or_insert_with(|| json!({}));
            dnd["enabled"] = json!(true);
        });
        let directory = client.directory().await.unwrap();
        list_outcomes(
            &reconcile::apply_plan(&client, &plan, &directory, WriteVerification::ReadBack, &())
                .await,
        )
    });
    (outcomes, env)
}

#[test]
fn apply_after_switch_in_app_is_refused_only_if_plan_sets_that_switch() {
    let rule = json!({ "dispatching": { "terminate": { "phoneNumber": "+14082324343" } } });
    let (outcomes, env) = apply_after_dnd_switch(&rule);
    assert_eq!(outcomes, ["done"]);
    assert_eq!(env.user("101")["states"]["dnd"]["enabled"], true);

    let mut rule_and_switch = rule;
    rule_and_switch["enabled"] = json!(true);
    let (outcomes, env) = apply_after_dnd_switch(&rule_and_switch);
    assert_eq!(outcomes, ["refused", "refused"]);
    assert!(env.requests("PATCH", "").is_empty());
}

/// Plans, lets `edit` change the plan, and applies it.
fn apply_edited_plan(env: &TestEnv, edit: fn(&mut reconcile::AccountPlan)) -> Vec<&'static str> {
    env.block_on(async {
        let client = client(&env.sandbox().url());
        let users = resolve_users(env, &client).await;
        let mut plan = make_plan(&client, &users).await.unwrap();
        edit(&mut plan);
        let directory = client.directory().await.unwrap();
        list_outcomes(
            &reconcile::apply_plan(&client, &plan, &directory, WriteVerification::ReadBack, &())
                .await,
        )
    })
}

#[test]
fn user_who_cannot_be_read_again_is_not_written() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &build_user_file("101", &["A", "B"]));
    // The id of a user who does not exist.
    let outcomes = apply_edited_plan(&env, |plan| plan.users[0].id.0.push('0'));
    assert_eq!(outcomes, ["failed", "not tried"]);
    assert!(env.requests("POST", "/1001/").is_empty());
    assert_eq!(apply_edited_plan(&env, |_| {}), ["done", "done"]);
}

#[test]
fn plan_without_snapshot_of_user_is_refused() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &build_user_file("101", &["A"]));
    let outcomes = apply_edited_plan(&env, |plan| {
        plan.users[0].snapshot = reconcile::UserSnapshot::default();
    });
    assert_eq!(outcomes, ["refused"]);
    assert!(env.requests("POST", "/1001/").is_empty());
}

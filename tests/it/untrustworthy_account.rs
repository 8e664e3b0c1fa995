//! The program against accounts that are locked, or that do not store what they accept.

use serde_json::json;

use crate::support::{TestEnv, single_user_seed};

const RULE: &str = "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n";

fn env(faults: &[&str]) -> TestEnv {
    let rules = json!([crate::support::forwarding(
        "Old",
        "+14155550101",
        "+14155550102"
    )]);
    let env = TestEnv::with_faults(single_user_seed(rules), faults);
    env.write("users/alex.yaml", RULE);
    env
}

/// Returns the report of an apply, which follows the plan.
fn report(out: &str) -> &str {
    &out[out.find("Done ").unwrap()..]
}

fn rule_names(env: &TestEnv) -> Vec<String> {
    let rules = env.user("101")["interactionRules"].clone();
    let rules = rules.as_array().unwrap().iter();
    rules
        .map(|rule| rule["displayName"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn apply_to_account_that_stays_locked_is_not_tried() {
    let env = env(&["lock rate=1"]);
    let run = env.run(&["apply", "--auto-approve", "--lock-timeout", "0"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    insta::assert_snapshot!(report(&run.out), @r#"
    Done 0 · failed 0 · refused 0 · not tried 2
      not tried  Alex Morgan · 101: interaction rule "VIP"
      not tried  Alex Morgan · 101: interaction rule "Old"
    No further changes were sent: POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was not carried out: the account has been edited elsewhere for 0 s; run again when that is finished
    "#);
    assert_eq!(rule_names(&env), ["Old"]);
}

#[test]
fn apply_waits_for_account_that_is_locked_for_a_while() {
    let env = env(&["lock first=1"]);
    let run = env.apply();
    assert!(
        run.err.contains("the account is being edited elsewhere"),
        "{}",
        run.err
    );
    assert_eq!(rule_names(&env), ["VIP"]);
}

#[test]
fn write_that_is_not_stored_counts_as_failed() {
    let env = env(&["ignore-write method=POST nth=1"]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    insta::assert_snapshot!(report(&run.out), @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "VIP": RingCentral accepted the change, but the resource does not exist
    "#);
    assert_eq!(rule_names(&env).len(), 0);
    env.apply();
    assert_eq!(rule_names(&env), ["VIP"]);
}

#[test]
fn delete_with_an_error_body_counts_as_failed() {
    let env = env(&["delete-error nth=1"]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    insta::assert_snapshot!(report(&run.out), @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "Old": the outcome was unknown; then a lookup showed that nothing was changed: unknown whether DELETE /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/63126435373 succeeded: DELETE /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/63126435373 was refused: CMN-101 The rule was not deleted (status 200)
    "#);
    assert_eq!(rule_names(&env), ["Old", "VIP"]);
    env.apply();
    assert_eq!(rule_names(&env), ["VIP"]);
}

#[test]
fn name_that_the_service_cuts_makes_no_second_rule() {
    let env = env(&["trim-names length=24 rate=1"]);
    let name = "VIP customers of the northern region";
    env.write("users/alex.yaml", &RULE.replace("VIP", name));
    for _ in 0..2 {
        env.apply();
        assert_eq!(rule_names(&env), ["VIP customers of the nor"]);
    }
    let plan = env.run(&["plan"]);
    assert!(
        plan.err.contains("with a name that RingCentral has cut"),
        "{}",
        plan.err
    );
    let renamed = RULE.replace("VIP:", &format!("{name}:\n    renamedFrom: Gone"));
    env.write("users/alex.yaml", &renamed);
    env.apply();
    assert_eq!(rule_names(&env), ["VIP customers of the nor"]);
    // Another change of the rule is made under the stored name.
    let rule = RULE.replace("VIP", name);
    env.write(
        "users/alex.yaml",
        &rule.replace("terminate: voicemail", "terminate: announcement"),
    );
    env.apply();
    assert_eq!(rule_names(&env), ["VIP customers of the nor"]);
}

#[test]
fn ring_time_that_the_service_rounds_is_no_difference() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        &RULE.replace(
            "{ type: Terminate, terminate: voicemail }",
            "{ type: RingAtOnce, ring: [{ targets: [mobileApps], seconds: 22 }] }",
        ),
    );
    env.apply();
    for (seconds, changes) in [(20, 0), (25, 0), (30, 2), (23, 2)] {
        env.sandbox().edit(|account| {
            let rule = &mut account.extension_mut("101").unwrap().interaction_rules[0];
            let actions = rule["dispatching"]["actions"].as_array_mut().unwrap();
            let mut actions = actions.iter_mut();
            let group =
                actions.find(|action| action["duration"].is_number() && action["enabled"] == true);
            group.unwrap()["duration"] = json!(seconds);
        });
        let plan = env.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, changes, "{seconds} s\n{}", plan.out);
    }
}

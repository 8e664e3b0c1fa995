//! Applies that change one user first, and then ask before continuing.

use serde_json::{Value, json};

use crate::apply::{last_paragraph, mask_run, problem_lines};
use crate::support::{TestEnv, single_user_seed};

const RULE: &str = "interactionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n";

/// Starts a repository with a new rule for 101 and one for 102.
fn start_with_two_users() -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([])));
    for number in ["101", "102"] {
        let text = format!("extension: \"{number}\"\n{RULE}");
        env.write(&format!("users/{number}.yaml"), &text);
    }
    env
}

/// Returns the number of rules of 101 and of 102.
fn count_rules(env: &TestEnv) -> [usize; 2] {
    ["101", "102"].map(|number| {
        let user = env.user(number);
        user["interactionRules"].as_array().map_or(0, Vec::len)
    })
}

#[test]
fn apply_without_terminal_stops_after_canary() {
    let env = start_with_two_users();
    let run = env.run(&[
        "apply",
        "--auto-approve",
        "--canary",
        "priya@acme.example",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(count_rules(&env), [0, 1]);
    let advice = run.err.lines().rev().nth(1).unwrap();
    insta::assert_snapshot!(mask_run(&env, advice), @"Stopped after the canary. Left: 1 change for 1 user; to continue, run `callrules apply`.");
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
    assert_eq!(report["summary"]["notTried"], 1);

    // Only the other user is left, who may be a canary as well.
    let run = env.run(&["apply", "--auto-approve", "--canary", "Alex *"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(count_rules(&env), [1, 1]);
    // Without changes the canary is ignored.
    let run = env.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn canary_of_saved_plan_advises_new_plan_for_rest() {
    let env = start_with_two_users();
    let file = env.path().join("plan.json");
    let file = file.to_str().unwrap();
    assert_eq!(env.run(&["plan", "--out", file]).code, 0);
    let canary = ["--canary", "alex@acme.example"];
    let run = env.run(&[&["apply", file, "--auto-approve"], &canary[..]].concat());
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(count_rules(&env), [1, 0]);
    let advice = run.err.lines().rev().nth(1).unwrap();
    insta::assert_snapshot!(mask_run(&env, advice), @"Stopped after the canary. Left: 1 change for 1 user; to continue, save a plan of what is left with `callrules plan --out [repository]/plan.json` and apply that.");
}

#[test]
fn failed_canary_stops_apply() {
    let mut seed = single_user_seed(json!([]));
    seed["account"]["queueCallsInRules"] = json!(false);
    let env = TestEnv::new(seed);
    let invalid_rule = RULE.replace("    disp", "    queueCallsIncluded: true\n    disp");
    env.write(
        "users/alex.yaml",
        &format!("extension: \"101\"\n{invalid_rule}"),
    );
    env.write("users/priya.yaml", &format!("extension: \"102\"\n{RULE}"));
    let run = env.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 3, "{}", run.err);
    insta::assert_snapshot!(last_paragraph(&run.out), @r#"
    Plan: 2 to create for 2 of 2 users
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was refused: CMN-109 [dispatching.callTypes.queueCallsIncluded] [dispatching.callTypes.queueCallsIncluded]: queue calls in interaction rules are not available on this account (status 400)
    "#);
    insta::assert_snapshot!(mask_run(&env, &run.err), @"
    Account 37439510 at [server]
    The canary failed. Left: 1 change for 1 user; fix the failure first.
    Journal: [repository]/.callrules/journal/[time].jsonl  (undo with `callrules rollback [repository]/.callrules/journal/[time].jsonl`)
    ");
    assert_eq!(count_rules(&env), [0, 0]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn canary_without_changes_is_refused() {
    let env = start_with_two_users();
    env.write(
        "users/101.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    let mut errors = String::new();
    for canary in ["101", "999", "Unknown"] {
        let run = env.run(&["apply", "--auto-approve", "--canary", canary]);
        assert_eq!(run.code, 1);
        errors.push_str(problem_lines(&run.err));
    }
    insta::assert_snapshot!(errors, @"
    error: the plan changes nothing for the canary `101`
    help: did you mean 102 Priya Rao (id:1002)?
    error: the plan changes nothing for the canary `999`
    help: select users by extension number, e-mail address, name, or `id:` and the id
    error: the plan changes nothing for the canary `Unknown`
    help: select users by extension number, e-mail address, name, or `id:` and the id
    ");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn canary_that_is_everyone_is_refused() {
    let env = start_with_two_users();
    for canary in ["*", "**", "*a*"] {
        let run = env.run(&["apply", "--auto-approve", "--canary", canary]);
        assert_eq!(run.code, 1, "{canary}: {}", run.err);
        let problem = "is everyone: nothing would be left to protect";
        assert!(problem_lines(&run.err).contains(problem), "{}", run.err);
    }
    assert_eq!(count_rules(&env), [0, 0]);
}

//! One user first, and then a question.

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

const RULE: &str = "interactionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n";

/// A repository with a new rule for 101 and one for 102.
fn two_users() -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([])));
    for number in ["101", "102"] {
        let text = format!("extension: \"{number}\"\n{RULE}");
        env.write(&format!("users/{number}.yaml"), &text);
    }
    env
}

/// How many rules each of the two has.
fn rules(env: &TestEnv) -> [usize; 2] {
    ["101", "102"].map(|number| {
        let user = env.user(number);
        user["interactionRules"].as_array().map_or(0, Vec::len)
    })
}

#[test]
fn the_canary_goes_first_and_alone_where_nobody_can_be_asked() {
    let env = two_users();
    let run = env.run(&[
        "apply",
        "--auto-approve",
        "--canary",
        "priya@acme.example",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(rules(&env), [0, 1]);
    let apply = env.command_line("apply");
    let left = format!("Left: 1 change for 1 user; run `{apply}` to go on.");
    assert!(run.err.contains(&left), "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
    assert_eq!(report["summary"]["notTried"], 1);

    // To go on there is only the other one, who may be a canary as well.
    let run = env.run(&["apply", "--auto-approve", "--canary", "Alex *"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(rules(&env), [1, 1]);
    // Where nothing is to be done nobody goes first.
    let run = env.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn with_a_saved_plan_what_is_left_is_planned_anew() {
    let env = two_users();
    let file = env.path().join("plan.json");
    let file = file.to_str().unwrap();
    assert_eq!(env.run(&["plan", "--out", file]).code, 0);
    let canary = ["--canary", "alex@acme.example"];
    let run = env.run(&[&["apply", file, "--auto-approve"], &canary[..]].concat());
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(rules(&env), [1, 0]);
    let save = env.command_line(&format!("plan --out {file}"));
    let how = format!("with `{save}` and apply that");
    assert!(run.err.contains(&how), "{}", run.err);
}

#[test]
fn a_canary_that_fails_stops_everything() {
    let mut seed = single_user_seed(json!([]));
    seed["account"]["queueCallsInRules"] = json!(false);
    let env = TestEnv::new(seed);
    let refused = RULE.replace("    disp", "    queueCallsIncluded: true\n    disp");
    env.write("users/alex.yaml", &format!("extension: \"101\"\n{refused}"));
    env.write("users/priya.yaml", &format!("extension: \"102\"\n{RULE}"));
    let run = env.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.out.contains("failed 1"), "{}", run.out);
    let left = "The canary failed. Left: 1 change for 1 user";
    assert!(run.err.contains(left), "{}", run.err);
    assert!(!run.err.contains("to go on"), "{}", run.err);
    assert_eq!(rules(&env), [0, 0]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn a_canary_without_changes_is_a_mistake() {
    let env = two_users();
    env.write(
        "users/101.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    for canary in ["101", "999", "Nobody"] {
        let run = env.run(&["apply", "--auto-approve", "--canary", canary]);
        assert_eq!(run.code, 1);
        let told = format!("the plan changes nothing for the canary `{canary}`");
        assert!(run.err.contains(&told), "{}", run.err);
    }
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

//! One user first, and then a question.

use serde_json::{Value, json};

use crate::support::{World, one_user};

const RULE: &str = "interactionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n";

/// A repository with a new rule for 101 and one for 102.
fn two_users() -> World {
    let world = World::new(one_user(json!([])));
    for number in ["101", "102"] {
        let text = format!("extension: \"{number}\"\n{RULE}");
        world.write(&format!("users/{number}.yaml"), &text);
    }
    world
}

/// How many rules each of the two has.
fn rules(world: &World) -> [usize; 2] {
    ["101", "102"].map(|number| {
        let user = world.user(number);
        user["interactionRules"].as_array().map_or(0, Vec::len)
    })
}

#[test]
fn the_canary_goes_first_and_alone_where_nobody_can_be_asked() {
    let world = two_users();
    let run = world.run(&[
        "apply",
        "--auto-approve",
        "--canary",
        "priya@acme.example",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(rules(&world), [0, 1]);
    let apply = world.told("apply");
    let left = format!("Left: 1 change for 1 user; run `{apply}` to go on.");
    assert!(run.err.contains(&left), "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
    assert_eq!(report["summary"]["notTried"], 1);

    // To go on there is only the other one, who may be a canary as well.
    let run = world.run(&["apply", "--auto-approve", "--canary", "Alex *"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(rules(&world), [1, 1]);
    // Where nothing is to be done nobody goes first.
    let run = world.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn with_a_saved_plan_what_is_left_is_planned_anew() {
    let world = two_users();
    let file = world.path().join("plan.json");
    let file = file.to_str().unwrap();
    assert_eq!(world.run(&["plan", "--out", file]).code, 0);
    let canary = ["--canary", "alex@acme.example"];
    let run = world.run(&[&["apply", file, "--auto-approve"], &canary[..]].concat());
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(rules(&world), [1, 0]);
    let save = world.told(&format!("plan --out {file}"));
    let how = format!("with `{save}` and apply that");
    assert!(run.err.contains(&how), "{}", run.err);
}

#[test]
fn a_canary_that_fails_stops_everything() {
    let mut seed = one_user(json!([]));
    seed["account"]["queueCallsInRules"] = json!(false);
    let world = World::new(seed);
    let refused = RULE.replace("    disp", "    queueCallsIncluded: true\n    disp");
    world.write("users/alex.yaml", &format!("extension: \"101\"\n{refused}"));
    world.write("users/priya.yaml", &format!("extension: \"102\"\n{RULE}"));
    let run = world.run(&["apply", "--auto-approve", "--canary", "101"]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.out.contains("failed 1"), "{}", run.out);
    let left = "The canary failed. Left: 1 change for 1 user";
    assert!(run.err.contains(left), "{}", run.err);
    assert!(!run.err.contains("to go on"), "{}", run.err);
    assert_eq!(rules(&world), [0, 0]);
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn a_canary_without_changes_is_a_mistake() {
    let world = two_users();
    world.write(
        "users/101.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    for canary in ["101", "999", "Nobody"] {
        let run = world.run(&["apply", "--auto-approve", "--canary", canary]);
        assert_eq!(run.code, 1);
        let told = format!("the plan changes nothing for the canary `{canary}`");
        assert!(run.err.contains(&told), "{}", run.err);
    }
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 0);
}

//! Ctrl-C and SIGTERM in the middle of an apply.

#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{file, names};
use crate::support::{ACCOUNT, World};

const USERS: u32 = 6;

/// Users 101 and on, each of whom gets two rules.
fn world(faults: &[&str]) -> World {
    let user = |number: u32| {
        json!({
            "id": (number + 900).to_string(), "extensionNumber": number.to_string(),
            "name": format!("User {number}"),
        })
    };
    let users: Vec<Value> = (101..101 + USERS).map(user).collect();
    let seed = json!({ "account": { "id": ACCOUNT }, "extensions": users });
    let world = World::with_faults(seed, faults);
    for number in 101..101 + USERS {
        let file = file(&number.to_string(), &["A", "B"]);
        world.write(&format!("users/{number}.yaml"), &file);
    }
    world
}

/// Begins an apply, and sends a signal as soon as the account says so.
fn interrupted(world: &World, signal: &str, now: impl Fn() -> bool) -> (i32, Value, Duration) {
    let mut command: Command = world.command();
    let command = command.args(["apply", "--auto-approve", "--format", "json"]);
    let streams = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child: Child = streams.spawn().unwrap();
    let begin = Instant::now();
    while !now() {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "nothing was written"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let sent = Instant::now();
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let span = sent.elapsed();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("Stopping: what is under way is finished"),
        "{err}"
    );
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {err}"));
    (output.status.code().unwrap(), report, span)
}

/// Every change with its outcome, where the account agrees with it.
fn honest(world: &World, report: &Value) -> Vec<String> {
    assert_eq!(report["stopped"], true, "{report:#}");
    let changes = report["changes"].as_array().unwrap().iter();
    let outcomes = changes.map(|change| {
        let outcome = change["outcome"].as_str().unwrap();
        let number = change["extensionNumber"].as_str().unwrap();
        let name = change["name"].as_str().unwrap().to_owned();
        let is_there = names(&world.user(number)).contains(&name);
        assert_eq!(is_there, outcome == "done", "{number} {name}: {outcome}");
        outcome.to_owned()
    });
    outcomes.collect()
}

#[test]
fn what_is_under_way_is_finished_and_the_rest_is_told_as_not_tried() {
    for signal in ["-INT", "-TERM"] {
        let world = world(&["slow delay=0.6 method=POST"]);
        let begun = || !world.requests("POST", "/interaction-rules").is_empty();
        let (code, report, _) = interrupted(&world, signal, begun);
        assert_eq!(code, 3, "{report:#}");
        let outcomes = honest(&world, &report);
        assert_eq!(outcomes.len(), 2 * USERS as usize);
        let done = outcomes.iter().filter(|word| *word == "done").count();
        assert!((1..=4).contains(&done), "{outcomes:?}");
        assert_eq!(report["summary"]["failed"], 0, "{report:#}");
        assert_eq!(world.requests("POST", "/interaction-rules").len(), done);
    }
}

#[test]
fn where_the_service_wants_nothing_for_hours_the_run_ends_and_says_until_when() {
    let world = world(&["429 pause=7200 method=POST nth=2"]);
    let run = world.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["stopped"], false, "{report:#}");
    let outcomes = report["changes"].as_array().unwrap().iter();
    let outcomes: Vec<&str> = outcomes.map(|c| c["outcome"].as_str().unwrap()).collect();
    assert!(outcomes.contains(&"notTried"), "{outcomes:?}");
    let failed = report["changes"].as_array().unwrap().iter();
    let failed: Vec<&str> = failed.filter_map(|c| c["error"].as_str()).collect();
    assert!((1..=4).contains(&failed.len()), "{report:#}");
    let told = "the service asks to send nothing before 20";
    assert!(
        failed.iter().all(|error| error.contains(told)),
        "{failed:?}"
    );
    let exchanges = world.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.in_spite), "{exchanges:#?}");
}

#[test]
fn a_write_that_waits_for_the_rate_limit_is_not_sent() {
    let world = world(&["429 pause=60 method=POST nth=2"]);
    let rests = || world.requests("POST", "").iter().any(|e| e.status == 429);
    let (code, report, span) = interrupted(&world, "-INT", rests);
    assert_eq!(code, 3, "{report:#}");
    assert!(span < Duration::from_secs(10), "{span:?}");
    let outcomes = honest(&world, &report);
    assert!(outcomes.contains(&"notTried".to_owned()), "{outcomes:?}");
    let exchanges = world.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.in_spite), "{exchanges:#?}");
}

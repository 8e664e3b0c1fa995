//! One run that writes at a time.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde_json::json;

use crate::support::{TestEnv, single_user_seed};

const LOCK: &str = ".callrules/apply.lock";

fn declared(env: &TestEnv) {
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  New:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
    );
}

#[test]
fn the_second_apply_is_told_who_is_at_work() {
    let env = TestEnv::new(single_user_seed(json!([])));
    declared(&env);
    env.write(
        LOCK,
        "apply by kim@office, process 7, since 2026-11-20T23:00:00Z\n",
    );
    let held = OpenOptions::new().write(true).open(env.path().join(LOCK));
    let held = held.unwrap();
    held.lock().unwrap();
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err);
    assert_eq!(env.sandbox().exchanges().len(), 0);
    // Reading goes on meanwhile.
    assert_eq!(env.run(&["plan"]).code, 0);
}

#[test]
fn an_apply_holds_the_lock_as_long_as_it_lives() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["slow delay=20 path=interaction-rules nth=1"],
    );
    declared(&env);
    let mut first = Command::new(cargo_bin("callrules"))
        .args(["apply", "--auto-approve"])
        .current_dir(env.path())
        .envs(env.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let reads = || env.requests("GET", "/interaction-rules").len();
    while reads() == 0 && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = env.run(&["apply", "--auto-approve"]);
    assert_eq!(second.code, 1, "{}", second.err);
    let who = format!("process {}, since 20", first.id());
    assert!(second.err.contains(&who), "{}", second.err);

    // Killed, it leaves its file, and no lock.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(env.path().join(LOCK).exists());
    let ignored = fs::read_to_string(env.path().join(".callrules/.gitignore"));
    assert_eq!(ignored.unwrap(), "*\n");
    let third = env.run(&["apply", "--auto-approve"]);
    assert_eq!(third.code, 0, "{}", third.err);
}

#[test]
fn an_apply_is_told_of_a_rollback_and_a_rollback_of_an_apply() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["slow delay=20 path=interaction-rules method=DELETE"],
    );
    declared(&env);
    let journal = env.path().join("apply.jsonl");
    let journal = journal.to_str().unwrap();
    let run = env.run(&["apply", "--auto-approve", "--journal", journal]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut command = env.command();
    let command = command.args(["rollback", journal, "--auto-approve"]);
    let mut first = { command.stdout(Stdio::null()).stderr(Stdio::null()) }
        .spawn()
        .unwrap();
    let holder = || fs::read_to_string(env.path().join(LOCK)).unwrap();
    while !holder().starts_with("rollback") && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let who = format!("process {}, since 20", first.id());
    for second in [&["apply"][..], &["rollback", journal]] {
        let second = env.run(&[second, &["--auto-approve"]].concat());
        assert_eq!(second.code, 1, "{}", second.err);
        let told = "another run is at work in this repository: rollback by ";
        assert!(second.err.contains(told), "{}", second.err);
        assert!(second.err.contains(&who), "{}", second.err);
    }
    first.kill().unwrap();
    first.wait().unwrap();
}

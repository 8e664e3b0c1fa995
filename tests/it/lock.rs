//! The lock that lets only one run write at a time.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde_json::json;

use crate::apply::problem_lines;
use crate::support::{TestEnv, single_user_seed};

const LOCK: &str = ".callrules/apply.lock";

/// Writes a user file with a new rule.
fn declare_rule(env: &TestEnv) {
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  New:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
    );
}

#[test]
fn locked_apply_names_holder_and_plan_still_runs() {
    let env = TestEnv::new(single_user_seed(json!([])));
    declare_rule(&env);
    env.write(
        LOCK,
        "apply by kim@office, process 7, since 2026-11-20T23:00:00Z\n",
    );
    let path = env.path().join(LOCK);
    let lock = OpenOptions::new().write(true).open(path).unwrap();
    lock.lock().unwrap();
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err, @"
    error: another run is active in this repository: apply by kim@office, process 7, since 2026-11-20T23:00:00Z
    help: wait until it ends; a killed run doesn't leave a lock
    ");
    assert_eq!(env.sandbox().exchanges().len(), 0);
    // Commands that only read do not need the lock.
    assert_eq!(env.run(&["plan"]).code, 0);
}

#[test]
fn killed_apply_releases_lock() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["slow delay=20 path=interaction-rules nth=1"],
    );
    declare_rule(&env);
    let mut first = Command::new(cargo_bin("callrules"))
        .args(["apply", "--auto-approve"])
        .current_dir(env.path())
        .envs(env.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let count_reads = || env.requests("GET", "/interaction-rules").len();
    while count_reads() == 0 && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = env.run(&["apply", "--auto-approve"]);
    assert_eq!(second.code, 1, "{}", second.err);
    let holder = fs::read_to_string(env.path().join(LOCK)).unwrap();
    assert!(holder.contains(&first.id().to_string()), "{holder}");
    assert!(second.err.contains(holder.trim_end()), "{}", second.err);

    // The killed apply leaves its file without a lock.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(env.path().join(LOCK).exists());
    let ignored = fs::read_to_string(env.path().join(".callrules/.gitignore"));
    assert_eq!(ignored.unwrap(), "*\n");
    let third = env.run(&["apply", "--auto-approve"]);
    assert_eq!(third.code, 0, "{}", third.err);
}

#[test]
fn rollback_locks_out_apply_and_rollback() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["slow delay=20 path=interaction-rules method=DELETE"],
    );
    declare_rule(&env);
    let journal = env.path().join("apply.jsonl");
    let journal = journal.to_str().unwrap();
    let run = env.run(&["apply", "--auto-approve", "--journal", journal]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut command = env.command();
    let command = command.args(["rollback", journal, "--auto-approve"]);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = command.spawn().unwrap();
    let read_lock = || fs::read_to_string(env.path().join(LOCK)).unwrap();
    while !read_lock().starts_with("rollback") && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let holder = read_lock();
    let process = first.id().to_string();
    let mut errors = String::new();
    for second in [&["apply"][..], &["rollback", journal]] {
        let second = env.run(&[second, &["--auto-approve"]].concat());
        assert_eq!(second.code, 1, "{}", second.err);
        assert!(second.err.contains(&process), "{}", second.err);
        let error = problem_lines(&second.err);
        errors.push_str(&error.replace(holder.trim_end(), "[holder]"));
    }
    insta::assert_snapshot!(errors, @"
    error: another run is active in this repository: [holder]
    help: wait until it ends; a killed run doesn't leave a lock
    error: another run is active in this repository: [holder]
    help: wait until it ends; a killed run doesn't leave a lock
    ");
    first.kill().unwrap();
    first.wait().unwrap();
}

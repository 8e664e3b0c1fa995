//! An import that is cut off: what it has written is whole, and the next one goes on.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv};

fn account(users: u32) -> Value {
    let user = |n: u32| {
        json!({
            "id": (1000 + n).to_string(), "extensionNumber": (100 + n).to_string(),
            "name": format!("User {n}"),
        })
    };
    let users: Vec<Value> = (1..=users).map(user).collect();
    json!({ "account": { "id": ACCOUNT }, "extensions": users })
}

/// A folder in which nothing has begun.
fn empty(env: &TestEnv) {
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
}

#[test]
fn each_file_is_there_as_soon_as_its_user_was_read_and_the_next_run_goes_on() {
    let env = TestEnv::with_faults(account(3), &["slow delay=60 path=extensions/1003 nth=1"]);
    empty(&env);
    let mut child = env.command().arg("import").spawn().unwrap();
    let is_there = |path: &str| env.path().join(path).exists();
    let written = ["users/101-user-1.yaml", "users/102-user-2.yaml"];
    let began = Instant::now();
    while !written.iter().all(|path| is_there(path)) {
        assert!(began.elapsed() < Duration::from_secs(30));
        assert_eq!(child.try_wait().unwrap(), None);
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_there("callrules.yaml") && is_there("schemas/user.schema.json"));
    assert!(!is_there("users/103-user-3.yaml"));

    let next = env.run(&["import"]);
    assert_eq!(next.code, 0, "{}{}", next.out, next.err);
    for path in written {
        let left = format!("left {path} as it is");
        assert!(next.out.contains(&left), "{}", next.out);
    }
    assert!(
        next.out.contains("wrote users/103-user-3.yaml\n"),
        "{}",
        next.out
    );
    let plan = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.out, plan.err);
}

#[test]
fn what_cannot_be_begun_is_told_once_and_hardly_anybody_else_is_read() {
    let env = TestEnv::new(account(60));
    empty(&env);
    // Where a folder should be.
    env.write("schemas", "");
    let run = env.run(&["import"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(run.err.matches("error: ").count(), 1, "{}", run.err);
    assert!(run.err.contains("schemas"), "{}", run.err);
    assert!(!env.path().join("callrules.yaml").exists());
    assert!(!env.path().join("users").exists());
    let read = env.requests("GET", "/comm-handling/").len();
    assert!(read < 60, "{read} of 120 lists");
}

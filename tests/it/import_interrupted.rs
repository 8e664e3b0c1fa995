//! Interrupted imports: files already written are complete, and the next import continues.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::name_resolution::without_variable_parts;
use crate::support::{ACCOUNT, TestEnv};

/// Returns a seed with this many users.
fn seed_with_users(count: u32) -> Value {
    let user = |n: u32| {
        json!({
            "id": (1000 + n).to_string(), "extensionNumber": (100 + n).to_string(),
            "name": format!("User {n}"),
        })
    };
    let users: Vec<Value> = (1..=count).map(user).collect();
    json!({ "account": { "id": ACCOUNT }, "extensions": users })
}

/// Removes `callrules.yaml`, so that the folder is empty.
fn remove_settings(env: &TestEnv) {
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
}

#[test]
fn killed_import_leaves_complete_files_and_next_import_continues() {
    let env = TestEnv::with_faults(
        seed_with_users(3),
        &["slow delay=60 path=extensions/1003 nth=1"],
    );
    remove_settings(&env);
    let mut child = env.command().arg("import").spawn().unwrap();
    let exists = |path: &str| env.path().join(path).exists();
    let written = ["users/101-user-1.yaml", "users/102-user-2.yaml"];
    let started = Instant::now();
    while !written.iter().all(|path| exists(path)) {
        assert!(started.elapsed() < Duration::from_secs(30));
        assert_eq!(child.try_wait().unwrap(), None);
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(exists("callrules.yaml") && exists("schemas/user.schema.json"));
    assert!(!exists("users/103-user-3.yaml"));

    let next = env.run(&["import"]);
    assert_eq!(next.code, 0, "{}{}", next.out, next.err);
    insta::assert_snapshot!(next.out, @"
    kept users/101-user-1.yaml (use `--force` to overwrite)
    kept users/102-user-2.yaml (use `--force` to overwrite)
    wrote users/103-user-3.yaml
    ");
    assert!(exists("users/103-user-3.yaml"));
    let plan = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}{}", plan.out, plan.err);
}

#[test]
fn import_into_unwritable_folder_fails_once_and_stops_reading() {
    let env = TestEnv::new(seed_with_users(60));
    remove_settings(&env);
    // A file where the folder should be.
    env.write("schemas", "");
    let run = env.run(&["import"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(run.err.matches("error: ").count(), 1, "{}", run.err);
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    Account 37439510 at SANDBOX_URL
    error: FOLDER/schemas/tests.schema.json: OS_ERROR
    ");
    assert!(!env.path().join("callrules.yaml").exists());
    assert!(!env.path().join("users").exists());
    let read = env.requests("GET", "/comm-handling/").len();
    assert!(read < 60, "read {read} of 120 lists");
}

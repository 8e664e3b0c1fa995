//! Applies whose standard output or standard error can't be written: the apply still finishes, and
//! the report goes to the other stream.

#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{build_user_file, list_rule_names, mask_run};
use crate::support::{TestEnv, single_user_seed};

/// Starts an account without rules and a repository that creates two for 101.
fn start_env(faults: &[&str]) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), faults);
    env.write("users/alex.yaml", &build_user_file("101", &["A", "B"]));
    env
}

#[test]
fn apply_with_full_stdout_prints_report_on_stderr_and_fails() {
    let env = start_env(&[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = env.command();
    command.args(["apply", "--auto-approve", "--format", "json"]);
    let output = command.stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let start = stderr.find("\n{").unwrap();
    let report: Value = serde_json::from_str(&stderr[start..]).unwrap();
    assert_eq!(report["summary"]["done"], 2);
    assert_eq!(list_rule_names(&env.user("101")), ["A", "B"]);
}

/// Applies, closes some of the program's streams after the plan is printed, and returns what is
/// written to the other one after that.
fn apply_and_close(closed: &str) -> String {
    // The second rule fails, which shows in the exit code.
    let env = start_env(&[
        "html status=400 method=POST path=interaction-rules nth=2",
        "slow delay=0.5 method=POST path=interaction-rules",
    ]);
    let mut command = env.command();
    command.args(["apply", "--auto-approve"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let mut line = String::new();
    while !line.starts_with("Plan: ") {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0);
    }
    let mut text = String::new();
    match closed {
        "stdout" => {
            drop(stdout);
            stderr.read_to_string(&mut text).unwrap();
        }
        "stderr" => {
            drop(stderr);
            stdout.read_to_string(&mut text).unwrap();
        }
        _ => drop((stdout, stderr)),
    }
    assert_eq!(child.wait().unwrap().code(), Some(3), "{closed}: {text}");
    assert_eq!(list_rule_names(&env.user("101")), ["A"]);
    mask_run(&env, &text)
}

#[test]
fn apply_with_closed_streams_finishes_and_reports_on_other_stream() {
    insta::assert_snapshot!(apply_and_close("stdout"), @r#"
    Account 37439510 at [server]
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "B": [host] returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules, status 400: "400 Bad Request 400 Bad Request")
    Journal: [repository]/.callrules/journal/[time].jsonl  (undo with `callrules rollback [repository]/.callrules/journal/[time].jsonl`)
    To finish, run `callrules apply` again.
    "#);
    insta::assert_snapshot!(apply_and_close("stderr"), @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "B": [host] returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules, status 400: "400 Bad Request 400 Bad Request")
    "#);
    assert_eq!(apply_and_close("both"), "");
}

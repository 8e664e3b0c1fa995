//! Applies that receive SIGINT, SIGTERM or SIGHUP between two writes.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{build_user_file, last_paragraph, list_rule_names, mask_run, problem_lines};
use crate::support::{
    ACCOUNT, Run, TestEnv, restore_default_signals, single_user_seed, wait_in_time,
};

const USERS: u32 = 6;

/// Starts an account with users from 101 on, and a repository that creates two rules for each.
fn start_env(faults: &[&str]) -> TestEnv {
    let user = |number: u32| {
        json!({
            "id": (number + 900).to_string(), "extensionNumber": number.to_string(),
            "name": format!("User {number}"),
        })
    };
    let users: Vec<Value> = (101..101 + USERS).map(user).collect();
    let seed = json!({ "account": { "id": ACCOUNT }, "extensions": users });
    let env = TestEnv::with_faults(seed, faults);
    for number in 101..101 + USERS {
        let file = build_user_file(&number.to_string(), &["A", "B"]);
        env.write(&format!("users/{number}.yaml"), &file);
    }
    env
}

/// Starts an apply with additional arguments.
fn start_apply(mut command: Command, arguments: &[&str]) -> Child {
    restore_default_signals();
    command.args(["apply", "--auto-approve"]).args(arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits up to 30 seconds until the condition holds.
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "the condition did not hold within 30 seconds"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn send_signal(signal: &str, child: &Child) {
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

fn wait_for_exit(child: Child) -> Run {
    let output = wait_in_time(child);
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An apply that received a signal.
struct StoppedApply {
    code: i32,
    report: Value,
    stderr: String,
    /// The time from the signal to the end of the run.
    elapsed: Duration,
}

/// Starts an apply, and sends a signal as soon as the condition holds.
fn stop_apply(env: &TestEnv, signal: &str, condition: impl Fn() -> bool) -> StoppedApply {
    let child = start_apply(env.command(), &["--format", "json"]);
    wait_until(condition);
    let sent = Instant::now();
    send_signal(signal, &child);
    let Run { code, out, err } = wait_for_exit(child);
    StoppedApply {
        code,
        report: serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {err}")),
        stderr: mask_run(env, &err),
        elapsed: sent.elapsed(),
    }
}

/// Returns the outcomes of a stopped run, after asserting that the account has exactly the rules
/// that are reported as done.
fn assert_report_matches_account(env: &TestEnv, report: &Value) -> Vec<String> {
    assert_eq!(report["stopped"], true, "{report:#}");
    let changes = report["changes"].as_array().unwrap().iter();
    let outcomes = changes.map(|change| {
        let outcome = change["outcome"].as_str().unwrap();
        let number = change["extensionNumber"].as_str().unwrap();
        let name = change["name"].as_str().unwrap().to_owned();
        let exists = list_rule_names(&env.user(number)).contains(&name);
        assert_eq!(exists, outcome == "done", "{number} {name}: {outcome}");
        outcome.to_owned()
    });
    outcomes.collect()
}

fn has_started_writing(env: &TestEnv) -> bool {
    !env.requests("POST", "/interaction-rules").is_empty()
}

#[test]
fn signal_lets_current_writes_finish_and_skips_rest() {
    let mut messages = BTreeSet::new();
    for signal in ["-HUP", "-INT", "-TERM"] {
        let env = start_env(&["slow delay=0.6 method=POST"]);
        let stopped = stop_apply(&env, signal, || has_started_writing(&env));
        let report = stopped.report;
        assert_eq!(stopped.code, 3, "{report:#}");
        let outcomes = assert_report_matches_account(&env, &report);
        assert_eq!(outcomes.len(), 2 * USERS as usize);
        let done = outcomes.iter().filter(|name| *name == "done").count();
        assert!((1..=4).contains(&done), "{outcomes:?}");
        assert_eq!(report["summary"]["failed"], 0, "{report:#}");
        assert_eq!(env.requests("POST", "/interaction-rules").len(), done);
        messages.insert(stopped.stderr);
    }
    assert_eq!(messages.len(), 1, "{messages:#?}");
    insta::assert_snapshot!(last_paragraph(messages.first().unwrap()), @"
    Plan: 12 to create for 6 of 6 users
    1 more user not shown: run `callrules plan --format json` to see all
    Account 37439510 at [server]
    Stopping: requests in progress are finished, and nothing more is sent. A second signal, such as another Ctrl-C, stops immediately.
    Journal: [repository]/.callrules/journal/[time].jsonl  (undo with `callrules rollback [repository]/.callrules/journal/[time].jsonl`)
    To finish, run `callrules apply` again.
    ");
}

#[test]
fn long_penalty_ends_run_and_errors_name_its_end() {
    let env = start_env(&["429 pause=7200 method=POST nth=2"]);
    let run = env.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["stopped"], false, "{report:#}");
    let changes = report["changes"].as_array().unwrap();
    let outcomes = changes.iter().map(|c| c["outcome"].as_str().unwrap());
    let outcomes: Vec<&str> = outcomes.collect();
    assert!(outcomes.contains(&"notTried"), "{outcomes:?}");
    let errors: Vec<&str> = changes.iter().filter_map(|c| c["error"].as_str()).collect();
    // Four users are written at the same time, and one was written but can't be read back.
    assert!((1..=5).contains(&errors.len()), "{report:#}");
    let write_error = errors
        .iter()
        .find(|error| error.starts_with("POST "))
        .unwrap();
    // Errors of other users may be about the read before their writes. The reason is the same.
    let (_, reason) = write_error.rsplit_once("/interaction-rules").unwrap();
    assert!(errors.iter().all(|e| e.ends_with(reason)), "{errors:#?}");
    // The digits are the id of the user and the end of the penalty.
    let masked = write_error.replace(|c: char| c.is_ascii_digit(), "#");
    insta::assert_snapshot!(masked, @"POST /restapi/v#/accounts/~/extensions/####/comm-handling/voice/interaction-rules was not sent: RingCentral accepts no requests before ####-##-## ##:## UTC; run again after that");
    let exchanges = env.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.avoidable), "{exchanges:#?}");
}

#[test]
fn signal_during_rate_limit_wait_skips_waiting_write() {
    let env = start_env(&["429 pause=60 method=POST nth=2"]);
    let is_rate_limited = || env.requests("POST", "").iter().any(|e| e.status == 429);
    let stopped = stop_apply(&env, "-TERM", is_rate_limited);
    assert_eq!(stopped.code, 3, "{:#}", stopped.report);
    let elapsed = stopped.elapsed;
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    let outcomes = assert_report_matches_account(&env, &stopped.report);
    assert!(outcomes.contains(&"notTried".to_owned()), "{outcomes:?}");
    let mut lines = stopped.stderr.lines();
    let notice = lines.find(|line| line.starts_with("Stopping")).unwrap();
    insta::assert_snapshot!(notice, @"Stopping: requests in progress are finished, and nothing more is sent. A second signal, such as another Ctrl-C, stops immediately.");
    let exchanges = env.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.avoidable), "{exchanges:#?}");
}

/// Starts a repository that creates one rule.
fn start_single_write_env(fault: &str) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), &[fault]);
    env.write("users/alex.yaml", &build_user_file("101", &["A"]));
    env
}

#[test]
fn signal_during_last_write_is_reported() {
    let env = start_single_write_env("slow delay=0.6 method=POST path=interaction-rules");
    let child = start_apply(env.command(), &[]);
    wait_until(|| has_started_writing(&env));
    send_signal("-TERM", &child);
    let Run { code, out, err } = wait_for_exit(child);
    assert_eq!(code, 3, "{out}{err}");
    insta::assert_snapshot!(last_paragraph(&out), @"
    Plan: 1 to create for 1 of 1 user
    Done 1 · failed 0 · refused 0 · not tried 0
    The run was stopped: requests in flight were completed, but possibly not read back; the rest were not sent.
    ");
}

#[test]
fn signal_before_first_write_ends_run_at_once() {
    let env = start_single_write_env("slow delay=20 method=GET path=interaction-rules");
    let mut errors = BTreeSet::new();
    for arguments in [&[][..], &["--format", "json"]] {
        let reads_before = env.requests("GET", "/interaction-rules").len();
        let child = start_apply(env.command(), arguments);
        wait_until(|| env.requests("GET", "/interaction-rules").len() > reads_before);
        let sent = Instant::now();
        send_signal("-TERM", &child);
        let Run { code, out, err } = wait_for_exit(child);
        assert!(sent.elapsed() < Duration::from_secs(10));
        assert_eq!(code, 1, "{out}{err}");
        assert_eq!(out, "");
        errors.insert(problem_lines(&err).to_owned());
    }
    assert!(!has_started_writing(&env));
    assert_eq!(errors.len(), 1, "{errors:#?}");
    insta::assert_snapshot!(errors.first().unwrap(), @"error: stopped before the first write: nothing was changed");
}

#[test]
fn second_signal_ends_run_during_write() {
    let env = start_single_write_env("slow delay=20 method=POST path=interaction-rules");
    let mut child = start_apply(env.command(), &[]);
    wait_until(|| has_started_writing(&env));
    let sent = Instant::now();
    send_signal("-TERM", &child);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let banner = lines.next().unwrap().unwrap();
    assert!(banner.contains(ACCOUNT), "{banner}");
    // The program has handled the first signal when it prints this.
    let notice = lines.next().unwrap().unwrap();
    send_signal("-TERM", &child);
    let last_lines: Vec<String> = lines.map(Result::unwrap).collect();
    insta::assert_snapshot!(format!("{notice}\n{}", last_lines.join("\n")), @"
    Stopping: requests in progress are finished, and nothing more is sent. A second signal, such as another Ctrl-C, stops immediately.
    Stopped immediately: the write in progress may have been made.
    ");
    assert_eq!(wait_for_exit(child).code, 3);
    assert!(sent.elapsed() < Duration::from_secs(10));
}

/// The shell ignores the signal first, as `nohup` and background jobs of scripts do.
#[cfg(target_os = "linux")]
#[test]
fn inherited_ignored_signal_does_not_stop_apply() {
    for (ignored, signal) in [("INT", "-INT"), ("HUP", "-HUP")] {
        let env = start_single_write_env("slow delay=0.6 method=POST path=interaction-rules");
        let program = env.command();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {ignored}; exec \"$@\""), "sh"]);
        shell.arg(program.get_program()).args(program.get_args());
        shell.envs(program.get_envs().filter_map(|(k, v)| Some((k, v?))));
        let child = start_apply(shell, &["--format", "json"]);
        wait_until(|| has_started_writing(&env));
        send_signal(signal, &child);
        let Run { code, out, err } = wait_for_exit(child);
        assert_eq!(code, 0, "{ignored}: {out}{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["stopped"], false, "{ignored}: {report:#}");
    }
}

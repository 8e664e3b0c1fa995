//! Ctrl-C and SIGTERM in the middle of an apply.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{file, names};
use crate::support::{ACCOUNT, Run, TestEnv, single_user_seed};

const USERS: u32 = 6;

/// Users 101 and on, each of whom gets two rules.
fn env(faults: &[&str]) -> TestEnv {
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
        let file = file(&number.to_string(), &["A", "B"]);
        env.write(&format!("users/{number}.yaml"), &file);
    }
    env
}

/// An apply that was begun, with these arguments more.
fn begun(mut command: Command, arguments: &[&str]) -> Child {
    command.args(["apply", "--auto-approve"]).args(arguments);
    let streams = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    streams.spawn().unwrap()
}

/// Waits until the account says so.
fn wait_for(now: impl Fn() -> bool) {
    let begin = Instant::now();
    while !now() {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "it never came so far"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn send(signal: &str, child: &Child) {
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

fn ended(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Begins an apply, and sends a signal as soon as the account says so.
fn interrupted(env: &TestEnv, signal: &str, now: impl Fn() -> bool) -> (i32, Value, Duration) {
    let child = begun(env.command(), &["--format", "json"]);
    wait_for(now);
    let sent = Instant::now();
    send(signal, &child);
    let Run { code, out, err } = ended(child);
    let span = sent.elapsed();
    assert!(
        err.contains("Stopping: what is under way is finished"),
        "{err}"
    );
    let report = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {err}"));
    (code, report, span)
}

/// Every change with its outcome, where the account agrees with it.
fn honest(env: &TestEnv, report: &Value) -> Vec<String> {
    assert_eq!(report["stopped"], true, "{report:#}");
    let changes = report["changes"].as_array().unwrap().iter();
    let outcomes = changes.map(|change| {
        let outcome = change["outcome"].as_str().unwrap();
        let number = change["extensionNumber"].as_str().unwrap();
        let name = change["name"].as_str().unwrap().to_owned();
        let is_there = names(&env.user(number)).contains(&name);
        assert_eq!(is_there, outcome == "done", "{number} {name}: {outcome}");
        outcome.to_owned()
    });
    outcomes.collect()
}

fn is_writing(env: &TestEnv) -> bool {
    !env.requests("POST", "/interaction-rules").is_empty()
}

/// The signals that end a run in order. One that whoever runs the tests has switched off, such as `nohup` or
/// the background of a script, is switched off for the program too.
fn heeded() -> Vec<&'static str> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    let is_on = |number: u32| mask >> (number - 1) & 1 == 0;
    let signals = [("-HUP", 1), ("-INT", 2), ("-TERM", 15)];
    let on = signals.into_iter().filter(|(_, number)| is_on(*number));
    on.map(|(signal, _)| signal).collect()
}

#[test]
fn what_is_under_way_is_finished_and_the_rest_is_told_as_not_tried() {
    for signal in heeded() {
        let env = env(&["slow delay=0.6 method=POST"]);
        let (code, report, _) = interrupted(&env, signal, || is_writing(&env));
        assert_eq!(code, 3, "{report:#}");
        let outcomes = honest(&env, &report);
        assert_eq!(outcomes.len(), 2 * USERS as usize);
        let done = outcomes.iter().filter(|word| *word == "done").count();
        assert!((1..=4).contains(&done), "{outcomes:?}");
        assert_eq!(report["summary"]["failed"], 0, "{report:#}");
        assert_eq!(env.requests("POST", "/interaction-rules").len(), done);
    }
}

#[test]
fn where_the_service_wants_nothing_for_hours_the_run_ends_and_says_until_when() {
    let env = env(&["429 pause=7200 method=POST nth=2"]);
    let run = env.run(&["apply", "--auto-approve", "--format", "json"]);
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
    let exchanges = env.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.in_spite), "{exchanges:#?}");
}

#[test]
fn a_write_that_waits_for_the_rate_limit_is_not_sent() {
    let env = env(&["429 pause=60 method=POST nth=2"]);
    let rests = || env.requests("POST", "").iter().any(|e| e.status == 429);
    let (code, report, span) = interrupted(&env, "-TERM", rests);
    assert_eq!(code, 3, "{report:#}");
    assert!(span < Duration::from_secs(10), "{span:?}");
    let outcomes = honest(&env, &report);
    assert!(outcomes.contains(&"notTried".to_owned()), "{outcomes:?}");
    let exchanges = env.sandbox().exchanges();
    assert!(exchanges.iter().all(|e| !e.in_spite), "{exchanges:#?}");
}

/// One user with one rule to make.
fn one_write(fault: &str) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), &[fault]);
    env.write("users/alex.yaml", &file("101", &["A"]));
    env
}

#[test]
fn who_stops_the_last_write_is_told_so() {
    let env = one_write("slow delay=0.6 method=POST path=interaction-rules");
    let child = begun(env.command(), &[]);
    wait_for(|| is_writing(&env));
    send("-TERM", &child);
    let Run { code, out, err } = ended(child);
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("Done 1 "), "{out}");
    assert!(out.contains("The run was stopped"), "{out}");
}

#[test]
fn what_only_reads_ends_at_once_and_says_that_nothing_was_written() {
    let env = one_write("slow delay=20 method=GET path=interaction-rules");
    for arguments in [&[][..], &["--format", "json"]] {
        let before = env.requests("GET", "/interaction-rules").len();
        let child = begun(env.command(), arguments);
        wait_for(|| env.requests("GET", "/interaction-rules").len() > before);
        let sent = Instant::now();
        send("-TERM", &child);
        let Run { code, out, err } = ended(child);
        assert!(sent.elapsed() < Duration::from_secs(10));
        assert_eq!(code, 1, "{out}{err}");
        assert_eq!(out, "");
        let told = "error: stopped before the first write: nothing was changed\n";
        assert!(err.ends_with(told), "{err}");
    }
    assert!(!is_writing(&env));
}

#[test]
fn a_second_signal_ends_it_whatever_is_under_way() {
    let env = one_write("slow delay=20 method=POST path=interaction-rules");
    let mut child = begun(env.command(), &[]);
    wait_for(|| is_writing(&env));
    let sent = Instant::now();
    send("-TERM", &child);
    // The first one has been heard when it is told.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = lines.find(|line| line.as_ref().unwrap().starts_with("Stopping: "));
    assert!(
        told.unwrap()
            .unwrap()
            .ends_with("Another signal ends it at once.")
    );
    send("-TERM", &child);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(
        rest,
        ["Ended at once: a write under way may have been carried out."]
    );
    assert_eq!(ended(child).code, 3);
    assert!(sent.elapsed() < Duration::from_secs(10));
}

/// As `nohup`, and scripts that run something in the background, begin it.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_switched_off_stays_so() {
    for (off, signal) in [("INT", "-INT"), ("HUP", "-HUP")] {
        let env = one_write("slow delay=0.6 method=POST path=interaction-rules");
        let program = env.command();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {off}; exec \"$@\""), "sh"]);
        shell.arg(program.get_program()).args(program.get_args());
        shell.envs(program.get_envs().filter_map(|(k, v)| Some((k, v?))));
        let child = begun(shell, &[]);
        wait_for(|| is_writing(&env));
        send(signal, &child);
        let Run { code, out, err } = ended(child);
        assert_eq!(code, 0, "{off}: {out}{err}");
        assert!(!out.contains("stopped"), "{out}");
    }
}

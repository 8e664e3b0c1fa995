//! Whoever listens may go away: what was begun is carried out, and told where it still can be.

#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{file, names};
use crate::support::{TestEnv, single_user_seed};

fn env(fault: &[&str]) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), fault);
    env.write("users/alex.yaml", &file("101", &["A", "B"]));
    env
}

#[test]
fn a_report_that_cannot_be_written_is_told_on_the_other_stream() {
    let env = env(&[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = env.command();
    command.args(["apply", "--auto-approve", "--format", "json"]);
    let output = command.stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{err}");
    let (_, report) = err.split_once(".jsonl`)\n").unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!(report["summary"]["done"], 2);
    assert_eq!(names(&env.user("101")), ["A", "B"]);
}

#[test]
fn readers_that_go_away_change_neither_the_work_nor_its_exit_code() {
    // The second rule fails, which the exit code tells.
    let faults = [
        "html status=400 method=POST path=interaction-rules nth=2",
        "slow delay=0.5 method=POST path=interaction-rules",
    ];
    for gone in ["out", "err", "both"] {
        let env = env(&faults);
        let mut command = env.command();
        command.args(["apply", "--auto-approve"]);
        let streams = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut err = child.stderr.take().unwrap();
        let mut line = String::new();
        while !line.starts_with("Plan: ") {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0);
        }
        let mut told = String::new();
        match gone {
            "out" => {
                drop(out);
                err.read_to_string(&mut told).unwrap();
            }
            "err" => {
                drop(err);
                out.read_to_string(&mut told).unwrap();
            }
            _ => drop((out, err)),
        }
        assert_eq!(child.wait().unwrap().code(), Some(3), "{gone}: {told}");
        let is_told = told.contains("Done 1 · failed 1");
        assert_eq!(is_told, gone != "both", "{gone}: {told}");
        assert_eq!(names(&env.user("101")), ["A"]);
    }
}

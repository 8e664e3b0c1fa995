//! Who cancels a run ends callrules in order, and keeps the journal.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::Runner;

/// Runs until it is told to end, then until it is let go, and says how often it was told.
const PATIENT: &str = r#"#!/usr/bin/env bash
told=0
trap 'told=$((told + 1)); echo told' TERM
cat "$FAKE/go" &
go=$!
echo ready
while kill -0 "$go" 2>/dev/null; do wait "$go"; done
echo "told $told in all"
exit 3
"#;

#[test]
fn a_cancelled_apply_is_told_once_and_ends_itself() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.set("COMMAND", "apply");
    runner.program("callrules", PATIENT);
    let go = runner.at("fake/go");
    assert!(Command::new("mkfifo").arg(&go).status().unwrap().success());
    let mut step = runner
        .command("run.sh")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(step.stdout.take().unwrap());
    let mut until = |expected: &str| {
        let mut line = String::new();
        while line != expected {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before");
        }
    };
    // GitHub sends both, a few seconds apart.
    for (signal, after) in [("-INT", "ready\n"), ("-TERM", "told\n")] {
        until(after);
        let sent = Command::new("kill")
            .args([signal, &step.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }
    fs::write(&go, "").unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(step.wait().unwrap().code(), Some(3), "{rest}");
    assert!(rest.starts_with("told 1 in all\n"), "{rest}");
    let outputs = runner.outputs();
    assert!(outputs["journal"].ends_with("/journal.jsonl"));
    assert_eq!(outputs["exit-code"], "3");
    let summary = fs::read_to_string(runner.at("summary")).unwrap();
    assert!(summary.contains("told 1 in all"), "{summary}");
}

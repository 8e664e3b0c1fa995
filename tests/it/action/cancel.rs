//! Canceling a run of the action: callrules receives one signal and the journal is kept.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::{Runner, assert_contains};
use crate::support::wait_in_time;

/// A fake `callrules` that counts SIGTERM. It exits with 3 when the FIFO `$FAKE/go` is closed.
const SIGNAL_COUNTER: &str = r#"#!/usr/bin/env bash
count=0
trap 'count=$((count + 1)); echo signal' TERM
cat "$FAKE/go" &
go=$!
echo ready
while kill -0 "$go" 2>/dev/null; do wait "$go"; done
echo "signals: $count"
exit 3
"#;

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn canceled_apply_gets_one_signal_and_keeps_its_journal() {
    let mut runner = Runner::new();
    runner.set_variable("COMMAND", "apply");
    runner.install_program("callrules", SIGNAL_COUNTER);
    let fifo = runner.path("fake/go");
    let mkfifo = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(mkfifo.success());
    let mut step = runner
        .step_command("run.sh")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(step.stdout.take().unwrap());
    let mut read_until = |expected: &str| {
        let mut line = String::new();
        while line != expected {
            line.clear();
            let length = stdout.read_line(&mut line).unwrap();
            assert_ne!(length, 0, "the step ended before it printed {expected:?}");
        }
    };
    // GitHub sends both signals, a few seconds apart.
    for (signal, previous_line) in [("-INT", "ready\n"), ("-TERM", "signal\n")] {
        read_until(previous_line);
        let kill = Command::new("kill")
            .args([signal, &step.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }
    fs::write(&fifo, "").unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(wait_in_time(step).status.code(), Some(3), "{rest}");
    assert!(rest.starts_with("signals: 1\n"), "{rest}");
    let outputs = runner.read_outputs();
    assert!(outputs["journal"].ends_with("/journal.jsonl"));
    assert_eq!(outputs["exit-code"], "3");
    let summary = fs::read_to_string(runner.path("summary")).unwrap();
    assert_contains(&summary, "signals: 1");
}

//! Applies and rollbacks that are killed during a write: the journal matches the account.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use callrules::journal::{self, JournalEnd, WriteRecord};
use callrules::sandbox::RecordedExchange;

use super::{AccountBaseline, apply_with_journal, roll_back};
use crate::apply::{mask_run, problem_lines};
use crate::support::TestEnv;

/// Returns the journals in the folder of the repository, if there are any.
fn list_journals(env: &TestEnv) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(env.path().join(".callrules/journal")) else {
        return Vec::new();
    };
    let mut journals: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    journals.sort();
    journals
}

/// Starts a command, and kills it during a write, as soon as its journal has that many writes.
fn kill_during_write(
    env: &TestEnv,
    arguments: &[&str],
    journal: impl Fn() -> Option<PathBuf>,
    writes: usize,
) {
    let mut child = env.command().args(arguments).spawn().unwrap();
    let count_lines = |key: &str| {
        let text = journal().and_then(|path| fs::read_to_string(path).ok());
        text.map_or(0, |text| text.matches(key).count())
    };
    while count_lines("\"change\":") < writes {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "the command ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // One write has no outcome, and others were not started.
    assert!(count_lines("\"outcome\":") < count_lines("\"change\":"));
    assert!(count_lines("\"change\":") < 11);
    // The sandbox finishes the current write.
    std::thread::sleep(Duration::from_millis(300));
}

/// Rolls back with the journal of a killed run, and returns its first warning.
fn roll_back_killed_run(env: &TestEnv, journal: &str) -> String {
    // The journal does not show whether the killed run created the rule of its last write.
    let options = ["--auto-approve", "--max-users-emptied", "1"];
    let run = env.run(&[&["rollback", journal], &options[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let warning = problem_lines(&run.err).lines().next().unwrap();
    mask_run(env, warning)
}

#[test]
fn rollback_undoes_killed_apply() {
    let mut warnings = BTreeSet::new();
    for writes in [1, 4, 8] {
        let env = TestEnv::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = AccountBaseline::capture(&env);
        let find_journal = || list_journals(&env).pop();
        kill_during_write(&env, &["apply", "--auto-approve"], find_journal, writes);
        let journals = list_journals(&env);
        assert_eq!(journals.len(), 1, "{journals:?}");
        warnings.insert(roll_back_killed_run(&env, journals[0].to_str().unwrap()));
        assert!(before.matches(&env));
    }
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    insta::assert_snapshot!(warnings.first().unwrap(), @"warning: [repository]/.callrules/journal/[time].jsonl is incomplete: its run was killed, or lines at the end were removed; only the writes that it contains are undone");
}

/// Asserts that a journal has the writes that the account received since, apart from those without
/// an outcome.
fn assert_journal_matches_requests(env: &TestEnv, journal: &str, sent_before: usize) {
    let journal = journal::parse_journal(&fs::read_to_string(journal).unwrap()).unwrap();
    assert_eq!(journal.end, JournalEnd::Missing);
    let exchanges = env.sandbox().exchanges().split_off(sent_before);
    let is_write = |exchange: &&RecordedExchange| {
        matches!(&*exchange.method, "POST" | "PATCH" | "DELETE")
            && exchange.path.contains("/comm-handling/")
    };
    let sent: Vec<String> = exchanges
        .iter()
        .filter(is_write)
        .map(|exchange| format!("{} {}", exchange.method, exchange.path))
        .collect();
    let describe = |write: &WriteRecord| {
        let request = &write.started.change.request;
        let method = serde_json::to_value(request.method).unwrap();
        format!("{} {}", method.as_str().unwrap(), request.path)
    };
    let recorded: Vec<String> = journal.writes.iter().map(describe).collect();
    for request in &sent {
        assert!(recorded.contains(request), "{request}");
    }
    for write in &journal.writes {
        let is_sent = sent.contains(&describe(write));
        assert!(is_sent || write.finished.is_none(), "{}", describe(write));
    }
    let unfinished = journal.writes.iter().filter(|w| w.finished.is_none());
    let mut users: Vec<_> = unfinished.map(|write| &write.started.user.id).collect();
    users.sort();
    let unfinished_writes = users.len();
    users.dedup();
    assert!(unfinished_writes > 0);
    assert_eq!(
        users.len(),
        unfinished_writes,
        "a user has two writes at a time"
    );
}

#[test]
fn killed_rollback_can_be_finished_or_rolled_back() {
    for writes in [1, 4, 8] {
        let env = TestEnv::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = AccountBaseline::capture(&env);
        let first = apply_with_journal(&env);
        let after = AccountBaseline::capture(&env);
        let second = format!("{first}.killed");
        let rollback = ["rollback", &first, "--auto-approve", "--journal", &second];
        let sent_before = env.sandbox().exchanges().len();
        let find_journal = || Some(PathBuf::from(&second));
        kill_during_write(&env, &rollback, find_journal, writes);
        assert_journal_matches_requests(&env, &second, sent_before);
        assert!(!before.matches(&env));

        if writes == 4 {
            roll_back_killed_run(&env, &second);
            assert!(after.matches(&env));
            continue;
        }
        let finish = roll_back(&env, &first);
        assert_eq!(finish.code, 0, "{}{}", finish.out, finish.err);
        assert!(before.matches(&env));
    }
}

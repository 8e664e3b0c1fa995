//! Killed at any point, the journal and the account tell the same story.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use callrules::journal::{self, End, Write};
use callrules::sandbox::Exchange;

use super::{Remembered, apply, roll_back};
use crate::support::TestEnv;

fn journals(env: &TestEnv) -> Vec<PathBuf> {
    let folder = env.path().join(".callrules/journal");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

/// Begins a command that writes, and kills it while a write is under way.
fn killed(env: &TestEnv, arguments: &[&str], journal: impl Fn() -> Option<PathBuf>, writes: usize) {
    let mut child = env.command().args(arguments).spawn().unwrap();
    let lines = |key: &str| {
        let text = journal().map(|path| fs::read_to_string(path).unwrap_or_default());
        text.map_or(0, |text| text.matches(key).count())
    };
    while lines("\"change\":") < writes {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before it could be killed"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // In the middle: a write was under way, and others had not begun.
    assert!(lines("\"outcome\":") < lines("\"change\":"));
    assert!(lines("\"change\":") < 11);
    // A write that was under way arrives.
    std::thread::sleep(Duration::from_millis(300));
}

/// Of a rule whose making was under way nobody can prove whose it is.
fn undo(env: &TestEnv, journal: &str) {
    let all = ["--auto-approve", "--max-emptied", "1"];
    let back = env.run(&[&["rollback", journal], &all[..]].concat());
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(
        back.err.contains(" has no end: its run was killed"),
        "{}",
        back.err
    );
}

#[test]
fn wherever_it_is_killed_the_journal_shows_the_way_back() {
    for writes in [1, 4, 8] {
        let env = TestEnv::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = Remembered::now(&env);
        let journal = || journals(&env).pop();
        killed(&env, &["apply", "--auto-approve"], journal, writes);
        let [journal] = &journals(&env)[..] else {
            panic!("{:?}", journals(&env));
        };
        undo(&env, journal.to_str().unwrap());
        assert!(before.is_so(&env));
    }
}

/// What was sent to the account since, and what a journal says of that: the same, but for what was under
/// way.
fn tells_the_same_story(env: &TestEnv, journal: &str, sent_before: usize) {
    let journal = journal::read(&fs::read_to_string(journal).unwrap()).unwrap();
    assert_eq!(journal.end, End::Early);
    let sent = env.sandbox().exchanges().split_off(sent_before);
    let is_write = |exchange: &&Exchange| {
        matches!(&*exchange.method, "POST" | "PATCH" | "DELETE")
            && exchange.path.contains("/comm-handling/")
    };
    let sent: Vec<String> = { sent.iter().filter(is_write) }
        .map(|exchange| format!("{} {}", exchange.method, exchange.path))
        .collect();
    let told = |write: &Write| {
        let request = &write.begun.change.request;
        let method = serde_json::to_value(request.method).unwrap();
        format!("{} {}", method.as_str().unwrap(), request.path)
    };
    for sent in &sent {
        assert!(
            journal.writes.iter().any(|write| told(write) == *sent),
            "{sent}"
        );
    }
    for write in &journal.writes {
        let is_sent = sent.contains(&told(write));
        assert!(is_sent || write.settled.is_none(), "{}", told(write));
    }
    let mut users: Vec<_> = { journal.writes.iter() }
        .filter(|write| write.settled.is_none())
        .map(|write| &write.begun.user.id)
        .collect();
    users.sort();
    let under_way = users.len();
    users.dedup();
    assert!(under_way > 0);
    assert_eq!(users.len(), under_way, "one write of a user at a time");
}

#[test]
fn a_rollback_that_is_killed_is_finished_or_taken_back() {
    for writes in [1, 4, 8] {
        let env = TestEnv::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = Remembered::now(&env);
        let first = apply(&env);
        let after = Remembered::now(&env);
        let second = format!("{first}.killed");
        let rollback = ["rollback", &first, "--auto-approve", "--journal", &second];
        let sent = env.sandbox().exchanges().len();
        killed(&env, &rollback, || Some(PathBuf::from(&second)), writes);
        tells_the_same_story(&env, &second, sent);
        assert!(!before.is_so(&env));

        // Back to where the rollback began, or on to where it was going.
        if writes == 4 {
            undo(&env, &second);
            assert!(after.is_so(&env));
            continue;
        }
        let finish = roll_back(&env, &first);
        assert_eq!(finish.code, 0, "{}{}", finish.out, finish.err);
        assert!(before.is_so(&env));
    }
}

//! Journals that are none, or are not as they were written.

use std::fs;

use super::{Remembered, apply};
use crate::support::TestEnv;

#[test]
fn what_is_no_journal_of_this_account_is_refused() {
    let env = TestEnv::example("acme");
    let journal = apply(&env);
    let text = fs::read_to_string(&journal).unwrap();
    let refused = |text: &str, why: &str| {
        fs::write(&journal, text).unwrap();
        let run = env.run(&["rollback", &journal, "--auto-approve"]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.err.contains(why), "{}", run.err);
    };
    let before = env.sandbox().exchanges().len();
    refused("", "its first line is no header");
    refused(&text.replacen("\"2.1\"", "\"9.0\"", 1), "format 9.0");
    let of_other = text.replacen("37439510", "37439511", 1);
    refused(&of_other, "line 1: the checksum does not fit");
    let file = format!("error: {journal}: ");
    let without: Vec<&str> = { text.split_inclusive('\n').enumerate() }
        .filter_map(|(at, line)| (at != 4).then_some(line))
        .collect();
    refused(
        &without.concat(),
        &format!("{file}line 5: line 5 of the journal belongs here"),
    );
    refused(
        &text.replacen("{\"line\":3,", "{\"line\":03,", 1),
        "line 3: the checksum",
    );
    refused(
        &text.replacen("\"write\":2,", "\"write\":3,", 1),
        "help: nothing is undone",
    );
    // Not even the sign-in was sent.
    assert_eq!(env.sandbox().exchanges().len(), before);
    for secret in ["aGVhZGVy.cGF5bG9hZA", "secret", "Bearer"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn without_a_journal_nothing_is_written() {
    let env = TestEnv::example("acme");
    let there = env.path().join("callrules.yaml");
    let below = there.join("journal.jsonl");
    for file in [&there, &below] {
        let file = file.to_str().unwrap();
        let run = env.run(&["apply", "--auto-approve", "--journal", file]);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("nothing was written"), "{}", run.err);
        assert!(
            run.err.contains("help: name a file that is not there yet"),
            "{}",
            run.err
        );
        assert!(run.err.contains("or leave `--journal` out"), "{}", run.err);
    }
    env.write(".callrules/journal", "no folder");
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("with `--journal FILE`"), "{}", run.err);
    assert_eq!(env.requests("PATCH", "").len(), 0);
}

/// A journal that was cut off is as good as its whole lines, and says that it was.
#[test]
fn what_is_cut_off_is_told_and_undone_as_far_as_it_goes() {
    let env = TestEnv::example("acme");
    let before = Remembered::now(&env);
    let journal = apply(&env);
    let text = fs::read_to_string(&journal).unwrap();
    let (lines, end) = text.trim_end().rsplit_once('\n').unwrap();
    fs::write(&journal, format!("{lines}\n")).unwrap();
    let run = env.run(&["rollback", &journal]);
    let why = format!("warning: {journal} has no end: its run was killed, or lines");
    assert!(run.err.contains(&why), "{}", run.err);

    let (lines, settled) = lines.rsplit_once('\n').unwrap();
    assert!(settled.contains("\"outcome\":\"done\""), "{settled}");
    fs::write(&journal, format!("{lines}\n{}", &settled[..90])).unwrap();
    // Whose the rule is that was under way, nobody can prove now.
    let all = ["--auto-approve", "--max-emptied", "1"];
    let run = env.run(&[&["rollback", &journal], &all[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let why = format!(
        "warning: {journal} is cut off in line {}: ",
        text.lines().count() - 1
    );
    assert!(run.err.contains(&why), "{}", run.err);
    assert!(before.is_so(&env));
    assert!(end.contains("endedAt"));
}

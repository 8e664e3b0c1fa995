//! Rollbacks with a file that is not a journal, or with a damaged one.

use std::fmt::Write as _;
use std::fs;

use super::{AccountBaseline, apply_with_journal};
use crate::apply::{mask_run, problem_lines};
use crate::support::TestEnv;

#[test]
fn rollback_refuses_damaged_journal_before_any_request() {
    let env = TestEnv::example("acme");
    let journal = apply_with_journal(&env);
    let text = fs::read_to_string(&journal).unwrap();
    let numbered = text.split_inclusive('\n').enumerate();
    let without_line_5: String = numbered
        .filter_map(|(place, line)| (place != 4).then_some(line))
        .collect();
    let sent_before = env.sandbox().exchanges().len();
    let mut errors = String::new();
    for (damage, damaged) in [
        ("empty", String::new()),
        ("other format", text.replacen("\"2.2\"", "\"9.0\"", 1)),
        ("other account", text.replacen("37439510", "37439511", 1)),
        ("without line 5", without_line_5),
        (
            "other spelling of a number",
            text.replacen("{\"line\":3,", "{\"line\":03,", 1),
        ),
        (
            "other write",
            text.replacen("\"write\":1,", "\"write\":2,", 1),
        ),
    ] {
        fs::write(&journal, damaged).unwrap();
        let run = env.run(&["rollback", &journal, "--auto-approve"]);
        assert_eq!(run.code, 1, "{damage}: {}", run.out);
        writeln!(errors, "{damage}:\n{}", mask_run(&env, &run.err)).unwrap();
    }
    insta::assert_snapshot!(errors, @"
    empty:
    error: [repository]/apply.jsonl: not a callrules journal: its first line is not a header (or the run was killed before its first write)
    help: use the path that `apply` printed

    other format:
    error: [repository]/apply.jsonl: the journal has format 9.0, but this version of callrules reads 2.2
    help: use the version of callrules that wrote it

    other account:
    error: [repository]/apply.jsonl: line 1: the checksum does not match: the line was changed
    help: callrules doesn't use an edited journal: restore the original file, or correct the rules in the files and apply

    without line 5:
    error: [repository]/apply.jsonl: line 5: expected line 5 of the journal, found its line 6: lines were removed, added or moved
    help: callrules doesn't use an edited journal: restore the original file, or correct the rules in the files and apply

    other spelling of a number:
    error: [repository]/apply.jsonl: line 3: the checksum does not match: the line was changed
    help: callrules doesn't use an edited journal: restore the original file, or correct the rules in the files and apply

    other write:
    error: [repository]/apply.jsonl: line 2: the checksum does not match: the line was changed
    help: callrules doesn't use an edited journal: restore the original file, or correct the rules in the files and apply
    ");
    // The program has not even signed in.
    assert_eq!(env.sandbox().exchanges().len(), sent_before);
}

#[test]
fn journal_contains_no_secrets() {
    let env = TestEnv::example("acme");
    let text = fs::read_to_string(apply_with_journal(&env)).unwrap();
    for secret in ["aGVhZGVy.cGF5bG9hZA", "secret", "Bearer"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn apply_without_writable_journal_writes_nothing() {
    let env = TestEnv::example("acme");
    let existing = env.path().join("callrules.yaml");
    let below_file = existing.join("journal.jsonl");
    let mut errors = String::new();
    for file in [&existing, &below_file] {
        let file = file.to_str().unwrap();
        let run = env.run(&["apply", "--auto-approve", "--journal", file]);
        assert_eq!(run.code, 1);
        errors.push_str(&mask_run(&env, problem_lines(&run.err)));
    }
    env.write(".callrules/journal", "not a folder");
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    errors.push_str(&mask_run(&env, problem_lines(&run.err)));
    insta::assert_snapshot!(errors, @"
    error: can't create the journal [repository]/callrules.yaml, so nothing was changed: File exists (os error 17)
    help: use a new file in a writable folder, or omit `--journal` to write the journal to .callrules/journal
    error: can't create the journal [repository]/callrules.yaml/journal.jsonl, so nothing was changed: File exists (os error 17)
    help: use a new file in a writable folder, or omit `--journal` to write the journal to .callrules/journal
    error: can't create the journal [repository]/.callrules/journal/[time].jsonl, so nothing was changed: File exists (os error 17)
    help: use `--journal FILE` with a file that can be written
    ");
    assert_eq!(env.requests("PATCH", "").len(), 0);
}

/// Returns the first line of the warnings and errors.
fn first_problem(text: &str) -> &str {
    problem_lines(text).lines().next().unwrap()
}

#[test]
fn rollback_with_truncated_journal_warns_and_undoes_its_complete_lines() {
    let env = TestEnv::example("acme");
    let before = AccountBaseline::capture(&env);
    let journal = apply_with_journal(&env);
    let text = fs::read_to_string(&journal).unwrap();
    let (lines, last_line) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(last_line.contains("endedAt"), "{last_line}");
    fs::write(&journal, format!("{lines}\n")).unwrap();
    let run = env.run(&["rollback", &journal]);
    insta::assert_snapshot!(mask_run(&env, first_problem(&run.err)), @"warning: [repository]/apply.jsonl is incomplete: its run was killed, or lines at the end were removed; only the writes that it contains are undone");

    let (lines, outcome_line) = lines.rsplit_once('\n').unwrap();
    assert!(
        outcome_line.contains("\"outcome\":\"done\""),
        "{outcome_line}"
    );
    fs::write(&journal, format!("{lines}\n{}", &outcome_line[..90])).unwrap();
    // The journal does not show whether the apply created the rule of its last write.
    let options = ["--auto-approve", "--max-users-emptied", "1"];
    let run = env.run(&[&["rollback", &journal], &options[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(mask_run(&env, first_problem(&run.err)), @"warning: [repository]/apply.jsonl is truncated in line 25: its run was killed while writing that line; the account shows whether the last write was made");
    assert!(before.matches(&env));
}

//! Journals that are none, or are not as they were written.

use std::fs;

use super::apply;
use crate::support::World;

#[test]
fn what_is_no_journal_of_this_account_is_refused() {
    let world = World::example("acme");
    let journal = apply(&world);
    let text = fs::read_to_string(&journal).unwrap();
    let refused = |text: &str, why: &str| {
        fs::write(&journal, text).unwrap();
        let run = world.run(&["rollback", &journal, "--auto-approve"]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.err.contains(why), "{}", run.err);
    };
    refused("", "its first line is no header");
    refused(&text.replacen("\"1.0\"", "\"9.0\"", 1), "format 9.0");
    refused(
        &text.replacen("37439510", "37439511", 1),
        "account 37439511",
    );
    refused(&text.replacen("{\"write\":2,", "{\"wrote\":2,", 1), "line ");
    for secret in ["aGVhZGVy.cGF5bG9hZA", "secret", "Bearer"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn without_a_journal_nothing_is_written() {
    let world = World::example("acme");
    let there = world.path().join("callrules.yaml");
    let below = there.join("journal.jsonl");
    for file in [&there, &below] {
        let file = file.to_str().unwrap();
        let run = world.run(&["apply", "--auto-approve", "--journal", file]);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("nothing was written"), "{}", run.err);
        assert!(
            run.err.contains("help: name a file that is not there yet"),
            "{}",
            run.err
        );
        assert!(run.err.contains("or leave `--journal` out"), "{}", run.err);
    }
    world.write(".callrules/journal", "no folder");
    let run = world.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("with `--journal FILE`"), "{}", run.err);
    assert_eq!(world.requests("PATCH", "").len(), 0);
}

//! The page of what scripts may rely on.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::blocks;
use super::terminal::Terminal;
use crate::support::copy;

/// The keys of the documents in `docs/json.md` are those of the real ones: no more, no fewer.
#[test]
fn the_json_is_as_documented() {
    let terminal = Terminal::open();
    let settings = terminal.folder.path().join("examples/acme/callrules.yaml");
    // A warning, and a user who loses every rule, so that there is something to look at.
    fs::write(&settings, "prune: all\n").unwrap();
    let priya = terminal
        .folder
        .path()
        .join("examples/acme/users/priya.yaml");
    fs::write(
        priya,
        "extension: \"102\"\ninteractionRules: { Office move: null }\n",
    )
    .unwrap();
    // Priya's tests are of the rules that she no longer has. One of the others is enough to look at.
    let acme = terminal.folder.path().join("examples/acme");
    let tested = terminal.folder.path().join("tested");
    copy(&acme.join("users"), &tested.join("users"));
    fs::write(tested.join("callrules.yaml"), "prune: all\n").unwrap();
    fs::create_dir(tested.join("tests")).unwrap();
    fs::write(
        tested.join("tests/alex.yaml"),
        "user: \"101\"\ntests:\n  - name: VIP\n    call: { from: \"+16501111111\", at: sat 12:00 }\n    \
         expect: { handledBy: VIP Calls After-Hours, endsAt: { phoneNumber: \"+14082324343\" }, rings: [] }\n",
    )
    .unwrap();
    fs::remove_dir_all(acme.join("tests")).unwrap();
    let broken = terminal.folder.path().join("broken");
    fs::create_dir_all(broken.join("users")).unwrap();
    fs::write(broken.join("callrules.yaml"), "prune: everything\n").unwrap();
    let mut checked = 0;
    for block in blocks("docs/json.md", "json") {
        let arguments: &[&str] = match block.info.get(1).map(String::as_str) {
            Some("plan") => &["-C", "examples/acme", "--sandbox", "plan", "--remember"],
            Some("doctor") => &["-C", "examples/acme", "--sandbox", "doctor"],
            Some("validate") => &["-C", "broken", "validate"],
            Some("summarize") => {
                for part in 1..=2 {
                    let shard = format!("--shard={part}/2");
                    let also = format!("--also=json={part}.json");
                    let plan = ["-C", "examples/acme", "--sandbox", "plan", &shard, &also];
                    assert!(terminal.program(&plan).output().unwrap().status.success());
                }
                &["summarize", "1.json", "2.json"]
            }
            Some("simulate") => &[
                "-C",
                "examples/acme",
                "simulate",
                "--user=101",
                "--from=+16501111111",
                "--at=2026-11-25T22:10",
            ],
            Some("test") => &["-C", "tested", "test"],
            Some("apply") => &[
                "-C",
                "examples/acme",
                "--sandbox",
                "apply",
                "--auto-approve",
                "--max-emptied=1",
            ],
            other => panic!("{}: whose output is it? {other:?}", block.at()),
        };
        let mut command = terminal.program(arguments);
        let output = command.args(["--format", "json"]).output().unwrap();
        let real: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown: Value = serde_json::from_str(&block.text).unwrap();
        assert_eq!(keys(&shown), keys(&real), "{}", block.at());
        assert_eq!(shown["formatVersion"], real["formatVersion"]);
        checked += 1;
    }
    assert_eq!(checked, 7);
}

/// Every path of keys in a document, lists aside.
fn keys(document: &Value) -> BTreeSet<String> {
    fn walk(at: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let at = format!("{at}.{key}");
                    found.insert(at.clone());
                    // What a field holds, and what the API is sent, is not this document's to say; nor
                    // are the days of a week and the callers of a list.
                    let is_open = [
                        "before", "after", "body", "weekly", "outside", "times", "listed",
                    ];
                    if at == ".users.impact.times" || !is_open.contains(&key.as_str()) {
                        walk(&at, value, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(at, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk("", document, &mut found);
    found
}

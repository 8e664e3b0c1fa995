//! `docs/reference/json.md`: the JSON documents that scripts may rely on.
//!
//! The examples of the page are shortened. They must have exactly the keys of the real documents.
//! Diagnostics, checks and trace entries must have the same text as in the real document.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};

use super::outputs::{assert_no_outdated_blocks, update_blocks};
use super::terminal::Terminal;
use super::{Block, blocks};
use crate::support::copy;

const PAGE: &str = "docs/reference/json.md";

/// Keys whose values are not part of the contract or have open sets of keys.
const OPEN: [&str; 7] = [
    "before", "after", "body", "weekly", "outside", "times", "listed",
];

/// Keys that identify an entry of a list.
const IDENTITY: [&str; 4] = ["code", "check", "state", "candidate"];

/// Keys with text for people.
const PROSE: [&str; 4] = ["message", "label", "help", "reason"];

#[test]
fn json_examples_match_real_documents() {
    let terminal = prepare_terminal();
    let mut outdated = Vec::new();
    let mut replacements = Vec::new();
    let blocks = blocks(PAGE, "json");
    assert_eq!(blocks.len(), 7);
    for block in blocks {
        let real = real_document(&terminal, &block);
        let shown: Value = serde_json::from_str(&block.text).unwrap();
        let updated = update("", &shown, &[&real]);
        assert_eq!(keys(&updated), keys(&real), "{}", block.location());
        if updated != shown {
            let text = print(&updated, 0) + "\n";
            outdated.push(format!("{}: expected\n{text}", block.location()));
            replacements.push((block, text));
        }
    }
    update_blocks(PAGE, &replacements);
    assert_no_outdated_blocks(&outdated);
}

/// Changes the examples so that every kind of entry appears in the real documents.
fn prepare_terminal() -> Terminal {
    let terminal = Terminal::open();
    let folder = terminal.folder.path();
    let acme = folder.join("examples/acme");
    // Without `account` there is a warning; Priya loses every rule, so there is a guard.
    fs::write(acme.join("callrules.yaml"), "prune: all\n").unwrap();
    fs::write(
        acme.join("users/priya.yaml"),
        "extension: \"102\"\ninteractionRules: { Office move: null }\n",
    )
    .unwrap();
    // Priya's tests are about rules that she no longer has. One test of Alex is enough.
    fs::remove_dir_all(acme.join("tests")).unwrap();
    let tested = folder.join("tested");
    copy(&acme.join("users"), &tested.join("users"));
    fs::write(tested.join("callrules.yaml"), "prune: all\n").unwrap();
    fs::create_dir(tested.join("tests")).unwrap();
    fs::write(
        tested.join("tests/alex.yaml"),
        "user: \"101\"\ntests:\n  - name: VIP\n    call: { from: \"+16501111111\", at: sat 12:00 }\n    \
         expect: { handledBy: VIP Calls After-Hours, endsAt: { phoneNumber: \"+14082324343\" }, rings: [] }\n",
    )
    .unwrap();
    // Only a part of Priya's rule can be adopted: its dates come from a calendar.
    let drifted = folder.join("drifted");
    copy(&acme, &drifted);
    fs::create_dir(drifted.join("calendars")).unwrap();
    fs::write(drifted.join("calendars/days.yaml"), "Moving: 2026-12-01\n").unwrap();
    fs::write(
        drifted.join("users/priya.yaml"),
        "extension: \"102\"\nprune: none\ninteractionRules:\n  Office move:\n    \
         conditions: { calledNumbers: [\"+16505550102\"], schedule: { calendar: days } }\n    \
         dispatching: { type: Terminate, terminate: voicemail }\n",
    )
    .unwrap();
    let limited = folder.join("limited");
    copy(&acme, &limited);
    let seed = limited.join("sandbox/acme.yaml");
    let text = fs::read_to_string(&seed).unwrap();
    let text = text.replacen("account:\n", "account:\n  permissions: [ReadAccounts]\n", 1);
    fs::write(seed, text).unwrap();
    let broken = folder.join("broken");
    fs::create_dir_all(broken.join("users")).unwrap();
    fs::write(broken.join("callrules.yaml"), "prune: everything\n").unwrap();
    terminal
}

/// Runs the command whose document a block shows.
fn real_document(terminal: &Terminal, block: &Block) -> Value {
    let arguments: &[&str] = match block.info.get(1).map(String::as_str) {
        Some("plan") => &["-C", "examples/acme", "--sandbox", "plan", "--incremental"],
        Some("doctor") => &["-C", "limited", "--sandbox", "doctor"],
        Some("validate") => &["-C", "broken", "validate"],
        Some("simulate") => &[
            "-C",
            "examples/acme",
            "simulate",
            "--user=101",
            "--from=+16501111111",
            "--at=2026-11-25T22:10",
        ],
        Some("test") => &["-C", "tested", "test"],
        Some("adopt") => &[
            "-C",
            "drifted",
            "--sandbox",
            "adopt",
            "--user=102",
            "--dry-run",
        ],
        Some("apply") => &[
            "-C",
            "examples/acme",
            "--sandbox",
            "apply",
            "--auto-approve",
            "--max-users-emptied=1",
        ],
        other => panic!("{}: no command prints {other:?}", block.location()),
    };
    let mut command = terminal.program(arguments);
    let output = command.args(["--format", "json"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}\n{stderr}", block.location()))
}

/// Returns the path of every key in a document. Positions in lists are not part of a path.
fn keys(document: &Value) -> BTreeSet<String> {
    fn collect(path: &str, value: &Value, keys: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = format!("{path}.{key}");
                    keys.insert(path.clone());
                    if !is_open(&path, key) {
                        collect(&path, value, keys);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(path, item, keys)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect("", document, &mut found);
    found
}

fn is_open(path: &str, key: &str) -> bool {
    path != ".users.impact.times" && OPEN.contains(&key)
}

/// Brings an example up to date with the real values at the same path.
fn update(path: &str, shown: &Value, real: &[&Value]) -> Value {
    match shown {
        Value::Object(map) => {
            let real: Vec<_> = real.iter().filter_map(|value| value.as_object()).collect();
            if real.is_empty() {
                return shown.clone();
            }
            Value::Object(update_map(path, map, &real))
        }
        Value::Array(items) => {
            let real: Vec<&Value> = real
                .iter()
                .filter_map(|value| value.as_array())
                .flatten()
                .collect();
            Value::Array(update_list(path, items, &real))
        }
        _ if path == ".formatVersion" => (*real[0]).clone(),
        // A value that became a map or a list: nothing of it can be kept.
        _ => match real.iter().find(|value| value.is_object()) {
            Some(object) if !shown.is_null() => (*object).clone(),
            _ => shown.clone(),
        },
    }
}

fn update_map(
    path: &str,
    shown: &Map<String, Value>,
    real: &[&Map<String, Value>],
) -> Map<String, Value> {
    let same = real.iter().find(|other| {
        let has_identity = IDENTITY.iter().any(|key| shown.contains_key(*key));
        has_identity
            && IDENTITY
                .iter()
                .all(|key| shown.get(*key) == other.get(*key))
    });
    let mut updated = Map::new();
    for (key, value) in shown {
        let real: Vec<&Value> = real.iter().filter_map(|map| map.get(key)).collect();
        if real.is_empty() {
            continue;
        }
        let path = format!("{path}.{key}");
        let same = same.and_then(|map| map.get(key));
        let value = match same {
            Some(text) if PROSE.contains(&&**key) => text.clone(),
            _ if is_open(&path, key) => value.clone(),
            _ => update(&path, value, &real),
        };
        updated.insert(key.clone(), value);
    }
    updated
}

fn update_list(path: &str, shown: &[Value], real: &[&Value]) -> Vec<Value> {
    let mut updated: Vec<Value> = shown.iter().map(|item| update(path, item, real)).collect();
    // A key that only some real entries have may be in any of the entries shown.
    let shown_keys: BTreeSet<String> = updated.iter().flat_map(top_keys).collect();
    for item in real.iter().filter_map(|item| item.as_object()) {
        for (key, value) in item {
            if shown_keys.contains(key) {
                continue;
            }
            // A list that the page shows empty stays empty.
            if let Some(first) = updated.iter_mut().find_map(Value::as_object_mut) {
                first.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    updated
}

fn top_keys(value: &Value) -> Vec<String> {
    let keys = value.as_object().into_iter().flat_map(Map::keys);
    keys.cloned().collect()
}

/// Prints JSON as the page has it: short lists and maps on one line.
fn print(value: &Value, indent: usize) -> String {
    const WIDTH: usize = 100;
    let inline = print_inline(value);
    let is_nested = |value: &Value| {
        value.as_array().is_some_and(|items| !items.is_empty()) || value.is_object()
    };
    let is_deep = match value {
        Value::Object(map) => indent == 0 || map.values().filter(|v| is_nested(v)).count() > 2,
        _ => false,
    };
    if !is_deep && indent + inline.chars().count() <= WIDTH {
        return inline;
    }
    let inner = " ".repeat(indent + 2);
    let outer = " ".repeat(indent);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let lines: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{inner}{}: {}",
                        Value::from(&**key),
                        print(value, indent + 2)
                    )
                })
                .collect();
            format!("{{\n{}\n{outer}}}", lines.join(",\n"))
        }
        Value::Array(items) if !items.is_empty() => {
            let lines: Vec<String> = items
                .iter()
                .map(|item| format!("{inner}{}", print(item, indent + 2)))
                .collect();
            format!("[\n{}\n{outer}]", lines.join(",\n"))
        }
        _ => inline,
    }
}

fn print_inline(value: &Value) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::from(&**key), print_inline(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(print_inline).collect();
            format!("[{}]", items.join(", "))
        }
        _ => value.to_string(),
    }
}

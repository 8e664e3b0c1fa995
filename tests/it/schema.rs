//! The JSON schemas: current, and of one mind with the tool.
//!
//! Documents are written as people write them and read by the product's own reader. What an editor
//! makes of the schemas is for `editor.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may fail the way tests do"
)]

mod editor_messages;
mod invalid;
mod valid;
mod variants;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use callrules::config::{self, schema};
use callrules::yaml;
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use variants::{has_bare_phone_number, variants};

const USER: &str = "user.schema.json";
const SETTINGS: &str = "callrules.schema.json";
const PROFILE: &str = "profile.schema.json";
const CALENDAR: &str = "calendar.schema.json";
const CONTACTS: &str = "contacts.schema.json";
const TESTS: &str = "tests.schema.json";

/// The files beside the user files: their schemas, the paths that the tables refer to, and what the tables
/// say of them.
const SHARED: [Shared; 3] = [
    Shared {
        schema: CALENDAR,
        path: "calendars/us-holidays.yaml",
        good: valid::CALENDARS,
        bad: invalid::CALENDARS,
    },
    Shared {
        schema: CONTACTS,
        path: "contacts/vip.yaml",
        good: valid::CONTACTS,
        bad: invalid::CONTACTS,
    },
    Shared {
        schema: TESTS,
        path: "tests/tester.yaml",
        good: valid::TESTS,
        bad: invalid::TESTS,
    },
];

struct Shared {
    schema: &'static str,
    path: &'static str,
    good: &'static [&'static str],
    bad: &'static [invalid::Bad],
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(name: &str) -> Validator {
    let all = schema::all();
    let (_, text) = all.iter().find(|(there, _)| *there == name).unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A document as JSON, by our own reader; none where it cannot be one.
fn read(text: &str) -> Option<Value> {
    let (node, faults) = yaml::parse(&yaml::Source::new("", text.to_owned()));
    let (value, _) = yaml::read::<Value>(&node?);
    value.filter(|_| faults.is_empty())
}

/// What the schema says: `path keyword` for each mistake.
fn by_schema(schema: &Validator, text: &str) -> Vec<String> {
    let value = read(text).expect("a document that can be read");
    let said = schema.iter_errors(&value);
    let mut said: Vec<String> = said
        .map(|error| format!("{} {}", error.instance_path(), error.kind().keyword()))
        .collect();
    said.sort();
    said
}

/// What the tool says: the codes of its errors.
fn by_tool(settings: &str, user: Option<&str>) -> Vec<&'static str> {
    let folder = repository(settings);
    if let Some(user) = user {
        fs::write(folder.path().join("users/user.yaml"), user).unwrap();
    }
    errors(folder.path())
}

/// What the tool says of a file beside the user files.
fn by_tool_of(path: &str, text: &str) -> Vec<&'static str> {
    let folder = repository("prune: all");
    fs::write(folder.path().join(path), text).unwrap();
    errors(folder.path())
}

/// A repository with the calendar and the contacts that user files name, and somebody to test.
fn repository(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    fs::write(folder.path().join("users/tester.yaml"), valid::TESTER).unwrap();
    for Shared { path, good, .. } in SHARED {
        let path = folder.path().join(path);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(path, good[0]).unwrap();
    }
    folder
}

fn errors(folder: &Path) -> Vec<&'static str> {
    let loaded = config::load(folder);
    let errors = loaded.diagnostics.iter().filter(|found| found.is_error());
    errors.map(|found| found.code.as_str()).collect()
}

/// The YAML files of the examples that a schema describes, each with its name.
fn examples() -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root().join("examples")).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let folder = path.parent().and_then(Path::file_name);
        let name = match folder.and_then(|name| name.to_str()) {
            _ if !is_yaml => continue,
            _ if path.ends_with("callrules.yaml") => SETTINGS,
            Some("users") => USER,
            Some("profiles") => PROFILE,
            Some("calendars") => CALENDAR,
            Some("contacts") => CONTACTS,
            Some("tests") => TESTS,
            _ => continue,
        };
        found.push((path, name));
    }
    found
}

fn check_schemas(folder: &Path) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("callrules").unwrap();
    command.args(["schema", "--check", "--dir"]).arg(folder);
    command.assert()
}

#[test]
fn the_committed_schemas_are_current_and_drift_is_seen() {
    check_schemas(&root().join("schemas")).success();

    let copies = tempfile::tempdir().unwrap();
    for (name, text) in schema::all() {
        fs::write(copies.path().join(name), text).unwrap();
    }
    check_schemas(copies.path()).success();
    let one = copies.path().join(USER);
    let changed = fs::read_to_string(&one)
        .unwrap()
        .replacen("minItems", "maxItems", 1);
    fs::write(&one, changed).unwrap();
    check_schemas(copies.path()).failure().code(1);
    fs::remove_file(&one).unwrap();
    check_schemas(copies.path()).failure().code(1);
}

#[test]
fn every_example_is_accepted_by_its_schema_and_by_the_tool() {
    let mut folders = BTreeSet::new();
    for (path, name) in examples() {
        let text = fs::read_to_string(&path).unwrap();
        let said = by_schema(&validator(name), &text);
        assert!(said.is_empty(), "{}: {said:?}", path.display());
        if name == SETTINGS {
            folders.insert(path.parent().unwrap().to_owned());
        }
    }
    assert!(folders.len() > 1, "examples are missing: {folders:?}");
    for folder in folders {
        let loaded = config::load(&folder);
        assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
    }
}

#[test]
fn good_documents_are_accepted_by_both() {
    let schema = validator(USER);
    for text in valid::users() {
        assert_eq!(by_schema(&schema, &text), Vec::<String>::new(), "{text}");
        assert_eq!(
            by_tool("prune: all", Some(&text)),
            Vec::<&str>::new(),
            "{text}"
        );
    }
    let schema = validator(SETTINGS);
    for text in valid::SETTINGS {
        assert_eq!(by_schema(&schema, text), Vec::<String>::new(), "{text}");
        assert_eq!(by_tool(text, None), Vec::<&str>::new(), "{text}");
    }
    for shared in SHARED {
        let schema = validator(shared.schema);
        for text in shared.good {
            assert_eq!(by_schema(&schema, text), Vec::<String>::new(), "{text}");
            let said = by_tool_of(shared.path, text);
            assert_eq!(said, Vec::<&str>::new(), "{text}");
        }
    }
}

#[test]
fn bad_documents_are_rejected_by_both() {
    let schema = validator(USER);
    let mut differ = Vec::new();
    for (text, at, code) in invalid::users() {
        let said = (
            by_schema(&schema, &text),
            by_tool("prune: all", Some(&text)),
        );
        if said != (vec![at.clone()], vec![code]) {
            differ.push(format!(
                "{text}\n  expected {at} / {code}\n  found    {said:?}\n"
            ));
        }
    }
    let schema = validator(SETTINGS);
    for (text, at, code) in invalid::SETTINGS {
        let said = (by_schema(&schema, text), by_tool(text, None));
        if said != (vec![(*at).to_owned()], vec![*code]) {
            differ.push(format!(
                "{text}\n  expected {at} / {code}\n  found    {said:?}\n"
            ));
        }
    }
    for shared in SHARED {
        let schema = validator(shared.schema);
        for (text, at, code) in shared.bad {
            let said = (by_schema(&schema, text), by_tool_of(shared.path, text));
            if said != (vec![(*at).to_owned()], vec![*code]) {
                differ.push(format!(
                    "{text}\n  expected {at} / {code}\n  found    {said:?}\n"
                ));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.concat());
}

/// What takes arithmetic, or a look at two places at once, is for the tool alone.
#[test]
fn what_a_schema_cannot_say_the_tool_says() {
    let schema = validator(USER);
    for (text, code) in invalid::BEYOND_A_SCHEMA {
        let text = format!("extension: 101\n{text}\n");
        assert_eq!(by_schema(&schema, &text), Vec::<String>::new(), "{text}");
        assert_eq!(by_tool("prune: all", Some(&text)), [*code], "{text}");
    }
}

/// Every part of every good document is removed, and replaced by each of a few odd values. Whatever the
/// tool makes of that, the schema must make of it too; what it cannot say is listed here.
#[test]
fn schema_and_tool_agree_on_every_good_document_with_one_part_changed() {
    /// Names that stand in two places, days that stand twice, spans that end before they begin, names of
    /// files that are not there.
    const BEYOND_A_SCHEMA: &[&str] = &["E0109", "E0110", "E0113"];
    let mut differ = Vec::new();
    let users = valid::users().into_iter();
    let mut documents: Vec<_> = users.map(|text| (USER, "users/user.yaml", text)).collect();
    for Shared {
        schema, path, good, ..
    } in SHARED
    {
        documents.extend(good.iter().map(|text| (schema, path, (*text).to_owned())));
    }
    let folder = repository("prune: all");
    for (schema_name, path, document) in documents {
        let schema = validator(schema_name);
        let path = folder.path().join(path);
        let value = read(&document).unwrap();
        // Contacts are what stands under `callerIds` elsewhere.
        let is_bare = |value: &Value| {
            has_bare_phone_number(&json!({ "callerIds": value }))
                && schema_name == "contacts.schema.json"
                || has_bare_phone_number(value)
        };
        if is_bare(&value) {
            continue;
        }
        let before = fs::read(&path).ok();
        for changed in variants(&value) {
            fs::write(&path, changed.to_string()).unwrap();
            let (valid, codes) = (schema.is_valid(&changed), errors(folder.path()));
            let beyond = codes.iter().all(|code| BEYOND_A_SCHEMA.contains(code))
                || codes == ["E0017"] && is_bare(&changed);
            if valid != codes.is_empty() && !(valid && beyond) {
                differ.push(format!(
                    "{changed}\n  schema accepts: {valid}, tool: {codes:?}\n"
                ));
            }
        }
        match before {
            Some(before) => fs::write(&path, before).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        differ.concat()
    );
}

/// `yaml_serde` is the maintained heir of `serde_yaml`: other code, other authors.
#[test]
fn an_independent_reader_reads_the_examples_as_we_do() {
    for (path, _) in examples() {
        let text = fs::read_to_string(&path).unwrap();
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let theirs = Value::deserialize(theirs).unwrap();
        let ours = read(&text).unwrap();
        assert_eq!(as_text(ours), as_text(theirs), "{}", path.display());
    }
}

/// Numbers and truth values as text: what is a number is for the types to say, not for the reader.
fn as_text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(truth) => Value::String(truth.to_string()),
        Value::Array(items) => items.into_iter().map(as_text).collect(),
        Value::Object(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key, as_text(value)));
            Value::Object(entries.collect())
        }
        other => other,
    }
}

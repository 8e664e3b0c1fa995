//! The JSON schemas are current, and accept and reject the same files as the program.
//!
//! The documents are YAML, parsed by the program's own parser. `editor.rs` tests the schemas in an
//! editor.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

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

/// The kinds of files that are neither settings nor user files. The user files in the tables refer
/// to these paths.
const OTHER_FILE_KINDS: [FileKind; 3] = [
    FileKind {
        schema: CALENDAR,
        path: "calendars/us-holidays.yaml",
        valid: valid::CALENDARS,
        invalid: invalid::CALENDARS,
    },
    FileKind {
        schema: CONTACTS,
        path: "contacts/vip.yaml",
        valid: valid::CONTACTS,
        invalid: invalid::CONTACTS,
    },
    FileKind {
        schema: TESTS,
        path: "tests/tester.yaml",
        valid: valid::TESTS,
        invalid: invalid::TESTS,
    },
];

/// A kind of file with valid and invalid documents.
struct FileKind {
    schema: &'static str,
    path: &'static str,
    valid: &'static [&'static str],
    invalid: &'static [invalid::InvalidDocument],
}

fn repository_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validator(name: &str) -> Validator {
    let schemas = schema::all_schemas();
    let (_, text) = schemas.iter().find(|(other, _)| *other == name).unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Parses a document with the program's own parser. Returns nothing if it is not valid YAML.
fn parse(text: &str) -> Option<Value> {
    let (node, errors) = yaml::parse(&yaml::SourceFile::new("", text.to_owned()));
    let value = yaml::deserialize_lenient::<Value>(&node?).value;
    value.filter(|_| errors.is_empty())
}

/// Returns the errors that the schema finds, each as `path keyword`.
fn schema_errors(schema: &Validator, text: &str) -> Vec<String> {
    let value = parse(text).expect("a document that can be parsed");
    let mut errors: Vec<String> = schema
        .iter_errors(&value)
        .map(|error| format!("{} {}", error.instance_path(), error.kind().keyword()))
        .collect();
    errors.sort();
    errors
}

/// Returns the codes of the program's errors for these settings and this user file.
fn program_errors(settings: &str, user: Option<&str>) -> Vec<&'static str> {
    let folder = create_repository(settings);
    if let Some(user) = user {
        fs::write(folder.path().join("users/user.yaml"), user).unwrap();
    }
    error_codes(folder.path())
}

/// Returns the codes of the program's errors for a file of another kind.
fn program_errors_in(path: &str, text: &str) -> Vec<&'static str> {
    let folder = create_repository("prune: all");
    fs::write(folder.path().join(path), text).unwrap();
    error_codes(folder.path())
}

/// Creates a repository with the calendar and the contacts that user files refer to, and a user for
/// the call tests.
fn create_repository(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    fs::write(folder.path().join("users/tester.yaml"), valid::TESTER).unwrap();
    for FileKind { path, valid, .. } in OTHER_FILE_KINDS {
        let file = folder.path().join(path);
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(file, valid[0]).unwrap();
    }
    folder
}

/// Returns the codes of the errors in a repository.
fn error_codes(folder: &Path) -> Vec<&'static str> {
    let diagnostics = config::load(folder).diagnostics;
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error());
    errors.map(|error| error.code.as_str()).collect()
}

/// Returns the YAML files of the examples that have a schema, with the names of the schemas.
fn example_files() -> Vec<(PathBuf, &'static str)> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(repository_root().join("examples")).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if !is_yaml {
            continue;
        }
        let folder = path.parent().and_then(Path::file_name);
        let schema = match folder.and_then(|name| name.to_str()) {
            _ if path.ends_with("callrules.yaml") => SETTINGS,
            Some("users") => USER,
            Some("profiles") => PROFILE,
            Some("calendars") => CALENDAR,
            Some("contacts") => CONTACTS,
            Some("tests") => TESTS,
            _ => continue,
        };
        files.push((path, schema));
    }
    files
}

/// Runs `callrules schema --check` for a folder.
fn check_schemas(folder: &Path) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("callrules").unwrap();
    command.args(["schema", "--check", "--dir"]).arg(folder);
    command.assert()
}

#[test]
fn schema_check_accepts_committed_schemas_and_rejects_changed_ones() {
    check_schemas(&repository_root().join("schemas")).success();

    let copies = tempfile::tempdir().unwrap();
    for (name, text) in schema::all_schemas() {
        fs::write(copies.path().join(name), text).unwrap();
    }
    check_schemas(copies.path()).success();
    let user_schema = copies.path().join(USER);
    let text = fs::read_to_string(&user_schema).unwrap();
    fs::write(&user_schema, text.replacen("minItems", "maxItems", 1)).unwrap();
    check_schemas(copies.path()).failure().code(1);
    fs::remove_file(&user_schema).unwrap();
    check_schemas(copies.path()).failure().code(1);
}

#[test]
fn examples_are_accepted_by_their_schema_and_by_the_program() {
    let mut folders = BTreeSet::new();
    for (path, schema) in example_files() {
        let text = fs::read_to_string(&path).unwrap();
        let errors = schema_errors(&validator(schema), &text);
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        if schema == SETTINGS {
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
fn valid_documents_are_accepted_by_schema_and_program() {
    let schema = validator(USER);
    for text in valid::users() {
        assert_accepted_by_both(
            &schema_errors(&schema, &text),
            &program_errors("prune: all", Some(&text)),
            &text,
        );
    }
    let schema = validator(SETTINGS);
    for text in valid::SETTINGS {
        assert_accepted_by_both(
            &schema_errors(&schema, text),
            &program_errors(text, None),
            text,
        );
    }
    for kind in OTHER_FILE_KINDS {
        let schema = validator(kind.schema);
        for text in kind.valid {
            assert_accepted_by_both(
                &schema_errors(&schema, text),
                &program_errors_in(kind.path, text),
                text,
            );
        }
    }
}

/// Asserts that neither the schema nor the program has found an error.
fn assert_accepted_by_both(schema_errors: &[String], program_errors: &[&str], text: &str) {
    assert!(schema_errors.is_empty(), "{schema_errors:?}: {text}");
    assert!(program_errors.is_empty(), "{program_errors:?}: {text}");
}

#[test]
fn invalid_documents_are_rejected_by_schema_and_program() {
    let mut differences = String::new();
    let mut compare = |text: &str, errors: &(Vec<String>, Vec<&str>), path: &str, code: &str| {
        if *errors != (vec![path.to_owned()], vec![code]) {
            differences += &format!("{text}\n  expected {path} / {code}\n  actual   {errors:?}\n");
        }
    };
    let user_schema = validator(USER);
    for (text, path, code) in invalid::users() {
        let errors = (
            schema_errors(&user_schema, &text),
            program_errors("prune: all", Some(&text)),
        );
        compare(&text, &errors, &path, code);
    }
    let settings_schema = validator(SETTINGS);
    for (text, path, code) in invalid::SETTINGS {
        let errors = (
            schema_errors(&settings_schema, text),
            program_errors(text, None),
        );
        compare(text, &errors, path, code);
    }
    for kind in OTHER_FILE_KINDS {
        let schema = validator(kind.schema);
        for (text, path, code) in kind.invalid {
            let errors = (
                schema_errors(&schema, text),
                program_errors_in(kind.path, text),
            );
            compare(text, &errors, path, code);
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A schema can't calculate, or compare two parts of a document. Only the program finds such
/// errors.
#[test]
fn errors_beyond_a_schema_are_found_by_the_program() {
    let schema = validator(USER);
    for (lines, code) in invalid::BEYOND_A_SCHEMA {
        let text = format!("extension: 101\n{lines}\n");
        let found_by_schema = schema_errors(&schema, &text);
        assert!(found_by_schema.is_empty(), "{found_by_schema:?}: {text}");
        assert_eq!(program_errors("prune: all", Some(&text)), [*code], "{text}");
    }
}

/// Removes each part of each valid document, and replaces it with each of a few odd values. The
/// schema and the program must both accept the result, or both reject it. The exceptions are
/// listed.
#[test]
fn schema_and_program_agree_on_documents_with_one_changed_part() {
    /// The codes of errors that a schema can't find: conflicting names, duplicate days, spans that
    /// end before they start, and missing files.
    const BEYOND_A_SCHEMA: &[&str] = &["E0109", "E0110", "E0113"];
    let mut differences = Vec::new();
    let users = valid::users().into_iter();
    let mut documents: Vec<_> = users.map(|text| (USER, "users/user.yaml", text)).collect();
    for kind in OTHER_FILE_KINDS {
        let texts = kind.valid.iter();
        documents.extend(texts.map(|text| (kind.schema, kind.path, (*text).to_owned())));
    }
    let folder = create_repository("prune: all");
    for (schema_name, relative_path, document) in documents {
        let schema = validator(schema_name);
        let path = folder.path().join(relative_path);
        let value = parse(&document).unwrap();
        // A contacts file has the same form as `callerIds`.
        let is_bare = |value: &Value| {
            has_bare_phone_number(&json!({ "callerIds": value })) && schema_name == CONTACTS
                || has_bare_phone_number(value)
        };
        if is_bare(&value) {
            continue;
        }
        let original = fs::read(&path).ok();
        for changed in variants(&value) {
            fs::write(&path, changed.to_string()).unwrap();
            let (is_valid, codes) = (schema.is_valid(&changed), error_codes(folder.path()));
            let is_beyond_schema = codes.iter().all(|code| BEYOND_A_SCHEMA.contains(code))
                || codes == ["E0017"] && is_bare(&changed);
            if is_valid != codes.is_empty() && !(is_valid && is_beyond_schema) {
                differences.push(format!(
                    "{changed}\n  schema accepts: {is_valid}, program: {codes:?}\n"
                ));
            }
        }
        match original {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.concat()
    );
}

/// `yaml_serde`, the maintained fork of `serde_yaml`, shares no code with our parser.
#[test]
fn independent_parser_reads_examples_like_ours() {
    for (path, _) in example_files() {
        let text = fs::read_to_string(&path).unwrap();
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let theirs = Value::deserialize(yaml).unwrap();
        let ours = parse(&text).unwrap();
        assert_eq!(
            scalars_to_text(ours),
            scalars_to_text(theirs),
            "{}",
            path.display()
        );
    }
}

/// Replaces numbers and Booleans with text. In our parser the target type decides what a scalar is.
fn scalars_to_text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(truth) => Value::String(truth.to_string()),
        Value::Array(items) => items.into_iter().map(scalars_to_text).collect(),
        Value::Object(entries) => {
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key, scalars_to_text(value)));
            Value::Object(entries.collect())
        }
        other => other,
    }
}

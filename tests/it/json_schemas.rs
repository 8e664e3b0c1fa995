//! JSON output of commands matches its JSON Schemas.
//!
//! [`TestEnv`] also checks the JSON output of every run in the other tests.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use assert_cmd::Command;
use callrules::render::schema;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::docs::blocks;
use crate::support::{TestEnv, command};

/// A validator for the output of each command, without keys that its schema does not describe.
static SCHEMAS: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
    let validator = |(name, text): (&'static str, String)| {
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        forbid_other_keys(&mut schema);
        let command = name.strip_suffix(".schema.json").unwrap();
        (command, jsonschema::draft202012::new(&schema).unwrap())
    };
    schema::all_schemas().into_iter().map(validator).collect()
});

/// Forbids keys that the schema does not describe.
///
/// The published schemas allow them, so that later versions can add keys.
fn forbid_other_keys(schema: &mut Value) {
    if let Value::Object(keywords) = schema {
        if keywords.contains_key("properties") {
            keywords
                .entry("additionalProperties")
                .or_insert(Value::Bool(false));
        }
        keywords.values_mut().for_each(forbid_other_keys);
    } else if let Value::Array(schemas) = schema {
        schemas.iter_mut().for_each(forbid_other_keys);
    }
}

/// Returns the differences between the command's JSON output and its schema.
fn find_schema_errors(command: &str, document: &Value) -> Vec<String> {
    // Both commands print the same kind of report.
    let name = if command == "rollback" {
        "apply"
    } else {
        command
    };
    SCHEMAS[name]
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Asserts that the command's JSON output matches its schema.
fn assert_matches_schema(command: &str, document: &Value) {
    let errors = find_schema_errors(command, document);
    assert!(errors.is_empty(), "{command}: {}", errors.join("\n"));
}

/// Asserts that the output of a run matches its schema, if it is JSON.
pub(crate) fn assert_output_matches_schema(arguments: &[&str], output: &str) {
    let is_json = arguments
        .windows(2)
        .any(|pair| pair == ["--format", "json"]);
    let command = arguments
        .iter()
        .find(|word| **word == "rollback" || SCHEMAS.contains_key(**word));
    if let (true, Some(command), false) = (is_json, command, output.is_empty()) {
        assert_matches_schema(command, &serde_json::from_str(output).unwrap());
    }
}

/// Runs the command with `--format json` and returns its output.
fn run_as_json(command: &mut Command) -> Value {
    let output = command.args(["--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn committed_output_schemas_are_current_and_a_missing_one_is_detected() {
    let check_schemas = |folder: &Path| {
        let mut command = command();
        command.args(["schema", "--outputs", "--check", "--dir"]);
        command.arg(folder).assert()
    };
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/output");
    check_schemas(&committed).success();

    let copies = tempfile::tempdir().unwrap();
    for (name, text) in schema::all_schemas() {
        fs::write(copies.path().join(name), text).unwrap();
    }
    check_schemas(copies.path()).success();
    fs::remove_file(copies.path().join("plan.schema.json")).unwrap();
    check_schemas(copies.path()).failure().code(1);
}

#[test]
fn output_schemas_are_valid_and_describe_each_key() {
    fn collect_undescribed_keys(schema: &Value, path: &str, keys: &mut Vec<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                keys.push(format!("{path}.{key}"));
            }
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            collect_undescribed_keys(definition, &format!("{path}/{name}"), keys);
        }
    }
    let mut undescribed_keys = Vec::new();
    for (name, text) in schema::all_schemas() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        assert_eq!(schema["properties"]["formatVersion"]["const"], "1.0");
        collect_undescribed_keys(&schema, name, &mut undescribed_keys);
    }
    assert!(
        undescribed_keys.is_empty(),
        "{}",
        undescribed_keys.join("\n")
    );
}

/// Asserts that the command prints JSON. [`TestEnv::run`] checks it against the schema.
fn assert_prints_json(env: &TestEnv, arguments: &[&str]) {
    let run = env.run(&[arguments, &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&run.out)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{}", run.err));
    assert_eq!(document["formatVersion"], json!("1.0"));
}

#[test]
fn output_of_examples_matches_schemas() {
    for example in ["acme", "hierarchy", "holidays"] {
        let env = TestEnv::example(example);
        for command in ["plan", "validate", "test", "doctor"] {
            assert_prints_json(&env, &[command]);
        }
    }
    let env = TestEnv::example("acme");
    let journal_path = env.path().join("journal.jsonl");
    let journal = journal_path.to_str().unwrap();
    assert_prints_json(&env, &["apply", "--auto-approve", "--journal", journal]);
    assert_prints_json(&env, &["rollback", journal, "--auto-approve"]);
}

#[test]
fn every_kind_of_call_decision_matches_its_schema() {
    let simulate = |user: &str, from: &str, at: &str, queue: bool| {
        let mut command = command();
        command.args(["-C", "examples/acme", "simulate", "--user", user]);
        command.args(["--from", from, "--at", at]);
        command.args(queue.then_some("--queue"));
        run_as_json(&mut command)
    };
    let mut kinds = Vec::new();
    for user in ["101", "priya.rao@acme.example", "103", "104"] {
        for from in ["+16502222222", "+442079460000"] {
            for (at, queue) in [
                ("wed 12:00", false),
                ("wed 22:10", false),
                ("wed 12:00", true),
            ] {
                let document = simulate(user, from, at, queue);
                assert_matches_schema("simulate", &document);
                kinds.push(document["handledBy"]["kind"].as_str().unwrap().to_owned());
            }
        }
    }
    kinds.sort();
    kinds.dedup();
    assert!(
        kinds.len() > 1,
        "all calls have the same kind of handler: {kinds:?}"
    );
}

#[test]
fn reports_of_errors_match_schemas() {
    let folder = crate::offline::folder(&[("users/a.yaml", "extension: \"101\"\nstats: {}\n")]);
    let mut validate = command();
    validate.arg("-C").arg(folder.path()).arg("validate");
    let document = run_as_json(&mut validate);
    assert_eq!(document["valid"], json!(false));
    assert_matches_schema("validate", &document);

    let mut doctor = command();
    doctor.arg("-C").arg(folder.path()).arg("doctor");
    let document = run_as_json(&mut doctor);
    assert_eq!(document["mayPlan"], json!(false));
    assert_matches_schema("doctor", &document);
}

#[test]
fn documents_in_the_json_page_match_schemas() {
    let mut commands = Vec::new();
    for block in blocks("docs/reference/json.md", "json") {
        let command = block.info[1].as_str();
        let document = serde_json::from_str(&block.text).unwrap();
        let errors = find_schema_errors(command, &document);
        assert!(errors.is_empty(), "{command}: {}", errors.join("\n"));
        commands.push(command.to_owned());
    }
    commands.sort();
    let mut expected: Vec<&str> = SCHEMAS.keys().copied().collect();
    expected.sort_unstable();
    assert_eq!(commands, expected);
}

#[test]
fn undocumented_key_is_detected() {
    let mut document = json!({
        "formatVersion": "1.0", "valid": true, "files": 1,
        "summary": { "errors": 0, "warnings": 0 }, "diagnostics": [],
    });
    assert_matches_schema("validate", &document);
    document["summary"]["hints"] = json!(0);
    assert_eq!(find_schema_errors("validate", &document).len(), 1);
    document["summary"] = json!({ "errors": 0, "warnings": 0 });
    document["formatVersion"] = json!("2.0");
    assert_eq!(find_schema_errors("validate", &document).len(), 1);
}

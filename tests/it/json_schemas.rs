//! What commands print for scripts, held against the schemas of it.
//!
//! Every document that a test gets out of a [`TestEnv`] is held against its schema on the way.

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

static SCHEMAS: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
    let validator = |(name, text): (&'static str, String)| {
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        close(&mut schema);
        let command = name.strip_suffix(".schema.json").unwrap();
        (command, jsonschema::draft202012::new(&schema).unwrap())
    };
    schema::all().into_iter().map(validator).collect()
});

/// Keys may be added to a document, which scripts pass over. Here one that no schema names is a slip.
fn close(schema: &mut Value) {
    if let Value::Object(keywords) = schema {
        if keywords.contains_key("properties") {
            let rest = keywords.entry("additionalProperties");
            rest.or_insert(Value::Bool(false));
        }
        keywords.values_mut().for_each(close);
    } else if let Value::Array(schemas) = schema {
        schemas.iter_mut().for_each(close);
    }
}

/// What a document of this command has that its schema does not say.
fn problems(command: &str, document: &Value) -> Vec<String> {
    // A rollback is an apply.
    let name = if command == "rollback" {
        "apply"
    } else {
        command
    };
    let schema = &SCHEMAS[name];
    let errors = schema.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Holds the document against the schema of the command whose it is.
pub(crate) fn judge(command: &str, document: &Value) {
    let problems = problems(command, document);
    assert!(problems.is_empty(), "{command}: {}", problems.join("\n"));
}

/// Does the same with the output of a run, where it was asked for a document and has one.
pub(crate) fn judge_run(arguments: &[&str], output: &str) {
    let pairs = arguments.windows(2);
    let is_json = pairs.into_iter().any(|pair| pair == ["--format", "json"]);
    let mut arguments = arguments.iter();
    let command = arguments.find(|word| **word == "rollback" || SCHEMAS.contains_key(**word));
    if let (true, Some(command), false) = (is_json, command, output.is_empty()) {
        judge(command, &serde_json::from_str(output).unwrap());
    }
}

fn printed(command: &mut Command) -> Value {
    let output = command.args(["--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_schemas_of_outputs_are_current_and_drift_is_seen() {
    let check = |folder: &Path| {
        let mut command = command();
        command.args(["schema", "--outputs", "--check", "--dir"]);
        command.arg(folder).assert()
    };
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/output");
    check(&kept).success();

    let copies = tempfile::tempdir().unwrap();
    for (name, text) in schema::all() {
        fs::write(copies.path().join(name), text).unwrap();
    }
    check(copies.path()).success();
    fs::remove_file(copies.path().join("plan.schema.json")).unwrap();
    check(copies.path()).failure().code(1);
}

#[test]
fn the_schemas_of_outputs_are_schemas_and_say_what_each_key_means() {
    fn silent(schema: &Value, path: &str, found: &mut Vec<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{path}.{key}"));
            }
        }
        for (part, schema) in schema["$defs"].as_object().into_iter().flatten() {
            silent(schema, &format!("{path}/{part}"), found);
        }
    }
    let mut found = Vec::new();
    for (name, text) in schema::all() {
        let schema: Value = serde_json::from_str(&text).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        assert_eq!(schema["properties"]["formatVersion"]["const"], "1.0");
        silent(&schema, name, &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Runs a command, which holds what it prints against its schema; here it is that something was printed.
fn prints(env: &TestEnv, arguments: &[&str]) {
    let run = env.run(&[arguments, &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&run.out)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{}", run.err));
    assert_eq!(document["formatVersion"], json!("1.0"));
}

#[test]
fn what_the_examples_print_fits() {
    for example in ["acme", "hierarchy", "holidays"] {
        let env = TestEnv::example(example);
        for command in ["plan", "validate", "test", "doctor"] {
            prints(&env, &[command]);
        }
    }
    let env = TestEnv::example("acme");
    let journal = env.path().join("journal.jsonl");
    let journal = journal.to_str().unwrap();
    prints(&env, &["apply", "--auto-approve", "--journal", journal]);
    prints(&env, &["rollback", journal, "--auto-approve"]);
}

#[test]
fn every_kind_of_story_fits() {
    let call = |user: &str, from: &str, at: &str, queue: bool| {
        let mut command = command();
        command.args(["-C", "examples/acme", "simulate", "--user", user]);
        command.args(["--from", from, "--at", at]);
        command.args(queue.then_some("--queue"));
        printed(&mut command)
    };
    let mut kinds = Vec::new();
    for user in ["101", "priya.rao@acme.example", "103", "104"] {
        for from in ["+16502222222", "+442079460000"] {
            for (at, queue) in [
                ("wed 12:00", false),
                ("wed 22:10", false),
                ("wed 12:00", true),
            ] {
                let document = call(user, from, at, queue);
                judge("simulate", &document);
                kinds.push(document["handledBy"]["kind"].as_str().unwrap().to_owned());
            }
        }
    }
    kinds.sort();
    kinds.dedup();
    assert!(
        kinds.len() > 1,
        "all calls of the examples are alike: {kinds:?}"
    );
}

#[test]
fn what_is_wrong_fits_too() {
    let folder = crate::offline::folder(&[("users/a.yaml", "extension: \"101\"\nstats: {}\n")]);
    let mut validate = command();
    validate.arg("-C").arg(folder.path()).arg("validate");
    let document = printed(&mut validate);
    assert_eq!(document["valid"], json!(false));
    judge("validate", &document);

    let mut doctor = command();
    doctor.arg("-C").arg(folder.path()).arg("doctor");
    let document = printed(&mut doctor);
    assert_eq!(document["mayPlan"], json!(false));
    judge("doctor", &document);
}

#[test]
fn the_documents_of_the_page_fit() {
    let mut told = Vec::new();
    for block in blocks("docs/reference/json.md", "json") {
        let command = block.info[1].as_str();
        let document = serde_json::from_str(&block.text).unwrap();
        let problems = problems(command, &document);
        assert!(problems.is_empty(), "{command}: {}", problems.join("\n"));
        told.push(command.to_owned());
    }
    told.sort();
    let all: Vec<&str> = {
        let mut all: Vec<&str> = SCHEMAS.keys().copied().collect();
        all.sort_unstable();
        all
    };
    assert_eq!(told, all);
}

#[test]
fn a_key_that_no_schema_names_is_seen() {
    let mut document = json!({
        "formatVersion": "1.0", "valid": true, "files": 1,
        "summary": { "errors": 0, "warnings": 0 }, "diagnostics": [],
    });
    judge("validate", &document);
    document["summary"]["hints"] = json!(0);
    assert_eq!(problems("validate", &document).len(), 1);
    document["summary"] = json!({ "errors": 0, "warnings": 0 });
    document["formatVersion"] = json!("2.0");
    assert_eq!(problems("validate", &document).len(), 1);
}

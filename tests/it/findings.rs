//! Findings where people look: SARIF, annotations, and hooks before a commit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::changed::git;
use crate::support::command;

/// The official schema, out of the package of a crate that is made from it.
fn schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == "serde-sarif");
    let manifest = PathBuf::from(package.unwrap()["manifest_path"].as_str().unwrap());
    let text = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    // A slip of its authors, which this reader does not take: a bracket that nothing opens.
    let slip = "|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert_eq!(text.matches(slip).count(), 2);
    let schema: Value = serde_json::from_str(&text.replace(slip, "(-[a-zA-Z]{2})?$")).unwrap();
    let id = schema["$id"].as_str().unwrap();
    assert!(id.ends_with("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"));
    schema
}

/// A document of SARIF that is one.
pub(crate) fn sarif(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let schema = jsonschema::draft7::new(&schema()).unwrap();
    let errors: Vec<String> = { schema.iter_errors(&document) }
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
    // Readers of one type for everything take it too.
    let read: serde_sarif::sarif::Sarif = serde_json::from_str(text).unwrap();
    assert_eq!(read.runs.len(), 1);
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
    }
    document
}

fn validate(folder: &Path, directory: &str, format: &str) -> String {
    let mut command = command();
    command.current_dir(folder).args(["-C", directory]);
    let output = command.args(["validate", "--format", format]).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// A checkout with a repository in `my phones`: a mistake behind letters of several bytes, one over several
/// lines, and a file that is no text.
fn checkout() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("my phones");
    for (path, text) in [
        ("callrules.yaml", "account: \"1\"\nprune: all\n"),
        (
            "users/ü #1.yaml",
            "extension: \"101\"\nstates: { \"ü😀\": {}, dnd: { \"𝄞\": 1 }, work-hours: { \"𝄞\": 1 } }\n",
        ),
        (
            "users/b.yaml",
            "extension: \"102\"\ninteractionRules: [\n  a,\n  b\n]\n",
        ),
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(root.join("users/d.yaml"), b"\xff").unwrap();
    folder
}

#[test]
fn sarif_is_as_its_schema_says_and_marks_the_places() {
    let checkout = checkout();
    let mut document = sarif(&validate(checkout.path(), "my phones", "sarif"));
    let run = document["runs"][0].as_object_mut().unwrap();
    let rules = run["tool"]["driver"]["rules"].take();
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), callrules::diagnostic::Code::ALL.len());
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().unwrap();
            assert!(!text.is_empty() && !text.starts_with("## "), "{rule}");
        }
    }
    run["tool"]["driver"]["semanticVersion"].take();
    insta::assert_json_snapshot!(document);
}

#[test]
fn the_other_place_of_a_finding_is_marked_too() {
    let folder = TempDir::new().unwrap();
    let dispatching = "states:\n  after-hours:\n    dispatching:";
    for (path, text) in [
        ("callrules.yaml", "account: \"1\"\nprune: all\n".to_owned()),
        (
            "profiles/p.yaml",
            format!("{dispatching} {{ type: RingInOrder, greeting: {{ preset: '66048' }} }}\n"),
        ),
        (
            "users/a.yaml",
            format!(
                "extension: 101\nprofiles: [p]\n{dispatching} {{ type: Terminate, terminate: voicemail }}\n"
            ),
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let document = sarif(&validate(folder.path(), ".", "sarif"));
    insta::assert_json_snapshot!(document["runs"][0]["results"]);
}

#[test]
fn a_fingerprint_stays_where_only_lines_have_moved() {
    let checkout = checkout();
    let path = checkout.path().join("my phones/users/b.yaml");
    let fingerprints = || {
        let document = sarif(&validate(checkout.path(), "my phones", "sarif"));
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        let told = results
            .iter()
            .map(|result| result["partialFingerprints"].to_string());
        told.collect::<Vec<_>>()
    };
    let before = fingerprints();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("# A line more.\n{text}")).unwrap();
    assert_eq!(fingerprints(), before);
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert!(
        distinct.len() == before.len() && before.len() == 5,
        "{before:?}"
    );
}

#[test]
fn paths_lead_from_the_root_of_the_checkout_to_the_file() {
    let checkout = checkout();
    let uri = |folder: &Path, directory: &str| {
        let document = sarif(&validate(folder, directory, "sarif"));
        let results = document["runs"][0]["results"].as_array().unwrap();
        let first = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        first["uri"].as_str().unwrap().to_owned()
    };
    let root = checkout.path();
    let phones = root.join("my phones");
    let elsewhere = TempDir::new().unwrap();
    // Without git: from where the command was started, or the whole path.
    assert_eq!(uri(root, "my phones"), "my%20phones/users/b.yaml");
    assert_eq!(uri(root, "./my phones/"), "my%20phones/users/b.yaml");
    assert_eq!(uri(&phones, "."), "users/b.yaml");
    let whole = uri(elsewhere.path(), phones.to_str().unwrap());
    assert!(whole.starts_with("file:///") && whole.ends_with("/my%20phones/users/b.yaml"));
    // With git: from the root of the checkout, wherever the command is started.
    git(root, &["init", "-q"]);
    for (from, directory) in [
        (root, "my phones"),
        (&phones, "."),
        (elsewhere.path(), phones.to_str().unwrap()),
    ] {
        assert_eq!(uri(from, directory), "my%20phones/users/b.yaml");
        let github = validate(from, directory, "github");
        assert!(
            github.starts_with("::error file=my phones/users/b.yaml,"),
            "{github}"
        );
    }
}

#[test]
fn the_hooks_run_what_they_say() {
    let text = fs::read_to_string(".pre-commit-hooks.yaml").unwrap();
    let hooks: Vec<Value> = serde_yaml::from_str(&text).unwrap();
    let ids: Vec<&str> = hooks
        .iter()
        .map(|hook| hook["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["callrules-validate", "callrules-test"]);
    let page = fs::read_to_string("docs/reference/findings.md").unwrap();
    for hook in &hooks {
        assert!(page.contains(&format!("- id: {}\n", hook["id"].as_str().unwrap())));
        let entry = shlex::split(hook["entry"].as_str().unwrap()).unwrap();
        assert_eq!(entry[0], "callrules");
        assert_eq!(hook["pass_filenames"], json!(false));
        let run = |directory: &str| {
            let mut command = command();
            // Where the repository is says `args`, which stands behind the entry.
            command.args(&entry[1..]).args(["-C", directory]);
            command.output().unwrap().status.code()
        };
        assert_eq!(run("examples/acme"), Some(0));
        assert_eq!(run("examples"), Some(1));
        let files = regex(hook["files"].as_str().unwrap());
        for (path, is_ours) in [
            ("callrules.yaml", true),
            ("phones/callrules.yaml", true),
            ("users/sales/a.yml", true),
            ("phones/contacts/vip.csv", true),
            ("README.md", false),
            ("not-callrules.yaml", false),
            ("src/users.yaml", false),
        ] {
            assert_eq!(files.is_valid(&json!(path)), is_ours, "{path}");
        }
    }
}

/// A pattern, as a schema reads it.
fn regex(pattern: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap()
}

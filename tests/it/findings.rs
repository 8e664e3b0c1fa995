//! Findings in other tools: SARIF, annotations and pre-commit hooks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::changed::git;
use crate::support::command;

/// Returns the official SARIF schema, which the package `serde-sarif` contains.
fn sarif_schema() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif");
    let manifest = PathBuf::from(package.unwrap()["manifest_path"].as_str().unwrap());
    let text = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    // The schema has a pattern with an unmatched bracket, which `jsonschema` rejects.
    let invalid_pattern = "|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    assert_eq!(text.matches(invalid_pattern).count(), 2);
    let schema: Value =
        serde_json::from_str(&text.replace(invalid_pattern, "(-[a-zA-Z]{2})?$")).unwrap();
    let id = schema["$id"].as_str().unwrap();
    assert!(id.ends_with("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"));
    schema
}

/// Parses SARIF and asserts that it matches the official schema.
pub(crate) fn sarif(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let schema = jsonschema::draft7::new(&sarif_schema()).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
    // The types of `serde-sarif` accept it too.
    let parsed: serde_sarif::sarif::Sarif = serde_json::from_str(text).unwrap();
    assert_eq!(parsed.runs.len(), 1);
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

/// Creates a checkout with a repository in `my phones`: an error after multibyte characters, an
/// error that spans several lines, and a file that isn't text.
fn create_checkout() -> TempDir {
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
fn sarif_matches_schema_and_has_locations() {
    let checkout = create_checkout();
    let mut document = sarif(&validate(checkout.path(), "my phones", "sarif"));
    let run = document["runs"][0].as_object_mut().unwrap();
    let taken_rules = run["tool"]["driver"]["rules"].take();
    let rules = taken_rules.as_array().unwrap();
    assert_eq!(
        rules.len(),
        callrules::diagnostic::DiagnosticCode::ALL.len()
    );
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            let text = rule[key]["text"].as_str().unwrap();
            assert!(!text.is_empty() && !text.starts_with("## "), "{rule}");
        }
    }
    run["tool"]["driver"]["semanticVersion"].take();
    insta::assert_json_snapshot!(document);
}

#[test]
fn sarif_has_related_location() {
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
    insta::assert_json_snapshot!(document["runs"][0]["results"], @r#"
    [
      {
        "ruleId": "E0111",
        "ruleIndex": 22,
        "level": "error",
        "message": {
          "text": "type `Terminate` does not support `greeting`\nonly `RingAtOnce` and `RingInOrder` support it; write `greeting: none` next to `type` in the user's file"
        },
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "profiles/p.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 3,
                "startColumn": 39,
                "endLine": 3,
                "endColumn": 47
              }
            }
          }
        ],
        "partialFingerprints": {
          "callrules/v1": "e7ce10c2a3448e3b64334b39807eead1263b1f0553e53c90bba4516733cfb046:1"
        },
        "relatedLocations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "users/a.yaml",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "startLine": 5,
                "startColumn": 20,
                "endLine": 5,
                "endColumn": 24
              }
            },
            "id": 1,
            "message": {
              "text": "together with this"
            }
          }
        ]
      }
    ]
    "#);
}

#[test]
fn fingerprint_is_unchanged_if_lines_move() {
    let checkout = create_checkout();
    let path = checkout.path().join("my phones/users/b.yaml");
    let fingerprints = || {
        let document = sarif(&validate(checkout.path(), "my phones", "sarif"));
        let results = document["runs"][0]["results"].as_array().unwrap();
        results
            .iter()
            .map(|result| result["partialFingerprints"].to_string())
            .collect::<Vec<_>>()
    };
    let before = fingerprints();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("# One more line.\n{text}")).unwrap();
    assert_eq!(fingerprints(), before);
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert!(
        distinct.len() == before.len() && before.len() == 5,
        "{before:?}"
    );
}

#[test]
fn paths_are_relative_to_the_checkout_root() {
    let checkout = create_checkout();
    let uri = |folder: &Path, directory: &str| {
        let document = sarif(&validate(folder, directory, "sarif"));
        let results = document["runs"][0]["results"].as_array().unwrap();
        let first = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        first["uri"].as_str().unwrap().to_owned()
    };
    let root = checkout.path();
    let phones = root.join("my phones");
    let elsewhere = TempDir::new().unwrap();
    // Without git: relative to the working directory, or absolute.
    assert_eq!(uri(root, "my phones"), "my%20phones/users/b.yaml");
    assert_eq!(uri(root, "./my phones/"), "my%20phones/users/b.yaml");
    assert_eq!(uri(&phones, "."), "users/b.yaml");
    let absolute = uri(elsewhere.path(), phones.to_str().unwrap());
    assert!(absolute.starts_with("file:///") && absolute.ends_with("/my%20phones/users/b.yaml"));
    // With git: relative to the root of the checkout, in any working directory.
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
fn pre_commit_hooks_run_their_entry() {
    let text = fs::read_to_string(".pre-commit-hooks.yaml").unwrap();
    let hooks: Vec<Value> = serde_yaml::from_str(&text).unwrap();
    let ids: Vec<&str> = hooks
        .iter()
        .map(|hook| hook["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["callrules-validate", "callrules-test"]);
    let page = fs::read_to_string("docs/reference/output-formats.md").unwrap();
    for hook in &hooks {
        assert!(page.contains(&format!("- id: {}\n", hook["id"].as_str().unwrap())));
        let entry = shlex::split(hook["entry"].as_str().unwrap()).unwrap();
        assert_eq!(entry[0], "callrules");
        assert_eq!(hook["pass_filenames"], json!(false));
        let run = |directory: &str| {
            let mut command = command();
            // `args` of a hook come after its entry and set the repository's folder.
            command.args(&entry[1..]).args(["-C", directory]);
            command.output().unwrap().status.code()
        };
        assert_eq!(run("examples/acme"), Some(0));
        assert_eq!(run("examples"), Some(1));
        let files = pattern_validator(hook["files"].as_str().unwrap());
        for (path, is_matched) in [
            ("callrules.yaml", true),
            ("phones/callrules.yaml", true),
            ("users/sales/a.yml", true),
            ("phones/contacts/vip.csv", true),
            ("README.md", false),
            ("not-callrules.yaml", false),
            ("src/users.yaml", false),
        ] {
            assert_eq!(files.is_valid(&json!(path)), is_matched, "{path}");
        }
    }
}

/// Returns a validator of a pattern.
fn pattern_validator(pattern: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap()
}

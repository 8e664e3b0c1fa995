//! A new repository: sound, harmless, and never written over an old one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use callrules::config;
use callrules::init;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, TestEnv, command, forwarding, single_user_seed};

/// Runs the program somewhere, without credentials.
fn run(at: &Path, arguments: &[&str]) -> Run {
    let output = command().current_dir(at).args(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn begin(at: &Path, arguments: &[&str]) -> String {
    let run = run(at, &[&["init"], arguments].concat());
    assert_eq!((run.code, &*run.err), (0, ""), "{}", run.out);
    run.out
}

fn new() -> TempDir {
    let folder = TempDir::new().unwrap();
    begin(folder.path(), &[]);
    folder
}

/// Every file below a folder, with what it says.
fn files(root: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(root).into_iter();
    let entries = entries.map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (path.to_str().unwrap().replace('\\', "/"), text)
        })
        .collect()
}

#[test]
fn a_new_repository_lacks_nothing_but_its_account() {
    let folder = new();
    let checked = run(folder.path(), &["validate", "--format", "json"]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    let found = checked["diagnostics"].as_array().unwrap();
    let codes: Vec<&Value> = found.iter().map(|found| &found["code"]).collect();
    assert_eq!(codes, ["W0003"]);
    assert_eq!(run(folder.path(), &["schema", "--check"]).code, 0);
    let repository = config::load(folder.path()).repository.unwrap();
    assert_eq!(repository.settings, init::settings());
}

#[test]
fn a_new_repository_can_be_rehearsed_at_once() {
    let folder = new();
    let sandbox = |arguments: &[&str], code| {
        let run = run(folder.path(), &[&["--sandbox"], arguments].concat());
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        run.out
    };
    let plan = sandbox(&["plan", "--detailed-exitcode"], 2);
    assert!(plan.contains("Plan: 1 to create for 1 of 1 user"), "{plan}");
    sandbox(&["apply", "--auto-approve"], 0);
    sandbox(&["plan", "--detailed-exitcode"], 0);
}

#[test]
fn what_was_written_is_told_and_what_to_do_next() {
    let folder = TempDir::new().unwrap();
    let told = begin(folder.path(), &["my company"]);
    let (listed, next) = told.split_once("\n\n").unwrap();
    let written = files(&folder.path().join("my company"));
    let mut listed: Vec<&str> = listed
        .lines()
        .map(|line| line.strip_prefix("wrote ").unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, written.keys().collect::<Vec<_>>());
    assert!(next.starts_with("Next, in my company:\n"), "{next}");
    assert_eq!(next.matches("\n  callrules ").count(), 3, "{next}");
}

#[test]
fn the_folder_is_the_one_named_or_the_one_of_the_repository() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).join("callrules.yaml").exists();
    assert_eq!(run(folder.path(), &["-C", "a", "init"]).code, 0);
    assert!(at("a") && !at(""));
    assert_eq!(run(folder.path(), &["-C", "b", "init", "c"]).code, 0);
    assert!(at("c") && !at("b"));
}

#[test]
fn a_second_time_changes_nothing() {
    let folder = new();
    let settings = folder.path().join("callrules.yaml");
    fs::write(&settings, "prune: none\n").unwrap();
    fs::remove_file(folder.path().join("README.md")).unwrap();
    let told = begin(folder.path(), &[]);
    assert_eq!(told.matches("wrote ").count(), 1, "{told}");
    assert!(told.contains("wrote README.md\n"), "{told}");
    assert!(told.contains("left callrules.yaml as it is\n"), "{told}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), "prune: none\n");
}

/// Whatever a person may have written into stays, and is told.
#[test]
fn force_renews_what_the_program_made_and_nothing_else() {
    let folder = new();
    let fresh = files(folder.path());
    let is_made = |path: &str| path.starts_with("schemas/") || path == ".vscode/settings.json";
    for path in fresh.keys() {
        fs::write(folder.path().join(path), "mine\n").unwrap();
    }
    let editor = folder.path().join(".vscode/settings.json");
    fs::write(&editor, r#"{ "yaml.schemas": {} }"#).unwrap();
    let told = begin(folder.path(), &["--force"]);
    for (path, text) in files(folder.path()) {
        let (expected, line) = match is_made(&path) {
            true => (&*fresh[&path], format!("wrote {path}\n")),
            false => ("mine\n", format!("left {path} as it is\n")),
        };
        assert_eq!(text, expected, "{path}");
        assert!(told.contains(&line), "{told}");
    }
    let own = r#"{ "yaml.schemas": {}, "editor.rulers": [80] }"#;
    fs::write(&editor, own).unwrap();
    let told = begin(folder.path(), &["--force"]);
    assert!(
        told.contains("left .vscode/settings.json as it is\n"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&editor).unwrap(), own);
}

#[test]
fn the_example_is_not_put_among_real_users() {
    for (path, folder) in [
        ("users/alex.yaml", "users"),
        ("sandbox/mine.yaml", "sandbox"),
    ] {
        let env = TestEnv::new(single_user_seed(json!([])));
        env.write(path, "extension: \"101\"\n");
        let told = begin(env.path(), &[]);
        let left = format!("left {folder} as it is, without the example");
        assert!(told.contains(&left), "{told}");
        let written = files(env.path());
        assert!(!written.contains_key("users/example.yaml"), "{told}");
        assert!(!written.contains_key("sandbox/account.yaml"), "{told}");
        assert!(written.contains_key(".github/workflows/plan.yml"), "{told}");
    }
}

/// Neither as it stands nor once somebody has made it the file of a real person.
#[test]
fn the_example_harms_no_live_account() {
    let rule = forwarding("VIP", "+1650", "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([rule])));
    let before = env.user("101");
    begin(env.path(), &[]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(
        run.err
            .contains("nobody on the account is `alex.morgan@example.com`")
    );
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
    assert_eq!(env.user("101"), before);

    let example = fs::read_to_string(env.path().join("users/example.yaml")).unwrap();
    let mine = example.replace("email: alex.morgan@example.com", "extension: \"101\" ");
    env.write("users/example.yaml", &mine);
    env.apply();
    let mut rules = env.user("101")["interactionRules"].take();
    let rules = rules.as_array_mut().unwrap();
    let new = rules.pop().unwrap();
    assert_eq!(json!(rules), before["interactionRules"]);
    assert_eq!(new["enabled"], json!(false));
    assert_eq!(env.user("101")["states"], before["states"]);
}

#[test]
fn an_editor_finds_the_schemas() {
    let folder = new();
    let written = files(folder.path());
    let settings: Value = serde_json::from_str(&written[".vscode/settings.json"]).unwrap();
    let schemas = settings["yaml.schemas"].as_object().unwrap();
    let mut named: Vec<&String> = schemas.keys().collect();
    named.sort();
    let there = written.keys().filter(|path| path.starts_with("schemas/"));
    assert_eq!(named, there.collect::<Vec<_>>());
    assert_eq!(
        schemas["schemas/callrules.schema.json"],
        json!(["callrules.yaml"])
    );
    let extensions: Value = serde_json::from_str(&written[".vscode/extensions.json"]).unwrap();
    assert_eq!(extensions["recommendations"], json!(["redhat.vscode-yaml"]));
}

#[test]
fn the_rule_on_the_page_can_be_copied() {
    let folder = new();
    let page = fs::read_to_string(folder.path().join("README.md")).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (rule, _) = rest.split_once("```\n").unwrap();
    let file = config::read_user(&format!("extension: \"101\"\n{rule}")).unwrap();
    assert_eq!(file.interaction_rules.unwrap().len(), 1);
}

/// They are those of `examples/github`, which `workflows.rs` looks at.
#[test]
fn the_workflows_wait_to_be_told_whose_callrules_to_use() {
    let folder = TempDir::new().unwrap();
    let waits = "On GitHub, say first whose callrules to use: in the place of YOUR_ORG in\n";
    let told = begin(folder.path(), &[]);
    let (_, named) = told.split_once(waits).unwrap();
    let named: Vec<&str> = named.lines().map(str::trim).collect();
    let names = ["plan", "apply", "drift"];
    assert_eq!(
        named,
        names.map(|name| format!(".github/workflows/{name}.yml"))
    );
    for path in named {
        let path = folder.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        let example = Path::new("examples/github").join(path.file_name().unwrap());
        assert_eq!(text, fs::read_to_string(example).unwrap());
        fs::write(&path, text.replace(init::NOBODY, "acme")).unwrap();
    }
    let told = begin(folder.path(), &[]);
    assert!(!told.contains(waits), "{told}");
}

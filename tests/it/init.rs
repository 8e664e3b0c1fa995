//! `init`: a new repository is valid and harmless, and existing files are never overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use callrules::config;
use callrules::config::types::RepositorySettings;
use callrules::init;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, TestEnv, command, forwarding, lines_with, single_user_seed};

/// Runs the program in a folder, without credentials.
fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let output = command()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `init` in a folder and returns its output.
fn run_init(folder: &Path, arguments: &[&str]) -> String {
    let run = run_in(folder, &[&["init"], arguments].concat());
    assert_eq!((run.code, &*run.err), (0, ""), "{}", run.out);
    run.out
}

/// Creates a repository in a temporary folder.
fn init_repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    run_init(folder.path(), &[]);
    folder
}

/// Splits the output of `init` into the list of files and the next steps.
fn split_output(output: &str) -> (&str, &str) {
    output.split_once("\n\n").unwrap()
}

/// Returns the text of every file below a folder, by relative path.
fn read_files(root: &Path) -> BTreeMap<String, String> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (path.to_str().unwrap().replace('\\', "/"), text)
        })
        .collect()
}

#[test]
fn new_repository_is_valid_except_for_the_missing_account() {
    let folder = init_repository();
    let run = run_in(folder.path(), &["validate", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let diagnostics = document["diagnostics"].as_array().unwrap();
    let codes: Vec<&Value> = diagnostics
        .iter()
        .map(|diagnostic| &diagnostic["code"])
        .collect();
    assert_eq!(codes, ["W0003"]);
    assert_eq!(run_in(folder.path(), &["schema", "--check"]).code, 0);
    let repository = config::load(folder.path()).repository.unwrap();
    let settings = RepositorySettings {
        account_line: None,
        ..repository.settings
    };
    assert_eq!(settings, init::default_settings());
}

#[test]
fn new_repository_can_be_applied_to_the_embedded_sandbox() {
    let folder = init_repository();
    let run_with_sandbox = |arguments: &[&str], expected_code| {
        let run = run_in(folder.path(), &[&["--sandbox"], arguments].concat());
        assert_eq!(run.code, expected_code, "{}{}", run.out, run.err);
        run.out
    };
    let plan = run_with_sandbox(&["plan", "--detailed-exitcode"], 2);
    insta::assert_snapshot!(plan, @"
    1 of 1 user changes.

    Alex Morgan · 101
      + interaction rule  Friday review
            when   Fri 15:00–16:30
            then   straight to voicemail
            off    created disabled: matches no calls until it is enabled
      Callers won't notice any difference.

    Plan: 1 to create for 1 of 1 user
    Used 5 API requests; apply will need about 3
    To apply it: `callrules --sandbox apply`. To save it: `callrules --sandbox plan --out plan.json`.
    ");
    run_with_sandbox(&["apply", "--auto-approve"], 0);
    run_with_sandbox(&["plan", "--detailed-exitcode"], 0);
}

#[test]
fn init_lists_written_files_and_next_steps() {
    let folder = TempDir::new().unwrap();
    let output = run_init(folder.path(), &["my company"]);
    insta::assert_snapshot!(output, @"
    wrote callrules.yaml
    wrote schemas/callrules.schema.json
    wrote schemas/user.schema.json
    wrote schemas/profile.schema.json
    wrote schemas/calendar.schema.json
    wrote schemas/contacts.schema.json
    wrote schemas/tests.schema.json
    wrote users/example.yaml
    wrote sandbox/account.yaml
    wrote README.md
    wrote .gitattributes
    wrote .gitignore
    wrote .github/workflows/plan.yml
    wrote .github/workflows/apply.yml
    wrote .github/workflows/drift.yml
    wrote .github/workflows/adopt.yml
    wrote .vscode/extensions.json
    wrote .vscode/settings.json

    Next steps, in my company:
      callrules validate        check all files
      callrules --sandbox plan  show what the files would change on the sandbox account
      callrules import          create files from your account (see README.md)

    Before you use the workflows on GitHub, replace YOUR_ORG in:
      .github/workflows/plan.yml
      .github/workflows/apply.yml
      .github/workflows/drift.yml
      .github/workflows/adopt.yml
    ");
    let (list, _) = split_output(&output);
    let mut listed_paths: Vec<&str> = list
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    listed_paths.sort_unstable();
    let files = read_files(&folder.path().join("my company"));
    assert_eq!(listed_paths, files.keys().collect::<Vec<_>>());
}

#[test]
fn init_uses_the_named_folder_or_that_of_the_repository() {
    let folder = TempDir::new().unwrap();
    let has_settings = |name: &str| folder.path().join(name).join("callrules.yaml").exists();
    assert_eq!(run_in(folder.path(), &["-C", "a", "init"]).code, 0);
    assert!(has_settings("a") && !has_settings(""));
    assert_eq!(run_in(folder.path(), &["-C", "b", "init", "c"]).code, 0);
    assert!(has_settings("c") && !has_settings("b"));
}

#[test]
fn second_init_writes_only_missing_files() {
    let folder = init_repository();
    let settings = folder.path().join("callrules.yaml");
    fs::write(&settings, "prune: none\n").unwrap();
    fs::remove_file(folder.path().join("README.md")).unwrap();
    let output = run_init(folder.path(), &[]);
    insta::assert_snapshot!(split_output(&output).0, @"
    kept callrules.yaml
    kept schemas/callrules.schema.json
    kept schemas/user.schema.json
    kept schemas/profile.schema.json
    kept schemas/calendar.schema.json
    kept schemas/contacts.schema.json
    kept schemas/tests.schema.json
    kept users/example.yaml
    kept sandbox/account.yaml
    wrote README.md
    kept .gitattributes
    kept .gitignore
    kept .github/workflows/plan.yml
    kept .github/workflows/apply.yml
    kept .github/workflows/drift.yml
    kept .github/workflows/adopt.yml
    kept .vscode/extensions.json
    kept .vscode/settings.json
    ");
    assert_eq!(fs::read_to_string(&settings).unwrap(), "prune: none\n");
    assert!(folder.path().join("README.md").exists());
}

#[test]
fn init_with_force_replaces_only_generated_files() {
    let folder = init_repository();
    let generated = read_files(folder.path());
    let is_generated = |path: &str| path.starts_with("schemas/") || path == ".vscode/settings.json";
    for path in generated.keys() {
        fs::write(folder.path().join(path), "mine\n").unwrap();
    }
    // Editor settings are replaced only if they have no other keys than those that `init` writes.
    let editor_settings = folder.path().join(".vscode/settings.json");
    fs::write(&editor_settings, r#"{ "yaml.schemas": {} }"#).unwrap();
    let output = run_init(folder.path(), &["--force"]);
    insta::assert_snapshot!(split_output(&output).0, @"
    kept callrules.yaml
    wrote schemas/callrules.schema.json
    wrote schemas/user.schema.json
    wrote schemas/profile.schema.json
    wrote schemas/calendar.schema.json
    wrote schemas/contacts.schema.json
    wrote schemas/tests.schema.json
    kept users/example.yaml
    kept sandbox/account.yaml
    kept README.md
    kept .gitattributes
    kept .gitignore
    kept .github/workflows/plan.yml
    kept .github/workflows/apply.yml
    kept .github/workflows/drift.yml
    kept .github/workflows/adopt.yml
    kept .vscode/extensions.json
    wrote .vscode/settings.json
    ");
    for (path, text) in read_files(folder.path()) {
        let expected = if is_generated(&path) {
            &*generated[&path]
        } else {
            "mine\n"
        };
        assert_eq!(text, expected, "{path}");
    }

    let own_settings = r#"{ "yaml.schemas": {}, "editor.rulers": [80] }"#;
    fs::write(&editor_settings, own_settings).unwrap();
    let output = run_init(folder.path(), &["--force"]);
    insta::assert_snapshot!(lines_with(&output, ".vscode/settings.json"), @"kept .vscode/settings.json");
    assert_eq!(fs::read_to_string(&editor_settings).unwrap(), own_settings);
}

#[test]
fn init_writes_no_example_if_there_are_users_or_a_sandbox() {
    let mut skipped = String::new();
    for path in ["users/alex.yaml", "sandbox/mine.yaml"] {
        let env = TestEnv::new(single_user_seed(json!([])));
        env.write(path, "extension: \"101\"\n");
        let output = run_init(env.path(), &[]);
        skipped += &format!("{}\n", split_output(&output).0.lines().last().unwrap());
        let files = read_files(env.path());
        assert!(!files.contains_key("users/example.yaml"), "{output}");
        assert!(!files.contains_key("sandbox/account.yaml"), "{output}");
        assert!(files.contains_key(".github/workflows/plan.yml"), "{output}");
    }
    insta::assert_snapshot!(skipped, @"
    no example written: users/ already has other files
    no example written: sandbox/ already has other files
    ");
}

/// The example names a user whom no account has. For an existing user it adds a disabled rule.
#[test]
fn example_does_not_change_call_handling_on_a_live_account() {
    let rule = forwarding("VIP", "+1650", "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([rule])));
    let before = env.user("101");
    run_init(env.path(), &[]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1, "{}", run.out);
    insta::assert_snapshot!(env.stable_text(&run.err), @r#"
    error[E0201]: there is no user or queue `alex.morgan@example.com` on the account
     --> users/example.yaml:4:8
      |
    4 | email: alex.morgan@example.com # or extension: "101"
      |        ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: if the user has left, delete the file; none of the account's 3 users and queues is similar

    1 error in 1 of 2 files
    Run `callrules explain E0201` for details
    "#);
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
    assert_eq!(env.user("101"), before);

    let example = fs::read_to_string(env.path().join("users/example.yaml")).unwrap();
    let for_existing_user =
        example.replace("email: alex.morgan@example.com", "extension: \"101\" ");
    env.write("users/example.yaml", &for_existing_user);
    env.apply();
    let after = env.user("101");
    let mut rules = after["interactionRules"].as_array().unwrap().clone();
    let new_rule = rules.pop().unwrap();
    assert_eq!(json!(rules), before["interactionRules"]);
    assert_eq!(new_rule["enabled"], json!(false));
    assert_eq!(after["states"], before["states"]);
}

#[test]
fn editor_settings_name_every_schema() {
    let folder = init_repository();
    let files = read_files(folder.path());
    let settings: Value = serde_json::from_str(&files[".vscode/settings.json"]).unwrap();
    let schemas = settings["yaml.schemas"].as_object().unwrap();
    let mut schema_paths: Vec<&String> = schemas.keys().collect();
    schema_paths.sort();
    let schema_files: Vec<&String> = files
        .keys()
        .filter(|path| path.starts_with("schemas/"))
        .collect();
    assert_eq!(schema_paths, schema_files);
    assert_eq!(
        schemas["schemas/callrules.schema.json"],
        json!(["callrules.yaml"])
    );
    let extensions: Value = serde_json::from_str(&files[".vscode/extensions.json"]).unwrap();
    assert_eq!(extensions["recommendations"], json!(["redhat.vscode-yaml"]));
}

#[test]
fn rule_in_the_readme_is_valid() {
    let folder = init_repository();
    let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").unwrap();
    let (rule, _) = rest.split_once("```\n").unwrap();
    let file = config::read_user(&format!("extension: \"101\"\n{rule}")).unwrap();
    assert_eq!(file.interaction_rules.unwrap().len(), 1);
}

/// `workflows.rs` tests the content of these files, which are those of `examples/github`.
#[test]
fn init_lists_workflows_until_the_owner_of_the_action_is_filled_in() {
    let folder = TempDir::new().unwrap();
    let output = run_init(folder.path(), &[]);
    let (_, next_steps) = split_output(&output);
    for name in ["plan.yml", "apply.yml", "drift.yml", "adopt.yml"] {
        let relative = format!(".github/workflows/{name}");
        assert!(next_steps.contains(&relative), "{next_steps}");
        let path = folder.path().join(relative);
        let workflow = fs::read_to_string(&path).unwrap();
        let example = Path::new("examples/github").join(name);
        assert_eq!(workflow, fs::read_to_string(example).unwrap());
        fs::write(&path, workflow.replace(init::OWNER_PLACEHOLDER, "acme")).unwrap();
    }
    let output = run_init(folder.path(), &[]);
    insta::assert_snapshot!(split_output(&output).1, @"
    Next steps, in .:
      callrules validate        check all files
      callrules --sandbox plan  show what the files would change on the sandbox account
      callrules import          create files from your account (see README.md)
    ");
}

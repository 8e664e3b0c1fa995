//! The GitHub action: its scripts run as a GitHub runner starts them, against a fake GitHub server.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

mod cancel;
mod github;
mod install;
mod messages;
mod real;
mod run;

use crate::docs::first_cells;
use github::GitHub;

/// A fake `callrules`. It records its arguments, and reads its output, output files and exit code
/// from the files in the folder `$FAKE`.
const FAKE_CALLRULES: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf '%s\n' "$@" >>"$FAKE/arguments"
[[ $* != *"--format github"* ]] || { cat "$FAKE/github"; exit 0; }
while [[ $# -gt 0 ]]; do
    case $1 in
    --out | --journal) [[ ! -e $FAKE/${1#--} ]] || cp "$FAKE/${1#--}" "$2" ;;
    --output) [[ ! -e $FAKE/${2%%=*} ]] || cp "$FAKE/${2%%=*}" "${2#*=}" ;;
    esac
    shift
done
cat "$FAKE/stdout"
cat "$FAKE/stderr" >&2
exit "$(cat "$FAKE/code")"
"#;

/// A fake GitHub runner: a temporary folder, the variables of a step, and a GitHub server.
struct Runner {
    folder: TempDir,
    github: GitHub,
    variables: BTreeMap<String, String>,
}

/// The results of a step.
struct StepResult {
    code: i32,
    /// Standard output, followed by standard error.
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

impl StepResult {
    /// Returns an output of the step, or an empty text if the step did not set it.
    fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", |value| value)
    }

    /// Returns the lines of the log that GitHub shows as errors, warnings and notices.
    fn annotations(&self) -> String {
        let levels = ["::error ", "::warning ", "::notice "];
        let lines: Vec<&str> = self
            .log
            .lines()
            .filter(|line| levels.iter().any(|level| line.starts_with(level)))
            .collect();
        lines.join("\n")
    }
}

impl Runner {
    /// Starts a fake GitHub and sets the variables of a run for a pull request, with the default
    /// inputs of the action. The scripts find a fake `callrules` on the `PATH`.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let github = GitHub::start();
        let mut runner = Runner {
            folder,
            github,
            variables: BTreeMap::new(),
        };
        for name in ["temp", "tools", "bin", "fake"] {
            fs::create_dir(runner.path(name)).unwrap();
        }
        let root = runner.folder.path().display().to_string();
        let server = runner.github.url();
        for (name, value) in [
            (
                "PATH",
                format!("{root}/bin:{}", std::env::var("PATH").unwrap()),
            ),
            ("FAKE", format!("{root}/fake")),
            ("RUNNER_TEMP", format!("{root}/temp")),
            ("RUNNER_TOOL_CACHE", format!("{root}/tools")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("GITHUB_OUTPUT", format!("{root}/output")),
            ("GITHUB_PATH", format!("{root}/path")),
            ("GITHUB_STEP_SUMMARY", format!("{root}/summary")),
            ("GITHUB_EVENT_PATH", format!("{root}/event.json")),
            ("GITHUB_API_URL", server.clone()),
            ("GITHUB_GRAPHQL_URL", format!("{server}/graphql")),
            ("GITHUB_SERVER_URL", server),
            ("GITHUB_REPOSITORY", "acme/phones".to_owned()),
            ("GITHUB_RUN_ID", "77".to_owned()),
            ("GITHUB_SHA", "0123456789abcdef".to_owned()),
            ("ACTION_REPOSITORY", "YOUR_ORG/callrules".to_owned()),
            ("ACTION_REF", "v0.1.0".to_owned()),
            ("GH_TOKEN", "secret".to_owned()),
            ("TOKEN", "secret".to_owned()),
            // The defaults of the inputs.
            ("COMMAND", "plan".to_owned()),
            ("DIRECTORY", ".".to_owned()),
            ("NAME", String::new()),
            ("VERSION", String::new()),
            ("CHANGED_SINCE", String::new()),
            ("PLAN", String::new()),
            ("ARGUMENTS", String::new()),
            ("COMMENT", "auto".to_owned()),
        ] {
            runner.set_variable(name, value);
        }
        let event =
            json!({ "pull_request": { "number": 5, "head": { "sha": "fedcba9876543210" } } });
        fs::write(runner.path("event.json"), event.to_string()).unwrap();
        runner.install_program("callrules", FAKE_CALLRULES);
        runner.set_fake_file("stdout", "output of callrules\n");
        runner.set_fake_file("stderr", "");
        runner
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn set_variable(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// Writes an executable script to a folder of the `PATH`.
    fn install_program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Sets what the fake `callrules` prints or writes: `stdout`, `stderr`, `code`, or the name of
    /// an option or format that has a file.
    fn set_fake_file(&self, name: &str, text: &str) {
        fs::write(self.path("fake").join(name), text).unwrap();
    }

    /// Lets the fake `callrules` print a plan that creates `create_count` rules, and exit with
    /// `code`.
    fn set_fake_plan(&self, create_count: u32, code: &str) {
        self.set_fake_file("code", code);
        self.set_fake_file("out", "saved");
        let markdown = format!("### Plan: {create_count} to create\n");
        self.set_fake_file("markdown", &markdown);
        self.set_fake_file("github", "::warning file=users/a.yaml,line=3,col=1::hm\n");
        let document = json!({
            "summary": { "create": create_count, "update": 0, "delete": 2, "users": 1 },
            "warnings": [{}],
            "guards": [{ "flag": "--max-deletes 2" }, { "flag": "--max-users-emptied 1" }],
        });
        self.set_fake_file("json", &document.to_string());
    }

    /// Returns the arguments of all runs of the fake `callrules`, each on a line.
    fn fake_arguments(&self) -> String {
        fs::read_to_string(self.path("fake/arguments")).unwrap()
    }

    /// Returns a command for a script of the action, with the variables set and nothing output yet.
    fn step_command(&self, script: &str) -> Command {
        for file in ["output", "summary", "path"] {
            fs::write(self.path(file), "").unwrap();
        }
        #[cfg(unix)]
        crate::support::restore_default_signals();
        let mut command = Command::new("bash");
        command.arg(action_folder().join(script));
        command.current_dir(self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Runs a script of the action.
    fn run_step(&self, script: &str) -> StepResult {
        let output = self.step_command(script).output().unwrap();
        let log = [output.stdout, output.stderr].concat();
        StepResult {
            code: output.status.code().unwrap(),
            log: String::from_utf8(log).unwrap(),
            outputs: self.read_outputs(),
            summary: fs::read_to_string(self.path("summary")).unwrap(),
        }
    }

    /// Reads the step's outputs, all of which have the form `name=value`.
    fn read_outputs(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.path("output")).unwrap();
        text.lines()
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Runs the plan, and then a script that publishes it, with the variables that `action.yml`
    /// passes from one to the other.
    fn plan_and_publish(&mut self, script: &str) -> (StepResult, StepResult) {
        let plan_step = self.run_step("run.sh");
        self.set_variable("OUTCOME", &*plan_step.outputs["outcome"]);
        self.set_variable("TEXT", &*plan_step.outputs["text"]);
        self.set_variable("IS_NEWS", plan_step.output("is-news"));
        let publish_step = self.run_step(script);
        assert_eq!(publish_step.code, 0, "{}", publish_step.log);
        (plan_step, publish_step)
    }

    /// Replaces what differs between runs: the runner's folder and the server's address.
    fn stable_text(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "[runner]")
            .replace(&self.github.url(), "[github]")
    }
}

#[track_caller]
fn assert_contains(text: &str, part: &str) {
    assert!(text.contains(part), "{part}\nis not in\n{text}");
}

fn action_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/callrules")
}

fn read_action() -> (String, Value) {
    let text = fs::read_to_string(action_folder().join("action.yml")).unwrap();
    let action = serde_yaml::from_str(&text).unwrap();
    (text, action)
}

#[test]
fn every_input_is_used_by_a_script_and_every_output_is_set() {
    let (text, action) = read_action();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let mut variable_count = 0;
    for step in steps {
        let run = step["run"].as_str().unwrap();
        let script_name = run
            .strip_prefix("exec bash \"$GITHUB_ACTION_PATH/")
            .unwrap();
        let script_path = action_folder().join(script_name.strip_suffix('"').unwrap());
        let mut script = fs::read_to_string(&script_path).unwrap();
        if script.contains("/api.sh") {
            script += &fs::read_to_string(script_path.with_file_name("api.sh")).unwrap();
        }
        for name in step["env"].as_object().unwrap().keys() {
            // `gh` reads GH_TOKEN itself.
            let is_used = script.contains(&format!("${name}"))
                || script.contains(&format!("${{{name}"))
                || name == "GH_TOKEN";
            assert!(is_used, "{} does not use {name}", script_path.display());
            variable_count += 1;
        }
    }
    assert!(variable_count > 12, "{variable_count}");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(text.contains(&format!("inputs.{name}")), "{name}");
        assert!(input["default"].is_string(), "{name}");
    }
    let run_script = fs::read_to_string(action_folder().join("run.sh")).unwrap();
    for (name, output) in action["outputs"].as_object().unwrap() {
        let value = format!("${{{{ steps.run.outputs.{name} }}}}");
        assert_eq!(output["value"], value);
        // The script sets these four in a loop.
        let is_count = ["create", "update", "delete", "users"].contains(&&**name);
        let is_set = run_script.contains(&format!("output {name} ")) || is_count;
        assert!(is_set, "{name}");
    }
}

#[test]
fn github_page_names_every_input_and_output() {
    let (_, action) = read_action();
    let documented = first_cells("docs/guides/github.md");
    for part in ["inputs", "outputs"] {
        for name in action[part].as_object().unwrap().keys() {
            assert!(documented.contains(name), "{part}: {name}");
        }
    }
}

//! The action for GitHub: its scripts, as a runner starts them, beside a GitHub of our own.

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

/// Plays callrules: keeps its arguments, says and leaves what the files beside it hold.
const FAKE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf '%s\n' "$@" >>"$FAKE/arguments"
[[ $* != *"--format github"* ]] || { cat "$FAKE/github"; exit 0; }
while [[ $# -gt 0 ]]; do
    case $1 in
    --out | --journal) [[ ! -e $FAKE/${1#--} ]] || cp "$FAKE/${1#--}" "$2" ;;
    --also) [[ ! -e $FAKE/${2%%=*} ]] || cp "$FAKE/${2%%=*}" "${2#*=}" ;;
    esac
    shift
done
cat "$FAKE/stdout"
cat "$FAKE/stderr" >&2
exit "$(cat "$FAKE/code")"
"#;

/// A machine on which steps of a job run.
struct Runner {
    folder: TempDir,
    github: GitHub,
    variables: BTreeMap<String, String>,
}

/// What a step did.
struct Ran {
    code: i32,
    /// Standard output and standard error.
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

/// Whether this machine has what a runner of GitHub has.
fn is_equipped() -> bool {
    for program in ["bash", "curl", "jq", "awk", "tar"] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("skipped: the action, for there is no `{program}`");
            return false;
        }
    }
    true
}

impl Runner {
    /// None, and that is told, where the scripts cannot run.
    fn new() -> Option<Self> {
        if !is_equipped() {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let github = GitHub::start();
        let mut runner = Runner {
            folder,
            github,
            variables: BTreeMap::new(),
        };
        for name in ["temp", "tools", "bin", "fake"] {
            fs::create_dir(runner.at(name)).unwrap();
        }
        let here = runner.folder.path().display().to_string();
        let server = runner.github.url();
        for (name, value) in [
            (
                "PATH",
                format!("{here}/bin:{}", std::env::var("PATH").unwrap()),
            ),
            ("FAKE", format!("{here}/fake")),
            ("RUNNER_TEMP", format!("{here}/temp")),
            ("RUNNER_TOOL_CACHE", format!("{here}/tools")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("GITHUB_OUTPUT", format!("{here}/output")),
            ("GITHUB_PATH", format!("{here}/path")),
            ("GITHUB_STEP_SUMMARY", format!("{here}/summary")),
            ("GITHUB_EVENT_PATH", format!("{here}/event.json")),
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
            runner.set(name, value);
        }
        let event =
            json!({ "pull_request": { "number": 5, "head": { "sha": "fedcba9876543210" } } });
        fs::write(runner.at("event.json"), event.to_string()).unwrap();
        runner.program("callrules", FAKE);
        runner.fake("stdout", "what people read\n");
        runner.fake("stderr", "");
        Some(runner)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// A program on the PATH.
    fn program(&self, name: &str, script: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What the played callrules says or leaves.
    fn fake(&self, name: &str, text: &str) {
        fs::write(self.at("fake").join(name), text).unwrap();
    }

    /// Plays a plan: so many changes, and what it exits with.
    fn fake_plan(&self, changes: u32, code: &str) {
        self.fake("code", code);
        self.fake("out", "saved");
        self.fake("markdown", &format!("### Plan: {changes} to create\n"));
        self.fake("github", "::warning file=users/a.yaml,line=3,col=1::hm\n");
        let told = json!({
            "summary": { "create": changes, "update": 0, "delete": 2, "users": 1 },
            "warnings": [{}],
            "guards": [{ "flag": "--max-deletes 2" }, { "flag": "--max-emptied 1" }],
        });
        self.fake("json", &told.to_string());
    }

    /// The arguments of the played callrules, one a line.
    fn arguments(&self) -> String {
        fs::read_to_string(self.at("fake/arguments")).unwrap()
    }

    fn command(&self, script: &str) -> Command {
        for file in ["output", "summary", "path"] {
            fs::write(self.at(file), "").unwrap();
        }
        let mut command = Command::new("bash");
        command.arg(action().join(script));
        command.current_dir(self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Runs a script of the action, with the variables set.
    fn step(&self, script: &str) -> Ran {
        let output = self.command(script).output().unwrap();
        let log = [output.stdout, output.stderr].concat();
        Ran {
            code: output.status.code().unwrap(),
            log: String::from_utf8(log).unwrap(),
            outputs: self.outputs(),
            summary: fs::read_to_string(self.at("summary")).unwrap(),
        }
    }

    /// Reads outputs as GitHub does, of the form that is used here.
    fn outputs(&self) -> BTreeMap<String, String> {
        let said = fs::read_to_string(self.at("output")).unwrap();
        let lines = said.lines().map(|line| line.split_once('=').unwrap());
        lines.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    /// Runs the plan and then what tells it, as `action.yml` has it.
    fn plan_and_tell(&mut self, script: &str) -> (Ran, Ran) {
        let ran = self.step("run.sh");
        self.set("OUTCOME", &*ran.outputs["outcome"]);
        self.set("TEXT", &*ran.outputs["text"]);
        let is_news = ran.outputs.get("is-news").cloned();
        self.set("IS_NEWS", is_news.unwrap_or_default());
        let told = self.step(script);
        assert_eq!(told.code, 0, "{}", told.log);
        (ran, told)
    }
}

#[track_caller]
fn holds(text: &str, part: &str) {
    assert!(text.contains(part), "{part}\nis not in\n{text}");
}

/// The folder of the action.
fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/callrules")
}

/// What each step of the action is given, is what its script asks for.
#[test]
fn every_input_reaches_a_script_by_the_environment() {
    let text = fs::read_to_string(action().join("action.yml")).unwrap();
    let action: Value = serde_yaml::from_str(&text).unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let mut used = 0;
    for step in steps {
        let run = step["run"].as_str().unwrap();
        let script = run
            .strip_prefix("exec bash \"$GITHUB_ACTION_PATH/")
            .unwrap();
        let script = self::action().join(script.strip_suffix('"').unwrap());
        let mut read = fs::read_to_string(&script).unwrap();
        if read.contains("/api.sh") {
            read += &fs::read_to_string(script.with_file_name("api.sh")).unwrap();
        }
        for name in step["env"].as_object().unwrap().keys() {
            // `gh` asks for its token itself.
            let asked = [format!("${name}"), format!("${{{name}")];
            let is_read = asked.iter().any(|asked| read.contains(asked)) || name == "GH_TOKEN";
            assert!(is_read, "{name} is nothing to {}", script.display());
            used += 1;
        }
    }
    assert!(used > 12, "{used}");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(text.contains(&format!("inputs.{name}")), "{name}");
        assert!(input["default"].is_string(), "{name}");
    }
    let run = fs::read_to_string(self::action().join("run.sh")).unwrap();
    for (name, output) in action["outputs"].as_object().unwrap() {
        let value = format!("${{{{ steps.run.outputs.{name} }}}}");
        assert_eq!(output["value"], value);
        let is_counted = ["create", "update", "delete", "users"].contains(&&**name);
        let is_said = run.contains(&format!("output {name} ")) || is_counted;
        assert!(is_said, "{name}");
    }
}

#[test]
fn the_page_names_every_input_and_output() {
    let text = fs::read_to_string(action().join("action.yml")).unwrap();
    let action: Value = serde_yaml::from_str(&text).unwrap();
    let named = first_cells("docs/guides/github.md");
    for part in ["inputs", "outputs"] {
        for name in action[part].as_object().unwrap().keys() {
            assert!(named.contains(name), "{part}: {name}");
        }
    }
}

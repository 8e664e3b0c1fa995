//! The action with the program itself, from a change in a pull request to the account.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use super::{Runner, holds};
use crate::changed::{commit, git};
use crate::support::{NOW, TestEnv, command};

/// A machine with a clone of a new repository, which describes the account of the env.
fn cloned() -> Option<(Runner, TestEnv)> {
    let mut runner = Runner::new()?;
    let seed = fs::read_to_string("src/init/template/sandbox/account.yaml").unwrap();
    let env = TestEnv::new(serde_yaml::from_str::<Value>(&seed).unwrap());
    let program = runner.at("bin/callrules");
    fs::remove_file(&program).unwrap();
    symlink(env!("CARGO_BIN_EXE_callrules"), &program).unwrap();
    let begun = command()
        .arg("init")
        .arg(runner.at("phones"))
        .output()
        .unwrap();
    assert!(begun.status.success(), "{begun:?}");
    git(runner.folder.path(), &["init", "-q"]);
    commit_all(&runner);
    for (name, value) in env.environment() {
        runner.set(name, value);
    }
    runner.set("CALLRULES_NOW", NOW);
    runner.set("DIRECTORY", "phones");
    runner.set("VERSION", "installed");
    let ran = runner.step("install.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    Some((runner, env))
}

/// Makes what is there what the branch `main` has.
fn commit_all(runner: &Runner) {
    commit(runner.folder.path());
    let main = ["update-ref", "refs/remotes/origin/main", "HEAD"];
    git(runner.folder.path(), &main);
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn from_a_pull_request_to_the_account() {
    let Some((mut runner, env)) = cloned() else {
        return;
    };
    for check in ["validate", "test"] {
        runner.set("COMMAND", check);
        let ran = runner.step("run.sh");
        assert_eq!(ran.code, 0, "{}", ran.log);
    }
    runner.set("COMMAND", "plan");
    runner.set("CHANGED_SINCE", "origin/main");
    let (ran, _) = runner.plan_and_tell("comment.sh");
    assert_eq!(
        (ran.code, &*ran.outputs["has-changes"]),
        (0, "false"),
        "{}",
        ran.log
    );
    assert!(runner.github.here().comments.is_empty());

    let user = runner.at("phones/users/example.yaml");
    replace(&user, "fri: 15:00-16:30", "fri: 14:00-16:30");
    let (ran, _) = runner.plan_and_tell("comment.sh");
    assert_eq!((ran.code, &*ran.outputs["create"]), (0, "1"), "{}", ran.log);
    holds(&ran.summary, "1 to create");
    holds(&ran.log, "\n::warning file=phones/callrules.yaml");
    let comment = runner.github.here().comments[0]["body"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        comment.starts_with("<!-- callrules: phones -->\n### "),
        "{comment}"
    );

    commit_all(&runner);
    runner.set("CHANGED_SINCE", "");
    let plan = runner.step("run.sh").outputs["plan"].clone();
    runner.set("COMMAND", "apply");
    runner.set("PLAN", plan);
    let applied = runner.step("run.sh");
    assert_eq!(applied.code, 0, "{}", applied.log);
    assert!(Path::new(&applied.outputs["journal"]).exists());
    assert_eq!(
        env.user("101")["interactionRules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    runner.set("COMMAND", "plan");
    runner.set("PLAN", "");
    assert_eq!(runner.step("run.sh").outputs["has-changes"], "false");
}

#[test]
fn a_clone_without_its_history_is_told_what_it_lacks() {
    let Some((mut runner, _world)) = cloned() else {
        return;
    };
    let next = ["commit", "-q", "--allow-empty", "-m", "A change"];
    git(runner.folder.path(), &next);
    let from = format!("file://{}", runner.folder.path().display());
    git(
        runner.folder.path(),
        &["clone", "-q", "--depth", "1", &from, "shallow"],
    );
    runner.set("DIRECTORY", "shallow/phones");
    runner.set("CHANGED_SINCE", "origin/other");
    let ran = runner.step("run.sh");
    assert_eq!(ran.code, 1);
    holds(&ran.log, "`fetch-depth: 0`");
    holds(&ran.summary, "`fetch-depth: 0`");
}

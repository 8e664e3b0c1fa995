//! The action with the real program, from a change in a pull request to the account.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use super::{Runner, assert_contains};
use crate::changed::{commit, git};
use crate::support::{NOW, TestEnv, command};

/// Starts a runner with a clone of a new repository, and the account that the repository describes.
fn runner_with_clone() -> (Runner, TestEnv) {
    let mut runner = Runner::new();
    let seed = fs::read_to_string("src/init/template/sandbox/account.yaml").unwrap();
    let env = TestEnv::new(serde_yaml::from_str::<Value>(&seed).unwrap());
    let program = runner.path("bin/callrules");
    fs::remove_file(&program).unwrap();
    symlink(env!("CARGO_BIN_EXE_callrules"), &program).unwrap();
    let init = command()
        .arg("init")
        .arg(runner.path("phones"))
        .output()
        .unwrap();
    assert!(init.status.success(), "{init:?}");
    git(runner.folder.path(), &["init", "-q"]);
    commit_to_main(&runner);
    for (name, value) in env.environment() {
        runner.set_variable(name, value);
    }
    runner.set_variable("CALLRULES_NOW", NOW);
    runner.set_variable("DIRECTORY", "phones");
    runner.set_variable("VERSION", "installed");
    let install_step = runner.run_step("install.sh");
    assert_eq!(install_step.code, 0, "{}", install_step.log);
    (runner, env)
}

/// Commits all files and sets `origin/main` to that commit.
fn commit_to_main(runner: &Runner) {
    commit(runner.folder.path());
    let update_main = ["update-ref", "refs/remotes/origin/main", "HEAD"];
    git(runner.folder.path(), &update_main);
}

/// Replaces a part of a file, which must be in it.
fn replace_in_file(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert_contains(&text, from);
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
#[ignore = "needs bash, curl, jq, awk, tar and git"]
fn change_is_validated_planned_commented_and_applied() {
    let (mut runner, env) = runner_with_clone();
    for check in ["validate", "test"] {
        runner.set_variable("COMMAND", check);
        let step = runner.run_step("run.sh");
        assert_eq!(step.code, 0, "{}", step.log);
    }
    runner.set_variable("COMMAND", "plan");
    runner.set_variable("CHANGED_SINCE", "origin/main");
    let (unchanged, _) = runner.plan_and_publish("comment.sh");
    assert_eq!(
        (unchanged.code, unchanged.output("has-changes")),
        (0, "false"),
        "{}",
        unchanged.log
    );
    assert!(runner.github.state().comments.is_empty());

    let user = runner.path("phones/users/example.yaml");
    replace_in_file(&user, "fri: 15:00-16:30", "fri: 14:00-16:30");
    let (plan_step, _) = runner.plan_and_publish("comment.sh");
    assert_eq!(
        (plan_step.code, plan_step.output("create")),
        (0, "1"),
        "{}",
        plan_step.log
    );
    insta::assert_snapshot!(plan_step.annotations(), @r#"::warning file=phones/callrules.yaml,line=9,col=1,title=W0003::`callrules.yaml` does not name an account%0Aadd `account: "1000000001"` so that no other account can be changed"#);
    insta::assert_snapshot!(plan_step.summary, @r"
    ### Plan: 1 to create for 1 of 1 user · 1 warning

    For account 1000000001. Nothing has changed yet. Applying this plan will take a minute at most.

    #### What callers will notice

    Times are in each user's time zone.

    **Alex Morgan · 101**

    Callers won't notice any difference.


    #### On the account, not in the files (this merge would undo it)

    **Alex Morgan · 101**

    Callers won't notice any difference.

    - to keep it: `callrules -C phones adopt --user 101`

    <details><summary>The edited fields</summary>

    ```diff
    + interaction rule  Friday review
          when   Fri 15:00–16:30
          then   straight to voicemail
          off    created disabled: matches no calls until it is enabled
    ```

    </details>

    #### Warnings

    - warning W0003 \`callrules.yaml\` does not name an account (phones/callrules.yaml:9)

    #### Changes

    <details><summary>Alex Morgan · 101: 1 change</summary>

    ```diff
    + interaction rule  Friday review
          when   Fri 14:00–16:30
          then   straight to voicemail
          off    created disabled: matches no calls until it is enabled
    ```

    </details>

    To apply this plan, merge the pull request or run `callrules -C phones apply --changed-since origin/main`.
    ");
    let comment = runner.github.state().comments[0]["body"].clone();
    let start = format!(
        "<!-- callrules: phones -->\n{}",
        plan_step.summary.trim_end()
    );
    assert_contains(comment.as_str().unwrap(), &start);

    commit_to_main(&runner);
    runner.set_variable("CHANGED_SINCE", "");
    let plan = runner.run_step("run.sh").outputs["plan"].clone();
    runner.set_variable("COMMAND", "apply");
    runner.set_variable("PLAN", plan);
    let apply_step = runner.run_step("run.sh");
    assert_eq!(apply_step.code, 0, "{}", apply_step.log);
    assert!(Path::new(&apply_step.outputs["journal"]).exists());
    let user = env.user("101");
    assert_eq!(user["interactionRules"].as_array().unwrap().len(), 1);
    runner.set_variable("COMMAND", "plan");
    runner.set_variable("PLAN", "");
    assert_eq!(runner.run_step("run.sh").output("has-changes"), "false");
}

#[test]
#[ignore = "needs bash, curl, jq, awk, tar and git"]
fn shallow_clone_fails_with_a_hint_to_fetch_depth() {
    let (mut runner, _env) = runner_with_clone();
    let second_commit = ["commit", "-q", "--allow-empty", "-m", "A change"];
    git(runner.folder.path(), &second_commit);
    let url = format!("file://{}", runner.folder.path().display());
    git(
        runner.folder.path(),
        &["clone", "-q", "--depth", "1", &url, "shallow"],
    );
    runner.set_variable("DIRECTORY", "shallow/phones");
    runner.set_variable("CHANGED_SINCE", "origin/other");
    let step = runner.run_step("run.sh");
    assert_eq!(step.code, 1);
    assert_contains(&step.log, "`fetch-depth: 0`");
    insta::assert_snapshot!(runner.stable_text(&step.summary), @"
    ### callrules plan failed

    ```text
    error: this git repository has no commit `origin/other`
    help: this is a shallow clone without older commits: fetch them with `git fetch --unshallow`, or set `fetch-depth: 0` for `actions/checkout` on GitHub
    ```
    ");
}

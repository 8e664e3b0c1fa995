//! `--changed-since`: limits a plan to users whose configuration differs from a commit.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, copy, lines_with, single_user_seed};

/// Runs git in a folder and asserts that it succeeds.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@acme.example"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// Commits all files of a folder.
pub(crate) fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "A change"]);
}

/// Creates a repository in which Alex and Priya use a profile that includes another. Sam uses none.
fn create_env() -> TestEnv {
    let mut seed = single_user_seed(json!([]));
    let extensions = seed["extensions"].as_array_mut().unwrap();
    extensions.push(json!({ "id": "1003", "extensionNumber": "103", "name": "Sam Lee" }));
    let env = TestEnv::new(seed);
    env.write("profiles/base.yaml", "states: {dnd: {enabled: false}}\n");
    env.write("profiles/team.yaml", "profiles: [base]\nprune: none\n");
    for (file, number) in [("alex", "101"), ("priya", "102")] {
        let text = format!("extension: {number}\nprofiles: [team]\n");
        env.write(&format!("users/{file}.yaml"), &text);
    }
    env.write(
        "users/sam.yaml",
        "extension: 103\nstates: {dnd: {enabled: false}}\n",
    );
    git(env.path(), &["init", "-q"]);
    commit(env.path());
    env
}

/// Returns the IDs of the users whose rules or states were read so far.
fn users_read(env: &TestEnv) -> BTreeSet<String> {
    let requests = env.requests("GET", "/comm-handling/");
    requests
        .iter()
        .map(|e| e.path.split('/').nth(6).unwrap().to_owned())
        .collect()
}

fn plan_since(env: &TestEnv, revision: &str) -> Run {
    env.run(&["plan", "--changed-since", revision])
}

#[test]
fn changed_profile_selects_only_its_users() {
    let env = create_env();
    env.write("profiles/base.yaml", "states: {dnd: {enabled: true}}\n");
    commit(env.path());
    let plan = plan_since(&env, "HEAD~1");
    assert_eq!(plan.code, 0, "{}", plan.err);
    insta::assert_snapshot!(env.without_paths(&plan.out), @"
    2 of 2 users change.

    Alex Morgan · 101
      ~ state settings    dnd
            enabled  no → yes
      note: while dnd is on, no phone rings: every direct call follows its rule immediately
      What callers will notice
            direct calls · when no rule applies: now: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail → after: straight to voicemail
            queue calls · when no rule applies: now: rings desktop apps + mobile apps 30 s with device 7001 40 s → after: the queue tries the next agent

    Priya Rao · 102
      ~ state settings    dnd
            enabled  no → yes
      note: while dnd is on, no phone rings: every direct call follows its rule immediately
      What callers will notice
            when no rule applies: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to voicemail

    Plan: 2 to update for 2 of 2 users
    Used 5 API requests; apply will need about 6
    To apply it: `callrules apply --changed-since 'HEAD~1'`. To save it: `callrules plan --out plan.json --changed-since 'HEAD~1'`.
    ");
    assert_eq!(
        users_read(&env),
        BTreeSet::from(["1001".to_owned(), "1002".to_owned()])
    );
}

#[test]
fn equivalent_configuration_is_not_a_change() {
    let env = create_env();
    // The same values in other files and another order, with comments, and a renamed file.
    env.write("profiles/base.yaml", "prune: none\n");
    env.write(
        "profiles/team.yaml",
        "# The team.\nprofiles: [base]\nstates:\n  dnd: {enabled: false}\n",
    );
    fs::rename(
        env.path().join("users/sam.yaml"),
        env.path().join("users/lee.yaml"),
    )
    .unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert_eq!(users_read(&env), BTreeSet::new(), "{}", plan.out);
}

#[test]
fn settings_new_files_and_uncommitted_edits_are_changes() {
    let env = create_env();
    env.write(
        "users/alex.yaml",
        "extension: 101\nprofiles: [team]\nignore: [Own]\n",
    );
    env.write("users/sam.yaml", "email: alex@acme.example\n");
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 1, "two files describe one user: {}", plan.err);
    env.write("callrules.yaml", "account: \"37439510\"\nprune: none\n");
    env.write(
        "users/sam.yaml",
        "extension: 103\nstates: {dnd: {enabled: false}}\n",
    );
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    // Priya's profile sets `prune`, so the new default changes only Sam's file.
    assert_eq!(
        users_read(&env),
        BTreeSet::from(["1001".to_owned(), "1003".to_owned()])
    );
}

#[test]
fn user_option_and_changed_since_are_combined() {
    let env = create_env();
    env.write("profiles/base.yaml", "states: {dnd: {enabled: true}}\n");
    let plan = env.run(&[
        "plan",
        "--changed-since",
        "HEAD",
        "--user",
        "102",
        "--user",
        "103",
    ]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert_eq!(users_read(&env), BTreeSet::from(["1002".to_owned()]));
}

#[test]
fn unknown_commit_is_reported_before_any_request() {
    let env = create_env();
    let plan = plan_since(&env, "HEAD~9");
    assert_eq!(plan.code, 1);
    insta::assert_snapshot!(env.stable_text(&plan.err), @"
    error: this git repository has no commit `HEAD~9`
    help: fetch it with `git fetch`, or set `fetch-depth: 0` for `actions/checkout` on GitHub; or use a branch that `git branch --all` lists
    ");
    assert_eq!(env.sandbox().exchanges(), []);

    env.write("profiles/base.yaml", "states: {}\n");
    commit(env.path());
    let shallow = tempfile::TempDir::new().unwrap();
    let from = format!("file://{}", env.path().display());
    git(
        shallow.path(),
        &["clone", "-q", "--depth", "1", &from, "clone"],
    );
    let clone = shallow.path().join("clone");
    let run = env.run_in(&clone, &["plan", "--changed-since", "HEAD~1"]);
    assert_eq!(run.code, 1);
    let clone_path = shallow.path().display().to_string();
    insta::assert_snapshot!(run.err.replace(&clone_path, "[folder]"), @"
    error: this git repository has no commit `HEAD~1`
    help: this is a shallow clone without older commits: fetch them with `git fetch --unshallow`, or set `fetch-depth: 0` for `actions/checkout` on GitHub
    ");
}

#[test]
fn invalid_commit_selects_all_users_and_missing_repository_is_an_error() {
    let env = create_env();
    env.write("users/sam.yaml", "extension: 103\nstate: {}\n");
    commit(env.path());
    env.write("users/sam.yaml", "extension: 103\nstates: {}\n");
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    insta::assert_snapshot!(env.stable_text(&plan.err), @"
    warning: the configuration in `HEAD` is missing or has errors: every user counts as changed, and it is unknown what was edited on the account
    Account 37439510 at http://[sandbox]
    ");

    fs::remove_dir_all(env.path().join(".git")).unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 1);
    insta::assert_snapshot!(env.stable_text(&plan.err), @"
    error: git failed: fatal: not a git repository (or any of the parent directories): .git
    help: to compare with a commit, run the command in a git clone
    ");
}

#[test]
fn configuration_may_be_in_a_subfolder_of_the_git_repository() {
    let env = create_env();
    let large = tempfile::TempDir::new().unwrap();
    let folder = large.path().join("phones/acme");
    git(large.path(), &["init", "-q"]);
    fs::write(large.path().join("README"), "Everything\n").unwrap();
    commit(large.path());
    copy(env.path(), &folder);
    fs::remove_dir_all(folder.join(".git")).unwrap();
    commit(large.path());
    let since = |revision| {
        let run = env.run_in(&folder, &["plan", "--changed-since", revision]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    insta::assert_snapshot!(since("HEAD"), @"
    No changes: no user is in scope.
    Used 3 API requests
    ");
    // The folder did not exist in this commit, so all users are new.
    insta::assert_snapshot!(since("HEAD~1"), @"
    No changes: all 3 users match their files.
    Used 6 API requests
    ");
}

#[test]
fn calendar_with_the_same_dates_is_not_a_change_and_deleted_file_is_reported() {
    let env = create_env();
    let rule = |times: &str| {
        format!(
            "extension: 103\ninteractionRules:\n  R:\n    conditions: {{schedule: {times}}}\n    dispatching: {{type: Terminate, terminate: voicemail}}\nstates: {{work-hours: {{schedule: {{daily: '9:00-17:00'}}}}}}\n"
        )
    };
    env.write("users/sam.yaml", &rule("{ranges: [2026-12-25]}"));
    commit(env.path());
    env.write("calendars/us.yaml", "Christmas: 2026-12-25\n");
    let with_calendar = rule("{calendar: us}").replace("9:00", "09:00");
    env.write("users/sam.yaml", &with_calendar);
    fs::remove_file(env.path().join("users/priya.yaml")).unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert_eq!(users_read(&env), BTreeSet::new(), "{}", plan.out);
    insta::assert_snapshot!(lines_with(&plan.err, "W0010"), @"
    warning[W0010]: this file was deleted since `HEAD`; the user's rules stay on the account but are no longer managed
    Run `callrules explain W0010 W0108` for details
    ");
    let plan_as = |format| {
        let run = env.run(&["plan", "--changed-since", "HEAD", "--format", format]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let json: Value = serde_json::from_str(&plan_as("json")).unwrap();
    assert_eq!(json["warnings"][0]["code"], "W0010");
    assert_eq!(json["warnings"][0]["file"], "users/priya.yaml");
    let comment = plan_as("markdown");
    assert!(comment.contains("W0010"), "{comment}");
    assert!(comment.contains("users/priya.yaml"), "{comment}");
    assert_eq!(users_read(&env), BTreeSet::new());
    // Another date in the calendar changes every user whose file names it.
    env.write("calendars/us.yaml", "Christmas: 2026-12-26\n");
    assert_eq!(plan_since(&env, "HEAD").code, 0);
    assert_eq!(users_read(&env), BTreeSet::from(["1003".to_owned()]));
}

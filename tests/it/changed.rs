//! `--changed-since`: only users whose configuration differs from a commit.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

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

pub(crate) fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "A change"]);
}

/// Alex and Priya use a profile, which uses another; the third file uses none.
fn env() -> TestEnv {
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

/// The users whose lists were read since the beginning.
fn read(env: &TestEnv) -> BTreeSet<String> {
    let lists = env.requests("GET", "/comm-handling/");
    lists
        .iter()
        .map(|e| e.path.split('/').nth(6).unwrap().to_owned())
        .collect()
}

fn plan_since(env: &TestEnv, revision: &str) -> crate::support::Run {
    env.run(&["plan", "--changed-since", revision])
}

#[test]
fn a_changed_profile_selects_all_who_use_it_and_nobody_else_is_read() {
    let env = env();
    env.write("profiles/base.yaml", "states: {dnd: {enabled: true}}\n");
    commit(env.path());
    let plan = plan_since(&env, "HEAD~1");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(plan.out.contains("for 2 of 2 users"), "{}", plan.out);
    assert_eq!(
        read(&env),
        BTreeSet::from(["1001".to_owned(), "1002".to_owned()])
    );
}

#[test]
fn what_means_the_same_is_no_change() {
    let env = env();
    // The same words elsewhere, in another order, with comments, under another name.
    env.write("profiles/base.yaml", "prune: none\n");
    env.write(
        "profiles/team.yaml",
        "# The team.\nprofiles: [base]\nstates:\n  dnd: {enabled: false}\n",
    );
    std::fs::rename(
        env.path().join("users/sam.yaml"),
        env.path().join("users/lee.yaml"),
    )
    .unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert_eq!(read(&env), BTreeSet::new(), "{}", plan.out);
}

#[test]
fn settings_new_files_and_the_work_tree_count() {
    let env = env();
    env.write(
        "users/alex.yaml",
        "extension: 101\nprofiles: [team]\nignore: [Own]\n",
    );
    env.write("users/sam.yaml", "email: alex@acme.example\n");
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 1, "one user, two files: {}", plan.err);
    env.write("callrules.yaml", "account: \"37439510\"\nprune: none\n");
    env.write(
        "users/sam.yaml",
        "extension: 103\nstates: {dnd: {enabled: false}}\n",
    );
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    // Priya's profile says `prune` itself; Sam's file does not.
    assert_eq!(
        read(&env),
        BTreeSet::from(["1001".to_owned(), "1003".to_owned()])
    );
}

#[test]
fn it_narrows_what_user_selects() {
    let env = env();
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
    assert_eq!(read(&env), BTreeSet::from(["1002".to_owned()]));
}

#[test]
fn a_commit_that_is_not_there_is_told_before_anything_is_asked() {
    let env = env();
    let plan = plan_since(&env, "HEAD~9");
    assert_eq!(plan.code, 1);
    assert!(
        plan.err.contains("git has no commit `HEAD~9` here"),
        "{}",
        plan.err
    );
    for help in ["`git fetch`", "`fetch-depth: 0`", "`git branch --all`"] {
        assert!(plan.err.contains(help), "{}", plan.err);
    }
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
    assert!(run.err.contains("fetch-depth: 0"), "{}", run.err);
}

#[test]
fn without_a_git_repository_or_a_sound_commit_it_says_so() {
    let env = env();
    env.write("users/sam.yaml", "extension: 103\nstate: {}\n");
    commit(env.path());
    env.write("users/sam.yaml", "extension: 103\nstates: {}\n");
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(
        plan.err.contains("every user counts as changed"),
        "{}",
        plan.err
    );

    std::fs::remove_dir_all(env.path().join(".git")).unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 1);
    assert!(
        plan.err.contains("git cannot read the commit"),
        "{}",
        plan.err
    );
}

#[test]
fn a_repository_may_be_a_folder_of_a_larger_one() {
    let env = env();
    let large = tempfile::TempDir::new().unwrap();
    let folder = large.path().join("phones/acme");
    git(large.path(), &["init", "-q"]);
    std::fs::write(large.path().join("README"), "Everything\n").unwrap();
    commit(large.path());
    crate::support::copy(env.path(), &folder);
    std::fs::remove_dir_all(folder.join(".git")).unwrap();
    commit(large.path());
    let since = |revision| {
        let run = env.run_in(&folder, &["plan", "--changed-since", revision]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    assert!(
        since("HEAD").contains("no user is in scope"),
        "{}",
        since("HEAD")
    );
    // It was not there yet.
    assert!(
        since("HEAD~1").contains("3 users as declared"),
        "{}",
        since("HEAD~1")
    );
}

#[test]
fn another_way_to_say_the_same_is_no_change_and_a_file_that_is_gone_is_told() {
    let env = env();
    let rule = |times: &str| {
        format!(
            "extension: 103\ninteractionRules:\n  R:\n    conditions: {{schedule: {times}}}\n    dispatching: {{type: Terminate, terminate: voicemail}}\nstates: {{work-hours: {{schedule: {{daily: '9:00-17:00'}}}}}}\n"
        )
    };
    env.write("users/sam.yaml", &rule("{ranges: [2026-12-25]}"));
    commit(env.path());
    env.write("calendars/us.yaml", "Christmas: 2026-12-25\n");
    let again = rule("{calendar: us}").replace("9:00", "09:00");
    env.write("users/sam.yaml", &again);
    std::fs::remove_file(env.path().join("users/priya.yaml")).unwrap();
    let plan = plan_since(&env, "HEAD");
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert_eq!(read(&env), BTreeSet::new(), "{}", plan.out);
    let told = "warning[W0010]: the file is gone since `HEAD`: the live rules";
    assert!(plan.err.contains(told), "{}", plan.err);
    let since = |format| {
        let run = env.run(&["plan", "--changed-since", "HEAD", "--format", format]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let json: Value = serde_json::from_str(&since("json")).unwrap();
    assert_eq!(json["warnings"][0]["code"], "W0010");
    assert_eq!(json["warnings"][0]["file"], "users/priya.yaml");
    let comment = since("markdown");
    assert!(comment.contains("W0010"), "{comment}");
    assert!(comment.contains("users/priya.yaml"), "{comment}");
    assert_eq!(read(&env), BTreeSet::new());
    // Another date in the calendar is a change of everybody who names it.
    env.write("calendars/us.yaml", "Christmas: 2026-12-26\n");
    assert_eq!(plan_since(&env, "HEAD").code, 0);
    assert_eq!(read(&env), BTreeSet::from(["1003".to_owned()]));
}

//! Output of `plan` in several formats and in shards, and summaries of several plans.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::findings::sarif;
use crate::support::{TestEnv, lines_with, single_user_seed};

const FORMATS: [&str; 5] = ["human", "json", "markdown", "github", "sarif"];

/// Starts an environment in which 101 has a new rule that forwards to a premium-rate number.
fn env_with_warning() -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Night:\n    conditions: { callerIds: [\"+1650\"] }\n    \
         dispatching: { type: Terminate, terminate: { phoneNumber: \"+19005550100\" } }\n",
    );
    env
}

/// Returns `FORMAT=FILE` for `--output`.
fn format_and_path(format: &str, path: &std::path::Path) -> String {
    format!("{format}={}", path.display())
}

#[test]
fn plan_writes_every_format_in_one_run() {
    let env = env_with_warning();
    let folder = tempfile::tempdir().unwrap();
    let path = |format: &str| folder.path().join(format);
    let outputs = FORMATS.map(|format| format_and_path(format, &path(format)));
    let mut arguments = vec!["plan", "--format", "markdown"];
    for output in &outputs {
        arguments.extend(["--output", output]);
    }
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.err);
    let reads_of_one_run = env.requests("GET", "").len();
    for format in FORMATS {
        let single_run = env.run(&["plan", "--format", format]);
        let written = fs::read_to_string(path(format)).unwrap();
        assert!(
            !written.is_empty() && !written.contains('\u{1b}'),
            "{format}"
        );
        let without_time = |text: &str| {
            let lines = text.lines().filter(|line| !line.contains("createdAt"));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            without_time(&single_run.out),
            without_time(&written),
            "{format}"
        );
    }
    assert_eq!(
        env.requests("GET", "").len(),
        reads_of_one_run * (1 + FORMATS.len())
    );
    assert_eq!(run.out, fs::read_to_string(path("markdown")).unwrap());
    let github = fs::read_to_string(path("github")).unwrap();
    insta::assert_snapshot!(env.stable_text(&github), @"::warning file=[repository]/users/alex.yaml,line=5,col=37,title=W0112::`+19005550100` is a premium-rate number: each forwarded call costs extra%0Acorrect the number, or allow it");
    let document = sarif(&fs::read_to_string(path("sarif")).unwrap());
    assert_eq!(document["runs"][0]["results"][0]["ruleId"], "W0112");
}

#[test]
fn plan_replaces_output_files_and_reports_those_it_cannot_write() {
    let env = env_with_warning();
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("plan.json");
    fs::write(&existing, "old").unwrap();
    let run = env.run(&[
        "plan",
        "--output",
        &format_and_path("markdown", &folder.path().join("missing/comment.md")),
        "--output",
        &format_and_path("json", &existing),
    ]);
    assert_eq!(run.code, 1);
    let errors = lines_with(&run.err, "error");
    let folder_path = folder.path().display().to_string();
    insta::assert_snapshot!(errors.replace(&folder_path, "[folder]"), @"error: [folder]/missing/comment.md: there is no folder [folder]/missing");
    // The plan is printed nevertheless.
    assert!(run.out.contains("Alex Morgan · 101"), "{}", run.out);
    assert!(fs::read_to_string(&existing).unwrap().starts_with("{\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn plan_rejects_invalid_arguments_before_any_request() {
    let env = env_with_warning();
    let mut errors = String::new();
    for arguments in [
        &["--output", "csv=a"][..],
        &["--output", "json"],
        &["--output", "json="],
        &["--output", "json=a", "--output", "sarif=a"],
        &["--output", "json=./a", "--out", "a"],
        &["--shard", "0/4"],
        &["--shard", "5/4"],
        &["--shard", "x"],
    ] {
        let run = env.run(&[&["plan"], arguments].concat());
        assert_eq!(run.code, 1);
        assert_eq!(run.out, "");
        errors += &format!("{}\n", lines_with(&env.stable_text(&run.err), "error"));
    }
    insta::assert_snapshot!(errors, @"
    error: invalid value 'csv=a' for '--output <FORMAT=FILE>': unknown format `csv`: expected `human`, `json`, `markdown`, `github`, `sarif`
    error: invalid value 'json' for '--output <FORMAT=FILE>': expected FORMAT=FILE, such as markdown=comment.md
    error: invalid value 'json=' for '--output <FORMAT=FILE>': expected FORMAT=FILE, such as markdown=comment.md
    error: a is used for two outputs
    error: a is used for two outputs
    error: invalid value '0/4' for '--shard <I/N>': expected I/N, part I of N, counted from 1: 2/4 is the second of four
    error: invalid value '5/4' for '--shard <I/N>': expected I/N, part I of N, counted from 1: 2/4 is the second of four
    error: invalid value 'x' for '--shard <I/N>': expected I/N, part I of N, counted from 1: 2/4 is the second of four
    ");
    assert_eq!(env.sandbox().exchanges(), []);
}

#[test]
fn invalid_files_are_reported_in_every_format_that_has_findings() {
    let env = env_with_warning();
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  after-hours:\n    dispatching: { type: Terminate, terminate: { \
         extension: \"999\" } }\n",
    );
    let sarif_path = env.path().join("findings.sarif");
    let json_path = env.path().join("plan.json");
    let run = env.run(&[
        "plan",
        "--format",
        "github",
        "--output",
        &format_and_path("sarif", &sarif_path),
        "--output",
        &format_and_path("json", &json_path),
    ]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("E0201"), "{}", run.err);
    insta::assert_snapshot!(env.stable_text(&run.out), @"::error file=[repository]/users/alex.yaml,line=4,col=61,title=E0201::there is no extension `999` on the account%0Adid you mean 900 Support (id:1900)?");
    let document = sarif(&fs::read_to_string(sarif_path).unwrap());
    assert_eq!(document["runs"][0]["results"][0]["level"], "error");
    assert!(!json_path.exists());
}

#[test]
fn user_who_cannot_be_read_is_reported_in_every_format() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["html status=403 path=comm-handling"],
    );
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates: { dnd: { enabled: true } }\n",
    );
    let github = env.run(&["plan", "--format", "github"]);
    assert_eq!(github.code, 1, "{}", github.err);
    insta::assert_snapshot!(env.stable_text(&github.out), @r#"::error title=callrules::Alex Morgan (users/alex.yaml): [sandbox] returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/state-rules, status 403: "403 Forbidden 403 Forbidden")"#);
    let run = env.run(&["plan", "--format", "sarif"]);
    let document = sarif(&run.out);
    let invocation = &document["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = invocation["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    insta::assert_snapshot!(env.stable_text(notification), @r#"Alex Morgan (users/alex.yaml): [sandbox] returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/state-rules, status 403: "403 Forbidden 403 Forbidden")"#);
    let markdown = env.run(&["plan", "--format", "markdown"]);
    insta::assert_snapshot!(env.stable_text(&markdown.out), @r#"
    ### No changes: no user is in scope.

    For account 37439510.

    #### Left out of this plan

    - Alex Morgan (users/alex.yaml): [sandbox] returned a web page instead of an API response; check RC\_SERVER\_URL, and check whether a login page intercepts the connection (GET /restapi/v2/accounts/\~/extensions/1001/comm-handling/voice/state-rules, status 403: "403 Forbidden 403 Forbidden")
    "#);
}

/// Returns the extension numbers of the users in a plan's JSON.
fn extension_numbers(plan: &Value) -> Vec<&str> {
    let users = plan["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["extensionNumber"].as_str().unwrap())
        .collect()
}

#[test]
fn shards_of_a_plan_add_up_to_the_whole_plan() {
    let env = TestEnv::example("acme");
    // Without an account there is a warning that concerns no single user. Only one shard has it.
    env.write("callrules.yaml", "prune: all\n");
    let whole = env.plan();
    let mut shards = Vec::new();
    let mut files = Vec::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let run = env.run(&["plan", "--shard", &shard, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let document: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(document["shard"], json!({ "number": number, "of": 3 }));
        let file = env.path().join(format!("{number}.json"));
        fs::write(&file, run.out).unwrap();
        files.push(file.display().to_string());
        shards.push(document);
    }
    let sharded_users: Vec<&str> = shards.iter().flat_map(extension_numbers).collect();
    let distinct_users: BTreeSet<&str> = sharded_users.iter().copied().collect();
    assert_eq!(distinct_users.len(), sharded_users.len());
    assert_eq!(
        distinct_users,
        extension_numbers(&whole).into_iter().collect()
    );
    let shards_with_users = shards
        .iter()
        .filter(|shard| !extension_numbers(shard).is_empty())
        .count();
    assert!(shards_with_users > 1);

    let summarize = |options: &[&str], files: &[String]| {
        let mut arguments = [&["summarize"], options].concat();
        arguments.extend(files.iter().map(String::as_str));
        env.run(&arguments)
    };
    let run = summarize(&["--format", "json"], &files);
    assert_eq!(run.code, 0, "{}", run.err);
    let summary: Value = serde_json::from_str(&run.out).unwrap();
    let account = &summary["accounts"][0];
    for key in ["summary", "warnings", "errors", "guards"] {
        assert_eq!(account[key], whole[key], "{key}");
    }
    for key in ["toApply", "toReread"] {
        assert_eq!(account["requests"][key], whole["requests"][key]);
    }
    assert_eq!(summarize(&["--detailed-exitcode"], &files).code, 2);
    let without_first = summarize(&["--detailed-exitcode"], &files[1..]);
    assert_eq!(without_first.code, 1, "a shard is missing");
}

#[test]
fn shard_can_be_combined_with_user_and_applied() {
    let env = TestEnv::example("acme");
    let mut planned_users = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let run = env.run(&[
            "plan", "--user", "101", "--shard", shard, "--format", "json",
        ]);
        assert_eq!(run.code, 0, "{}", run.err);
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        planned_users.extend(extension_numbers(&plan).into_iter().map(str::to_owned));
    }
    assert_eq!(planned_users, ["101"]);
    for shard in ["1/3", "2/3", "3/3"] {
        let path = env.path().join("plan.json");
        let file = path.to_str().unwrap();
        let run = env.run(&["plan", "--shard", shard, "--out", file]);
        assert_eq!(run.code, 0, "{}", run.err);
        let run = env.run(&["apply", file, "--auto-approve"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn summarize_rejects_files_that_are_not_plan_json() {
    let env = env_with_warning();
    env.write("list.json", "[]");
    env.write("old-format.json", "{\"formatVersion\": \"0.9\"}");
    let saved_plan = env.path().join("saved.json").display().to_string();
    assert_eq!(env.run(&["plan", "--out", &saved_plan]).code, 0);
    let mut errors = String::new();
    for name in ["list.json", "old-format.json", "saved.json"] {
        let file = env.path().join(name).display().to_string();
        let run = env.run(&["summarize", &file]);
        assert_eq!(run.code, 1);
        errors += &env.stable_text(&run.err);
    }
    insta::assert_snapshot!(errors, @"
    error: [repository]/list.json: not the output of `callrules plan --format json`: invalid length 0, expected struct VersionedDocument with 1 element at line 1 column 2
    help: use files that this version of `callrules plan` wrote with `--format json` or `--output json=FILE`
    error: [repository]/old-format.json: unsupported formatVersion `0.9`, expected `1.0`
    help: use files that this version of `callrules plan` wrote with `--format json` or `--output json=FILE`
    error: [repository]/saved.json: not the output of `callrules plan --format json`: missing field `account` at line 192 column 1
    help: use files that this version of `callrules plan` wrote with `--format json` or `--output json=FILE`
    ");
    // The rest of this message comes from the operating system.
    let missing = env.run(&["summarize", "missing.json"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("missing.json"), "{}", missing.err);
}

//! Output of `plan` in several formats.

use std::fs;

use serde_json::json;

use crate::findings::sarif;
use crate::support::{TestEnv, forwarding, lines_with, single_user_seed};

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
    ");
    assert_eq!(env.sandbox().exchanges(), []);
}

#[test]
fn missing_account_is_reported_with_the_actual_id() {
    let env = env_with_warning();
    env.write("callrules.yaml", "prune: none\n");
    let run = env.run(&["plan"]);
    let help = "add `account: \"37439510\"` so that no other account can be changed";
    assert!(run.err.contains(help), "{}", run.err);
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
    insta::assert_snapshot!(env.stable_text(&run.out), @"::error file=[repository]/users/alex.yaml,line=4,col=61,title=E0201::there is no user or queue `999` on the account%0Aif the user has left, remove them here; did you mean 900 Support (id:1900)?");
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

#[test]
fn ring_groups_without_effect_are_not_called_ringing() {
    let mut rule = forwarding("Night", "+1650", "+14082324343");
    rule["dispatching"]["type"] = json!("RingAtOnce");
    rule["dispatching"]["actions"][0]["duration"] = json!(20);
    rule["dispatching"]["actions"][1]["enabled"] = json!(false);
    let env = TestEnv::new(single_user_seed(json!([rule])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Night:\n    conditions: { callerIds: [\"+1650\"] }\n    \
         dispatching:\n      type: Terminate\n      terminate: { phoneNumber: \"+14082324343\" }\n      ring:\n        \
         - { targets: [mobileApps], seconds: 20 }\n        - { targets: [desktopApps], seconds: 50 }\n",
    );
    let run = env.run(&["plan"]);
    let change: Vec<&str> = run
        .out
        .lines()
        .skip(1)
        .take_while(|line| !line.contains("What"))
        .collect();
    insta::assert_snapshot!(change.join("\n"), @"

    Alex Morgan · 101
      ~ interaction rule  Night
            type                      RingAtOnce → Terminate
            second ring group: rings  no → yes
                                      (no effect with type Terminate)
    ");
}

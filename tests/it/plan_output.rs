//! One plan in several forms, in parts, and several plans told together.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::findings::sarif;
use crate::support::{TestEnv, single_user_seed};

const FORMATS: [&str; 5] = ["human", "json", "markdown", "github", "sarif"];

/// Alex's rule forwards to a number that costs extra.
fn env() -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Night:\n    conditions: { callerIds: [\"+1650\"] }\n    \
         dispatching: { type: Terminate, terminate: { phoneNumber: \"+19005550100\" } }\n",
    );
    env
}

#[test]
fn one_run_tells_a_plan_in_every_form() {
    let env = env();
    let folder = tempfile::tempdir().unwrap();
    let path = |format: &str| folder.path().join(format);
    let also: Vec<String> = { FORMATS.iter() }
        .flat_map(|format| {
            [
                "--also".to_owned(),
                format!("{format}={}", path(format).display()),
            ]
        })
        .collect();
    let mut arguments = vec!["plan", "--format", "markdown"];
    arguments.extend(also.iter().map(String::as_str));
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.err);
    let asked = env.requests("GET", "").len();
    for format in FORMATS {
        let alone = env.run(&["plan", "--format", format]);
        let text = fs::read_to_string(path(format)).unwrap();
        assert!(!text.is_empty() && !text.contains('\u{1b}'), "{format}");
        let without_time = |text: &str| {
            let lines = text.lines().filter(|line| !line.contains("createdAt"));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(without_time(&alone.out), without_time(&text), "{format}");
    }
    assert_eq!(env.requests("GET", "").len(), asked * (1 + FORMATS.len()));
    assert_eq!(run.out, fs::read_to_string(path("markdown")).unwrap());
    let github = fs::read_to_string(path("github")).unwrap();
    assert!(
        github.starts_with("::warning file=") && github.contains("title=W0112::"),
        "{github}"
    );
    let sarif = sarif(&fs::read_to_string(path("sarif")).unwrap());
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "W0112");
}

#[test]
fn files_in_place_of_others_are_whole_and_what_cannot_be_written_is_told() {
    let env = env();
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("plan.json");
    fs::write(&there, "old").unwrap();
    let ours = format!("json={}", there.display());
    let lost = folder.path().join("missing/comment.md");
    let nowhere = format!("markdown={}", lost.display());
    let run = env.run(&["plan", "--also", &nowhere, "--also", &ours]);
    assert_eq!(run.code, 1);
    let missing = lost.parent().unwrap().display();
    let told = format!("error: {}: there is no folder {missing}\n", lost.display());
    assert!(run.err.contains(&told), "{}", run.err);
    // The plan is told all the same.
    assert!(run.out.contains("Plan: 1 to create"), "{}", run.out);
    assert!(fs::read_to_string(&there).unwrap().starts_with("{\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn nonsense_is_told_before_anything_is_asked() {
    let env = env();
    for (arguments, told) in [
        (
            &["--also", "csv=a"][..],
            "unknown format `csv`: expected `human`, `json`, `markdown`, `github`, `sarif`",
        ),
        (
            &["--also", "json"],
            "expected FORMAT=FILE, such as markdown=comment.md",
        ),
        (&["--also", "json="], "expected FORMAT=FILE"),
        (
            &["--also", "json=a", "--also", "sarif=a"],
            "a is named for two outputs",
        ),
        (
            &["--also", "json=./a", "--out", "a"],
            "a is named for two outputs",
        ),
        (&["--shard", "0/4"], "expected I/N, part I of N"),
        (&["--shard", "5/4"], "expected I/N, part I of N"),
        (&["--shard", "x"], "expected I/N, part I of N"),
    ] {
        let run = env.run(&[&["plan"], arguments].concat());
        assert_eq!(run.code, 1);
        assert!(run.err.contains(told), "{arguments:?}: {}", run.err);
        assert_eq!(run.out, "");
    }
    assert_eq!(env.sandbox().exchanges(), []);
}

#[test]
fn mistakes_that_leave_no_plan_are_findings_too() {
    let env = env();
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  after-hours:\n    dispatching: { type: Terminate, terminate: { \
         extension: \"999\" } }\n",
    );
    let file = env.path().join("findings.sarif");
    let also = format!("sarif={}", file.display());
    let none = env.path().join("plan.json");
    let json = format!("json={}", none.display());
    let run = env.run(&[
        "plan", "--format", "github", "--also", &also, "--also", &json,
    ]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains(",line=4,col=61,title=E0201::"),
        "{}",
        run.out
    );
    let document = sarif(&fs::read_to_string(file).unwrap());
    assert_eq!(document["runs"][0]["results"][0]["level"], "error");
    assert!(!none.exists() && run.err.contains("E0201"), "{}", run.err);
}

#[test]
fn a_user_who_cannot_be_read_is_told_in_every_form() {
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
    assert!(
        github
            .out
            .starts_with("::error title=callrules::Alex Morgan (users/alex.yaml): "),
        "{}",
        github.out
    );
    let run = env.run(&["plan", "--format", "sarif"]);
    let document = sarif(&run.out);
    let invocation = &document["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let said = invocation["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    assert!(said.starts_with("Alex Morgan"), "{said}");
    let markdown = env.run(&["plan", "--format", "markdown"]);
    assert!(
        markdown
            .out
            .contains("#### Left out of this plan\n\n- Alex Morgan"),
        "{}",
        markdown.out
    );
}

/// The numbers of the users with changes.
fn users(plan: &Value) -> Vec<&str> {
    let users = plan["users"].as_array().unwrap().iter();
    users
        .map(|user| user["extensionNumber"].as_str().unwrap())
        .collect()
}

#[test]
fn the_parts_of_a_plan_are_the_plan() {
    let env = TestEnv::example("acme");
    // What concerns everybody is told once.
    env.write("callrules.yaml", "prune: all\n");
    let whole = env.plan();
    let mut parts = Vec::new();
    let mut files = Vec::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let run = env.run(&["plan", "--shard", &shard, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let part: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(part["shard"], json!({ "number": number, "of": 3 }));
        let file = env.path().join(format!("{number}.json"));
        fs::write(&file, run.out).unwrap();
        files.push(file.display().to_string());
        parts.push(part);
    }
    let together: Vec<&str> = parts.iter().flat_map(users).collect();
    let distinct: BTreeSet<&str> = together.iter().copied().collect();
    assert_eq!(distinct.len(), together.len());
    assert_eq!(distinct, users(&whole).into_iter().collect());
    assert!(parts.iter().filter(|part| !users(part).is_empty()).count() > 1);

    let mut arguments = vec!["summarize", "--format", "json"];
    arguments.extend(files.iter().map(String::as_str));
    let run = env.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.err);
    let summary: Value = serde_json::from_str(&run.out).unwrap();
    let account = &summary["accounts"][0];
    for key in ["summary", "warnings", "errors", "guards"] {
        assert_eq!(account[key], whole[key], "{key}");
    }
    for key in ["toApply", "toReadAgain"] {
        assert_eq!(account["requests"][key], whole["requests"][key]);
    }
    let code = |extra: &[&str], files: &[String]| {
        let files = files.iter().map(String::as_str);
        let arguments: Vec<&str> = ["summarize"]
            .into_iter()
            .chain(extra.iter().copied())
            .chain(files)
            .collect();
        env.run(&arguments).code
    };
    assert_eq!(code(&["--detailed-exitcode"], &files), 2);
    assert_eq!(
        code(&["--detailed-exitcode"], &files[1..]),
        1,
        "a part is missing"
    );
}

#[test]
fn a_part_is_narrowed_by_user_and_carried_out_like_any_plan() {
    let env = TestEnv::example("acme");
    let mut takers = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let run = env.run(&[
            "plan", "--user", "101", "--shard", shard, "--format", "json",
        ]);
        assert_eq!(run.code, 0, "{}", run.err);
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        takers.extend(users(&plan).into_iter().map(str::to_owned));
    }
    assert_eq!(takers, ["101"]);
    for shard in ["1/3", "2/3", "3/3"] {
        let file = env.path().join("plan.json");
        let file = file.to_str().unwrap();
        let run = env.run(&["plan", "--shard", shard, "--out", file]);
        assert_eq!(run.code, 0, "{}", run.err);
        let run = env.run(&["apply", file, "--auto-approve"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn a_file_that_is_no_plan_is_named() {
    let env = env();
    for (text, told) in [
        (
            "[]",
            "it is no document that `callrules plan --format json` wrote: ",
        ),
        (
            "{\"formatVersion\": \"0.9\"}",
            "its formatVersion is `0.9`, and `1.0` was expected",
        ),
    ] {
        env.write("other.json", text);
        let file = env.path().join("other.json").display().to_string();
        let run = env.run(&["summarize", &file]);
        assert_eq!(run.code, 1);
        assert!(run.err.contains(&format!("{file}: {told}")), "{}", run.err);
    }
    let saved = env.path().join("saved.json").display().to_string();
    assert_eq!(env.run(&["plan", "--out", &saved]).code, 0);
    let run = env.run(&["summarize", &saved]);
    assert!(
        run.code == 1 && run.err.contains("--also json=FILE"),
        "{}",
        run.err
    );
    assert!(
        env.run(&["summarize", "nowhere.json"])
            .err
            .contains("nowhere.json")
    );
}

//! The tests of a repository, alone and before a plan.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::offline::folder;
use crate::support::{Run, TestEnv, command};

fn test(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = command();
    let command = command.arg("-C").arg(folder).arg("test");
    let output = command.args(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const ALEX: &str = r#"
extension: "101"
interactionRules:
  VIP:
    conditions: { callerIds: [{ phoneNumber: "+16502222222", name: Sandra Bell }] }
    dispatching: { type: Terminate, terminate: { phoneNumber: "+14082324343", name: Cell } }
states:
  work-hours:
    schedule: { weekly: { mon-fri: 08:00-16:00 } }
    dispatching:
      type: RingInOrder
      ring:
        - { targets: [mobileApps, desktopApps], seconds: 20 }
        - { targets: [{ coworker: "102" }, mobileApps], seconds: 20 }
      noAnswer: { voicemail: { preset: Long } }
"#;

fn repository(tests: &str) -> TempDir {
    folder(&[("users/alex.yaml", ALEX), ("tests/alex.yaml", tests)])
}

/// The calls of one test of Alex, each on its line.
fn rows(rows: &[&str]) -> TempDir {
    let rows: String = rows
        .iter()
        .map(|row| format!("      - {{ {row} }}\n"))
        .collect();
    repository(&format!(
        "user: \"101\"\ntests:\n  - name: All\n    calls:\n{rows}"
    ))
}

fn report(folder: &TempDir) -> Value {
    serde_json::from_str(&test(folder.path(), &["--format", "json"]).out).unwrap()
}

#[test]
fn the_examples_pass_their_own_tests() {
    for (example, files, at_least) in [("acme", 4, 25), ("hierarchy", 2, 14)] {
        let folder = Path::new("examples").join(example);
        let run = test(&folder, &[]);
        assert_eq!(run.code, 0, "{}", run.out);
        let told = format!("in {files} test files: all as expected");
        assert!(run.out.contains(&told), "{}", run.out);
        let count: usize = run.out.split_once(' ').unwrap().0.parse().unwrap();
        assert!(count >= at_least, "{}", run.out);
    }
}

#[test]
fn what_is_expected_is_compared_by_what_callers_notice() {
    let noon = "at: 2026-11-25T12:00";
    let vip = "from: \"+16502222222\"";
    let (passing, failing) = (
        [
            format!("{noon}, endsAt: voicemail"),
            format!("{noon}, endsAt: {{ voicemail: {{ preset: Long }} }}"),
            format!("{noon}, rings: [desktopApps, mobileApps, {{ coworker: \"102\" }}]"),
            format!(
                "{noon}, rings: [mobileApps, desktopApps, {{ coworker: \"102\" }}, mobileApps]"
            ),
            format!(
                "{noon}, {vip}, endsAt: {{ phoneNumber: \"+14082324343\", name: Other }}, rings: []"
            ),
            format!("{noon}, {vip}, handledBy: VIP"),
        ],
        [
            format!("{noon}, endsAt: {{ voicemail: {{ preset: Short }} }}"),
            format!("{noon}, endsAt: {{ voicemail: {{ extension: \"102\" }} }}"),
            format!("{noon}, rings: [{{ coworker: \"102\" }}, mobileApps, desktopApps]"),
            format!("{noon}, rings: [mobileApps, desktopApps]"),
            format!(
                "{noon}, rings: [mobileApps, desktopApps, {{ coworker: \"102\" }}, {{ coworker: \"103\" }}]"
            ),
            format!("{noon}, rings: []"),
            format!("{noon}, {vip}, endsAt: voicemail"),
            format!("{noon}, {vip}, handledBy: work-hours"),
            format!("{noon}, queue: true, handledBy: work-hours"),
        ],
    );
    for (rows_, passed) in [(&passing[..], true), (&failing[..], false)] {
        let all: Vec<&str> = rows_.iter().map(String::as_str).collect();
        let report = report(&rows(&all));
        let cases = report["cases"].as_array().unwrap();
        assert_eq!(cases.len(), rows_.len());
        for (case, row) in cases.iter().zip(rows_) {
            assert_eq!(case["passed"], passed, "{row}\n{case:#}");
        }
    }
}

#[test]
fn a_failure_tells_what_was_expected_what_happened_and_why() {
    let folder = rows(&[
        "at: 2026-11-25T12:00, handledBy: work-hours",
        "at: 2026-11-25T12:00, from: \"+16502222222\", handledBy: work-hours, endsAt: voicemail, rings: [mobileApps]",
        "at: 2026-11-25T20:00, handledBy: after-hours, endsAt: voicemail",
    ]);
    let run = test(folder.path(), &[]);
    assert_eq!((run.code, &*run.err), (1, ""));
    insta::assert_snapshot!(run.out);
    let json = test(folder.path(), &["--format", "json"]);
    assert_eq!(json.code, 1);
    insta::assert_snapshot!("a_failure_as_json", json.out);
    let junit = test(folder.path(), &["--format", "junit"]);
    assert_eq!(junit.code, 1);
    insta::assert_snapshot!("a_failure_as_junit", junit.out);
}

/// What is not declared may be otherwise on the account.
#[test]
fn no_test_passes_by_luck() {
    let tests = |row: &str| {
        let tests =
            format!("user: \"102\"\ntests: [{{ name: A, calls: [{{ at: wed 12:00, {row} }}] }}]\n");
        let folder = folder(&[
            ("users/priya.yaml", "extension: \"102\"\n"),
            ("tests/a.yaml", &tests),
        ]);
        test(folder.path(), &[])
    };
    let run = tests("handledBy: work-hours");
    assert_eq!(run.code, 1);
    for told in [
        "custom rules are not declared in users/priya.yaml",
        "the schedule of work-hours",
    ] {
        assert!(run.out.contains(told), "{}", run.out);
    }
    assert!(
        !run.out
            .contains("what happens to the call is not declared in"),
        "{}",
        run.out
    );
    let luck = "so the test would pass by luck: declare it";
    assert!(run.out.contains(luck), "{}", run.out);
    // What fails anyway would not.
    let run = tests("handledBy: dnd");
    assert_eq!(run.code, 1);
    assert!(!run.out.contains("luck"), "{}", run.out);
    assert!(run.out.contains("rests on this: declare it"), "{}", run.out);
    let run = tests("rings: []");
    assert!(
        run.out
            .contains("what happens to the call is not declared in"),
        "{}",
        run.out
    );
}

#[test]
fn tests_are_chosen_by_user_and_there_may_be_none() {
    let folder = folder(&[
        ("users/alex.yaml", ALEX),
        ("users/priya.yaml", "extension: \"102\"\n"),
        (
            "tests/a.yaml",
            "user: \"101\"\ntests: [{ name: A, call: { at: wed 12:00 }, expect: { handledBy: VIP } }]\n",
        ),
    ]);
    assert_eq!(test(folder.path(), &["--user", "101"]).code, 1);
    let none = test(folder.path(), &["--user", "102"]);
    assert_eq!((none.code, &*none.out), (0, "no test is of these users\n"));
    let nobody = test(folder.path(), &["--user", "110"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("the nearest"), "{}", nobody.err);
    fs::remove_dir_all(folder.path().join("tests")).unwrap();
    let none = test(folder.path(), &[]);
    assert_eq!(none.code, 0);
    assert!(none.out.starts_with("no tests: "), "{}", none.out);
}

const WRONG: &str = "user: \"104\"\ntests: [{ name: Wrong, call: { at: wed 12:00 }, expect: { handledBy: dnd } }]\n";

#[test]
fn a_failing_test_stops_a_plan_and_an_apply_before_anything_is_sent() {
    let env = TestEnv::example("acme");
    let plan_file = env.path().join("plan.json");
    let plan_file = plan_file.to_str().unwrap();
    assert_eq!(env.run(&["plan", "--out", plan_file]).code, 0);
    let sent = env.sandbox().exchanges().len();

    env.write("tests/wrong.yaml", WRONG);
    for arguments in [
        &["plan", "--format", "json"][..],
        &["plan", "--user", "104"],
        // Whom this names, only the account knows: the tests of all are run.
        &["plan", "--user", "Sam *"],
        &["apply", "--auto-approve"],
        &["apply", plan_file, "--auto-approve"],
    ] {
        let run = env.run(arguments);
        assert_eq!((run.code, &*run.out), (1, ""), "{arguments:?}");
        assert!(run.err.contains("Wrong"), "{}", run.err);
        assert!(run.err.contains("`--skip-tests`"), "{}", run.err);
        assert_eq!(env.sandbox().exchanges().len(), sent, "{arguments:?}");
    }
    assert_eq!(env.run(&["plan", "--user", "103"]).code, 0);

    let run = env.run(&["plan", "--format", "json", "--skip-tests"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(plan["warnings"][0]["code"], "W0009");
    for arguments in [
        &["apply", plan_file, "--auto-approve", "--skip-tests"][..],
        &["apply", "--auto-approve", "--skip-tests"],
    ] {
        let run = env.run(arguments);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.err.contains("the tests were not run"), "{}", run.err);
    }
}

/// Without tests nothing is said of them.
#[test]
fn nothing_is_skipped_where_there_are_no_tests() {
    let env = TestEnv::example("holidays");
    let run = env.run(&["plan", "--skip-tests", "--user", "1012", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(plan["warnings"], serde_json::json!([]));
}

//! Call tests of a repository: `callrules test`, and the tests that run before `plan` and `apply`.

use std::fs;
use std::path::Path;

use callrules::sandbox::RecordedExchange;
use serde_json::Value;
use tempfile::TempDir;

use crate::offline::folder;
use crate::support::{Run, TestEnv, command, lines_with};

/// Runs `callrules test` in a folder, without credentials.
fn run_tests(folder: &Path, arguments: &[&str]) -> Run {
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
        - { targets: [{ coworker: "102" }], seconds: 20 }
      noAnswer: { voicemail: { preset: Long } }
"#;

/// Creates a folder with the file of Alex and a test file.
fn create_repository(tests: &str) -> TempDir {
    folder(&[("users/alex.yaml", ALEX), ("tests/alex.yaml", tests)])
}

/// Creates a repository with one test of Alex that has these rows under `calls`.
fn create_test_with_calls(rows: &[&str]) -> TempDir {
    let calls: String = rows
        .iter()
        .map(|row| format!("      - {{ {row} }}\n"))
        .collect();
    create_repository(&format!(
        "user: \"101\"\ntests:\n  - name: All\n    calls:\n{calls}"
    ))
}

/// Runs the tests and returns the JSON report.
fn run_tests_as_json(folder: &TempDir) -> Value {
    serde_json::from_str(&run_tests(folder.path(), &["--format", "json"]).out).unwrap()
}

#[test]
fn examples_pass_their_own_tests() {
    let mut summaries = Vec::new();
    for (example, min_count) in [("acme", 25), ("hierarchy", 14)] {
        let folder = Path::new("examples").join(example);
        let run = run_tests(&folder, &[]);
        assert_eq!(run.code, 0, "{}", run.out);
        let count: usize = run.out.split_once(' ').unwrap().0.parse().unwrap();
        assert!(count >= min_count, "{}", run.out);
        summaries.push(format!("{example}: {}", run.out));
    }
    insta::assert_snapshot!(summaries.join(""), @"
    acme: 28 tests in 4 files: all passed
    hierarchy: 15 tests in 2 files: all passed
    ");
}

#[test]
fn expectations_compare_only_what_callers_notice() {
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
    for (rows, passed) in [(&passing[..], true), (&failing[..], false)] {
        let calls: Vec<&str> = rows.iter().map(String::as_str).collect();
        let report = run_tests_as_json(&create_test_with_calls(&calls));
        let cases = report["cases"].as_array().unwrap();
        assert_eq!(cases.len(), rows.len());
        for (case, row) in cases.iter().zip(rows) {
            assert_eq!(case["passed"], passed, "{row}\n{case:#}");
        }
    }
}

#[test]
fn failure_report_shows_expectation_result_and_reason() {
    let folder = create_test_with_calls(&[
        "at: 2026-11-25T12:00, handledBy: work-hours",
        "at: 2026-11-25T12:00, from: \"+16502222222\", handledBy: work-hours, endsAt: voicemail, rings: [mobileApps]",
        "at: 2026-11-25T20:00, handledBy: after-hours, endsAt: voicemail",
    ]);
    let run = run_tests(folder.path(), &[]);
    assert_eq!((run.code, &*run.err), (1, ""));
    insta::assert_snapshot!(run.out, @"
    failed  All, call 2  tests/alex.yaml:6
      A direct call from +1 650-222-2222 (Sandra Bell) to 101, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ VIP                priority 6: caller id matches
          work-hours         a rule handles the call
          after-hours        this is within work hours
        → goes straight to +1 408-232-4343

        expected  handledBy: work-hours
        got       handledBy: VIP
        expected  endsAt: voicemail
        got       endsAt: +1 408-232-4343
        expected  rings: mobile apps
        got       rings: no phone

    failed  All, call 3  tests/alex.yaml:7
      A direct call from a caller without a number to 101, Wednesday 25 November 2026 20:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
          VIP                priority 6: the caller has no number
          work-hours         this is outside work hours
        ▸ after-hours        this is outside work hours
        → what happens to the call isn't set in the file

        expected  endsAt: voicemail
        got       endsAt: nothing (not set in the files)
        ! users/alex.yaml doesn't set what happens to the call
          the expected result depends on this assumption: set it in the file

    3 tests in 1 file: 1 passed, 2 failed
    ");
    let json = run_tests(folder.path(), &["--format", "json"]);
    assert_eq!(json.code, 1);
    insta::assert_snapshot!("failure_as_json", json.out);
    let junit = run_tests(folder.path(), &["--format", "junit"]);
    assert_eq!(junit.code, 1);
    insta::assert_snapshot!(junit.out, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="callrules" tests="3" skipped="0" failures="2" errors="0">
        <testsuite name="tests/alex.yaml" tests="3" skipped="0" errors="0" failures="2">
            <testcase name="All, call 1" classname="tests/alex.yaml" file="tests/alex.yaml" line="5"/>
            <testcase name="All, call 2" classname="tests/alex.yaml" file="tests/alex.yaml" line="6">
                <failure message="`handledBy` is not as expected; `endsAt` is not as expected; `rings` is not as expected">failed  All, call 2  tests/alex.yaml:6
      A direct call from +1 650-222-2222 (Sandra Bell) to 101, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ VIP                priority 6: caller id matches
          work-hours         a rule handles the call
          after-hours        this is within work hours
        → goes straight to +1 408-232-4343

        expected  handledBy: work-hours
        got       handledBy: VIP
        expected  endsAt: voicemail
        got       endsAt: +1 408-232-4343
        expected  rings: mobile apps
        got       rings: no phone

    </failure>
            </testcase>
            <testcase name="All, call 3" classname="tests/alex.yaml" file="tests/alex.yaml" line="7">
                <failure message="`endsAt` is not as expected; users/alex.yaml doesn&apos;t set what happens to the call">failed  All, call 3  tests/alex.yaml:7
      A direct call from a caller without a number to 101, Wednesday 25 November 2026 20:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
          VIP                priority 6: the caller has no number
          work-hours         this is outside work hours
        ▸ after-hours        this is outside work hours
        → what happens to the call isn&apos;t set in the file

        expected  endsAt: voicemail
        got       endsAt: nothing (not set in the files)
        ! users/alex.yaml doesn&apos;t set what happens to the call
          the expected result depends on this assumption: set it in the file

    </failure>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

/// Values that no file sets may differ on the account, so a test that depends on them fails.
#[test]
fn test_that_depends_on_unset_values_fails() {
    let run_with_call = |call: &str| {
        let tests = format!(
            "user: \"102\"\ntests: [{{ name: A, calls: [{{ at: wed 12:00, {call} }}] }}]\n"
        );
        let folder = folder(&[
            ("users/priya.yaml", "extension: \"102\"\n"),
            ("tests/a.yaml", &tests),
        ]);
        let run = run_tests(folder.path(), &[]);
        assert_eq!(run.code, 1, "{}", run.out);
        run.out
    };
    insta::assert_snapshot!(run_with_call("handledBy: work-hours"), @"
    failed  A, call 1  tests/a.yaml:2
      A direct call from a caller without a number to 102, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ work-hours         this is within work hours
          after-hours        this is within work hours
        → what happens to the call isn't set in the file

        ! users/priya.yaml doesn't set the user's custom rules: assumed none
        ! users/priya.yaml doesn't set the schedule of work-hours: assumed 24/7
          the test would pass only because of this assumption: set it in the file

    1 test in 1 file: 0 passed, 1 failed
    ");
    // This test fails in any case.
    insta::assert_snapshot!(run_with_call("handledBy: dnd"), @"
    failed  A, call 1  tests/a.yaml:2
      A direct call from a caller without a number to 102, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ work-hours         this is within work hours
          after-hours        this is within work hours
        → what happens to the call isn't set in the file

        expected  handledBy: dnd
        got       handledBy: work-hours
        ! users/priya.yaml doesn't set the user's custom rules: assumed none
        ! users/priya.yaml doesn't set the schedule of work-hours: assumed 24/7
          the expected result depends on this assumption: set it in the file

    1 test in 1 file: 0 passed, 1 failed
    ");
    insta::assert_snapshot!(run_with_call("rings: []"), @"
    failed  A, call 1  tests/a.yaml:2
      A direct call from a caller without a number to 102, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ work-hours         this is within work hours
          after-hours        this is within work hours
        → what happens to the call isn't set in the file

        ! users/priya.yaml doesn't set the user's custom rules: assumed none
        ! users/priya.yaml doesn't set the schedule of work-hours: assumed 24/7
        ! users/priya.yaml doesn't set what happens to the call
          the test would pass only because of this assumption: set it in the file

    1 test in 1 file: 0 passed, 1 failed
    ");
}

#[test]
fn user_option_selects_tests_and_may_leave_none() {
    let folder = folder(&[
        ("users/alex.yaml", ALEX),
        ("users/priya.yaml", "extension: \"102\"\n"),
        (
            "tests/a.yaml",
            "user: \"101\"\ntests: [{ name: A, call: { at: wed 12:00 }, expect: { handledBy: VIP } }]\n",
        ),
    ]);
    assert_eq!(run_tests(folder.path(), &["--user", "101"]).code, 1);
    let none = run_tests(folder.path(), &["--user", "102"]);
    assert_eq!(none.code, 0);
    insta::assert_snapshot!(none.out, @"No tests found for these users.");
    let unknown_user = run_tests(folder.path(), &["--user", "110"]);
    assert_eq!(unknown_user.code, 1);
    insta::assert_snapshot!(unknown_user.err, @"
    error: no file matches the user `110`
    help: use the `extension`, `email` or `id` line of the user's file (`id:` before an id); names don't work without an account
    ");
    fs::remove_dir_all(folder.path().join("tests")).unwrap();
    let no_files = run_tests(folder.path(), &[]);
    assert_eq!(no_files.code, 0);
    insta::assert_snapshot!(no_files.out, @"No tests found in tests/. A test defines where a call should end up.");
}

const FAILING_TEST: &str = "user: \"104\"\ntests: [{ name: Wrong, call: { at: wed 12:00 }, expect: { handledBy: dnd } }]\n";

#[test]
fn failing_test_stops_plan_and_apply_before_rules_are_read() {
    let env = TestEnv::example("acme");
    let plan_path = env.path().join("plan.json");
    let plan_file = plan_path.to_str().unwrap();
    assert_eq!(env.run(&["plan", "--out", plan_file]).code, 0);
    let request_count = env.sandbox().exchanges().len();

    env.write("tests/wrong.yaml", FAILING_TEST);
    let mut last_error = String::new();
    for arguments in [
        &["plan", "--format", "json"][..],
        &["plan", "--user", "104"],
        // Only the account knows which users this matches, so the tests of all users run.
        &["plan", "--user", "Sam *"],
        &["apply", "--auto-approve"],
        &["apply", plan_file, "--auto-approve"],
    ] {
        let run = env.run(arguments);
        assert_eq!((run.code, &*run.out), (1, ""), "{arguments:?}");
        for part in ["tests/wrong.yaml:2", "`--skip-tests`"] {
            assert!(run.err.contains(part), "{arguments:?}: {}", run.err);
        }
        last_error = run.err;
        let requests = env.sandbox().exchanges().split_off(request_count);
        let reads_rules = |request: &RecordedExchange| request.path.contains("comm-handling");
        assert!(!requests.iter().any(reads_rules), "{requests:#?}");
    }
    insta::assert_snapshot!(last_error, @"
    failed  Wrong  tests/wrong.yaml:2
      A direct call from a caller without a number to 104, Wednesday 25 November 2026 12:00

          forward-all-calls  assumed off (not set in the file)
          dnd                assumed off (not set in the file)
        ▸ work-hours         this is within work hours
          after-hours        this is within work hours
        → what happens to the call isn't set in the file

        expected  handledBy: dnd
        got       handledBy: work-hours

    29 tests in 5 files: 28 passed, 1 failed
    error: a test failed; nothing was sent
    help: fix the rules, or update the tests if they are out of date; `callrules test` runs only the tests; to continue anyway, add `--skip-tests`
    ");
    assert_eq!(env.run(&["plan", "--user", "103"]).code, 0);

    let run = env.run(&["plan", "--format", "json", "--skip-tests"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(plan["warnings"][0]["code"], "W0009");
    let mut warnings = Vec::new();
    for arguments in [
        &["apply", plan_file, "--auto-approve", "--skip-tests"][..],
        &["apply", "--auto-approve", "--skip-tests"],
    ] {
        let run = env.run(arguments);
        assert_eq!(run.code, 0, "{}", run.err);
        warnings.push(lines_with(&run.err, "W0009"));
    }
    insta::assert_snapshot!(warnings.join("\n"), @"
    warning[W0009]: the tests were not run: `--skip-tests` is set
    Run `callrules explain W0009` for details
    warning[W0009]: the tests were not run: `--skip-tests` is set
    Run `callrules explain W0008 W0009` for details
    ");
}

#[test]
fn skip_tests_without_tests_adds_no_warning() {
    let env = TestEnv::example("holidays");
    let run = env.run(&["plan", "--skip-tests", "--user", "1012", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(plan["warnings"], serde_json::json!([]));
}

/// Replaces a text in a file of the repository.
fn replace_in_file(env: &TestEnv, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(env.path().join(file)).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    env.write(file, &text.replacen(from, to, 1));
}

#[test]
fn mistyped_name_is_reported_instead_of_the_tests_that_it_fails() {
    for (file, from, to, error) in [
        (
            "users/alex.yaml",
            "coworker: \"102\"",
            "coworker: \"120\"",
            "error[E0201]: there is no user or queue `120` on the account",
        ),
        (
            "users/alex.yaml",
            "device: Alex's desk phone",
            "device: Alex's desk fone",
            "error[E0205]: `Alex's desk fone` is not among",
        ),
        (
            "users/priya.yaml",
            "extension: Support queue",
            "extension: Suport queue",
            "error[E0201]: there is no user or queue `Suport queue` on the account",
        ),
    ] {
        let env = TestEnv::example("acme");
        replace_in_file(&env, file, from, to);
        for arguments in [&["plan"][..], &["apply", "--auto-approve"]] {
            let run = env.run(arguments);
            assert_eq!((run.code, &*run.out), (1, ""), "{to}");
            assert!(run.err.starts_with(error), "{}", run.err);
            assert!(!run.err.contains("failed"), "{}", run.err);
        }
        assert_eq!(env.requests("PATCH", "").len(), 0);
    }
}

#[test]
fn failed_tests_of_other_users_follow_a_mistyped_name() {
    let env = TestEnv::example("acme");
    env.write("tests/wrong.yaml", FAILING_TEST);
    replace_in_file(
        &env,
        "users/alex.yaml",
        "coworker: \"102\"",
        "coworker: \"120\"",
    );
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    let lines: Vec<&str> = run
        .err
        .lines()
        .filter(|line| line.contains("failed") || line.starts_with("error"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    error[E0201]: there is no user or queue `120` on the account
    failed  Wrong  tests/wrong.yaml:2
    17 tests in 4 files: 16 passed, 1 failed
    error: a test failed; nothing was sent
    ");
}

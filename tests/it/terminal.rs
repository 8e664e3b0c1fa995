//! Colors, line width and pager, with and without a terminal.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anstream::adapter::strip_str;
use serde_json::json;
use textwrap::core::display_width;

use crate::support::{NOW, TestEnv, copy, forwarding, lines_with, single_user_seed};

/// The environment variables that influence colors and the pager.
const DISPLAY_VARIABLES: [&str; 9] = [
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "CI",
    "TERM",
    "PAGER",
    "CALLRULES_PAGER",
    "LESS",
    "COLORTERM",
];

const ESCAPE: char = '\u{1b}';

const PLAN: [&str; 2] = ["--sandbox", "plan"];
/// Fails because no credentials are set.
const FAILING_PLAN: [&str; 1] = ["plan"];

/// Copies `examples/acme` to a temporary folder.
fn copy_acme() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("examples/acme"), folder.path());
    folder
}

/// Runs a command with only the given ones of [`DISPLAY_VARIABLES`].
fn output_with(command: &mut Command, variables: &[(&str, &str)]) -> Output {
    for name in DISPLAY_VARIABLES {
        command.env_remove(name);
    }
    command
        .env("CALLRULES_NOW", NOW)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs the program without a terminal and returns standard output and standard error.
fn run_piped(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    command.arg("-C").arg(folder).args(arguments);
    let output = output_with(&mut command, variables);
    let to_text = |bytes| String::from_utf8(bytes).unwrap();
    (to_text(output.stdout), to_text(output.stderr))
}

/// Returns the first line of the last paragraph of a plan, which counts the changes.
fn plan_summary(plan: &str) -> &str {
    let (_, last_paragraph) = plan.rsplit_once("\n\n").unwrap();
    last_paragraph.lines().next().unwrap()
}

#[test]
fn without_terminal_only_clicolor_force_enables_colors() {
    let folder = copy_acme();
    for (variables, is_colored) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("CI", "true")], false),
    ] {
        let (out, _) = run_piped(folder.path(), &PLAN, variables);
        assert!(out.contains("Alex Morgan · 101"), "{out}");
        assert_eq!(
            out.contains(ESCAPE),
            is_colored,
            "standard output, {variables:?}: {out}"
        );
        let (_, err) = run_piped(folder.path(), &FAILING_PLAN, variables);
        assert!(err.contains("RC_SERVER_URL"), "{err}");
        assert_eq!(
            err.contains(ESCAPE),
            is_colored,
            "standard error, {variables:?}: {err}"
        );
    }
}

/// The names contain sequences that clear the screen, set the window's title, start a line and
/// reverse the writing direction.
#[test]
fn plan_escapes_control_characters_in_names() {
    let user_name = "Eve\u{1b}[2J\nPlan: no changes\u{202e}";
    let rule_name = "Old\u{1b}]0;x\u{7}\u{1b}[31m";
    let mut account = single_user_seed(json!([forwarding(
        rule_name,
        "+16501112222",
        "+14082324344"
    )]));
    account["extensions"][0]["name"] = json!(user_name);
    let env = TestEnv::new(account);
    env.write(
        "users/eve.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    for variables in [&[][..], &[("CLICOLOR_FORCE", "1")]] {
        let output = env
            .command()
            .arg("plan")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let plan = String::from_utf8(output.stdout).unwrap();
        assert!(
            plan.contains("Eve␛[2J␊Plan: no changes<U+202E> · 101"),
            "{plan:?}"
        );
        assert!(plan.contains("Old␛]0;x␇␛[31m"), "{plan:?}");
        for sequence in [
            "\u{1b}[2J",
            "\u{1b}]",
            "\u{7}",
            "\u{202e}",
            "\u{1b}[31mO",
            "\nPlan: no",
        ] {
            assert!(!plan.contains(sequence), "{sequence:?} in {plan:?}");
        }
    }
    let plan = env.plan();
    assert_eq!(plan["users"][0]["name"], user_name);
    assert_eq!(plan["users"][0]["changes"][0]["name"], rule_name);
}

#[test]
fn plan_prints_identical_changes_of_many_users_once() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("examples/holidays"), folder.path());
    let profile_path = folder.path().join("profiles/office.yaml");
    let profile = fs::read_to_string(&profile_path).unwrap();
    let new_rule = "  Company day:\n    \
                    conditions: { schedule: { ranges: [{ start: 2026-12-23, end: 2026-12-23 }] } }\n    \
                    dispatching: { type: Terminate, terminate: voicemail }\n\nstates:";
    fs::write(&profile_path, profile.replace("states:", new_rule)).unwrap();
    let (plan, _) = run_piped(folder.path(), &PLAN, &[]);
    assert!(plan.lines().count() < 80, "{plan}");
    // Users who also have a rule of their own, such as Maria Adams, are not part of the group.
    let headings: Vec<&str> = plan
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.is_empty())
        .collect();
    let folder_path = folder.path().display().to_string();
    insta::assert_snapshot!(headings.join("\n").replace(&folder_path, "[folder]"), @"
    190 of 300 users change.
    Maria Adams · 1001
    Aisha Adams · 1003, Wei Adams · 1004, Grace Adams · 1007, Luis Adams · 1008, Peter Adams · 1010 and 177 more  (the same for each of 182)
    Irene Adams · 1024
    Elena Brooks · 1047
    Peter Chen · 1070
    Aisha Diaz · 1093
    Sofia Garcia · 1185
    Ben Hughes · 1231
    Laura Jensen · 1300
    Plan: 190 to create for 190 of 300 users
    177 more users not shown: run `callrules plan --format json` to see all
    Used 563 API requests; apply will need about 760 (about 19 minutes at 40 a minute)
    ! apply will refuse this plan: phones of 190 of 300 users stop ringing at times when they rang, or their callers no longer reach a person or voicemail: 1001, 1003, 1004, 1007, 1008, … (limit: 75); `--max-silenced 190` allows it
    ");

    let (plan_json, _) = run_piped(
        folder.path(),
        &["--sandbox", "plan", "--format", "json"],
        &[],
    );
    let document: serde_json::Value = serde_json::from_str(&plan_json).unwrap();
    let changed_users = document["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["changes"] != json!([]))
        .count();
    assert_eq!(changed_users, 190);
}

/// Tests on a terminal that `script` of util-linux emulates. Its options differ on other systems.
#[cfg(target_os = "linux")]
mod on_terminal {
    use super::*;

    /// Larger than any output of these tests: 200 columns and 500 rows.
    const LARGE: (u16, u16) = (200, 500);
    /// Fewer rows than a plan has.
    const LOW: (u16, u16) = (100, 20);

    /// A pager that prints [`PAGER_END`] after its input.
    const MARKING_PAGER: &str = "sh -c 'cat; echo THE-END-OF-THE-PAGER'";
    const PAGER_END: &str = "THE-END-OF-THE-PAGER";

    /// Runs the program on a terminal of this size. Returns everything that was displayed, and the
    /// exit code.
    fn run_on_terminal(
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> (String, i32) {
        let folder = folder.to_string_lossy();
        let program = [env!("CARGO_BIN_EXE_callrules"), "-C", &*folder];
        let command_line =
            shlex::try_join(program.into_iter().chain(arguments.iter().copied())).unwrap();
        let shell_script = format!("stty cols {columns} rows {rows}; {command_line}");
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &shell_script, "/dev/null"]);
        let all_variables = [&[("TERM", "xterm-256color")], variables].concat();
        let output = output_with(&mut command, &all_variables);
        let displayed = String::from_utf8(output.stdout).unwrap();
        (
            displayed.replace("\r\n", "\n"),
            output.status.code().unwrap(),
        )
    }

    #[test]
    #[ignore = "needs script"]
    fn terminal_has_colors_unless_a_variable_disables_them() {
        let folder = copy_acme();
        for (variables, is_colored) in [
            (&[][..], true),
            (&[("NO_COLOR", "1")], false),
            (&[("TERM", "dumb")], false),
            (&[("CLICOLOR", "0")], false),
            (&[("CI", "true")], true),
        ] {
            for arguments in [&PLAN[..], &FAILING_PLAN] {
                let (displayed, _) = run_on_terminal(folder.path(), arguments, variables, LARGE);
                assert_eq!(
                    displayed.contains("\u{1b}["),
                    is_colored,
                    "{variables:?}: {displayed}"
                );
            }
        }
    }

    #[test]
    #[ignore = "needs script"]
    fn long_lines_wrap_only_on_terminal() {
        let folder = copy_acme();
        let (piped, _) = run_piped(folder.path(), &PLAN, &[]);
        assert!(
            piped.lines().any(|line| display_width(line) > 200),
            "{piped}"
        );
        let normalize_spaces = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let run_with_columns =
            |columns| run_on_terminal(folder.path(), &PLAN, &[("NO_COLOR", "1")], (columns, 500)).0;
        for columns in [60, 80, 200] {
            let displayed = run_with_columns(columns);
            for line in displayed.lines() {
                assert!(display_width(line) <= columns.into(), "{columns}: {line}");
            }
            // No word is broken, and none is lost.
            assert!(
                normalize_spaces(&displayed).starts_with(&normalize_spaces(&piped)),
                "{columns}: {displayed}"
            );
        }
        let displayed = run_with_columns(60);
        let start = displayed.find("        schedule  Mon–Fri 09:00").unwrap();
        let wrapped: Vec<&str> = displayed[start..].lines().take(2).collect();
        insta::assert_snapshot!(wrapped.join("\n"), @"
              schedule  Mon–Fri 09:00–17:00 → Mon–Thu 09:00–17:00,
                        Fri 09:00–12:00 and 13:00–15:00
        ");
    }

    #[test]
    #[ignore = "needs script"]
    fn output_longer_than_screen_goes_through_pager_before_standard_error() {
        let folder = copy_acme();
        let (plan, _) = run_piped(folder.path(), &PLAN, &[]);
        let variables = [("CALLRULES_PAGER", MARKING_PAGER), ("PAGER", "false")];
        let arguments = ["--sandbox", "plan", "--detailed-exitcode"];
        let (displayed, code) = run_on_terminal(folder.path(), &arguments, &variables, LOW);
        let (paged, after_pager) = displayed
            .split_once(PAGER_END)
            .unwrap_or_else(|| panic!("{displayed}"));
        assert_eq!(code, 2);
        assert!(paged.contains(ESCAPE), "{displayed}");
        let paged = strip_str(paged).to_string();
        assert!(paged.contains(plan_summary(&plan)), "{displayed}");
        // That the sandbox is no live account is on standard error.
        let notice = strip_str(after_pager).to_string();
        insta::assert_snapshot!(notice.trim(), @"
        Account 37439510 at the embedded sandbox
        Using the embedded sandbox: the live account was not contacted.
        ");
        assert!(!paged.contains(notice.trim()), "{displayed}");

        for arguments in [
            &["show", "--user", "101"][..],
            &["explain", "W0102"],
            &[
                "simulate",
                "--user",
                "101",
                "--from",
                "+16502222222",
                "--at",
                "wed 22:10",
            ],
        ] {
            let variables = [("PAGER", MARKING_PAGER)];
            let (displayed, code) = run_on_terminal(folder.path(), arguments, &variables, (100, 8));
            assert!(
                displayed.trim_end().ends_with(PAGER_END),
                "{arguments:?}: {displayed}"
            );
            assert_eq!(code, 0);
        }
    }

    #[test]
    #[ignore = "needs script"]
    fn pager_is_not_used_if_disabled_or_missing_or_not_needed() {
        let folder = copy_acme();
        let (plan, _) = run_piped(folder.path(), &PLAN, &[]);
        let pager = ("CALLRULES_PAGER", MARKING_PAGER);
        for (arguments, variables, size) in [
            (&["--no-pager", "--sandbox", "plan"][..], &[pager][..], LOW),
            (&PLAN, &[pager], LARGE),
            (&PLAN, &[pager, ("CI", "true")], LOW),
            (&PLAN, &[pager, ("TERM", "dumb")], LOW),
            (
                &PLAN,
                &[("CALLRULES_PAGER", ""), ("PAGER", MARKING_PAGER)],
                LOW,
            ),
            (
                &PLAN,
                &[("CALLRULES_PAGER", "cat"), ("PAGER", MARKING_PAGER)],
                LOW,
            ),
            (&PLAN, &[("CALLRULES_PAGER", "no-such-pager --here")], LOW),
            (&["--sandbox", "apply", "--auto-approve"], &[pager], LOW),
        ] {
            let (displayed, code) = run_on_terminal(folder.path(), arguments, variables, size);
            assert!(!displayed.contains(PAGER_END), "{variables:?}: {displayed}");
            assert!(
                strip_str(&displayed)
                    .to_string()
                    .contains(plan_summary(&plan)),
                "{variables:?}: {displayed}"
            );
            assert_eq!(code, 0, "{variables:?}");
        }
        let (out, _) = run_piped(folder.path(), &["show", "--user", "101"], &[pager]);
        assert!(!out.is_empty() && !out.contains(PAGER_END), "{out}");
    }

    #[test]
    #[ignore = "needs script"]
    fn pager_that_exits_early_is_not_an_error() {
        let folder = copy_acme();
        let arguments = ["--sandbox", "plan", "--detailed-exitcode"];
        let variables = [("CALLRULES_PAGER", "head -n 1")];
        let (displayed, code) = run_on_terminal(folder.path(), &arguments, &variables, LOW);
        assert_eq!(code, 2);
        assert!(
            displayed.contains("4 of 4 users change") && !displayed.contains("Alex"),
            "{displayed}"
        );
        assert!(lines_with(&displayed, "error").is_empty(), "{displayed}");
    }
}

//! What people see: on a terminal, which `script` plays, and where there is none.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;
use textwrap::core::display_width;

use crate::support::{NOW, TestEnv, copy, single_user_seed};

/// Everything that would choose colours or a pager by itself.
const CHOOSERS: [&str; 9] = [
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

const STYLE: char = '\u{1b}';

/// A copy of the example, that may be written to.
fn acme() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("examples/acme"), folder.path());
    folder
}

fn clean(command: &mut Command, variables: &[(&str, &str)]) -> Output {
    for name in CHOOSERS {
        command.env_remove(name);
    }
    command
        .env("CALLRULES_NOW", NOW)
        .envs(variables.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

/// The program without a terminal.
fn piped(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    let output = clean(command.arg("-C").arg(folder).args(arguments), variables);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The program on a terminal of this size: all that is seen, and the exit code. None where no terminal can be
/// played.
fn seen(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    (columns, rows): (u16, u16),
) -> Option<(String, i32)> {
    let is_linux = cfg!(target_os = "linux");
    if !is_linux || Command::new("script").arg("--version").output().is_err() {
        println!("skipped: there is no `script` to play a terminal");
        return None;
    }
    let folder = folder.to_string_lossy();
    let program = [env!("CARGO_BIN_EXE_callrules"), "-C", &*folder];
    let typed = shlex::try_join(program.into_iter().chain(arguments.iter().copied())).unwrap();
    let typed = format!("stty cols {columns} rows {rows}; {typed}");
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &typed, "/dev/null"]);
    let variables: Vec<_> = [("TERM", "xterm-256color")]
        .into_iter()
        .chain(variables.iter().copied())
        .collect();
    let output = clean(&mut command, &variables);
    let text = String::from_utf8(output.stdout).unwrap();
    Some((text.replace("\r\n", "\n"), output.status.code().unwrap()))
}

const PLAN: [&str; 2] = ["--sandbox", "plan"];
const MISTAKE: [&str; 3] = ["plan", "--user", "nobody"];
/// Nothing is longer than this.
const TALL: (u16, u16) = (200, 500);

#[test]
fn without_a_terminal_colours_are_for_who_asks() {
    let folder = acme();
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("CI", "true")], false),
    ] {
        let (out, _) = piped(folder.path(), &PLAN, variables);
        assert!(out.contains("Alex Morgan · 101"), "{out}");
        assert_eq!(
            out.contains(STYLE),
            coloured,
            "output, {variables:?}: {out}"
        );
        let (_, err) = piped(folder.path(), &MISTAKE, variables);
        assert!(err.contains("error"), "{err}");
        assert_eq!(
            err.contains(STYLE),
            coloured,
            "errors, {variables:?}: {err}"
        );
    }
}

#[test]
fn on_a_terminal_colours_are_for_who_does_not_object() {
    let folder = acme();
    for (variables, coloured) in [
        (&[][..], true),
        (&[("NO_COLOR", "1")], false),
        (&[("TERM", "dumb")], false),
        (&[("CLICOLOR", "0")], false),
        (&[("CI", "true")], true),
    ] {
        for arguments in [&PLAN[..], &MISTAKE] {
            let Some((text, _)) = seen(folder.path(), arguments, variables, TALL) else {
                return;
            };
            assert_eq!(text.contains("\u{1b}["), coloured, "{variables:?}: {text}");
        }
    }
}

#[test]
fn long_lines_hang_on_a_terminal_and_are_one_elsewhere() {
    let folder = acme();
    let (whole, _) = piped(folder.path(), &PLAN, &[]);
    assert!(
        whole.lines().any(|line| display_width(line) > 200),
        "{whole}"
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for columns in [60, 80, 200] {
        let variables = [("NO_COLOR", "1")];
        let Some((text, _)) = seen(folder.path(), &PLAN, &variables, (columns, 500)) else {
            return;
        };
        for line in text.lines() {
            assert!(display_width(line) <= columns.into(), "{columns}: {line}");
        }
        // No word is broken, and nothing is lost.
        assert!(
            words(&text).starts_with(&words(&whole)),
            "{columns}: {text}"
        );
    }
    let Some((text, _)) = seen(folder.path(), &PLAN, &[("NO_COLOR", "1")], (60, 500)) else {
        return;
    };
    let hung = "        schedule  Mon–Fri 09:00–17:00 → Mon–Thu 09:00–17:00,\n                  Fri 09:00–12:00";
    assert!(text.contains(hung), "{text}");
}

/// A pager that leaves a mark behind what it shows.
const MARKING: &str = "sh -c 'cat; echo THE-END-OF-THE-PAGER'";
const MARK: &str = "THE-END-OF-THE-PAGER";
const LOW: (u16, u16) = (100, 20);

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager_before_anything_else_is_told() {
    let folder = acme();
    let pager = [("CALLRULES_PAGER", MARKING), ("PAGER", "false")];
    let arguments = ["--sandbox", "plan", "--detailed-exitcode"];
    let Some((text, code)) = seen(folder.path(), &arguments, &pager, LOW) else {
        return;
    };
    let (paged, after) = text.split_once(MARK).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(code, 2);
    assert!(
        paged.contains("Plan: 3 to create") && paged.contains(STYLE),
        "{text}"
    );
    assert!(after.contains("no live account was touched"), "{text}");
    assert!(!paged.contains("no live account"), "{text}");

    let usual = [("PAGER", MARKING)];
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
        let (text, code) = seen(folder.path(), arguments, &usual, (100, 8)).unwrap();
        assert!(text.trim_end().ends_with(MARK), "{arguments:?}: {text}");
        assert_eq!(code, 0);
    }
}

#[test]
fn no_pager_where_none_is_wanted_or_none_is_there() {
    let folder = acme();
    let ours = ("CALLRULES_PAGER", MARKING);
    for (arguments, variables, size) in [
        (&["--no-pager", "--sandbox", "plan"][..], &[ours][..], LOW),
        (&PLAN, &[ours], TALL),
        (&PLAN, &[ours, ("CI", "true")], LOW),
        (&PLAN, &[ours, ("TERM", "dumb")], LOW),
        (&PLAN, &[("CALLRULES_PAGER", ""), ("PAGER", MARKING)], LOW),
        (
            &PLAN,
            &[("CALLRULES_PAGER", "cat"), ("PAGER", MARKING)],
            LOW,
        ),
        (&PLAN, &[("CALLRULES_PAGER", "no-such-pager --here")], LOW),
        (&["--sandbox", "apply", "--auto-approve"], &[ours], LOW),
    ] {
        let Some((text, code)) = seen(folder.path(), arguments, variables, size) else {
            return;
        };
        assert!(!text.contains(MARK), "{variables:?}: {text}");
        assert!(text.contains("Plan: 3 to create"), "{variables:?}: {text}");
        assert_eq!(code, 0, "{variables:?}");
    }
    let (out, _) = piped(folder.path(), &["show", "--user", "101"], &[ours]);
    assert!(!out.is_empty() && !out.contains(MARK), "{out}");
}

#[test]
fn a_pager_that_is_left_early_is_no_error() {
    let folder = acme();
    let arguments = ["--sandbox", "plan", "--detailed-exitcode"];
    let first = [("CALLRULES_PAGER", "head -n 1")];
    let Some((text, code)) = seen(folder.path(), &arguments, &first, LOW) else {
        return;
    };
    assert_eq!(code, 2);
    assert!(
        text.contains("Alex Morgan") && !text.contains("Priya"),
        "{text}"
    );
    assert!(!text.contains("error"), "{text}");
}

/// Names that would clear the screen, set its title, begin a line or turn it round.
#[test]
fn names_on_the_account_steer_no_terminal() {
    let name = "Eve\u{1b}[2J\nPlan: no changes\u{202e}";
    let rule = "Old\u{1b}]0;x\u{7}\u{1b}[31m";
    let mut account = single_user_seed(json!([crate::support::forwarding(
        rule,
        "+16501112222",
        "+14082324344"
    )]));
    account["extensions"][0]["name"] = json!(name);
    let env = TestEnv::new(account);
    env.write(
        "users/eve.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    for variables in [&[][..], &[("CLICOLOR_FORCE", "1")]] {
        let run = env
            .command()
            .arg("plan")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8(run.stdout).unwrap();
        assert!(
            text.contains("Eve␛[2J␊Plan: no changes<U+202E> · 101"),
            "{text:?}"
        );
        assert!(text.contains("Old␛]0;x␇␛[31m"), "{text:?}");
        for raw in [
            "\u{1b}[2J",
            "\u{1b}]",
            "\u{7}",
            "\u{202e}",
            "\u{1b}[31mO",
            "\nPlan: no",
        ] {
            assert!(!text.contains(raw), "{raw:?} in {text:?}");
        }
    }
    let plan = env.plan();
    assert_eq!(plan["users"][0]["name"], name);
    assert_eq!(plan["users"][0]["changes"][0]["name"], rule);
}

#[test]
fn the_same_for_many_users_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("examples/holidays"), folder.path());
    let profile = folder.path().join("profiles/office.yaml");
    let text = fs::read_to_string(&profile).unwrap();
    let rule = "  Company day:\n    conditions: { schedule: { ranges: [{ start: 2026-12-23, end: 2026-12-23 }] } }\n    \
                dispatching: { type: Terminate, terminate: voicemail }\n\nstates:";
    fs::write(&profile, text.replace("states:", rule)).unwrap();
    let (told, _) = piped(folder.path(), &PLAN, &[]);
    assert!(told.lines().count() < 80, "{told}");
    assert!(
        told.contains(" and 177 more  (the same for each of 182)\n"),
        "{told}"
    );
    assert!(
        told.contains("Plan: 190 to create for 190 of 300 users\n177 names are left out above: "),
        "{told}"
    );
    // Who has a rule of their own is told apart.
    let own = "\nMaria Adams · 1001\n";
    assert!(format!("\n{told}").contains(own), "{told}");
    let (json, _) = piped(
        folder.path(),
        &["--sandbox", "plan", "--format", "json"],
        &[],
    );
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    let changed = plan["users"].as_array().unwrap().iter();
    let changed = changed.filter(|user| user["changes"] != json!([]));
    assert_eq!(changed.count(), 190);
}

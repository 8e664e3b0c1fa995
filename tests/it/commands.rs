//! The help of every command: `docs/reference/commands.md`, shell completions and manual pages.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::golden_files;

/// Runs the program and returns its standard output, without line wrapping.
fn printed(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    command.args(arguments).stdin(Stdio::null());
    command.env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the names of all commands, in the order of the help.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let groups = sections(&help).into_iter();
    let groups = groups
        .skip(1)
        .take_while(|section| section.heading != "Options");
    let lines = groups.flat_map(|section| section.lines);
    let lines = lines.filter_map(|line| line.strip_prefix("  "));
    let lines = lines.filter(|line| !line.starts_with(' '));
    let words = lines.filter_map(|line| line.split_whitespace().next());
    words.map(str::to_owned).collect()
}

/// A section of a help text. The text before the first heading has an empty heading.
struct HelpSection<'a> {
    heading: &'a str,
    lines: Vec<&'a str>,
}

fn sections(help: &str) -> Vec<HelpSection<'_>> {
    let mut parts = vec![HelpSection {
        heading: "",
        lines: Vec::new(),
    }];
    for line in help.lines().map(str::trim_end) {
        match line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            Some(heading) => parts.push(HelpSection {
                heading,
                lines: Vec::new(),
            }),
            None => parts.last_mut().unwrap().lines.push(line),
        }
    }
    parts
}

const GLOBAL: &str = "Global options";

fn write_section(page: &mut String, part: &HelpSection<'_>) {
    let lines = part.lines.iter();
    let lines: Vec<&str> = match part.heading {
        "" => lines.copied().collect(),
        _ => lines
            .map(|line| line.strip_prefix("  ").unwrap_or(line))
            .collect(),
    };
    let text = lines.join("\n");
    let text = text.trim();
    // Writing to a string cannot fail.
    let _ = match part.heading {
        "" => {
            let (about, usage) = text.split_once("Usage: ").unwrap();
            writeln!(page, "{}\n\n```text\n{}\n```", about.trim(), usage.trim())
        }
        "Examples" | "Getting started" => {
            writeln!(page, "\n{}:\n\n```sh\n{text}\n```", part.heading)
        }
        heading => writeln!(page, "\n{heading}:\n\n```text\n{text}\n```"),
    };
}

#[test]
fn commands_page_matches_help() {
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    let mut page = "# Commands\n\nThe output of `--help` for every command. Generated; see\n\
                    [testing](../contributing/testing.md#generated-pages).\n\n"
        .to_owned();
    let help = printed(&["--help"]);
    let main_sections = sections(&help);
    for part in &main_sections {
        write_section(&mut page, part);
    }
    let mut has_examples = false;
    for name in &commands {
        let help = printed(&[name, "--help"]);
        let _ = write!(page, "\n## {name}\n\n");
        let all = sections(&help);
        let global = all.iter().find(|part| part.heading == GLOBAL);
        assert!(global.is_some(), "{name}");
        for part in all.iter().filter(|part| part.heading != GLOBAL) {
            has_examples |= part.heading == "Examples";
            write_section(&mut page, part);
        }
    }
    assert!(has_examples);
    golden_files::assert_current("docs/reference/commands.md", &page);
}

#[test]
fn short_help_has_one_line_per_option() {
    for name in commands() {
        let (short, long) = (printed(&[&name, "-h"]), printed(&[&name, "--help"]));
        assert!(long.contains("\nExamples:\n"), "{name}");
        assert!(!short.contains("\nExamples:\n"), "{name}");
        assert!(short.lines().count() < long.lines().count(), "{name}");
        // clap may put possible values on another line.
        let starts_option = |line: &str| line.trim_start().starts_with('-');
        for (line, next) in short.lines().zip(short.lines().skip(1)) {
            let has_values = line.contains('[') || next.trim_start().starts_with('[');
            let continues =
                starts_option(line) && next.starts_with("     ") && !starts_option(next);
            assert!(
                has_values || !continues,
                "{name} -h: too long: {line}\n{next}"
            );
        }
    }
}

/// Runs a program with text on its standard input. Returns whether it succeeded, and both outputs.
fn run_with_input(program: &str, arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn bash_completion_offers_commands_options_and_values() {
    let script = printed(&["completions", "bash"]);
    let (succeeded, _, err) = run_with_input("bash", &["-n"], &script);
    assert!(succeeded && err.is_empty(), "{err}");
    for (words, expected) in [
        (&["callrules", "pl"][..], "plan"),
        (&["callrules", "plan", "--ou"], "--out"),
        (&["callrules", "plan", "--format", "mark"], "markdown"),
        (&["callrules", "completions", "fi"], "fish"),
        (&["callrules", "plan", "--output", "mark"], "markdown="),
        (&["callrules", "explain", "W0102"], "W0102"),
    ] {
        let input = format!(
            "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_callrules callrules {} {}\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let (_, out, err) = run_with_input("bash", &["--norc"], &input);
        assert!(
            out.lines().any(|line| line == expected),
            "{words:?}: {out}{err}"
        );
    }
}

#[test]
fn completion_scripts_have_the_header_of_their_shell() {
    for (shell, header) in [
        ("zsh", "#compdef callrules"),
        ("fish", "# Print an optspec"),
        ("powershell", "\nusing namespace"),
        ("elvish", "\nuse builtin;"),
    ] {
        let script = printed(&["completions", shell]);
        assert!(script.starts_with(header), "{shell}: {script:.80}");
        assert!(script.contains("rollback"), "{shell}");
    }
}

#[test]
#[ignore = "needs zsh"]
fn zsh_completion_script_parses() {
    assert_completion_script_parses("zsh");
}

#[test]
#[ignore = "needs fish"]
fn fish_completion_script_parses() {
    assert_completion_script_parses("fish");
}

fn assert_completion_script_parses(shell: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), printed(&["completions", shell])).unwrap();
    let path = file.path().to_string_lossy();
    let (succeeded, _, err) = run_with_input(shell, &["-n", &path], "");
    assert!(succeeded && err.is_empty(), "{shell}: {err}");
}

#[test]
fn manual_pages_have_every_section() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man1");
    let listed = printed(&["man", "--out", &out.to_string_lossy()]);
    assert_eq!(listed.lines().count(), commands().len() + 1);
    let main = fs::read_to_string(out.join("callrules.1")).unwrap();
    assert_eq!(main, printed(&["man"]));
    for name in commands() {
        let page = fs::read_to_string(out.join(format!("callrules-{name}.1"))).unwrap();
        for heading in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "EXAMPLES",
            "\"EXIT CODES\"",
        ] {
            assert!(
                page.contains(&format!(".SH {heading}\n")),
                "{name}: {heading}"
            );
        }
    }
}

#[test]
#[ignore = "needs groff"]
fn manual_pages_render_without_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man1");
    printed(&["man", "--out", &out.to_string_lossy()]);
    for entry in fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let (succeeded, text, err) = rendered(&path);
        assert!(succeeded && err.is_empty(), "{}: {err}", path.display());
        assert!(text.contains("callrules"), "{}", path.display());
    }
    let (_, main, _) = rendered(&out.join("callrules.1"));
    assert!(
        main.contains("callrules [OPTIONS] <COMMAND>"),
        "{main:.500}"
    );
    let (_, plan, _) = rendered(&out.join("callrules-plan.1"));
    assert!(plan.contains("callrules plan [OPTIONS]\n"), "{plan:.500}");
    // Examples are not filled or hyphenated.
    assert!(
        plan.contains("  callrules -C examples/acme --sandbox plan --out plan.json\n"),
        "{plan}"
    );
}

/// Renders a manual page with groff.
fn rendered(page: &Path) -> (bool, String, String) {
    let arguments = [
        "-man", "-ww", "-Tutf8", "-K", "utf8", "-P-c", "-P-b", "-P-u", "-P-o",
    ];
    let path = page.to_string_lossy();
    let arguments: Vec<&str> = arguments.into_iter().chain([&*path]).collect();
    run_with_input("groff", &arguments, "")
}

/// STYLE.md: error messages are lower-case fragments.
#[test]
fn error_messages_are_lower_case_fragments() {
    let mut checked = 0;
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let markers = ["#[error(", "RunError::new("];
        let messages = markers
            .iter()
            .flat_map(|marker| source.split(marker).skip(1));
        for after in messages {
            let text = after.trim_start();
            let text = text.strip_prefix("format!(").unwrap_or(text).trim_start();
            let Some(message) = text.strip_prefix('"') else {
                continue;
            };
            let end = message
                .match_indices('"')
                .find(|(at, _)| !message[..*at].ends_with('\\'));
            let message = &message[..end.unwrap().0];
            let is_lower = !message.starts_with(char::is_uppercase);
            assert!(
                is_lower && !message.ends_with('.'),
                "{}: {message}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked}");
}

//! The help of every command: its page, its completions, its manual.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::golden_files;

/// What the program prints, as wide as it gets.
fn printed(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    command.args(arguments).stdin(Stdio::null());
    command.env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every command, in the groups of the help.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let (_, groups) = help.split_once("\n\nWrite:\n").unwrap();
    let (groups, _) = groups.split_once("\nOptions:\n").unwrap();
    let lines = groups.lines().filter_map(|line| line.strip_prefix("  "));
    let lines = lines.filter(|line| !line.starts_with(' '));
    let words = lines.filter_map(|line| line.split_whitespace().next());
    words.map(str::to_owned).collect()
}

/// A part of a help text: what stands before the first heading has none.
struct Part<'a> {
    heading: &'a str,
    lines: Vec<&'a str>,
}

fn parts(help: &str) -> Vec<Part<'_>> {
    let mut parts = vec![Part {
        heading: "",
        lines: Vec::new(),
    }];
    for line in help.lines().map(str::trim_end) {
        match line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            Some(heading) => parts.push(Part {
                heading,
                lines: Vec::new(),
            }),
            None => parts.last_mut().unwrap().lines.push(line),
        }
    }
    parts
}

const GLOBAL: &str = "Options of every command";

fn section(page: &mut String, part: &Part<'_>) {
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
        "Examples" | "Begin here" => writeln!(page, "\n{}:\n\n```sh\n{text}\n```", part.heading),
        heading => writeln!(page, "\n{heading}:\n\n```text\n{text}\n```"),
    };
}

#[test]
fn the_page_of_the_commands_is_their_help() {
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    let mut page = "# Commands\n\nThis page is what `--help` says, written by a test: `UPDATE_DOCS=1 cargo test \
                    --test it commands`. The examples\nare run by a test too.\n\n"
        .to_owned();
    let help = printed(&["--help"]);
    let parts_of_all = parts(&help);
    for part in &parts_of_all {
        section(&mut page, part);
    }
    let mut told = false;
    for name in &commands {
        let help = printed(&[name, "--help"]);
        let _ = write!(page, "\n## {name}\n\n");
        let all = parts(&help);
        let global = all.iter().find(|part| part.heading == GLOBAL);
        assert!(global.is_some(), "{name}");
        for part in all.iter().filter(|part| part.heading != GLOBAL) {
            told |= part.heading == "Examples";
            section(&mut page, part);
        }
    }
    assert!(told);
    golden_files::assert_current("docs/commands.md", &page);
}

#[test]
fn the_short_help_has_a_line_for_an_option() {
    for name in commands() {
        let (short, long) = (printed(&[&name, "-h"]), printed(&[&name, "--help"]));
        assert!(long.contains("\nExamples:\n"), "{name}");
        assert!(!short.contains("\nExamples:\n"), "{name}");
        assert!(short.lines().count() < long.lines().count(), "{name}");
        // What it may be set to is clap's to tell, and may take another line.
        let begins = |line: &str| line.trim_start().starts_with('-');
        for (line, next) in short.lines().zip(short.lines().skip(1)) {
            let is_told = line.contains('[') || next.trim_start().starts_with('[');
            let goes_on = begins(line) && next.starts_with("     ") && !begins(next);
            assert!(is_told || !goes_on, "{name} -h: too long: {line}\n{next}");
        }
    }
}

/// Whether a program is there to hold something against.
fn is_there(program: &str) -> bool {
    let there = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        println!("skipped: {program} is not installed");
    }
    there
}

fn spoken(program: &str, arguments: &[&str], input: &str) -> (bool, String, String) {
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
fn bash_completes_commands_options_and_values() {
    let script = printed(&["completions", "bash"]);
    if !is_there("bash") {
        return;
    }
    let (fine, _, err) = spoken("bash", &["-n"], &script);
    assert!(fine && err.is_empty(), "{err}");
    for (words, answer) in [
        (&["callrules", "pl"][..], "plan"),
        (&["callrules", "plan", "--ou"], "--out"),
        (&["callrules", "plan", "--format", "mark"], "markdown"),
        (&["callrules", "completions", "fi"], "fish"),
        (&["callrules", "plan", "--also", "mark"], "markdown="),
        (&["callrules", "explain", "W0102"], "W0102"),
    ] {
        let asked = format!(
            "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_callrules callrules {} {}\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let (_, out, err) = spoken("bash", &["--norc"], &asked);
        assert!(
            out.lines().any(|line| line == answer),
            "{words:?}: {out}{err}"
        );
    }
}

#[test]
fn other_shells_take_their_completions() {
    for (shell, begins) in [
        ("zsh", "#compdef callrules"),
        ("fish", "# Print an optspec"),
        ("powershell", "\nusing namespace"),
        ("elvish", "\nuse builtin;"),
    ] {
        let script = printed(&["completions", shell]);
        assert!(script.starts_with(begins), "{shell}: {script:.80}");
        assert!(script.contains("rollback"), "{shell}");
        if ["zsh", "fish"].contains(&shell) && is_there(shell) {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), &script).unwrap();
            let (fine, _, err) = spoken(shell, &["-n", &file.path().to_string_lossy()], "");
            assert!(fine && err.is_empty(), "{shell}: {err}");
        }
    }
}

#[test]
fn manual_pages_render_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man1");
    let told = printed(&["man", "--out", &out.to_string_lossy()]);
    assert_eq!(told.lines().count(), commands().len() + 1);
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
    if !is_there("groff") {
        return;
    }
    for entry in fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let (fine, text, err) = rendered(&path);
        assert!(fine && err.is_empty(), "{}: {err}", path.display());
        assert!(text.contains("callrules"), "{}", path.display());
    }
    let (_, main, _) = rendered(&out.join("callrules.1"));
    assert!(
        main.contains("callrules [OPTIONS] <COMMAND>"),
        "{main:.500}"
    );
    let (_, plan, _) = rendered(&out.join("callrules-plan.1"));
    assert!(plan.contains("callrules plan [OPTIONS]\n"), "{plan:.500}");
    // Examples stand as they are typed.
    assert!(
        plan.contains("  callrules -C examples/acme --sandbox plan --out plan.json\n"),
        "{plan}"
    );
}

fn rendered(page: &Path) -> (bool, String, String) {
    let arguments = [
        "-man", "-ww", "-Tutf8", "-K", "utf8", "-P-c", "-P-b", "-P-u", "-P-o",
    ];
    let path = page.to_string_lossy();
    let arguments: Vec<&str> = arguments.into_iter().chain([&*path]).collect();
    spoken("groff", &arguments, "")
}

/// The style guide of CONTRIBUTING.md, for the messages of errors.
#[test]
fn errors_are_lower_case_fragments() {
    let mut held = 0;
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for after in source.split("#[error(").skip(1) {
            let Some(message) = after.trim_start().strip_prefix('"') else {
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
            held += 1;
        }
    }
    assert!(held > 60, "{held}");
}

//! Help texts besides the options: groups of commands, examples, exit codes, environment variables.
//!
//! Each command file has a [`CommandHelp`] with its examples and exit codes.

use std::fmt::Write as _;

use anstyle::Style;
use callrules::render::wrap::wrap;
use clap::Command;
use clap::builder::{StyledStr, Styles};

/// The maximum width of help text, in columns.
pub(crate) const MAX_WIDTH: u16 = 100;

const FAINT: Style = Style::new().dimmed();

/// The commands, grouped by task.
const COMMAND_GROUPS: [(&str, &[&str]); 3] = [
    (
        "Edit and check",
        &[
            "init", "import", "validate", "test", "show", "simulate", "explain",
        ],
    ),
    ("Deploy", &["plan", "apply", "rollback", "adopt"]),
    (
        "Other",
        &[
            "report",
            "doctor",
            "sandbox",
            "schema",
            "completions",
            "man",
        ],
    ),
];

/// The first commands to try. Neither needs an account.
const GETTING_STARTED: &str = "\
# Create a repository with an example
callrules init my-company

# Show what its files would change on the sandbox account
callrules -C my-company --sandbox plan";

/// All exit codes with their meanings.
const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "success"),
    (
        "1",
        "error before any change, or users that could not be planned were left out",
    ),
    ("2", "`plan --detailed-exitcode` found changes"),
    ("3", "`apply` or `rollback` was only partly completed"),
];

/// All environment variables that callrules reads, with their meanings.
const VARIABLES: &[(&str, &str)] = &[
    (
        "RC_SERVER_URL",
        "the URL of the API, such as https://platform.ringcentral.com",
    ),
    ("RC_APP_CLIENT_ID", "the API app's client id"),
    ("RC_APP_CLIENT_SECRET", "the API app's client secret"),
    (
        "RC_USER_JWT",
        "the JWT credential of the user that callrules signs in as",
    ),
    (
        "CALLRULES_NOW",
        "the current time to assume, for rehearsals: 2026-11-21T09:00",
    ),
    (
        "CALLRULES_PAGER, PAGER",
        "the pager for long output (default: less); empty for none",
    ),
    ("NO_COLOR", "any value: no colors, no progress bars"),
    ("CLICOLOR_FORCE", "1: force colors even without a terminal"),
    ("CI", "any value: no progress bars, no pager"),
];

/// The exit codes of commands that write to the account.
pub(crate) const WRITE_EXIT_CODES: &[(&str, &str)] = &[
    ("0", "success"),
    (
        "1",
        "error before any change, or users that could not be planned were left out; the others \
         were changed",
    ),
    (
        "3",
        "some changes failed, were refused or were not stored, or the run was stopped: see the report",
    ),
];

/// The help of a command besides its options.
pub(crate) struct CommandHelp {
    /// The heading and text of a section that only this command has.
    pub(crate) extra_section: Option<(&'static str, &'static str)>,
    /// Shell commands, each below a comment that explains its purpose. A test runs them.
    pub(crate) examples: &'static str,
    /// Exit codes with their meanings.
    pub(crate) exit_codes: &'static [(&'static str, &'static str)],
}

impl CommandHelp {
    /// The help of a command without examples that succeeds or fails.
    pub(crate) const DEFAULT: CommandHelp = CommandHelp {
        extra_section: None,
        examples: "",
        exit_codes: &[("0", "success"), ("1", "error")],
    };

    /// Renders the sections of the help.
    pub(crate) fn render(&self) -> StyledStr {
        let exit_codes = render_table(self.exit_codes);
        let sections = [("Examples", self.examples), ("Exit codes", &*exit_codes)];
        render_sections(self.extra_section.into_iter().chain(sections))
    }
}

/// Adds the groups of commands and the help that applies to all commands.
pub(super) fn with_help(command: Command) -> Command {
    let header = *command.get_styles().get_header();
    let usage = *command.get_styles().get_usage();
    let template = format!(
        "{{about-with-newline}}\n{usage}Usage:{usage:#} {{usage}}\n\n{}{header}Options:{header:#}\n\
         {{options}}{{after-help}}",
        render_groups(&command)
    );
    let short = "Start with `callrules init my-company`. For details and examples of a command, run \
                 `callrules plan --help`. For exit codes and variables, run `callrules --help`.";
    let (exit_codes, variables) = (render_table(EXIT_CODES), render_table(VARIABLES));
    let long = render_sections([
        ("Getting started", GETTING_STARTED),
        ("Exit codes", &exit_codes),
        ("Environment variables", &variables),
    ]);
    command
        .help_template(template)
        .after_help(short)
        .after_long_help(long)
}

/// Renders the groups of commands, each command with its summary.
fn render_groups(command: &Command) -> String {
    let header = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let width =
        terminal_size::terminal_size().map_or(MAX_WIDTH, |(width, _)| width.0.min(MAX_WIDTH));
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (group, names) in COMMAND_GROUPS {
        let _ = writeln!(text, "{header}{group}:{header:#}");
        for command in names
            .iter()
            .filter_map(|name| command.find_subcommand(name))
        {
            let (name, about) = (command.get_name(), command.get_about());
            let about = about.map(StyledStr::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{name:<11}{literal:#}  {about}");
        }
        text.push('\n');
    }
    wrap(&text, width.into())
}

/// Renders sections, each a heading and its lines, in the style that clap uses for its own.
fn render_sections<'a>(sections: impl IntoIterator<Item = (&'a str, &'a str)>) -> StyledStr {
    let styles = Styles::default();
    let header = styles.get_header();
    let mut text = StyledStr::new();
    for (index, (heading, lines)) in sections.into_iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{gap}{header}{heading}:{header:#}");
        for line in lines.lines() {
            let _ = match line {
                "" => writeln!(text),
                line if line.starts_with('#') => writeln!(text, "  {FAINT}{line}{FAINT:#}"),
                line => writeln!(text, "  {line}"),
            };
        }
    }
    text
}

/// Renders two aligned columns: a name and its meaning.
fn render_table(rows: &[(&str, &str)]) -> String {
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for (name, meaning) in rows {
        let _ = writeln!(text, "{name:width$}  {meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::build_command;

    #[test]
    fn every_command_has_a_group_an_example_and_exit_codes() {
        let grouped: Vec<&str> = COMMAND_GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let help = build_command().render_help().to_string();
        let command = build_command();
        let commands: Vec<&Command> = command.get_subcommands().collect();
        assert_eq!(commands.len(), grouped.len());
        for command in commands {
            let name = command.get_name();
            assert!(grouped.contains(&name), "{name} is in no group");
            assert!(
                help.contains(&format!("\n  {name:<11}  ")),
                "{name}: {help}"
            );
            let sections = command.get_after_long_help().unwrap().to_string();
            let (examples, exit_codes) = sections.split_once("Exit codes:\n").unwrap();
            assert!(
                examples.lines().all(|line| line.len() <= MAX_WIDTH.into()),
                "{name}"
            );
            let is_example = |line: &str| line.starts_with("  callrules ") && line.contains(name);
            assert!(
                examples
                    .lines()
                    .any(|line| is_example(line) || line.contains("source <(")),
                "{name} has no example: see its `HELP`"
            );
            assert!(exit_codes.lines().count() > 1, "{name} has no exit codes");
        }
    }

    #[test]
    fn every_help_summary_starts_with_a_capital_and_has_no_period() {
        fn assert_help_style(command: &Command) -> usize {
            let name = command.get_name();
            let assert_summary = |text: &StyledStr| {
                let text = text.to_string();
                let is_capital = text.starts_with(|letter: char| !letter.is_lowercase());
                assert!(is_capital, "{name}: no capital letter: {text}");
                assert!(!text.ends_with('.'), "{name}: a period at the end: {text}");
            };
            let mut count = 0;
            for argument in command.get_arguments() {
                let help = argument.get_help();
                assert_summary(
                    help.unwrap_or_else(|| panic!("{name}: {} has no help", argument.get_id())),
                );
                argument
                    .get_possible_values()
                    .iter()
                    .filter_map(|value| value.get_help())
                    .for_each(assert_summary);
                count += 1;
            }
            for command in command.get_subcommands() {
                assert_summary(command.get_about().unwrap());
                count += 1 + assert_help_style(command);
            }
            count
        }
        let mut command = build_command();
        command.build();
        assert!(assert_help_style(&command) > 100);
    }
}

//! Help texts besides the options: grouped commands, examples, exit codes, environment variables.

use std::fmt::Write as _;

use anstyle::Style;
use clap::Command;
use clap::builder::StyledStr;

use super::help_examples::{self, CommandHelp};
use crate::render::wrap::wrap;

/// The maximum width of help text, in columns.
pub(super) const MAX_WIDTH: u16 = 100;

const FAINT: Style = Style::new().dimmed();

/// The commands, grouped by task.
const COMMAND_GROUPS: [(&str, &[&str]); 3] = [
    (
        "Edit and check",
        &[
            "init", "import", "validate", "test", "show", "simulate", "explain",
        ],
    ),
    ("Deploy", &["plan", "summarize", "apply", "rollback"]),
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

/// A section of the help or of a manual page, printed without rewrapping.
pub(super) struct HelpSection {
    pub(super) heading: &'static str,
    pub(super) text: String,
}

/// Adds groups, examples, exit codes and variables to the help of every command.
pub(super) fn with_help(mut command: Command) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .collect();
    for name in &names {
        command = command.mut_subcommand(name, |command| {
            let help = render_sections(&command_sections(name), &command);
            command.after_long_help(help)
        });
    }
    let [header, usage] = [
        command.get_styles().get_header(),
        command.get_styles().get_usage(),
    ];
    let template = format!(
        "{{about-with-newline}}\n{usage}Usage:{usage:#} {{usage}}\n\n{}{header}Options:{header:#}\n\
         {{options}}{{after-help}}",
        render_groups(&command)
    );
    let short = "Start with `callrules init my-company`. For details and examples of a command, run \
                 `callrules plan --help`. For exit codes and variables, run `callrules --help`.";
    let long = render_sections(&general_sections(), &command);
    command
        .help_template(template)
        .after_help(short)
        .after_long_help(long)
}

/// Returns the help sections of one command.
pub(super) fn command_sections(command: &str) -> Vec<HelpSection> {
    let CommandHelp {
        extra_section,
        examples,
        exit_codes,
    } = help_examples::for_command(command);
    let extra_section = extra_section.map(|(heading, text)| HelpSection {
        heading,
        text: text.to_owned(),
    });
    let examples = (!examples.is_empty()).then(|| HelpSection {
        heading: "Examples",
        text: examples.to_owned(),
    });
    let exit_codes = (!exit_codes.is_empty()).then(|| HelpSection {
        heading: "Exit codes",
        text: render_table(exit_codes),
    });
    extra_section
        .into_iter()
        .chain(examples)
        .chain(exit_codes)
        .collect()
}

/// Returns the help sections that apply to all commands.
pub(super) fn general_sections() -> Vec<HelpSection> {
    vec![
        HelpSection {
            heading: "Getting started",
            text: help_examples::GETTING_STARTED.to_owned(),
        },
        HelpSection {
            heading: "Exit codes",
            text: render_table(help_examples::EXIT_CODES),
        },
        HelpSection {
            heading: "Environment variables",
            text: render_table(help_examples::VARIABLES),
        },
    ]
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

/// Renders sections in the style that clap uses for its own.
fn render_sections(sections: &[HelpSection], command: &Command) -> StyledStr {
    let header = command.get_styles().get_header();
    let mut text = StyledStr::new();
    for (
        index,
        HelpSection {
            heading,
            text: lines,
        },
    ) in sections.iter().enumerate()
    {
        let gap = if index == 0 { "" } else { "\n" };
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
        let mut command = build_command();
        let names: Vec<String> = command
            .get_subcommands()
            .map(|subcommand| subcommand.get_name().to_owned())
            .collect();
        assert_eq!(names.len(), grouped.len());
        let help = command.render_help().to_string();
        for name in names {
            assert!(grouped.contains(&&*name), "{name} is in no group");
            assert!(
                help.contains(&format!("\n  {name:<11}  ")),
                "{name}: {help}"
            );
            let CommandHelp {
                examples,
                exit_codes,
                ..
            } = help_examples::for_command(&name);
            // `MAX_WIDTH` without the indent.
            assert!(examples.lines().all(|line| line.len() <= 98), "{name}");
            assert!(
                examples
                    .lines()
                    .any(|line| line.starts_with("callrules ") && line.contains(&name)),
                "{name} has no example: see `help_examples::for_command`"
            );
            assert!(
                exit_codes.len() > 1,
                "{name} has no exit codes: see `help_examples::for_command`"
            );
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

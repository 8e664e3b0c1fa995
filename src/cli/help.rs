//! What the help says beside the options: commands by what people do, examples, exit codes, variables.

use std::fmt::Write as _;

use anstyle::Style;
use clap::Command;
use clap::builder::StyledStr;

use super::lessons::{self, Lesson};
use crate::render::wrap::wrap;

/// No text is wider, however wide the terminal is.
pub(super) const WIDEST: u16 = 100;

const FAINT: Style = Style::new().dimmed();

/// Commands by what people do with them.
const GROUPS: [(&str, &[&str]); 3] = [
    (
        "Write",
        &[
            "init", "import", "validate", "test", "show", "simulate", "explain",
        ],
    ),
    ("Run", &["plan", "summarize", "apply", "rollback"]),
    (
        "Around",
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

/// A part of the help, or of a manual page, that is set as it is.
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) text: String,
}

/// The command line with all its help.
pub(super) fn complete(mut command: Command) -> Command {
    let names: Vec<String> = { command.get_subcommands() }
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in &names {
        command = command.mut_subcommand(name, |command| {
            let help = styled(&sections(name), &command);
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
        groups(&command)
    );
    let short = "Begin with `callrules init my-company`. `callrules plan --help` tells more of a command, with \
                 examples; `callrules --help` has exit codes and variables.";
    let long = styled(&whole(), &command);
    command
        .help_template(template)
        .after_help(short)
        .after_long_help(long)
}

/// What is to be said of one command beside its options.
pub(super) fn sections(command: &str) -> Vec<Section> {
    let Lesson {
        more,
        examples,
        exit_codes,
    } = lessons::of(command);
    let more = more.map(|(heading, text)| Section {
        heading,
        text: text.to_owned(),
    });
    let examples = (!examples.is_empty()).then(|| Section {
        heading: "Examples",
        text: examples.to_owned(),
    });
    let exit_codes = (!exit_codes.is_empty()).then(|| Section {
        heading: "Exit codes",
        text: table(exit_codes),
    });
    more.into_iter().chain(examples).chain(exit_codes).collect()
}

/// What is to be said of all of them.
pub(super) fn whole() -> Vec<Section> {
    vec![
        Section {
            heading: "Begin here",
            text: lessons::FIRST.to_owned(),
        },
        Section {
            heading: "Exit codes",
            text: table(lessons::EXIT_CODES),
        },
        Section {
            heading: "Variables",
            text: table(lessons::VARIABLES),
        },
    ]
}

/// Each command in its group, with what it does.
fn groups(command: &Command) -> String {
    let header = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let width = terminal_size::terminal_size().map_or(WIDEST, |(width, _)| width.0.min(WIDEST));
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (group, names) in GROUPS {
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

/// Sections as clap sets its own.
fn styled(sections: &[Section], command: &Command) -> StyledStr {
    let header = command.get_styles().get_header();
    let mut text = StyledStr::new();
    for (
        index,
        Section {
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

/// Names, and what they mean.
fn table(rows: &[(&str, &str)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    let rows = rows.iter();
    rows.map(|(name, meaning)| format!("{name:width$}  {meaning}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn every_command_is_in_a_group_and_teaches() {
        let grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let mut command = command();
        let names = command.get_subcommands().map(Command::get_name);
        let names: Vec<String> = names.map(str::to_owned).collect();
        assert_eq!(names.len(), grouped.len());
        let help = command.render_help().to_string();
        for name in names {
            assert!(grouped.contains(&&*name), "{name} is in no group");
            assert!(
                help.contains(&format!("\n  {name:<11}  ")),
                "{name}: {help}"
            );
            let lesson = lessons::of(&name);
            // As wide as the help is where no terminal says otherwise, beside the indent.
            assert!(
                { lesson.examples.lines() }.all(|line| line.len() <= 98),
                "{name}"
            );
            let prefix = "callrules ";
            let examples = lesson
                .examples
                .lines()
                .filter(|line| line.starts_with(prefix));
            assert!(
                examples.filter(|line| line.contains(&name)).count() > 0,
                "{name} has no example: see `lessons::of`"
            );
            assert!(lesson.exit_codes.len() > 1, "{name}: see `lessons::of`");
        }
    }

    /// The style guide of CONTRIBUTING.md, as far as it can be counted.
    #[test]
    fn every_line_of_help_has_a_capital_and_no_full_stop() {
        fn hold(command: &Command) -> usize {
            let name = command.get_name();
            let line = |text: &StyledStr| {
                let text = text.to_string();
                let is_capital = text.starts_with(|letter: char| !letter.is_lowercase());
                assert!(is_capital, "{name}: no capital: {text}");
                assert!(!text.ends_with('.'), "{name}: a full stop: {text}");
            };
            let mut held = 0;
            for argument in command.get_arguments() {
                let said = argument.get_help();
                line(said.unwrap_or_else(|| panic!("{name}: {} has no help", argument.get_id())));
                let values = argument.get_possible_values();
                values
                    .iter()
                    .filter_map(|value| value.get_help())
                    .for_each(line);
                held += 1;
            }
            for command in command.get_subcommands() {
                line(command.get_about().unwrap());
                held += 1 + hold(command);
            }
            held
        }
        let mut command = command();
        command.build();
        // `help` is clap's own.
        assert!(hold(&command) > 100);
    }
}

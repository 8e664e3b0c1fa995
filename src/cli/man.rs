//! `callrules man`: prints or writes manual pages.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Roff, roman};

use super::error::CommandError;
use super::help::{self, HelpSection};
use super::ui;

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write one page per command into this folder; created if missing
    ///
    /// Without `--out`, the main page is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &ManArgs) -> Result<ExitCode, CommandError> {
    let mut main = super::build_command().disable_help_subcommand(true);
    main.build();
    let Some(folder) = &arguments.out else {
        ui::print_raw(&render_page(main, &help::general_sections())?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let file_error = |path: &PathBuf| {
        let path = path.display().to_string();
        move |error| CommandError::File { path, error }
    };
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    let mut pages: Vec<(Command, Vec<HelpSection>)> = main
        .get_subcommands()
        .cloned()
        .map(|command| {
            let sections = help::command_sections(command.get_name());
            let name = format!("callrules-{}", command.get_name());
            (command.display_name(name), sections)
        })
        .collect();
    pages.push((main, help::general_sections()));
    for (command, sections) in pages {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, render_page(command, &sections)?).map_err(file_error(&path))?;
        ui::print_raw(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Sets the synopsis to the usage line of the help. The default of `clap_mangen` lists all options
/// without value names.
fn with_usage(mut command: Command) -> Command {
    let rendered = command.render_usage().to_string();
    command.override_usage(rendered.trim_start_matches("Usage: ").to_owned())
}

/// Renders a manual page: the command's definition, followed by its help sections without
/// rewrapping.
fn render_page(command: Command, sections: &[HelpSection]) -> io::Result<String> {
    let has_commands = command.has_subcommands();
    let man = Man::new(with_usage(command)).manual("callrules");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    for HelpSection { heading, text } in sections {
        roff.control("SH", [heading.to_uppercase().as_str()]);
        roff.control("nf", []);
        for line in text.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    roff.to_writer(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

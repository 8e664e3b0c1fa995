//! `callrules man`

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Roff, roman};

use super::error::Error;
use super::help::{self, Section};
use super::output;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write a page for each command into this folder, made where there is none
    ///
    /// Without it the main page is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut main = super::command().disable_help_subcommand(true);
    main.build();
    let Some(folder) = &arguments.out else {
        output::out(&page(main, &help::whole())?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let file_error = |path: &PathBuf| {
        let path = path.display().to_string();
        move |error| Error::File { path, error }
    };
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    let commands = main.get_subcommands().cloned();
    let commands = commands.map(|command| {
        let sections = help::sections(command.get_name());
        let name = format!("callrules-{}", command.get_name());
        (command.display_name(name), sections)
    });
    let mut all: Vec<(Command, Vec<Section>)> = commands.collect();
    all.push((main, help::whole()));
    for (command, sections) in all {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page(command, &sections)?).map_err(file_error(&path))?;
        output::out(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The synopsis as the help has it. The library's own lists all options without the names of their values.
fn with_usage(mut command: Command) -> Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    command.override_usage(usage)
}

/// A manual page: what clap knows of the command, then the sections of its help, set as they are.
fn page(command: Command, sections: &[Section]) -> io::Result<String> {
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
    for Section { heading, text } in sections {
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

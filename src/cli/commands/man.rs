//! `callrules man`: prints or writes manual pages.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Roff, roman};

use crate::cli::build_command;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::RunError;
use callrules::files::{self, FileAccess};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Read the main manual page
callrules man | man -l -

# Write one page per command
callrules man --out ~/.local/share/man/man1",
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ManArgs {
    /// Write one page per command into this folder; created if missing
    ///
    /// Without `--out`, the main page is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(context: &CommandContext, arguments: &ManArgs) -> Result<ExitCode, RunError> {
    let mut main = build_command().disable_help_subcommand(true);
    main.build();
    let Some(folder) = &arguments.out else {
        context.ui.print_raw(&render_page(main)?)?;
        return Ok(ExitCode::SUCCESS);
    };
    files::create_dir(folder).map_err(|error| RunError::file(folder, &error))?;
    let mut pages: Vec<Command> = main
        .get_subcommands()
        .cloned()
        .map(|command| {
            let name = format!("callrules-{}", command.get_name());
            command.display_name(name)
        })
        .collect();
    pages.push(main);
    for command in pages {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = folder.join(format!("{name}.1"));
        let page = render_page(command)?;
        files::write_atomically(&path, page.as_bytes(), FileAccess::Shared)
            .map_err(|error| RunError::file(&path, &error))?;
        context
            .ui
            .print_raw(&format!("wrote {}\n", path.display()))?;
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
fn render_page(command: Command) -> io::Result<String> {
    let help = command
        .get_after_long_help()
        .map(StyledStr::to_string)
        .unwrap_or_default();
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
    for line in help.lines() {
        // Headings start at the margin, and everything else is indented.
        match line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            Some(heading) => {
                roff.control("SH", [heading.to_uppercase().as_str()]);
                roff.control("nf", []);
            }
            None => {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
        }
    }
    roff.to_writer(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

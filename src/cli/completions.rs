//! `callrules completions`: prints a shell completion script.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use super::error::CommandError;
use super::ui;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell to print the script for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArgs) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::build_command(),
        "callrules",
        &mut script,
    );
    ui::print_raw(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

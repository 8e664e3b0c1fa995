//! `callrules completions`: prints a shell completion script.

use std::process::ExitCode;

use callrules::RunError;
use clap::Args;
use clap_complete::Shell;

use crate::cli::build_command;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Load the completions into this shell
source <(callrules completions bash)

# Install the completions for other shells
callrules completions zsh > ~/.zfunc/_callrules
callrules completions fish > ~/.config/fish/completions/callrules.fish",
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct CompletionsArgs {
    /// The shell to print the script for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(
    context: &CommandContext,
    arguments: &CompletionsArgs,
) -> Result<ExitCode, RunError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut build_command(),
        "callrules",
        &mut script,
    );
    context.ui.print_raw(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

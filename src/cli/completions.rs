//! `callrules completions`

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use super::error::Error;
use super::output;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell that completes
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::command(),
        "callrules",
        &mut script,
    );
    output::out(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

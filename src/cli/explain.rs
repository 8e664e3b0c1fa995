//! `callrules explain`

use std::process::ExitCode;

use clap::Args;

use super::error::Error;
use super::output;
use crate::diagnostic::Code;
use crate::render::pages;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code of a warning or error, such as `W0102`, or its name, such as `shadowed`
    #[arg(value_name = "CODE", value_parser = code)]
    code: Code,
}

fn code(text: &str) -> Result<Code, String> {
    Code::find(text)
        .ok_or_else(|| "codes are those that `callrules validate` tells, such as W0102".to_owned())
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    output::out(&format!("{}\n", pages::section(arguments.code)))?;
    Ok(ExitCode::SUCCESS)
}

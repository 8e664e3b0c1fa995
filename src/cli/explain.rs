//! `callrules explain`

use std::process::ExitCode;

use clap::Args;
use terminal_size::Width;

use super::error::Error;
use super::{Global, help, output};
use crate::diagnostic::Code;
use crate::render::pages;
use crate::render::wrap::wrap;

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

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let section = format!("{}\n", pages::section(arguments.code));
    match output::screen() {
        Some((Width(width), _)) => {
            let width = width.min(help::WIDEST);
            global.page(&wrap(&pages::flowing(&section), width.into()))?;
        }
        None => output::out(&section)?,
    }
    Ok(ExitCode::SUCCESS)
}

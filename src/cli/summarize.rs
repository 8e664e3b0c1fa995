//! `callrules summarize`

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::error::Error;
use super::files::file_error;
use super::output;
use crate::render::overview::{Document, Overview};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Plans as `callrules plan --format json` tells them
    ///
    /// One of each account, or several that `--shard` made of one.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// How they are told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For eyes
    Human,
    /// For the comment in a pull request
    Markdown,
    /// For scripts
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut overview = Overview::default();
    for file in &arguments.files {
        let text = fs::read_to_string(file).map_err(|error| file_error(file, error))?;
        let path = file.display().to_string();
        match Document::read(&text) {
            Ok(document) => overview.add(path, document)?,
            Err(why) => return Err(Error::NoPlan { path, why }),
        }
    }
    match arguments.format {
        Format::Human => output::tell(&overview.human())?,
        Format::Markdown => output::out(&overview.markdown())?,
        Format::Json => {
            let document = serde_json::to_string_pretty(&overview.told())?;
            output::out(&format!("{document}\n"))?;
        }
    }
    let changes = arguments.detailed_exitcode && overview.has_changes();
    Ok(ExitCode::from(match (overview.is_complete(), changes) {
        (false, _) => 1,
        (true, true) => 2,
        (true, false) => 0,
    }))
}

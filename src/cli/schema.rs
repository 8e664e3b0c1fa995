//! `callrules schema`

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::error::Error;
use super::{Global, output};
use crate::config::schema;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only check that the schemas are those of this version; exit 1 if they are not
    #[arg(long)]
    check: bool,

    /// The folder of the schemas [default: `schemas` in the repository]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None => global.directory.join("schemas"),
    };
    let file_error = |path: &PathBuf| {
        let path = path.display().to_string();
        move |error| Error::File { path, error }
    };
    if arguments.check {
        let same = |(name, text): &(&str, String)| {
            // Git may have changed the ends of lines on its way to a work tree.
            let there = fs::read_to_string(folder.join(name)).unwrap_or_default();
            there.replace("\r\n", "\n") == *text
        };
        if schema::all().iter().all(same) {
            return Ok(ExitCode::SUCCESS);
        }
        return Err(Error::SchemaDrift(folder.display().to_string()));
    }
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    for (name, text) in schema::all() {
        let path = folder.join(name);
        fs::write(&path, text).map_err(file_error(&path))?;
        output::out(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

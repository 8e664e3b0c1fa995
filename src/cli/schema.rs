//! `callrules schema`

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::error::Error;
use super::{Global, output};
use crate::config::schema;
use crate::render;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only check that the schemas are those of this version; exit 1 if they are not
    #[arg(long)]
    check: bool,

    /// The schemas of the JSON that commands print, in place of those of the files
    #[arg(long)]
    outputs: bool,

    /// The folder of the schemas [default: `schemas` in the repository, or `schemas/output`]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None if arguments.outputs => global.directory.join("schemas").join("output"),
        None => global.directory.join("schemas"),
    };
    let schemas = if arguments.outputs {
        render::schema::all()
    } else {
        schema::all()
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
        if schemas.iter().all(same) {
            return Ok(ExitCode::SUCCESS);
        }
        return Err(Error::SchemaDrift(folder.display().to_string()));
    }
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    for (name, text) in schemas {
        let path = folder.join(name);
        fs::write(&path, text).map_err(file_error(&path))?;
        output::out(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

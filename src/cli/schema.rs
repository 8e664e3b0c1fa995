//! `callrules schema`: writes the JSON schemas.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::error::CommandError;
use super::{GlobalArgs, ui};
use crate::config::schema;
use crate::render;

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Only check that the schemas match this version; exit with 1 if they don't
    #[arg(long)]
    check: bool,

    /// Write the schemas of the commands' JSON output instead of those of the files
    #[arg(long)]
    outputs: bool,

    /// The folder of the schemas [default: `schemas` in the repository, or `schemas/output`]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(global: &GlobalArgs, arguments: &SchemaArgs) -> Result<ExitCode, CommandError> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None if arguments.outputs => global.directory.join("schemas").join("output"),
        None => global.directory.join("schemas"),
    };
    let schemas = if arguments.outputs {
        render::schema::all_schemas()
    } else {
        schema::all_schemas()
    };
    let file_error = |path: &PathBuf| {
        let path = path.display().to_string();
        move |error| CommandError::File { path, error }
    };
    if arguments.check {
        let is_current = |(name, text): &(&str, String)| {
            // Git may have converted line endings on checkout.
            let current = fs::read_to_string(folder.join(name)).unwrap_or_default();
            current.replace("\r\n", "\n") == *text
        };
        if schemas.iter().all(is_current) {
            return Ok(ExitCode::SUCCESS);
        }
        return Err(CommandError::SchemaDrift(folder.display().to_string()));
    }
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    for (name, text) in schemas {
        let path = folder.join(name);
        fs::write(&path, text).map_err(file_error(&path))?;
        ui::print_raw(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

//! `callrules schema`: writes the JSON schemas.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::config::schema;
use callrules::files::{self, FileAccess, RepositoryRoot};
use callrules::{RunError, render};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Write the schemas, then check that they match this version
callrules -C examples/acme schema
callrules -C examples/acme schema --check",
    exit_codes: &[
        ("0", "success"),
        ("1", "error, or `--check` found a difference"),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct SchemaArgs {
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

pub(crate) fn run(context: &CommandContext, arguments: &SchemaArgs) -> Result<ExitCode, RunError> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None if arguments.outputs => context.directory().join("schemas").join("output"),
        None => context.directory().join("schemas"),
    };
    let schemas = if arguments.outputs {
        render::schema::all_schemas()
    } else {
        schema::all_schemas()
    };
    if arguments.check {
        let root = RepositoryRoot::new(&folder);
        let is_current = |(name, text): &(&str, String)| {
            let current = root.read(name).unwrap_or_default();
            // Git may have converted line endings on checkout.
            String::from_utf8_lossy(&current).replace("\r\n", "\n") == *text
        };
        if schemas.iter().all(is_current) {
            return Ok(ExitCode::SUCCESS);
        }
        let message = format!(
            "the schemas in {} don't match this version",
            folder.display()
        );
        return Err(
            RunError::new(message).hinted("update them: run the same command without `--check`")
        );
    }
    files::create_dir(&folder).map_err(|error| RunError::file(&folder, &error))?;
    for (name, text) in schemas {
        let path = folder.join(name);
        files::write_atomically(&path, text.as_bytes(), FileAccess::Shared)
            .map_err(|error| RunError::file(&path, &error))?;
        context
            .ui
            .print_raw(&format!("wrote {}\n", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

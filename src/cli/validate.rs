//! `callrules validate`

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::error::Error;
use super::{Global, git, lints, output};
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::render::findings::Findings;
use crate::render::{Folder, diagnostics, validate_json};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How the problems are told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// With the source line, for eyes
    Human,
    /// For scripts
    Json,
    /// Annotations at the lines of a pull request
    Github,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut loaded = config::load(&global.directory);
    if let Some(repository) = &loaded.repository {
        loaded.diagnostics.extend(lints::of_files(repository));
        loaded
            .diagnostics
            .sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    }
    let is_valid = loaded.repository.is_some();
    let text = match arguments.format {
        Format::Human => {
            let text = diagnostics::human(&loaded.diagnostics, loaded.files);
            output::fitted(&text, output::screen()).into_owned()
        }
        Format::Github => findings(&loaded.diagnostics, &git::place(&global.directory)).github(),
        Format::Sarif => findings(&loaded.diagnostics, &git::place(&global.directory)).sarif()?,
        Format::Json => {
            let document = validate_json::document(&loaded.diagnostics, loaded.files, is_valid);
            format!("{}\n", serde_json::to_string_pretty(&document)?)
        }
    };
    output::out(&text)?;
    let has_errors = loaded.diagnostics.iter().any(Diagnostic::is_error);
    Ok(ExitCode::from(u8::from(has_errors)))
}

fn findings<'a>(diagnostics: &'a [Diagnostic], folder: &'a Folder) -> Findings<'a> {
    Findings {
        diagnostics: diagnostics.iter().collect(),
        failures: &[],
        folder,
    }
}

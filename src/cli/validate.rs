//! `callrules validate`: checks all files of the repository.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::error::CommandError;
use super::{GlobalArgs, git, lints, ui};
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::render::findings::DiagnosticReport;
use crate::render::{RepoPrefix, diagnostics, validate_json};

#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ValidateFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ValidateFormat {
    /// Human-readable, with source lines
    Human,
    /// One JSON document, for scripts
    Json,
    /// Annotations on a pull request
    Github,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
}

pub(super) fn run(global: &GlobalArgs, arguments: &ValidateArgs) -> Result<ExitCode, CommandError> {
    let mut loaded = config::load(&global.directory);
    if let Some(repository) = &loaded.repository {
        loaded
            .diagnostics
            .extend(lints::lint_repository(repository));
        loaded
            .diagnostics
            .sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    }
    let is_valid = loaded.repository.is_some();
    let text = match arguments.format {
        ValidateFormat::Human => {
            let text = diagnostics::render_human(&loaded.diagnostics, loaded.files);
            ui::fit_to_width(&text, ui::stdout_size()).into_owned()
        }
        ValidateFormat::Github => {
            to_report(&loaded.diagnostics, &git::repo_prefix(&global.directory)).to_github()
        }
        ValidateFormat::Sarif => {
            to_report(&loaded.diagnostics, &git::repo_prefix(&global.directory)).to_sarif()?
        }
        ValidateFormat::Json => {
            let document = validate_json::document(&loaded.diagnostics, loaded.files, is_valid);
            format!("{}\n", serde_json::to_string_pretty(&document)?)
        }
    };
    ui::print_raw(&text)?;
    let has_errors = loaded.diagnostics.iter().any(Diagnostic::is_error);
    Ok(ExitCode::from(u8::from(has_errors)))
}

fn to_report<'a>(diagnostics: &'a [Diagnostic], prefix: &'a RepoPrefix) -> DiagnosticReport<'a> {
    DiagnosticReport {
        diagnostics: diagnostics.iter().collect(),
        failures: &[],
        prefix,
    }
}

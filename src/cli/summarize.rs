//! `callrules summarize`: combines several plans into one summary.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::error::CommandError;
use super::files::file_error;
use super::ui;
use crate::render::summary::{MultiPlanSummary, ParsedPlanDocument};

#[derive(Debug, Args)]
pub(super) struct SummarizeArgs {
    /// Plans written by `callrules plan --format json`
    ///
    /// One plan per account, or all shards of one account.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: SummarizeFormat,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SummarizeFormat {
    /// Human-readable text for a terminal
    Human,
    /// Markdown, for a pull request comment
    Markdown,
    /// One JSON document, for scripts
    Json,
}

pub(super) fn run(arguments: &SummarizeArgs) -> Result<ExitCode, CommandError> {
    let mut summary = MultiPlanSummary::default();
    for file in &arguments.files {
        let text = fs::read_to_string(file).map_err(|error| file_error(file, error))?;
        let path = file.display().to_string();
        match ParsedPlanDocument::parse(&text) {
            Ok(document) => summary.add(path, document)?,
            Err(reason) => return Err(CommandError::InvalidPlanDocument { path, reason }),
        }
    }
    match arguments.format {
        SummarizeFormat::Human => ui::print(&summary.render_human())?,
        SummarizeFormat::Markdown => ui::print_raw(&summary.render_markdown())?,
        SummarizeFormat::Json => {
            let document = serde_json::to_string_pretty(&summary.to_document())?;
            ui::print_raw(&format!("{document}\n"))?;
        }
    }
    let signals_changes = arguments.detailed_exitcode && summary.has_changes();
    Ok(ExitCode::from(
        match (summary.is_complete(), signals_changes) {
            (false, _) => 1,
            (true, true) => 2,
            (true, false) => 0,
        },
    ))
}

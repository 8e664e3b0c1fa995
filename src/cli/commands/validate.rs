//! `callrules validate`: checks all files of the repository.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use crate::cli::ui;
use callrules::diagnostic::Diagnostic;
use callrules::render::findings::DiagnosticReport;
use callrules::render::{RepoPrefix, diagnostics, validate_json};
use callrules::{RunError, config};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Before every commit
callrules -C examples/acme validate

# In CI, as annotations on a pull request
callrules -C examples/acme validate --format github

# For code scanning
callrules -C examples/acme validate --format sarif > findings.sarif",
    exit_codes: &[("0", "no errors; there may be warnings"), ("1", "errors")],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ValidateArgs {
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

pub(crate) fn run(
    context: &CommandContext,
    arguments: &ValidateArgs,
) -> Result<ExitCode, RunError> {
    let mut loaded = config::load(context.directory());
    if let Some(repository) = &loaded.repository {
        loaded
            .diagnostics
            .extend(callrules::lint(repository, context.time));
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
        ValidateFormat::Github => to_report(
            &loaded.diagnostics,
            &callrules::repo_prefix(context.directory()),
        )
        .to_github(),
        ValidateFormat::Sarif => to_report(
            &loaded.diagnostics,
            &callrules::repo_prefix(context.directory()),
        )
        .to_sarif()?,
        ValidateFormat::Json => {
            let document = validate_json::document(&loaded.diagnostics, loaded.files, is_valid);
            format!("{}\n", serde_json::to_string_pretty(&document)?)
        }
    };
    context.ui.print_raw(&text)?;
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

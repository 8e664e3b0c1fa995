//! The result of `validate` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::diagnostics::line_and_column;
use crate::diagnostic::{Diagnostic, RelatedSpan};

/// The problems in the files of a repository, found without the account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules validate --format json")]
pub struct ValidateDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// Whether the files have no errors. Warnings don't stop a plan.
    valid: bool,
    /// The number of files that were checked.
    files: usize,
    /// The number of problems.
    summary: ValidateCounts,
    /// The problems, ordered by file and position.
    diagnostics: Vec<ValidateDiagnostic<'a>>,
}

/// The number of problems by severity.
#[derive(Debug, Serialize, JsonSchema)]
struct ValidateCounts {
    /// The number of errors, which stop a plan.
    errors: usize,
    /// The number of warnings.
    warnings: usize,
}

/// A problem in a file.
#[derive(Debug, Serialize, JsonSchema)]
struct ValidateDiagnostic<'a> {
    /// Whether the problem stops a plan.
    severity: ValidateSeverity,
    /// The diagnostic code. The meaning of a code never changes.
    code: &'static str,
    /// What is wrong, for people.
    message: &'a str,
    /// A short text for the position.
    label: Option<&'a str>,
    /// How to fix the problem.
    help: Option<&'a str>,
    /// The path in the repository, with `/` as the separator.
    file: &'a str,
    /// The line, counted from 1; `null` if the problem concerns the whole file.
    line: Option<usize>,
    /// The column in characters, counted from 1.
    column: Option<usize>,
    /// Another position that is involved.
    related: Option<RelatedLocation<'a>>,
}

/// The severity of a problem.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum ValidateSeverity {
    /// The problem stops a plan.
    Error,
    /// The configuration is valid, but probably unintended.
    Warning,
}

/// Another position that is involved in a problem.
#[derive(Debug, Serialize, JsonSchema)]
struct RelatedLocation<'a> {
    /// The path in the repository.
    file: &'a str,
    /// The line, counted from 1.
    line: usize,
    /// The column in characters, counted from 1.
    column: usize,
    /// How this position is involved.
    message: &'a str,
}

/// Returns the JSON document of the problems.
pub fn document(diagnostics: &[Diagnostic], files: usize, valid: bool) -> ValidateDocument<'_> {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    ValidateDocument {
        format_version: FORMAT_VERSION,
        valid,
        files,
        summary: ValidateCounts {
            errors,
            warnings: diagnostics.len() - errors,
        },
        diagnostics: diagnostics.iter().map(diagnostic_entry).collect(),
    }
}

fn diagnostic_entry(diagnostic: &Diagnostic) -> ValidateDiagnostic<'_> {
    let (line, column) = line_and_column(diagnostic);
    ValidateDiagnostic {
        severity: if diagnostic.is_error() {
            ValidateSeverity::Error
        } else {
            ValidateSeverity::Warning
        },
        code: diagnostic.code.as_str(),
        message: &diagnostic.message,
        label: diagnostic.label.as_deref(),
        help: diagnostic.help.as_deref(),
        file: &diagnostic.file,
        line,
        column,
        related: diagnostic.related.as_ref().map(related_location),
    }
}

fn related_location(related: &RelatedSpan) -> RelatedLocation<'_> {
    let (line, column) = related.span.line_column();
    RelatedLocation {
        file: &related.span.source.path,
        line,
        column,
        message: related.label(),
    }
}

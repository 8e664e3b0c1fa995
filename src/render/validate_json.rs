//! What `validate` found, for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostics::position;
use super::plan_json::FORMAT_VERSION;
use crate::diagnostic::{Diagnostic, Related};

/// What is wrong with the files of a repository, found offline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules validate --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// Whether `plan` would go on; warnings do not stop it.
    valid: bool,
    /// How many files were looked at.
    files: usize,
    /// How many problems there are.
    summary: Counts,
    /// The problems, by file and place.
    diagnostics: Vec<Told<'a>>,
}

/// How many problems there are.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    /// Those that stop a plan.
    errors: usize,
    /// Those that do not.
    warnings: usize,
}

/// A problem.
#[derive(Debug, Serialize, JsonSchema)]
struct Told<'a> {
    /// Whether it stops a plan.
    severity: Severity,
    /// The kind of problem; a code keeps its meaning.
    code: &'static str,
    /// What is.
    message: &'a str,
    /// A few words beside the place.
    label: Option<&'a str>,
    /// How to mend it.
    help: Option<&'a str>,
    /// The path in the repository, with `/` between the parts.
    file: &'a str,
    /// The line, counted from 1; `null` where the file could not be read.
    line: Option<usize>,
    /// The column in characters, counted from 1.
    column: Option<usize>,
    /// Another place that has a part in it.
    related: Option<Elsewhere<'a>>,
}

/// How grave a problem is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Severity {
    /// Nothing can be planned.
    Error,
    /// It may be meant.
    Warning,
}

/// A place that has a part in a problem.
#[derive(Debug, Serialize, JsonSchema)]
struct Elsewhere<'a> {
    /// The path in the repository.
    file: &'a str,
    /// The line, counted from 1.
    line: usize,
    /// The column in characters, counted from 1.
    column: usize,
    /// Which part it has.
    message: &'a str,
}

/// The document.
pub fn document(diagnostics: &[Diagnostic], files: usize, valid: bool) -> Document<'_> {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    Document {
        format_version: FORMAT_VERSION,
        valid,
        files,
        summary: Counts {
            errors,
            warnings: diagnostics.len() - errors,
        },
        diagnostics: diagnostics.iter().map(told).collect(),
    }
}

fn told(diagnostic: &Diagnostic) -> Told<'_> {
    let (line, column) = position(diagnostic);
    Told {
        severity: if diagnostic.is_error() {
            Severity::Error
        } else {
            Severity::Warning
        },
        code: diagnostic.code.as_str(),
        message: &diagnostic.message,
        label: diagnostic.label.as_deref(),
        help: diagnostic.help.as_deref(),
        file: &diagnostic.file,
        line,
        column,
        related: diagnostic.related.as_ref().map(elsewhere),
    }
}

fn elsewhere(related: &Related) -> Elsewhere<'_> {
    let (line, column) = related.place.line_column();
    Elsewhere {
        file: &related.place.source.path,
        line,
        column,
        message: related.label(),
    }
}

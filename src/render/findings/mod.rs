//! Diagnostics in the formats of other tools: GitHub annotations and SARIF.

mod github;
mod sarif;

use super::RepoPrefix;
use crate::diagnostic::Diagnostic;

/// The diagnostics and failures of a run.
#[derive(Debug, Clone)]
pub struct DiagnosticReport<'a> {
    /// Problems that belong to a file.
    pub diagnostics: Vec<&'a Diagnostic>,
    /// Failures that belong to no file.
    pub failures: &'a [String],
    /// The path of the repository inside its checkout.
    pub prefix: &'a RepoPrefix,
}

impl DiagnosticReport<'_> {
    /// Returns workflow commands that show each diagnostic at its line in a pull request.
    pub fn to_github(&self) -> String {
        github::render(self)
    }

    /// Returns a SARIF 2.1.0 document.
    pub fn to_sarif(&self) -> Result<String, serde_json::Error> {
        sarif::render(self)
    }
}

/// Returns the level as GitHub and SARIF spell it.
fn level(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() {
        "error"
    } else {
        "warning"
    }
}

//! What was found, in the forms that other tools put beside the files.

mod github;
mod sarif;

use super::Folder;
use crate::diagnostic::Diagnostic;

/// What a run has found.
#[derive(Debug, Clone)]
pub struct Findings<'a> {
    /// What is wrong in files.
    pub diagnostics: Vec<&'a Diagnostic>,
    /// What failed and is in no file.
    pub failures: &'a [String],
    /// Where the files are.
    pub folder: &'a Folder,
}

impl Findings<'_> {
    /// Workflow commands that put each finding at its line in a pull request.
    pub fn github(&self) -> String {
        github::render(self)
    }

    /// A document in SARIF 2.1.0.
    pub fn sarif(&self) -> Result<String, serde_json::Error> {
        sarif::render(self)
    }
}

fn level(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() {
        "error"
    } else {
        "warning"
    }
}

//! Diagnostics in the formats of other tools: GitHub annotations and SARIF.

mod sarif;

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, SourceSpan};

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
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            let (line, column) = diagnostic
                .span
                .as_ref()
                .map_or((1, 1), SourceSpan::line_column);
            let mut message = diagnostic.message.clone();
            // Writing to a string cannot fail.
            if let Some(related) = &diagnostic.related {
                let (line, column) = related.span.line_column();
                let path = self.prefix.join(&related.span.source.path);
                let _ = write!(message, "\n{}: {path}:{line}:{column}", related.label());
            }
            if let Some(help) = &diagnostic.help {
                let _ = write!(message, "\n{help}");
            }
            let file = escape_data(&self.prefix.join(&diagnostic.file))
                .replace(',', "%2C")
                .replace(':', "%3A");
            let _ = writeln!(
                text,
                "::{} file={file},line={line},col={column},title={}::{}",
                level(diagnostic),
                diagnostic.code,
                escape_data(&message)
            );
        }
        for failure in self.failures {
            let _ = writeln!(text, "::error title=callrules::{}", escape_data(failure));
        }
        text
    }

    /// Returns a SARIF 2.1.0 document.
    pub fn to_sarif(&self) -> Result<String, serde_json::Error> {
        sarif::render(self)
    }
}

/// Escapes the data of a workflow command of GitHub \[docs\].
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Returns the severity as GitHub and SARIF spell it.
pub(super) fn level(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() {
        "error"
    } else {
        "warning"
    }
}

/// The path from the root of the checkout to the repository, with `/` as the separator.
#[derive(Debug, Clone, Default)]
pub struct RepoPrefix(String);

impl RepoPrefix {
    /// Creates the prefix of the folder at `path`. An empty path and `.` are the checkout's root.
    pub fn new(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" if path.starts_with('/') => RepoPrefix("/".to_owned()),
            "" | "." => RepoPrefix::default(),
            path => RepoPrefix(format!("{path}/")),
        }
    }

    /// Returns the path of a repository file, seen from the root of the checkout.
    pub fn join(&self, file: &str) -> String {
        format!("{}{file}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RepoPrefix;

    #[test]
    fn prefix_joined_with_file_is_path_from_checkout_root() {
        for (folder, path) in [
            ("", "users/a.yaml"),
            (".", "users/a.yaml"),
            ("phones/acme/", "phones/acme/users/a.yaml"),
            ("/srv/phones", "/srv/phones/users/a.yaml"),
            ("/", "/users/a.yaml"),
        ] {
            assert_eq!(RepoPrefix::new(folder).join("users/a.yaml"), path);
        }
    }
}

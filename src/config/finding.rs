//! Findings: problems at a path within a file, before the path is resolved to a span.

use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

/// A problem at a path within a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFinding {
    /// The kind of problem, which determines the severity.
    pub code: DiagnosticCode,
    /// The path of the affected value.
    pub path: YamlPath,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// A short text next to the source excerpt.
    pub label: Option<String>,
    /// How to fix the problem.
    pub help: Option<String>,
    /// The path of the other setting, if two conflict.
    pub related: Option<YamlPath>,
}

impl ConfigFinding {
    /// Creates a finding with neither label nor help.
    pub fn new(code: DiagnosticCode, path: YamlPath, message: impl Into<String>) -> Self {
        ConfigFinding {
            code,
            path,
            message: message.into(),
            label: None,
            help: None,
            related: None,
        }
    }

    /// Adds a short text next to the source excerpt.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds help that explains the fix.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the path of the conflicting setting. Both are shown, because either may be wrong.
    pub fn with_related(mut self, other: YamlPath) -> Self {
        self.related = Some(other);
        self
    }
}

//! Parses and validates a single file, independently of other files.

use std::path::Path as FilePath;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{MAX_PROBLEMS, parse_file};
use crate::config::locate::{affected_span, with_span};
use crate::config::parse_diagnostics::diagnostic_from_error;
use crate::config::{ConfigFinding, files};
use crate::diagnostic::Diagnostic;
use crate::yaml::{self, YamlError, YamlNode};

/// A file as a tree, with its syntax errors.
pub(super) struct SourceDocument {
    pub(super) path: String,
    pub(super) node: Option<Arc<YamlNode>>,
    errors: Vec<YamlError>,
}

/// The parsed value of a document, with all its diagnostics.
pub(super) struct ParsedDocument<T> {
    pub(super) value: Option<T>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) fn open_document(
    root: &FilePath,
    path: &str,
) -> Result<SourceDocument, Box<Diagnostic>> {
    match files::read_text(&root.join(path)) {
        Ok(text) => {
            let (node, errors) = parse_file(path, text);
            Ok(SourceDocument {
                path: path.to_owned(),
                node,
                errors,
            })
        }
        Err(error) => Err(Box::new(files::unreadable_file_diagnostic(path, &error))),
    }
}

/// Parses a document into a `T` and validates it.
pub(super) fn parse_and_validate<T: DeserializeOwned>(
    document: SourceDocument,
    check: impl FnOnce(&T) -> Vec<ConfigFinding>,
) -> ParsedDocument<T> {
    let SourceDocument {
        node, mut errors, ..
    } = document;
    let mut diagnostics = Vec::new();
    let value = node.and_then(|node| {
        let (value, more) = yaml::deserialize_lenient::<T>(&node);
        errors.extend(more);
        if let Some(value) = &value {
            let reliable = |finding: &ConfigFinding| is_reliable(&node, finding, &errors);
            let findings = check(value)
                .into_iter()
                .filter(reliable)
                .take(MAX_PROBLEMS + 1);
            diagnostics.extend(findings.map(|finding| with_span(&node, finding)));
        }
        value
    });
    diagnostics.extend(errors.into_iter().map(diagnostic_from_error));
    ParsedDocument { value, diagnostics }
}

/// Returns whether a finding is independent of the errors of the file. An invalid value is removed
/// from the tree, and findings about the part around it may be false.
pub(super) fn is_reliable(node: &YamlNode, finding: &ConfigFinding, errors: &[YamlError]) -> bool {
    match affected_span(node, finding) {
        Some(affected) => !errors.iter().any(|error| affected.contains(&error.span)),
        None => true,
    }
}

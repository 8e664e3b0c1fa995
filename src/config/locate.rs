//! Converts findings to diagnostics: resolves paths to spans.

use crate::diagnostic::{Diagnostic, DiagnosticCode, RelatedSpan};
use crate::yaml::{SourceSpan, YamlNode, YamlPath};

use super::ConfigFinding;

/// Converts a finding to a diagnostic with its span in a tree. If the tree is merged from profiles,
/// the span may be in one of them, and a related span in another file.
pub(super) fn with_span(node: &YamlNode, finding: ConfigFinding) -> Diagnostic {
    let (span, exists) = node.find(&finding.path);
    let in_profile = !span.is_same_file(&node.span);
    let related = conflicting_span(node, &finding, &span, exists)
        .or_else(|| in_profile.then(|| used_here_span(node)));
    Diagnostic {
        related,
        span: Some(span.clone()),
        ..file_level(&span.source.path, finding)
    }
}

/// Converts a finding to a diagnostic about a file as a whole.
pub(super) fn file_level(file: &str, finding: ConfigFinding) -> Diagnostic {
    Diagnostic {
        code: finding.code,
        message: finding.message,
        label: finding.label,
        help: finding.help,
        file: file.to_owned(),
        span: None,
        related: None,
    }
}

/// Returns the span of the conflicting setting. Returns `None` if one span is enough, such as for a
/// key that is missing in the same file.
fn conflicting_span(
    node: &YamlNode,
    finding: &ConfigFinding,
    span: &SourceSpan,
    exists: bool,
) -> Option<RelatedSpan> {
    let (other, is_declared) = node.find(finding.related.as_ref()?);
    let is_elsewhere =
        !other.is_same_file(span) || (exists && other.line_column().0 != span.line_column().0);
    (is_declared && is_elsewhere).then_some(RelatedSpan {
        span: other,
        is_conflict: true,
    })
}

/// Returns the span where a user file lists its profiles. For a problem in a profile, the fix may
/// belong into the user file.
fn used_here_span(node: &YamlNode) -> RelatedSpan {
    let (span, _) = node.find(&YamlPath::root().key("profiles"));
    RelatedSpan {
        span,
        is_conflict: false,
    }
}

/// Returns the span that a finding depends on: the value at its path, or the surrounding map if the
/// finding is about a key that requires another. Returns `None` if the value was never written.
pub(super) fn affected_span(node: &YamlNode, finding: &ConfigFinding) -> Option<SourceSpan> {
    let concerns_siblings = matches!(
        finding.code,
        DiagnosticCode::UserIdentity
            | DiagnosticCode::MutuallyExclusiveKeys
            | DiagnosticCode::StateOnlyCondition
    );
    let path = if concerns_siblings {
        finding.path.parent()
    } else {
        finding.path.clone()
    };
    match node.find(&path) {
        _ if path == YamlPath::root() => Some(node.span.clone()),
        (span, true) => Some(node.enclosing_span(&span)),
        (_, false) => None,
    }
}

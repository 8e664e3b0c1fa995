//! Findings: problems at a path within a file, and their conversion to diagnostics with spans.

use std::collections::HashSet;

use super::curly_quotes::curly_quote_help;
use crate::diagnostic::{Diagnostic, DiagnosticCode, RelatedSpan};
use crate::yaml::{SourceSpan, YamlError, YamlNode, YamlPath};

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
    /// How to fix the problem in the user's file if the value comes from a profile, which other
    /// users share.
    pub profile_help: Option<String>,
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
            profile_help: None,
            related: None,
        }
    }

    /// Adds a short text next to the source excerpt.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label(label);
        self
    }

    /// Adds help that explains the fix.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help(help);
        self
    }

    /// Adds the path of the conflicting setting. Both are shown, because either may be wrong.
    pub fn with_related(mut self, other: YamlPath) -> Self {
        self.related(other);
        self
    }

    /// Sets the label of a finding that is already reported.
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the help of a finding that is already reported.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the help for a value that comes from a profile.
    pub(super) fn profile_help(&mut self, help: impl Into<String>) -> &mut Self {
        self.profile_help = Some(help.into());
        self
    }

    /// Sets the conflicting setting of a finding that is already reported.
    pub(super) fn related(&mut self, other: YamlPath) -> &mut Self {
        self.related = Some(other);
        self
    }

    /// Converts the paths of the finding from a tree without its invalid parts to the whole tree.
    pub(super) fn before_cut(mut self, cut: &YamlNode, whole: &YamlNode) -> Self {
        self.path = cut.path_before_cut(whole, &self.path);
        let related = self.related.as_ref();
        self.related = related.map(|path| cut.path_before_cut(whole, path));
        self
    }

    /// Converts the finding to a diagnostic about a file as a whole.
    pub(super) fn in_file(self, file: &str) -> Diagnostic {
        Diagnostic {
            code: self.code,
            message: self.message,
            label: self.label,
            help: self.help,
            file: file.to_owned(),
            span: None,
            related: None,
        }
        .with_short_quotes()
    }

    /// Converts the finding to a diagnostic with its span in a tree. If the tree is merged from
    /// profiles, the span may be in one of them, and a related span in another file.
    pub(super) fn in_tree(mut self, node: &YamlNode) -> Diagnostic {
        let (span, exists) = node.find(&self.path);
        if !span.is_same_file(&node.span) {
            self.help = self.profile_help.take().or(self.help);
        }
        let related = self
            .conflicting_span(node, &span, exists)
            .or_else(|| profile_use(node, &span));
        let mut diagnostic = self.in_file(&span.source.path);
        if matches!(
            diagnostic.code,
            DiagnosticCode::UnknownExtension | DiagnosticCode::UnknownName
        ) {
            diagnostic.help = curly_quote_help(&span).or(diagnostic.help);
        }
        Diagnostic {
            related,
            span: Some(span),
            ..diagnostic
        }
    }

    /// Returns the span of the conflicting setting. Returns `None` if one span is enough, such as
    /// for a key that is missing in the same file.
    fn conflicting_span(
        &self,
        node: &YamlNode,
        own: &SourceSpan,
        exists: bool,
    ) -> Option<RelatedSpan> {
        let (span, is_declared) = node.find(self.related.as_ref()?);
        let is_elsewhere =
            !span.is_same_file(own) || (exists && span.line_column().0 != own.line_column().0);
        (is_declared && is_elsewhere).then_some(RelatedSpan {
            span,
            is_conflict: true,
        })
    }

    /// Returns whether the finding is independent of the errors of a file. An invalid value is
    /// removed from the tree, and findings about the part around it may be false.
    pub(super) fn is_reliable(&self, node: &YamlNode, errors: &[YamlError]) -> bool {
        self.affected_span(node)
            .is_none_or(|affected| !errors.iter().any(|error| affected.contains(&error.span)))
    }

    /// Returns the span that the finding depends on: the value at its path, or the surrounding map
    /// if the finding is about a key that requires another. Returns `None` if the value was never
    /// written.
    fn affected_span(&self, node: &YamlNode) -> Option<SourceSpan> {
        let concerns_siblings = matches!(
            self.code,
            DiagnosticCode::UserIdentity
                | DiagnosticCode::MutuallyExclusiveKeys
                | DiagnosticCode::StateOnlyCondition
        );
        let path = if concerns_siblings {
            self.path.parent()
        } else {
            self.path.clone()
        };
        match node.find(&path) {
            _ if path == YamlPath::root() => Some(node.span.clone()),
            (span, true) => Some(node.enclosing_span(&span)),
            (_, false) => None,
        }
    }
}

/// Returns where a user file lists its profiles, if `span` is in one of them: the fix may belong
/// into the user file.
fn profile_use(user_file: &YamlNode, span: &SourceSpan) -> Option<RelatedSpan> {
    (!span.is_same_file(&user_file.span)).then(|| RelatedSpan {
        span: user_file.find(&YamlPath::root().key("profiles")).0,
        is_conflict: false,
    })
}

/// The diagnostics seen so far. A problem in a profile occurs again for every user of the profile.
#[derive(Debug, Default)]
pub struct DiagnosticDedup(HashSet<DiagnosticKey>);

/// The identity of a problem in a profile: what it is, its location, and the file of the
/// conflicting setting, if any.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DiagnosticKey {
    file: String,
    start: usize,
    code: &'static str,
    message: String,
    conflict_file: Option<String>,
}

impl DiagnosticDedup {
    /// Records a diagnostic and returns whether to report it for the user file `file`: it is new,
    /// or it is in that file itself.
    pub fn insert(&mut self, diagnostic: &Diagnostic, file: &str) -> bool {
        let (in_file, start, code) = diagnostic.sort_key();
        let conflict = diagnostic
            .related
            .as_ref()
            .filter(|related| related.is_conflict);
        let is_new = self.0.insert(DiagnosticKey {
            file: in_file.to_owned(),
            start,
            code,
            message: diagnostic.message.clone(),
            conflict_file: conflict.map(|related| related.span.source.path.clone()),
        });
        is_new || in_file == file
    }
}

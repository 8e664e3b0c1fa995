//! GitHub annotations: workflow commands in the output of a step.

use std::fmt::Write as _;
use std::iter;

use super::{DiagnosticReport, level};
use crate::diagnostic::SourceSpan;

/// Returns one workflow command per diagnostic and failure.
pub(super) fn render(report: &DiagnosticReport<'_>) -> String {
    let mut text = String::new();
    for diagnostic in &report.diagnostics {
        let (line, column) = diagnostic
            .span
            .as_ref()
            .map_or((1, 1), SourceSpan::line_column);
        let help = diagnostic.help.iter().map(|help| format!("\n{help}"));
        let related = diagnostic.related.iter().map(|related| {
            let (line, column) = related.span.line_column();
            let path = report.prefix.join(&related.span.source.path);
            format!("\n{}: {path}:{line}:{column}", related.label())
        });
        let message: String = iter::once(diagnostic.message.clone())
            .chain(related)
            .chain(help)
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "::{} file={},line={line},col={column},title={}::{}",
            level(diagnostic),
            escape(&report.prefix.join(&diagnostic.file))
                .replace(',', "%2C")
                .replace(':', "%3A"),
            diagnostic.code,
            escape(&message)
        );
    }
    for failure in report.failures {
        let _ = writeln!(text, "::error title=callrules::{}", escape(failure));
    }
    text
}

/// Escapes the data of a workflow command \[docs\].
fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

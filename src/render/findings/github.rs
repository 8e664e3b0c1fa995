//! GitHub's annotations: lines in the output of a step, which the runner takes for commands.

use std::fmt::Write as _;

use super::{Findings, level};
use crate::diagnostic::Place;

pub(super) fn render(findings: &Findings<'_>) -> String {
    let mut text = String::new();
    for diagnostic in &findings.diagnostics {
        let (line, column) = diagnostic.place.as_ref().map_or((1, 1), Place::line_column);
        let help = diagnostic.help.iter().map(|help| format!("\n{help}"));
        let related = diagnostic.related.iter().map(|related| {
            let (line, column) = related.place.line_column();
            let path = findings.folder.path(&related.place.source.path);
            format!("\n{}: {path}:{line}:{column}", related.label())
        });
        let message = format!(
            "{}{}{}",
            diagnostic.message,
            related.collect::<String>(),
            help.collect::<String>()
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "::{} file={},line={line},col={column},title={}::{}",
            level(diagnostic),
            escape(&findings.folder.path(&diagnostic.file))
                .replace(',', "%2C")
                .replace(':', "%3A"),
            diagnostic.code,
            escape(&message)
        );
    }
    for failure in findings.failures {
        let _ = writeln!(text, "::error title=callrules::{}", escape(failure));
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

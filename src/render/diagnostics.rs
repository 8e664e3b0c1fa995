//! Diagnostics as text, and their positions for JSON.

use std::collections::BTreeSet;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::humanize::pluralize;
use super::sanitize;
use crate::diagnostic::{Diagnostic, SourceSpan};

/// Renders each diagnostic with its source line, then a line with the counts. The text has ANSI
/// styles, which the printer strips if the output isn't a terminal.
pub fn render_human(diagnostics: &[Diagnostic], files: usize) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&[to_group(diagnostic)]));
        text.push_str("\n\n");
    }
    text.push_str(&count_line(diagnostics, files));
    text.push('\n');
    text.push_str(&explain_hint(diagnostics));
    text
}

fn to_group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = if diagnostic.is_error() {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let title = level
        .primary_title(sanitize::sanitize_inline(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let group = match &diagnostic.span {
        Some(place) => {
            let (line, text, span) = place.excerpt();
            let mut annotation = AnnotationKind::Primary.span(span);
            if let Some(label) = &diagnostic.label {
                annotation = annotation.label(&**label);
            }
            let source = Snippet::source(text)
                .line_start(line)
                .path(&*diagnostic.file);
            title.element(source.annotation(annotation))
        }
        None => title.element(annotate_snippets::Origin::path(&*diagnostic.file)),
    };
    let group = match &diagnostic.related {
        Some(related) => {
            let (line, text, span) = related.span.excerpt();
            let source = Snippet::source(text)
                .line_start(line)
                .path(&*related.span.source.path);
            let annotation = AnnotationKind::Context.span(span).label(related.label());
            group.element(source.annotation(annotation))
        }
        None => group,
    };
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

/// Returns the hint to `callrules explain`, or an empty string without diagnostics.
fn explain_hint(diagnostics: &[Diagnostic]) -> String {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|d| d.code.as_str()).collect();
    match codes.first() {
        None => String::new(),
        Some(code) if codes.len() == 1 => format!("Run `callrules explain {code}` for details\n"),
        Some(_) => "Run `callrules explain CODE` for details\n".to_owned(),
    }
}

/// Returns the counts: `2 errors in 2 of 41 files`.
fn count_line(diagnostics: &[Diagnostic], files: usize) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let affected_files: BTreeSet<&str> = diagnostics.iter().map(|d| d.file.as_str()).collect();
    let mut line = String::new();
    for (count, noun) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            if !line.is_empty() {
                line += " and ";
            }
            line += &pluralize(count, noun);
        }
    }
    let all = pluralize(files, "file");
    if line.is_empty() {
        format!("no problems in {all}")
    } else {
        format!("{line} in {} of {all}", affected_files.len())
    }
}

/// Returns the line and column of a diagnostic, counted from 1, if it has a position.
pub fn line_and_column(diagnostic: &Diagnostic) -> (Option<usize>, Option<usize>) {
    let position = diagnostic.span.as_ref().map(SourceSpan::line_column);
    (
        position.map(|(line, _)| line),
        position.map(|(_, column)| column),
    )
}

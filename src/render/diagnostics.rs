//! Diagnostics: for eyes and for scripts.

use std::collections::BTreeSet;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::say::counted;
use super::shown;
use crate::diagnostic::{Diagnostic, Place};

/// Each diagnostic with its source line, and a line that counts them. Styled with ANSI sequences; the
/// printer strips them where they cannot be shown.
pub fn human(diagnostics: &[Diagnostic], files: usize) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&[group(diagnostic)]));
        text.push_str("\n\n");
    }
    text.push_str(&count(diagnostics, files));
    text.push('\n');
    text.push_str(&explained(diagnostics));
    text
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = if diagnostic.is_error() {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let title = level
        .primary_title(shown::name(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let group = match &diagnostic.place {
        Some(place) => {
            let (line, text, part) = place.excerpt();
            let mut mark = AnnotationKind::Primary.span(part);
            if let Some(label) = &diagnostic.label {
                mark = mark.label(&**label);
            }
            let source = Snippet::source(text)
                .line_start(line)
                .path(&*diagnostic.file);
            title.element(source.annotation(mark))
        }
        None => title.element(annotate_snippets::Origin::path(&*diagnostic.file)),
    };
    let group = match &diagnostic.related {
        Some(related) => {
            let (line, text, part) = related.place.excerpt();
            let source = Snippet::source(text)
                .line_start(line)
                .path(&*related.place.source.path);
            let mark = AnnotationKind::Context.span(part).label(related.label());
            group.element(source.annotation(mark))
        }
        None => group,
    };
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

/// Where more is said.
fn explained(diagnostics: &[Diagnostic]) -> String {
    let codes: BTreeSet<&str> = diagnostics.iter().map(|d| d.code.as_str()).collect();
    match codes.first() {
        None => String::new(),
        Some(code) if codes.len() == 1 => format!("`callrules explain {code}` says more of it\n"),
        Some(_) => "`callrules explain CODE` says more of each\n".to_owned(),
    }
}

/// `2 errors in 2 of 41 files`.
fn count(diagnostics: &[Diagnostic], files: usize) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let concerned: BTreeSet<&str> = diagnostics.iter().map(|d| d.file.as_str()).collect();
    let mut line = String::new();
    for (count, what) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            let and = if line.is_empty() { "" } else { " and " };
            line += and;
            line += &counted(count, what);
        }
    }
    let all = counted(files, "file");
    if line.is_empty() {
        format!("no problems in {all}")
    } else {
        format!("{line} in {} of {all}", concerned.len())
    }
}

/// Line and column, where the diagnostic has a place.
pub fn position(diagnostic: &Diagnostic) -> (Option<usize>, Option<usize>) {
    let position = diagnostic.place.as_ref().map(Place::line_column);
    (
        position.map(|(line, _)| line),
        position.map(|(_, column)| column),
    )
}

//! Diagnostics as text, and their positions for JSON.

use std::collections::{BTreeMap, BTreeSet};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::humanize::pluralize;
use super::sanitize;
use crate::diagnostic::{Diagnostic, DiagnosticCode, SourceSpan};

/// The number of warnings that are shown for each code. Further ones are counted, so that a lint
/// that finds the same mistake in every file does not hide the other diagnostics. JSON lists all.
const MAX_WARNINGS: usize = 20;

/// Renders each diagnostic with its source line, then a line with the counts. The text has ANSI
/// styles, which the printer strips if the output isn't a terminal.
pub fn render_human(diagnostics: &[Diagnostic], files: usize) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    let mut warning_counts: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        if !diagnostic.is_error() {
            let count = warning_counts.entry(diagnostic.code.as_str()).or_default();
            *count += 1;
            if *count > MAX_WARNINGS {
                continue;
            }
        }
        text.push_str(&renderer.render(&[to_group(diagnostic)]));
        text.push_str("\n\n");
    }
    for (code, count) in warning_counts {
        if count > MAX_WARNINGS {
            let more = pluralize(count - MAX_WARNINGS, &format!("more {code} warning"));
            text.push_str(&format!("{more} (JSON output lists all)\n\n"));
        }
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
            // A missing key has no place of its own: the first line is not wrong.
            let kind = match diagnostic.code {
                DiagnosticCode::NoAccountId | DiagnosticCode::MissingKey => AnnotationKind::Context,
                _ => AnnotationKind::Primary,
            };
            let mut annotation = kind.span(span);
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
    if codes.is_empty() {
        return String::new();
    }
    let codes: Vec<&str> = codes.into_iter().collect();
    format!("Run `callrules explain {}` for details\n", codes.join(" "))
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
    if files == 0 {
        line
    } else if line.is_empty() {
        // Offline, nothing is known about the account that user files refer to.
        let limit = match files {
            0 | 1 => "",
            _ => " (extensions, devices and greetings are checked by `callrules plan`)",
        };
        format!("no problems in {all}{limit}")
    } else {
        format!("{line} in {} of {all}", affected_files.len())
    }
}

/// Returns the line and column of a diagnostic, counted from 1, if it has a position.
pub fn line_and_column(diagnostic: &Diagnostic) -> (Option<usize>, Option<usize>) {
    let position = diagnostic.span.as_ref().map(SourceSpan::line_column);
    position.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_one_code_are_limited_and_counted() {
        let diagnostic = |code, user| Diagnostic {
            code,
            message: format!("problem {user}"),
            label: None,
            help: None,
            file: format!("users/{user}.yaml"),
            span: None,
            related: None,
        };
        let errors = (0..25).map(|user| diagnostic(DiagnosticCode::BadValue, user));
        let loops = (25..50).map(|user| diagnostic(DiagnosticCode::ForwardingLoop, user));
        let last = diagnostic(DiagnosticCode::LongRing, 50);
        let diagnostics: Vec<Diagnostic> = errors.chain(loops).chain([last]).collect();
        let text = render_human(&diagnostics, 60);
        let shown = |code: DiagnosticCode| text.matches(&format!("[{code}]")).count();
        assert_eq!(shown(DiagnosticCode::BadValue), 25);
        assert_eq!(shown(DiagnosticCode::ForwardingLoop), MAX_WARNINGS);
        let (_, end) = text.split_once("problem 50").unwrap();
        let end: Vec<&str> = end.lines().skip(3).collect();
        insta::assert_snapshot!(end.join("\n"), @"
        5 more W0105 warnings (JSON output lists all)

        25 errors and 26 warnings in 51 of 60 files
        Run `callrules explain E0017 W0105 W0110` for details
        ");
    }
}

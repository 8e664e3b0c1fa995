//! The documentation of diagnostic codes, taken from `docs/reference/warnings.md`.

use crate::diagnostic::DiagnosticCode;

const WARNINGS_DOC: &str = include_str!("../../docs/reference/warnings.md");

/// Returns the section on a code, including its heading. A test checks that each code has one.
pub fn section_for(code: DiagnosticCode) -> &'static str {
    WARNINGS_DOC
        .split("\n## ")
        .find(|section| section.starts_with(code.as_str()))
        .unwrap_or_default()
        .trim_end()
}

/// Returns the section on a code without its heading.
pub fn body_for(code: DiagnosticCode) -> &'static str {
    let (_, body) = section_for(code).split_once("\n\n").unwrap_or_default();
    body
}

/// Returns a list of all codes with their names, grouped by area.
pub fn list_codes() -> String {
    let mut text = String::new();
    for (area, prefix) in CODE_AREAS {
        let mut codes: Vec<&DiagnosticCode> = DiagnosticCode::ALL
            .iter()
            .filter(|code| code.as_str().starts_with(prefix))
            .collect();
        codes.sort_by_key(|code| code.as_str());
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{area}:\n");
        for code in codes {
            text += &format!("  {code}  {:<17}  {}\n", code.name(), code.description());
        }
    }
    text
}

/// The areas of codes, with the prefix that their codes share.
const CODE_AREAS: [(&str, &str); 5] = [
    ("Syntax errors", "E00"),
    ("Content errors", "E01"),
    ("Account errors", "E02"),
    ("Warnings about the files", "W00"),
    ("Warnings about call handling", "W01"),
];

/// Replaces the code fences of a page with indentation.
pub fn indent_fences(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut is_fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_fenced = !is_fenced;
            continue;
        }
        if is_fenced && !line.is_empty() {
            text += "    ";
        }
        text += line;
        text.push('\n');
    }
    text
}

/// Joins the lines of each paragraph, so that the terminal can wrap it. Code blocks, tables and
/// headings are unchanged.
pub fn reflow(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut is_fenced = false;
    let mut in_paragraph = false;
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        let is_verbatim = is_fenced || is_fence || line.is_empty() || line.starts_with(['|', '#']);
        if in_paragraph && !is_verbatim && !line.starts_with('-') {
            text.pop();
            text.push(' ');
            text += line.trim_start();
        } else {
            text += line;
        }
        text.push('\n');
        is_fenced ^= is_fence;
        in_paragraph = !is_verbatim;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indent_fences_replaces_fences_with_indentation() {
        let page = "One\n\n```yaml\na:\n\n  b\n```\nLast\n";
        assert_eq!(indent_fences(page), "One\n\n    a:\n\n      b\nLast\n");
    }

    #[test]
    fn list_codes_contains_each_code_once() {
        let list = list_codes();
        for code in DiagnosticCode::ALL {
            let line = format!("  {code}  {} ", code.name());
            assert_eq!(list.matches(&line).count(), 1, "{code}: {list}");
        }
        assert_eq!(
            list.lines().filter(|line| line.starts_with("  ")).count(),
            DiagnosticCode::ALL.len()
        );
    }

    #[test]
    fn reflow_joins_paragraphs_and_keeps_code_blocks() {
        let page = "W1 name\n\nOne\ntwo.\n- item\n  continued\n- other\n\n```yaml\na:\n  b\n```\nLast\nline\n";
        assert_eq!(
            reflow(page),
            "W1 name\n\nOne two.\n- item continued\n- other\n\n```yaml\na:\n  b\n```\nLast line\n"
        );
    }
}

//! What the pages say of warnings and errors.

use crate::diagnostic::Code;

const WARNINGS: &str = include_str!("../../docs/warnings.md");

/// The section on a code, which begins with the code and its name. A test holds that every code has one.
pub fn section(code: Code) -> &'static str {
    let mut sections = WARNINGS.split("\n## ");
    let section = sections.find(|section| section.starts_with(code.as_str()));
    section.unwrap_or_default().trim_end()
}

/// The section without its heading.
pub fn body(code: Code) -> &'static str {
    let (_, body) = section(code).split_once("\n\n").unwrap_or_default();
    body
}

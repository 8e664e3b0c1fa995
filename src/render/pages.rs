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

/// The same with a line for each paragraph, to be wrapped where the reader's screen ends. What is set as it is
/// stays so.
pub fn flowing(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut is_fenced = false;
    let mut is_open = false;
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        let is_set = is_fenced || is_fence || line.is_empty() || line.starts_with(['|', '#']);
        if is_open && !is_set && !line.starts_with('-') {
            text.pop();
            text.push(' ');
            text += line.trim_start();
        } else {
            text += line;
        }
        text.push('\n');
        is_fenced ^= is_fence;
        is_open = !is_set;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_flow_and_examples_stand() {
        let page = "W1 name\n\nOne\ntwo.\n- item\n  goes on\n- other\n\n```yaml\na:\n  b\n```\nLast\nline\n";
        assert_eq!(
            flowing(page),
            "W1 name\n\nOne two.\n- item goes on\n- other\n\n```yaml\na:\n  b\n```\nLast line\n"
        );
    }
}

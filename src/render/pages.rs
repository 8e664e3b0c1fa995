//! What the pages say of warnings and errors.

use crate::diagnostic::Code;

const WARNINGS: &str = include_str!("../../docs/reference/warnings.md");

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

/// All codes with their names, by what they are about.
pub fn all() -> String {
    let mut text = String::new();
    for (area, beginning) in AREAS {
        let codes = Code::ALL.iter();
        let mut codes: Vec<&Code> = codes
            .filter(|code| code.as_str().starts_with(beginning))
            .collect();
        codes.sort_by_key(|code| code.as_str());
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{area}:\n");
        for code in codes {
            text += &format!("  {code}  {:<17}  {}\n", code.name(), code.sentence());
        }
    }
    text
}

/// What codes are about, which their first two digits say.
const AREAS: [(&str, &str); 5] = [
    ("Errors in what a file is", "E00"),
    ("Errors in what a file says", "E01"),
    ("Errors in what a file means on the account", "E02"),
    ("Warnings about the files", "W00"),
    ("Warnings about what becomes of calls", "W01"),
];

/// A page without the fences of its examples, which are set in instead.
pub fn unfenced(page: &str) -> String {
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

/// The same with a line for each paragraph, to be wrapped where the reader's screen ends. What is set as it
/// is stays so.
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
    fn examples_are_set_in_instead_of_fenced() {
        let page = "One\n\n```yaml\na:\n\n  b\n```\nLast\n";
        assert_eq!(unfenced(page), "One\n\n    a:\n\n      b\nLast\n");
    }

    #[test]
    fn every_code_is_listed_once() {
        let all = all();
        for code in Code::ALL {
            let line = format!("  {code}  {} ", code.name());
            assert_eq!(all.matches(&line).count(), 1, "{code}: {all}");
        }
        assert_eq!(
            all.lines().filter(|line| line.starts_with("  ")).count(),
            Code::ALL.len()
        );
    }

    #[test]
    fn paragraphs_flow_and_examples_stand() {
        let page = "W1 name\n\nOne\ntwo.\n- item\n  goes on\n- other\n\n```yaml\na:\n  b\n```\nLast\nline\n";
        assert_eq!(
            flowing(page),
            "W1 name\n\nOne two.\n- item goes on\n- other\n\n```yaml\na:\n  b\n```\nLast line\n"
        );
    }
}

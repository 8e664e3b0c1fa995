//! Word wrap for output, with hanging indents.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// The narrowest terminal, in columns, for which lines are wrapped.
const MIN_WIDTH: usize = 30;

/// The additional indent, in columns, of continuation lines without a heading column.
const HANGING_INDENT: usize = 2;

/// Wraps lines at `width` columns, between words. Source excerpts are not wrapped, because the
/// markers below them would no longer line up.
pub fn wrap(text: &str, width: usize) -> String {
    if width < MIN_WIDTH {
        return text.to_owned();
    }
    let mut wrapped = String::with_capacity(text.len());
    for line_with_end in text.split_inclusive('\n') {
        let (line, end) = match line_with_end.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line_with_end, ""),
        };
        if display_width(line) <= width || is_source_excerpt(line) {
            wrapped += line;
        } else {
            wrapped += &wrap_line(line, width);
        }
        wrapped += end;
    }
    wrapped
}

/// Pads text with spaces to `width` columns.
pub(super) fn pad_to_width(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(display_width(text));
    format!("{text}{:missing$}", "")
}

fn wrap_line(line: &str, width: usize) -> String {
    let indent = " ".repeat(hanging_indent(line, width));
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(line, options).join("\n")
}

/// Returns the indent, in columns, of continuation lines: below the text if the line starts with a
/// heading column (`        when   5 callers`), else a bit deeper than the line.
fn hanging_indent(line: &str, width: usize) -> usize {
    let plain = anstream::adapter::strip_str(line).to_string();
    let content = plain.trim_start_matches(' ');
    let indent = plain.len() - content.len();
    let text_column = content.find("  ").map(|heading_end| {
        let text = content[heading_end..].trim_start_matches(' ');
        indent + display_width(&content[..content.len() - text.len()])
    });
    let mut chars = content.chars();
    let has_marker =
        chars.next().is_some_and(|first| !first.is_alphanumeric()) && chars.next() == Some(' ');
    let is_prose = indent == 0 && !has_marker;
    text_column
        .filter(|column| *column <= width / 2)
        .unwrap_or(if is_prose { 0 } else { indent + HANGING_INDENT })
}

/// Returns whether the line is part of a source excerpt, such as ` 7 |   extension: "101"`,
/// `   |   ^^^^` or `  --> users/alex.yaml:9:7`.
fn is_source_excerpt(line: &str) -> bool {
    let plain = anstream::adapter::strip_str(line).to_string();
    let content = plain.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    ["|", "-->", "::: "]
        .iter()
        .any(|prefix| content.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_indents_continuation_below_text() {
        for (line, expected) in [
            (
                "        when   calls from +1 650-222-2222",
                "        when   calls from +1\n               650-222-2222",
            ),
            (
                "    Mon–Fri 08:00–16:00 · everyone: voicemail",
                "    Mon–Fri 08:00–16:00 ·\n      everyone: voicemail",
            ),
            (
                "a head that is far too long  for a hanging indent",
                "a head that is far too long  for\na hanging indent",
            ),
            (
                "! a remark that is marked as one is",
                "! a remark that is marked as one\n  is",
            ),
            ("short\nand short\n", "short\nand short\n"),
            (
                "   |  a line of a file that is quoted as it is",
                "   |  a line of a file that is quoted as it is",
            ),
        ] {
            assert_eq!(wrap(line, 32), expected);
        }
    }

    #[test]
    fn wrap_counts_columns_and_ignores_styles() {
        let styled = "\u{1b}[1m  + rule  山田 太郎\u{1b}[0m";
        assert_eq!(wrap(styled, 30), styled);
        let wide = wrap(&format!("  + rule  {}", "山田太郎 ".repeat(6)), 30);
        for line in wide.lines() {
            assert!(display_width(line) <= 30, "{line}");
        }
        assert!(
            wide.lines()
                .skip(1)
                .all(|line| line.starts_with("          山")),
            "{wide}"
        );
        // Text without spaces is broken anywhere, and no character is lost.
        let long = "漢".repeat(40);
        let wrapped = wrap(&long, 31);
        assert_eq!(wrapped.replace(['\n', ' '], ""), long);
        for odd in ["👩‍💻", "e\u{301}", "שלום", "\u{200b}", "🇩🇪"] {
            let wrapped = wrap(&odd.repeat(60), 30);
            assert_eq!(wrapped.replace(['\n', ' '], ""), odd.repeat(60));
        }
    }

    #[test]
    fn pad_to_width_counts_columns() {
        assert_eq!(pad_to_width("山田", 6), "山田  ");
        assert_eq!(pad_to_width("Zoe\u{308}", 5), "Zoe\u{308}  ");
        assert_eq!(pad_to_width("long", 2), "long");
    }
}
